"""Resolutions: who shall do what until when (D414 art. 29, 33), at the top or delegated down the tree.

The first named to execute is responsible, the others execute with her; those who only take note are asked to confirm
it. "To file" and "for information" close a document without work. Refuses executors whom the author cannot task.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from edms import clock
from edms.access.actor import Actor
from edms.access.permissions import Permission
from edms.access.policy import require
from edms.errors import Forbidden, Invalid, RuleBroken
from edms.events import Event, record
from edms.registry.models import Content, Document
from edms.routing import standing
from edms.routing.clocks import begin_legal_term, internal_term
from edms.routing.matter import hold, matter, require_open, subject
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
from edms.routing.naming import Executor, assignments_for, check_executors
from edms.routing.submission import require_waiting, text_of
from edms.routing.turns import AT_WORK, cancel_all, settle
from edms.routing.undo import close_again, open_to, require_untold, told_at


def issue(
    session: Session,
    actor: Actor,
    on: Submission | Document,
    *,
    text: str,
    executors: Sequence[Executor],
    order: Order = Order.PARALLEL,
    due_on: date | None = None,
    term: str | None = None,
    to_file: bool = False,
    not_before: datetime | None = None,
) -> Resolution:
    """Resolve what lies before the actor, or, as a leader, any document she reads.

    Without `due_on` and named `term` the organisation's default term counts. People are told at `not_before`, by
    default in ten seconds. Errors: Forbidden, Invalid (executors, text, due_on), RuleBroken when answered or filed.
    """
    submission = on if isinstance(on, Submission) else None
    document = hold(session, on.document_id, *([submission] if submission else []))
    before = submission.official_id if submission else None
    require(actor, Permission.RESOLUTION_ISSUE, matter(document, official_id=before))
    require_open(document)
    if submission is not None:
        require_waiting(submission)
    author = before if before is not None and before in actor.people else _own_post(actor)
    begin_legal_term(session, document)
    resolution = _write(
        session, actor, document, author_id=author, text=text, executors=executors, order=order,
        due_on=due_on, term=term, to_file=to_file, not_before=told_at(not_before),
    )  # fmt: skip
    _answer(session, actor, document, resolution, submission)
    return _announce(session, actor, document, resolution)


def acquaint(
    session: Session, actor: Actor, document: Document, *, text: str, official_ids: Sequence[int], due_on: date | None
) -> Resolution:
    """A resolution by which people only read. `acquaintance.ask` asks who may. Errors: Invalid for strangers."""
    named = [Executor(person, Purpose.ACQUAINT) for person in official_ids]
    resolution = _write(
        session, actor, document, author_id=_own_post(actor), text=text, executors=named, order=Order.PARALLEL,
        due_on=None, term=None, to_file=False, not_before=told_at(None),
    )  # fmt: skip
    resolution.due_on = due_on
    for assignment in resolution.assignments:
        assignment.due_on = due_on
    return _announce(session, actor, document, resolution)


def write_for(
    session: Session,
    actor: Actor,
    document: Document,
    *,
    author_id: int,
    scan: Content,
    text: str,
    executors: Sequence[Executor],
    order: Order,
    due_on: date | None,
    to_file: bool,
) -> Resolution:
    """What the head wrote by hand, under her name and with its scan. `handwritten.enter` asks who may."""
    begin_legal_term(session, document)
    resolution = _write(
        session, actor, document, author_id=author_id, text=text, executors=executors, order=order, due_on=due_on,
        term=None, to_file=to_file, not_before=told_at(None), scan=scan,
    )  # fmt: skip
    _answer(session, actor, document, resolution, None)
    return _announce(session, actor, document, resolution, {"handwritten": scan.sha256.hex()})


def delegate(
    session: Session,
    actor: Actor,
    assignment: Assignment,
    *,
    text: str,
    executors: Sequence[Executor],
    order: Order = Order.PARALLEL,
    due_on: date | None = None,
    term: str | None = None,
    not_before: datetime | None = None,
) -> Resolution:
    """Pass the work of an assignment down to one's own staff; it stays one's own to answer for.

    Errors: as `issue`; RuleBroken when the assignment is not at work.
    """
    require(actor, Permission.ASSIGNMENT_DELEGATE, assignment)
    document = hold(session, assignment.document_id, assignment)
    require_open(document)
    if assignment.state not in AT_WORK or assignment.purpose is not Purpose.EXECUTE:
        raise RuleBroken("routing.not_at_work", state=assignment.state.value)
    above = _chain(session, assignment)
    if any(e.official_id in above for e in executors):
        raise Invalid(fields={"executors": "routing.executor_above"})
    resolution = _write(
        session, actor, document, author_id=assignment.official_id, text=text, executors=executors, order=order,
        due_on=due_on, term=term, to_file=False, not_before=told_at(not_before), parent=assignment,
    )  # fmt: skip
    return _announce(session, actor, document, resolution)


def take_back(session: Session, actor: Actor, resolution: Resolution) -> None:
    """Undo a resolution before anybody was told; what it answered lies before its author again.

    Errors: Forbidden to others than the hand that entered it, RuleBroken when people were told.
    """
    if resolution.entered_by_id != actor.official_id:
        raise Forbidden("access.refused", permission=Permission.RESOLUTION_ISSUE.value)
    document = hold(session, resolution.document_id, resolution)
    if resolution.state is ResolutionState.CANCELLED:
        raise RuleBroken("routing.resolution_ended", state=resolution.state.value)
    require_open(document)
    require_untold(resolution.not_before)
    cancel_all(session, resolution, at=clock.now(), by=actor.official_id, reason="")
    for submission in _answered(session, resolution):
        submission.state, submission.ended_at, submission.ended_by_id = SubmissionState.WAITING, None, None
    close_again(session, document, "resolution", resolution.resolution_id)
    settle(session, actor, document, resolution)
    record(
        session,
        actor,
        Event.RESOLUTION_CANCELLED,
        subject(document, "resolution", resolution.resolution_id),
        organisation_id=document.organisation_id,
        detail={"taken_back": True, "told": []},
        facts={"number": document.number, "taken_back": True},
    )


def _write(
    session: Session,
    actor: Actor,
    document: Document,
    *,
    author_id: int,
    text: str,
    executors: Sequence[Executor],
    order: Order,
    due_on: date | None,
    term: str | None,
    to_file: bool,
    not_before: datetime,
    parent: Assignment | None = None,
    scan: Content | None = None,
) -> Resolution:
    text_ = text_of(text, "text")
    check_executors(session, document, author_id, executors, to_file=to_file)
    if not text_ and not to_file and any(e.purpose is Purpose.EXECUTE for e in executors):
        raise Invalid(fields={"text": "routing.text_missing"})
    on, counted = None, None
    if any(e.purpose is Purpose.EXECUTE for e in executors):
        within = parent.due_on if parent is not None else None
        on, counted = internal_term(session, document, due_on=due_on, term=term, within=within)
    resolution = Resolution(
        document_id=document.document_id,
        parent_assignment_id=parent.assignment_id if parent is not None else None,
        author_id=author_id,
        entered_by_id=actor.official_id,
        scan_content_id=scan.content_id if scan is not None else None,
        text=text_ or "",
        order=order,
        issued_at=clock.now(),
        due_on=on,
        term=counted,
        state=ResolutionState.OPEN,
        not_before=not_before,
        to_file=to_file,
    )
    session.add(resolution)
    session.flush()  # assignments carry its id
    stands = standing.anew(session, document, due_on)
    resolution.assignments = assignments_for(document, resolution, executors, first_position=1, stands_since=stands)
    session.flush()  # the history names them
    return resolution


def _answer(
    session: Session, actor: Actor, document: Document, resolution: Resolution, submission: Submission | None
) -> None:
    """End the submission that the resolution answers: the one given, or one that waits before its author."""
    if submission is None:
        submission = session.scalar(
            select(Submission).where(
                Submission.document_id == document.document_id,
                Submission.official_id == resolution.author_id,
                Submission.state == SubmissionState.WAITING,
            )
        )
    if submission is not None:
        submission.state = SubmissionState.RESOLVED
        submission.ended_at, submission.ended_by_id = clock.now(), actor.official_id
        resolution.submission_id = submission.submission_id


def _answered(session: Session, resolution: Resolution) -> list[Submission]:
    if resolution.submission_id is None:
        return []
    return [session.get_one(Submission, resolution.submission_id)]


def _announce(
    session: Session, actor: Actor, document: Document, resolution: Resolution, more: Mapping[str, object] | None = None
) -> Resolution:
    """Open the document to the executors whose turn it is, write the history, and settle what follows."""
    newly = open_to(document, [a.official_id for a in resolution.assignments if a.state is AssignmentState.OPEN])
    named = [a.official_id for a in resolution.assignments]
    record(
        session,
        actor,
        Event.RESOLUTION_ISSUED,
        subject(document, "resolution", resolution.resolution_id),
        organisation_id=document.organisation_id,
        detail={
            "author": resolution.author_id,
            "text": resolution.text,
            "executors": named,
            "due_on": resolution.due_on.isoformat() if resolution.due_on else None,
            "to_file": resolution.to_file,
            "newly_read": newly,
            **(more or {}),
        },
        facts={
            "number": document.number,
            "author": resolution.author_id,
            "executors": named,
            "text": resolution.text,
            "due_on": resolution.due_on.isoformat() if resolution.due_on else None,
            **(more or {}),
        },
        not_before=resolution.not_before,
    )
    settle(session, actor, document, resolution)
    return resolution


def _chain(session: Session, assignment: Assignment | None) -> set[int]:
    """Those above an assignment: its person, the author of its resolution, and so on to the top."""
    above: set[int] = set()
    while assignment is not None:
        resolution = session.get_one(Resolution, assignment.resolution_id)
        above |= {assignment.official_id, resolution.author_id}
        parent = resolution.parent_assignment_id
        assignment = session.get_one(Assignment, parent) if parent is not None else None
    return above


def _own_post(actor: Actor) -> int:
    """In whose post the actor resolves what was not submitted: the absent she acts for, else her own."""
    official_id = actor.acting_for or actor.official_id
    if official_id is None:
        raise Forbidden("access.refused", permission=Permission.RESOLUTION_ISSUE.value)
    return official_id
