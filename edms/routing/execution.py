"""Execution: reading, reporting, judging a report, taking note, and giving back what is not one's own.

Only the person named (or who acts for her) reports; only the author of the resolution judges, or a superior of hers.
A report refuses to pass while staff to whom the work was delegated are still at it.
"""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from edms import clock
from edms.access.actor import Actor
from edms.access.permissions import Permission
from edms.access.policy import require
from edms.errors import Invalid, NotFound, RuleBroken
from edms.events import Event, record
from edms.registry.models import Document, DocumentLink
from edms.registry.words import DocumentState, LinkKind
from edms.routing import people
from edms.routing.matter import hold, matter, require_open, subject
from edms.routing.models import (
    Assignment,
    AssignmentState,
    Purpose,
    Report,
    ReportState,
    Resolution,
    ResolutionState,
)
from edms.routing.submission import text_of
from edms.routing.turns import AT_WORK, drop, settle, work_of


def mark_read(actor: Actor, assignment: Assignment) -> None:
    """Note when the person first opened what lies before her. Another reader changes nothing."""
    if assignment.official_id == actor.official_id and assignment.read_at is None:
        assignment.read_at = clock.now()


def report(
    session: Session, actor: Actor, assignment: Assignment, *, text: str, reply_document_id: int | None = None
) -> Report:
    """Say that the work is done, how, and by which reply. It lies before the author then.

    Errors: Invalid without a text or for a reply that does not answer this letter, RuleBroken when not at work.
    """
    require(actor, Permission.ASSIGNMENT_REPORT, assignment)
    document = hold(session, assignment.document_id, assignment)
    require_open(document)
    _require_at_work(assignment)
    if assignment.purpose is not Purpose.EXECUTE:
        raise RuleBroken("routing.only_to_note")
    if not (text := text_of(text, "text") or ""):
        raise Invalid(fields={"text": "routing.report_missing"})
    if reply_document_id is not None and reply_document_id not in replies_to(session, document):
        raise Invalid(fields={"reply": "routing.reply_unknown"})
    if _staff_at_work(session, assignment):
        raise RuleBroken("routing.staff_at_work")
    made = Report(
        assignment_id=assignment.assignment_id,
        text=text,
        reply_document_id=reply_document_id,
        reported_at=clock.now(),
        reported_by_id=_hand(actor),
        state=ReportState.WAITING,
    )
    session.add(made)
    assignment.state = AssignmentState.REPORTED
    session.flush()  # the event carries its id
    resolution = session.get_one(Resolution, assignment.resolution_id)
    if resolution.judge_id == assignment.official_id:
        # Who resolved that she does it herself has nobody to judge her.
        _accept(session, actor, document, resolution, assignment, made, None)
        return made
    _record(session, actor, Event.ASSIGNMENT_REPORTED, document, assignment, {"report": made.report_id, "text": text})
    return made


def accept(session: Session, actor: Actor, made: Report, *, remark: str | None = None, release: bool = False) -> None:
    """Accept a report: this work is done. With `release` the co-executors still at work are released by it.

    Errors: Forbidden to others than the author and her superiors, RuleBroken when it was judged before.
    """
    assignment, resolution, document = _judging(session, actor, made)
    _accept(session, actor, document, resolution, assignment, made, text_of(remark, "remark"))
    if release:
        _release(session, actor, document, resolution)


def return_for_rework(session: Session, actor: Actor, made: Report, *, remark: str) -> None:
    """Send the work back with a remark: it is open again. Errors: as `accept`; Invalid without a remark."""
    assignment, resolution, document = _judging(session, actor, made)
    if not (remark := text_of(remark, "remark") or ""):
        raise Invalid(fields={"remark": "routing.remark_missing"})
    made.state = ReportState.RETURNED
    made.remark, made.judged_at, made.judged_by_id = remark, clock.now(), actor.official_id
    assignment.state = AssignmentState.RETURNED
    settle(session, actor, document, resolution)
    _record(session, actor, Event.ASSIGNMENT_RETURNED, document, assignment, {"remark": remark})


def acquaint(session: Session, actor: Actor, assignment: Assignment) -> None:
    """Confirm having taken note; the day is kept with the name. Doing it again changes nothing."""
    require(actor, Permission.ASSIGNMENT_REPORT, assignment)
    document = hold(session, assignment.document_id, assignment)
    if assignment.purpose is not Purpose.ACQUAINT:
        raise RuleBroken("routing.not_to_note")
    if assignment.state is AssignmentState.DONE:
        return
    _require_at_work(assignment)
    mark_read(actor, assignment)
    _finish(actor, assignment)
    settle(session, actor, document, session.get_one(Resolution, assignment.resolution_id))
    _record(session, actor, Event.ASSIGNMENT_ACQUAINTED, document, assignment, {})


def give_back(session: Session, actor: Actor, assignment: Assignment, *, reason: str) -> None:
    """Say that the work is not one's own, and why; it waits for the author to give it to another.

    Errors: Invalid without a reason; RuleBroken when not at work, or while delegated work is unfinished.
    """
    require(actor, Permission.ASSIGNMENT_REPORT, assignment)
    document = hold(session, assignment.document_id, assignment)
    require_open(document)
    _require_at_work(assignment)
    if not (reason := text_of(reason, "reason") or ""):
        raise Invalid(fields={"reason": "routing.reason_missing"})
    if _staff_at_work(session, assignment):
        raise RuleBroken("routing.staff_at_work")
    resolution = session.get_one(Resolution, assignment.resolution_id)
    assignment.state = AssignmentState.GIVEN_BACK
    assignment.ended_at, assignment.ended_by_id, assignment.end_reason = clock.now(), actor.official_id, reason
    settle(session, actor, document, resolution)
    _record(
        session, actor, Event.SUBMISSION_GIVEN_BACK, document, assignment,
        {"reason": reason, "to": resolution.judge_id},
    )  # fmt: skip


def replies_to(session: Session, document: Document) -> list[int]:
    """The documents that answer this one, the newest first: what a report may name."""
    found = (
        select(Document.document_id)
        .join(DocumentLink, DocumentLink.document_id == Document.document_id)
        .where(
            DocumentLink.other_id == document.document_id,
            DocumentLink.kind == LinkKind.REPLY_TO,
            Document.state != DocumentState.REGISTERED,
        )
    )
    return list(session.scalars(found.order_by(Document.document_id.desc())))


def _judging(session: Session, actor: Actor, made: Report) -> tuple[Assignment, Resolution, Document]:
    assignment = session.get_one(Assignment, made.assignment_id)
    resolution = session.get_one(Resolution, assignment.resolution_id)
    document = hold(session, assignment.document_id, made, assignment, resolution)
    author = people.standing_for(session, actor.people, resolution.judge_id)
    require(actor, Permission.ASSIGNMENT_JUDGE, matter(document, author_id=author))
    require_open(document)
    if made.state is not ReportState.WAITING or assignment.state is not AssignmentState.REPORTED:
        raise RuleBroken("routing.report_judged", state=made.state.value)
    return assignment, resolution, document


def _accept(
    session: Session,
    actor: Actor,
    document: Document,
    resolution: Resolution,
    assignment: Assignment,
    made: Report,
    remark: str | None,
) -> None:
    made.state = ReportState.ACCEPTED
    made.remark, made.judged_at, made.judged_by_id = remark, clock.now(), actor.official_id
    _finish(actor, assignment)
    settle(session, actor, document, resolution)
    _record(
        session, actor, Event.ASSIGNMENT_ACCEPTED, document, assignment,
        {"remark": remark, "report": made.report_id},
    )  # fmt: skip


def _release(session: Session, actor: Actor, document: Document, resolution: Resolution) -> None:
    """Release co-executors whom the accepted report makes unnecessary."""
    at = clock.now()
    released = [
        person for a in work_of(resolution) for person in drop(session, a, at=at, by=actor.official_id, reason="")
    ]
    settle(session, actor, document, resolution)
    if released:
        record(
            session,
            actor,
            Event.RESOLUTION_CANCELLED,
            subject(document, "resolution", resolution.resolution_id),
            organisation_id=document.organisation_id,
            detail={"released": True, "told": sorted(set(released))},
            facts={"number": document.number, "released": sorted(set(released))},
        )


def _staff_at_work(session: Session, assignment: Assignment) -> bool:
    below = select(Resolution.resolution_id).where(
        Resolution.parent_assignment_id == assignment.assignment_id, Resolution.state == ResolutionState.OPEN
    )
    unfinished = session.scalars(below).all()
    return any(
        work.purpose is Purpose.EXECUTE and work.state not in (AssignmentState.DONE, AssignmentState.CANCELLED)
        for ident in unfinished
        for work in session.get_one(Resolution, ident).assignments
    )


def _require_at_work(assignment: Assignment) -> None:
    if assignment.state not in AT_WORK:
        raise RuleBroken("routing.not_at_work", state=assignment.state.value)


def _finish(actor: Actor, assignment: Assignment) -> None:
    assignment.state = AssignmentState.DONE
    assignment.ended_at, assignment.ended_by_id = clock.now(), actor.official_id


def _hand(actor: Actor) -> int:
    if actor.official_id is None:
        raise NotFound
    return actor.official_id


def _record(
    session: Session, actor: Actor, event: Event, document: Document, assignment: Assignment, detail: dict[str, object]
) -> None:
    record(
        session,
        actor,
        event,
        subject(document, "assignment", assignment.assignment_id),
        organisation_id=document.organisation_id,
        detail={"official": assignment.official_id, "resolution": assignment.resolution_id, **detail},
    )
