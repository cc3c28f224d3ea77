"""What follows a step: the next turn opens, a resolution is done, the document is executed, who has it now.

The document's responsible official is found anew from the tree after each step, so it cannot drift from it.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from edms import clock
from edms.access.actor import Actor
from edms.events import Event, record
from edms.registry import lifecycle, readers
from edms.registry.models import Document
from edms.registry.words import DocumentState
from edms.routing.matter import subject
from edms.routing.models import (
    Assignment,
    AssignmentState,
    Order,
    Purpose,
    Resolution,
    ResolutionState,
    Submission,
    SubmissionState,
)
from edms.staff.models import Official

UNFINISHED = (
    AssignmentState.PENDING,
    AssignmentState.OPEN,
    AssignmentState.REPORTED,
    AssignmentState.RETURNED,
    AssignmentState.GIVEN_BACK,
)
AT_WORK = (AssignmentState.OPEN, AssignmentState.RETURNED)


def work_of(resolution: Resolution) -> list[Assignment]:
    """The assignments to execute that still count."""
    return [
        a for a in resolution.assignments if a.purpose is Purpose.EXECUTE and a.state is not AssignmentState.CANCELLED
    ]


def open_next(session: Session, actor: Actor, document: Document, resolution: Resolution) -> None:
    """In a sequence, open the next turn when nobody before it is at work."""
    if resolution.state is not ResolutionState.OPEN or resolution.order is not Order.SEQUENTIAL:
        return
    for assignment in work_of(resolution):
        if assignment.state is AssignmentState.DONE:
            continue
        if assignment.state is AssignmentState.PENDING:
            open_assignment(session, actor, document, assignment)
        return


def open_assignment(session: Session, actor: Actor, document: Document, assignment: Assignment) -> None:
    """Put the work before its person, and tell her."""
    assignment.state = AssignmentState.OPEN
    assignment.opened_at = clock.now()
    readers.grant(document, [assignment.official_id])
    record(
        session,
        actor,
        Event.ASSIGNMENT_OPENED,
        subject(document, "assignment", assignment.assignment_id),
        organisation_id=document.organisation_id,
        detail={"official": assignment.official_id, "resolution": assignment.resolution_id},
    )


def settle(session: Session, actor: Actor, document: Document, resolution: Resolution) -> None:
    """After a step under `resolution`: next turn, its end, the document's state and its responsible official."""
    open_next(session, actor, document, resolution)
    unfinished = [a for a in resolution.assignments if a.state in UNFINISHED]
    if resolution.state is ResolutionState.OPEN and not unfinished:
        resolution.state = ResolutionState.DONE
        resolution.ended_at = clock.now()
    go_on(session, actor, document)


def go_on(session: Session, actor: Actor, document: Document) -> None:
    """After any step: who has the document now, and what state it is in. What the step made has its id afterwards."""
    session.flush()  # the course is read from the database
    _follow(session, document)
    _conclude(session, actor, document)


def _follow(session: Session, document: Document) -> None:
    """Find who has the document now: the responsible executor, down the delegations; else whom it lies before."""
    top = session.scalars(
        select(Resolution)
        .where(
            Resolution.document_id == document.document_id,
            Resolution.parent_assignment_id.is_(None),
            Resolution.state != ResolutionState.CANCELLED,
        )
        .order_by((Resolution.state == ResolutionState.OPEN).desc(), Resolution.resolution_id.desc())
    )
    current = next((found for r in top if (found := _responsible(r)) is not None), None)
    while current is not None and (below := _delegated(session, current)) is not None:
        current = below
    responsible = current.official_id if current is not None else None
    holder = responsible or _before_whom(session, document)
    document.responsible_id = responsible
    unit_id = session.get_one(Official, holder).unit_id if holder is not None else None
    if unit_id is not None and document.unit_id != unit_id:
        document.unit_id = unit_id
        readers.regrade(document)


def _responsible(resolution: Resolution) -> Assignment | None:
    """The first named of those who work under the resolution and have not given it back."""
    return next((a for a in work_of(resolution) if a.state is not AssignmentState.GIVEN_BACK), None)


def _delegated(session: Session, assignment: Assignment) -> Assignment | None:
    below = session.scalars(
        select(Resolution)
        .where(Resolution.parent_assignment_id == assignment.assignment_id, Resolution.state == ResolutionState.OPEN)
        .order_by(Resolution.resolution_id)
    )
    return next((found for r in below if (found := _responsible(r)) is not None), None)


def _before_whom(session: Session, document: Document) -> int | None:
    found = select(Submission.official_id).where(
        Submission.document_id == document.document_id, Submission.state == SubmissionState.WAITING
    )
    return session.scalar(found.order_by(Submission.submission_id.desc()).limit(1))


def _conclude(session: Session, actor: Actor, document: Document) -> None:
    """Bring the document's state to what its course says: in execution while anybody works, then executed.

    Papers of our own that are signed or sent keep their state: being made known does not unsign them.
    """
    if document.state not in (
        DocumentState.REGISTERED,
        DocumentState.SUBMITTED,
        DocumentState.IN_EXECUTION,
        DocumentState.EXECUTED,
    ):
        return
    wanted = _wanted(session, document)
    if wanted is document.state:
        return
    reopened = document.state is DocumentState.EXECUTED
    if not lifecycle.may_step(document, wanted):
        lifecycle.step(document, DocumentState.IN_EXECUTION)  # "to file" taken back on a letter nobody had
    lifecycle.step(document, wanted)
    if wanted is DocumentState.EXECUTED or reopened:
        record(
            session,
            actor,
            Event.DOCUMENT_EXECUTED if wanted is DocumentState.EXECUTED else Event.DOCUMENT_REOPENED,
            subject(document, "document", document.document_id),
            organisation_id=document.organisation_id,
            facts={"number": document.number, "state": wanted.value},
        )


def _wanted(session: Session, document: Document) -> DocumentState:
    standing = session.scalars(
        select(Resolution).where(
            Resolution.document_id == document.document_id,
            Resolution.parent_assignment_id.is_(None),
            Resolution.state != ResolutionState.CANCELLED,
        )
    ).all()
    standing = [r for r in standing if r.to_file or r.submission_id is not None or work_of(r)]  # not: only to be read
    work = [a for r in standing for a in work_of(r)]
    if any(a.state in UNFINISHED for a in work):
        return DocumentState.IN_EXECUTION
    if _before_whom(session, document) is not None:
        return DocumentState.SUBMITTED
    return DocumentState.EXECUTED if standing else DocumentState.REGISTERED


def cancel_all(session: Session, resolution: Resolution, *, at: datetime, by: int | None, reason: str) -> list[int]:
    """Cancel a resolution with all unfinished work under it, delegations too; the officials who had it."""
    told: list[int] = []
    for assignment in resolution.assignments:
        told += drop(session, assignment, at=at, by=by, reason=reason)
    resolution.state = ResolutionState.CANCELLED
    resolution.ended_at, resolution.end_reason = at, reason
    return told


def drop(session: Session, assignment: Assignment, *, at: datetime, by: int | None, reason: str) -> list[int]:
    """Cancel one person's unfinished work with what she delegated; the officials who had it."""
    if assignment.state not in UNFINISHED:
        return []
    waited = assignment.state is AssignmentState.PENDING
    assignment.state = AssignmentState.CANCELLED
    assignment.ended_at, assignment.ended_by_id, assignment.end_reason = at, by, reason
    told = [] if waited else [assignment.official_id]
    below = select(Resolution).where(
        Resolution.parent_assignment_id == assignment.assignment_id, Resolution.state == ResolutionState.OPEN
    )
    for resolution in session.scalars(below).all():
        told += cancel_all(session, resolution, at=at, by=by, reason=reason)
    return told
