"""Asking for opinions: by who has the letter or leads, of anybody of the house, at once or one after another, until a day.

Whoever is asked may read the letter. What she says stays beside it: it is no paper of the letter and never leaves.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from edms import clock
from edms.access.actor import Actor
from edms.access.permissions import Permission
from edms.access.policy import permits, require
from edms.access.scope import visible
from edms.errors import Forbidden, Invalid, NotFound, RuleBroken
from edms.events import Event, record
from edms.registry.models import Document
from edms.routing import people
from edms.routing.clocks import today_of
from edms.routing.conflicts import require_none
from edms.routing.matter import hold, matter, require_open, subject
from edms.routing.models import Assignment, Order, Submission, SubmissionState
from edms.routing.opinions.models import Consultation, Opinion, OpinionState
from edms.routing.submission import text_of
from edms.routing.turns import AT_WORK
from edms.routing.undo import open_to

MOST = 20


def ask(
    session: Session,
    actor: Actor,
    document: Document,
    *,
    question: str,
    official_ids: Sequence[int],
    due_on: date,
    order: Order = Order.PARALLEL,
) -> Consultation:
    """Ask these people. Errors: Forbidden, Invalid (question, people, due_on), RuleBroken on a filed letter."""
    author = _asker(session, actor, document)
    document = hold(session, document.document_id)
    require_open(document)
    wrong: dict[str, str] = {}
    if not (question := text_of(question, "question") or ""):
        wrong["question"] = "routing.question_missing"
    asked = list(dict.fromkeys(official_ids))
    if not asked:
        wrong["people"] = "routing.nobody_asked"
    if len(asked) > MOST:
        wrong["people"] = "routing.too_many_asked"
    if author in asked:
        wrong["people"] = "routing.asked_oneself"
    if due_on < today_of(session, document):
        wrong["due_on"] = "routing.due_in_the_past"
    if wrong:
        raise Invalid(fields=wrong, most=MOST)
    people.officials(session, document.organisation_id, asked, today_of(session, document), field="people")
    require_none(session, document, asked, field="people")
    made = Consultation(
        document_id=document.document_id, organisation_id=document.organisation_id, author_id=author,
        asked_by_id=actor.official_id, question=question, order=order, due_on=due_on, asked_at=clock.now(),
    )  # fmt: skip
    session.add(made)
    session.flush()  # the opinions carry its id
    for place, official_id in enumerate(asked):
        waits = order is Order.SEQUENTIAL and place > 0
        made.opinions.append(
            Opinion(
                document_id=document.document_id, organisation_id=document.organisation_id, official_id=official_id,
                position=place + 1, state=OpinionState.PENDING if waits else OpinionState.ASKED,
                asked_at=None if waits else clock.now(),
            )
        )  # fmt: skip
    session.flush()  # the history names them
    _tell(session, actor, document, made)
    return made


def give(session: Session, actor: Actor, opinion: Opinion, *, text: str) -> None:
    """Say one's opinion; in sequence the next is asked then. Errors: Forbidden, Invalid, RuleBroken when not asked."""
    require(actor, Permission.OPINION_GIVE, opinion)
    document = hold(session, opinion.document_id, opinion)
    if opinion.state is not OpinionState.ASKED:
        raise RuleBroken("routing.opinion_not_asked", state=opinion.state.value)
    if not (text := text_of(text, "text") or ""):
        raise Invalid(fields={"text": "routing.opinion_missing"})
    opinion.state, opinion.text = OpinionState.GIVEN, text
    opinion.given_at, opinion.given_by_id = clock.now(), actor.official_id
    made = opinion.consultation
    record(
        session, actor, Event.OPINION_GIVEN, subject(document, "opinion", opinion.opinion_id),
        organisation_id=document.organisation_id,
        detail={"official": opinion.official_id, "to": made.author_id, "consultation": made.consultation_id},
    )  # fmt: skip
    following = next((o for o in made.opinions if o.state is OpinionState.PENDING), None)
    if made.order is Order.SEQUENTIAL and following is not None:
        following.state, following.asked_at = OpinionState.ASKED, clock.now()
        _tell(session, actor, document, made)


def withdraw(session: Session, actor: Actor, made: Consultation, *, reason: str) -> None:
    """Ask no more; what was said stays. Errors: Forbidden to others than who asked, RuleBroken when it is over."""
    if made.author_id not in actor.people:
        raise Forbidden("access.refused", permission=Permission.OPINION_ASK.value)
    document = hold(session, made.document_id, made)
    waiting = [o for o in made.opinions if o.state in (OpinionState.PENDING, OpinionState.ASKED)]
    if made.ended_at is not None or not waiting:
        raise RuleBroken("routing.consultation_over")
    if not (reason := text_of(reason, "reason") or ""):
        raise Invalid(fields={"reason": "routing.reason_missing"})
    told = [o.official_id for o in waiting if o.state is OpinionState.ASKED]
    for opinion in waiting:
        opinion.state = OpinionState.WITHDRAWN
    made.ended_at, made.end_reason = clock.now(), reason
    record(
        session, actor, Event.OPINION_WITHDRAWN, subject(document, "consultation", made.consultation_id),
        organisation_id=document.organisation_id, detail={"to": told, "reason": reason},
    )  # fmt: skip


def may_ask(session: Session, actor: Actor, document: Document) -> bool:
    """Who has the letter before her or works on it may ask, and whoever leads."""
    return may_ask_as(actor, document, _has_it(session, actor, document))


def may_ask_as(actor: Actor, document: Document, holder: int | None) -> bool:
    """The same where it is known as which of her people the actor has the letter."""
    return permits(actor, Permission.OPINION_ASK, matter(document, official_id=holder))


def of_letter(session: Session, actor: Actor, document: Document) -> list[Consultation]:
    """What was asked about a letter that the actor reads, in order."""
    require(actor, Permission.DOCUMENT_READ, document)
    found = select(Consultation).where(Consultation.document_id == document.document_id)
    return list(session.scalars(found.order_by(Consultation.consultation_id)))


def asked_of(session: Session, actor: Actor, *, limit: int = 50) -> list[tuple[Opinion, Document]]:
    """The opinions that the actor is asked for, the nearest day first."""
    found = (
        select(Opinion, Document)
        .join(Document, Document.document_id == Opinion.document_id)
        .join(Consultation, Consultation.consultation_id == Opinion.consultation_id)
        .where(
            Opinion.official_id.in_(sorted(actor.people)),
            Opinion.state == OpinionState.ASKED,
            visible(actor, Document.readers),
        )
        .order_by(Consultation.due_on, Opinion.opinion_id)
        .limit(limit)
    )
    return [(opinion, document) for opinion, document in session.execute(found).all()]


def opinion_of(session: Session, actor: Actor, opinion_id: int) -> Opinion:
    """One opinion on a letter that the actor may read. Errors: NotFound."""
    found = select(Opinion).join(Document, Document.document_id == Opinion.document_id)
    opinion = session.scalar(found.where(Opinion.opinion_id == opinion_id, visible(actor, Document.readers)))
    if opinion is None:
        raise NotFound
    return opinion


def consultation_of(session: Session, actor: Actor, consultation_id: int) -> Consultation:
    """One question on a letter that the actor may read. Errors: NotFound."""
    found = select(Consultation).join(Document, Document.document_id == Consultation.document_id)
    made = session.scalar(
        found.where(Consultation.consultation_id == consultation_id, visible(actor, Document.readers))
    )
    if made is None:
        raise NotFound
    return made


def _asker(session: Session, actor: Actor, document: Document) -> int:
    holder = _has_it(session, actor, document)
    require(actor, Permission.OPINION_ASK, matter(document, official_id=holder))
    author = holder or actor.acting_for or actor.official_id
    if author is None:
        raise Forbidden("access.refused", permission=Permission.OPINION_ASK.value)
    return author


def _has_it(session: Session, actor: Actor, document: Document) -> int | None:
    """As which of her people the actor has the letter: at work on it, or before her for its resolution."""
    mine = sorted(actor.people)
    works = select(Assignment.official_id).where(
        Assignment.document_id == document.document_id, Assignment.official_id.in_(mine), Assignment.state.in_(AT_WORK)
    )
    lies = select(Submission.official_id).where(
        Submission.document_id == document.document_id,
        Submission.official_id.in_(mine),
        Submission.state == SubmissionState.WAITING,
    )
    return session.scalar(works.limit(1)) or session.scalar(lies.limit(1))


def _tell(session: Session, actor: Actor, document: Document, made: Consultation) -> None:
    """Open the letter to those whose turn it is, and tell them."""
    turn = [o.official_id for o in made.opinions if o.state is OpinionState.ASKED]
    record(
        session, actor, Event.OPINION_ASKED, subject(document, "consultation", made.consultation_id),
        organisation_id=document.organisation_id,
        detail={"to": turn, "due_on": made.due_on.isoformat(), "newly_read": open_to(document, turn)},
    )  # fmt: skip
