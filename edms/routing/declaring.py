"""Declaring a conflict of interest: the letter leaves her, with the reason, and does not come to her again.

What waits for her resolution is laid before her superior, or returns to whoever laid it where she has none; her work
returns to the author of the resolution. The terms run on.
"""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from edms import clock
from edms.access.actor import Actor
from edms.access.permissions import Permission
from edms.access.policy import require
from edms.errors import Forbidden, Invalid, RuleBroken
from edms.events import Event, record
from edms.registry.models import Document
from edms.routing import execution, people, submission
from edms.routing.clocks import today_of
from edms.routing.conflicts import declared
from edms.routing.matter import hold, require_open, subject
from edms.routing.models import Assignment, Submission, SubmissionState
from edms.routing.talk.models import Conflict
from edms.routing.turns import AT_WORK, go_on
from edms.routing.undo import open_to
from edms.staff.actors import employed
from edms.staff.models import Official


def declare(session: Session, actor: Actor, document: Document, *, reason: str) -> Conflict:
    """Declare one's own conflict on a letter that lies with one.

    Errors: Invalid without a reason; RuleBroken when nothing of it lies with her, or while her staff are still at work.
    """
    require(actor, Permission.DOCUMENT_READ, document)
    if actor.official_id is None:
        raise Forbidden("access.refused", permission=Permission.DOCUMENT_READ.value)
    document = hold(session, document.document_id)
    require_open(document)
    lying = submission.waiting_before(session, document, actor.official_id)
    works = _works(session, document, actor.official_id)
    if lying is None and not works:
        raise RuleBroken("routing.nothing_to_leave")
    if not (reason := submission.text_of(reason, "reason") or ""):
        raise Invalid(fields={"reason": "routing.reason_missing"})
    superior = _superior(session, document, actor.official_id) if lying is not None else None
    for work in works:
        execution.give_back(session, actor, work, reason=reason)
    if lying is not None:
        submission.give_back(session, actor, lying, reason=reason)
    made = Conflict(
        document_id=document.document_id, official_id=actor.official_id, reason=reason, declared_at=clock.now()
    )
    session.add(made)
    newly = _lay_before(session, document, superior, lying) if superior is not None and lying is not None else []
    go_on(session, actor, document)
    record(
        session,
        actor,
        Event.CONFLICT_DECLARED,
        subject(document, "conflict", made.conflict_id),
        organisation_id=document.organisation_id,
        detail={"official": actor.official_id, "to": superior, "reason": reason, "newly_read": newly},
        facts={"number": document.number, "official": actor.official_id, "to": superior, "reason": reason},
    )
    return made


def may_declare(session: Session, actor: Actor, document: Document) -> bool:
    """Does something of the letter lie with the actor herself?"""
    if actor.official_id is None:
        return False
    lies = submission.waiting_before(session, document, actor.official_id) is not None
    return lies or bool(_works(session, document, actor.official_id))


def _works(session: Session, document: Document, official_id: int) -> list[Assignment]:
    found = select(Assignment).where(
        Assignment.document_id == document.document_id,
        Assignment.official_id == official_id,
        Assignment.state.in_(AT_WORK),
    )
    return list(session.scalars(found.order_by(Assignment.assignment_id)))


def _lay_before(session: Session, document: Document, superior: int, lying: Submission) -> list[int]:
    if submission.waiting_before(session, document, superior) is not None:
        return []
    session.add(
        Submission(
            document_id=document.document_id,
            organisation_id=document.organisation_id,
            official_id=superior,
            state=SubmissionState.WAITING,
            submitted_at=clock.now(),
            submitted_by_id=lying.submitted_by_id,
            note=lying.note,
        )
    )
    return open_to(document, [superior])


def _superior(session: Session, document: Document, official_id: int) -> int | None:
    """The nearest superior who works here and declared no conflict herself."""
    on = today_of(session, document)
    for person in people.above(session, official_id):
        official = session.get_one(Official, person)
        if employed(official, on) and not declared(session, document, [person]):
            return person
    return None
