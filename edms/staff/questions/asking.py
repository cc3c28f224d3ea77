"""The question box: asked from a page, read and answered by an administrator of the office, told to the one who asked.

It is about the service, never about a letter: of the page only its topic is kept, and nothing that stood on it.
"""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from edms import clock
from edms.access.actor import Actor
from edms.access.permissions import Permission
from edms.access.policy import permits, require
from edms.access.roles import Role
from edms.db.locking import lock
from edms.errors import Conflict, Forbidden, Invalid, NotFound
from edms.events import Event, Subject, record
from edms.staff.models import Official, Organisation, RoleGrant
from edms.staff.organisations import administered
from edms.staff.questions.models import Question

LONGEST = 4_000


def ask(session: Session, actor: Actor, *, topic: str, text: str) -> Question:
    """Ask the administrators of one's own office. Errors: Invalid for an empty or endless question."""
    require(actor, Permission.QUESTION_ASK)
    if actor.official_id is None:
        raise Forbidden
    official = session.get_one(Official, actor.official_id)
    asked = Question(
        organisation_id=official.organisation_id, official_id=official.official_id, topic=topic, text=_text(text),
        asked_at=clock.now(),
    )  # fmt: skip
    session.add(asked)
    session.flush()  # the event carries its id
    _record(session, actor, Event.QUESTION_ASKED, asked, {"topic": topic})
    return asked


def answer(session: Session, actor: Actor, question: Question, *, text: str) -> None:
    """Answer it; who asked is told. Errors: Forbidden, Invalid, Conflict when somebody has answered."""
    require(actor, Permission.QUESTION_ANSWER, session.get_one(Organisation, question.organisation_id))
    lock(session, question)
    if question.answered_at is not None:
        raise Conflict("questions.answered_already")
    question.answer, question.answered_at, question.answered_by_id = _text(text), clock.now(), actor.official_id
    _record(session, actor, Event.QUESTION_ANSWERED, question, {"to": question.official_id})


def question_of(session: Session, actor: Actor, question_id: int) -> Question:
    """One's own question, or one that one may answer. Errors: NotFound."""
    found = session.get(Question, question_id)
    if found is None:
        raise NotFound
    office = session.get_one(Organisation, found.organisation_id)
    if found.official_id != actor.official_id and not permits(actor, Permission.QUESTION_ANSWER, office):
        raise NotFound
    return found


def own(session: Session, actor: Actor, *, limit: int = 20) -> list[Question]:
    """What one has asked, the newest first."""
    found = select(Question).where(Question.official_id == actor.official_id)
    return list(session.scalars(found.order_by(Question.question_id.desc()).limit(limit)))


def questions(session: Session, actor: Actor, *, limit: int = 200) -> list[Question]:
    """The questions of the offices that one administers: unanswered ones first, then the newest."""
    require(actor, Permission.QUESTION_ANSWER)
    found = select(Question).where(administered(actor, Question.organisation_id))
    order = (Question.answered_at.is_not(None), Question.question_id.desc())
    rows = session.scalars(found.order_by(*order).limit(limit)).all()
    return [
        row
        for row in rows
        if permits(actor, Permission.QUESTION_ANSWER, session.get_one(Organisation, row.organisation_id))
    ]


def administrators(session: Session, organisation_id: int | None) -> list[int]:
    """Who administers the office today: its own, or of the nearest office above that has one."""
    while organisation_id is not None:
        office = session.get_one(Organisation, organisation_id)
        today = clock.today(office.time_zone)
        held = select(RoleGrant.official_id).where(
            RoleGrant.organisation_id == organisation_id, RoleGrant.role == Role.ADMINISTRATOR,
            RoleGrant.from_on <= today, RoleGrant.until_on.is_(None) | (RoleGrant.until_on >= today),
        )  # fmt: skip
        if found := sorted(set(session.scalars(held))):
            return found
        organisation_id = office.parent_id
    return []


def _text(given: str) -> str:
    kept = given.strip()
    if not kept:
        raise Invalid(fields={"text": "field.missing"})
    if len(kept) > LONGEST:
        raise Invalid(fields={"text": "staff.text_too_long"})
    return kept


def _record(session: Session, actor: Actor, event: Event, asked: Question, detail: dict[str, object]) -> None:
    subject = Subject("question", asked.question_id)
    record(session, actor, event, subject, organisation_id=asked.organisation_id, detail=detail)
