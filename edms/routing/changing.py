"""Changing and cancelling a resolution: by its author or a superior of hers only (D414 art. 43), everyone told."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from sqlalchemy.orm import Session

from edms import clock
from edms.access.actor import Actor
from edms.access.permissions import Permission
from edms.access.policy import require
from edms.errors import Invalid, RuleBroken
from edms.events import Event, record
from edms.registry.models import Document
from edms.routing import people, standing
from edms.routing.clocks import internal_term
from edms.routing.matter import hold, matter, require_open, subject
from edms.routing.models import Assignment, AssignmentState, Purpose, Resolution, ResolutionState
from edms.routing.naming import Executor, assignments_for, check_executors
from edms.routing.submission import text_of
from edms.routing.turns import UNFINISHED, cancel_all, drop, settle
from edms.routing.undo import open_to


def cancel(session: Session, actor: Actor, resolution: Resolution, *, reason: str) -> None:
    """Cancel a resolution with all unfinished work under it; everyone who had it is told.

    Errors: Forbidden to others than the author and her superiors, RuleBroken once it is done, Invalid without a reason.
    """
    document = _held(session, actor, resolution)
    if not (reason := text_of(reason, "reason") or ""):
        raise Invalid(fields={"reason": "routing.reason_missing"})
    told = cancel_all(session, resolution, at=clock.now(), by=actor.official_id, reason=reason)
    settle(session, actor, document, resolution)
    record(
        session,
        actor,
        Event.RESOLUTION_CANCELLED,
        subject(document, "resolution", resolution.resolution_id),
        organisation_id=document.organisation_id,
        detail={"reason": reason, "told": sorted(set(told))},
        facts={"number": document.number, "reason": reason},
    )


def change(
    session: Session,
    actor: Actor,
    resolution: Resolution,
    *,
    reason: str,
    text: str | None = None,
    due_on: date | None = None,
    executors: Sequence[Executor] | None = None,
) -> Resolution:
    """Change what is to be done, until when, or by whom; what is given as None stays. Everyone concerned is told.

    Who is no longer named loses unfinished work with what she delegated; who is new gets it; who has finished keeps
    her line. Errors: as `cancel`, and as `issue` for text, executors and day.
    """
    document = _held(session, actor, resolution)
    if not (reason := text_of(reason, "reason") or ""):
        raise Invalid(fields={"reason": "routing.reason_missing"})
    before = _present(resolution)
    if text is not None:
        resolution.text = text_of(text, "text") or ""
        if not resolution.text:
            raise Invalid(fields={"text": "routing.text_missing"})
    if due_on is not None:
        _redate(session, document, resolution, due_on)
    dropped = _rename(session, actor, document, resolution, executors) if executors is not None else []
    session.flush()  # the changed lines are read from the database below
    newly = open_to(document, [a.official_id for a in resolution.assignments if a.state is AssignmentState.OPEN])
    settle(session, actor, document, resolution)
    after = _present(resolution)
    record(
        session,
        actor,
        Event.RESOLUTION_ISSUED,
        subject(document, "resolution", resolution.resolution_id),
        organisation_id=document.organisation_id,
        detail={
            "changed": True, "reason": reason, "before": before, "after": after, "dropped": dropped, "newly_read": newly,
        },
        facts={"number": document.number, "changed": True, "reason": reason, **after},
    )  # fmt: skip
    return resolution


def _held(session: Session, actor: Actor, resolution: Resolution) -> Document:
    document = hold(session, resolution.document_id, resolution)
    author = people.standing_for(session, actor.people, resolution.judge_id)
    require(actor, Permission.ASSIGNMENT_JUDGE, matter(document, author_id=author))
    require_open(document)
    if resolution.state is not ResolutionState.OPEN:
        raise RuleBroken("routing.resolution_ended", state=resolution.state.value)
    return document


def _redate(session: Session, document: Document, resolution: Resolution, due_on: date) -> None:
    parent = resolution.parent_assignment_id
    within = session.get_one(Assignment, parent).due_on if parent is not None else None
    resolution.due_on, resolution.term = internal_term(session, document, due_on=due_on, term=None, within=within)
    for assignment in resolution.assignments:
        if assignment.purpose is Purpose.EXECUTE and assignment.state in UNFINISHED:
            assignment.due_on, assignment.stands_since = resolution.due_on, None


def _rename(
    session: Session, actor: Actor, document: Document, resolution: Resolution, executors: Sequence[Executor]
) -> list[int]:
    """Bring the lines to the new names; the officials who lost theirs."""
    check_executors(session, document, resolution.judge_id, executors, to_file=False)
    wanted = {(e.official_id, e.purpose) for e in executors}
    stands = standing.like(resolution.assignments)
    present = [a for a in resolution.assignments if a.state is not AssignmentState.CANCELLED]
    gone = [a for a in present if (a.official_id, a.purpose) not in wanted]
    given_back = [a for a in present if a.state is AssignmentState.GIVEN_BACK and a not in gone]
    at = clock.now()
    dropped: list[int] = []
    for assignment in (*gone, *given_back):
        waited = assignment.state is AssignmentState.GIVEN_BACK
        told = drop(session, assignment, at=at, by=actor.official_id, reason=assignment.end_reason or "")
        dropped += [] if waited else told
    kept = {(a.official_id, a.purpose) for a in present if a.state is not AssignmentState.CANCELLED}
    new = [e for e in executors if (e.official_id, e.purpose) not in kept]
    place = max((a.position for a in resolution.assignments), default=0) + 1
    resolution.assignments += assignments_for(document, resolution, new, first_position=place, stands_since=stands)
    _lead(resolution, executors)
    return dropped


def _lead(resolution: Resolution, executors: Sequence[Executor]) -> None:
    """The first named to execute is responsible; in what remains of a sequence the new order counts."""
    order = {e.official_id: place for place, e in enumerate(executors, start=1)}
    works = [e.official_id for e in executors if e.purpose is Purpose.EXECUTE]
    for assignment in resolution.assignments:
        if assignment.state is AssignmentState.CANCELLED:
            assignment.responsible = False
        else:
            assignment.position = order.get(assignment.official_id, assignment.position)
            executes = assignment.purpose is Purpose.EXECUTE
            assignment.responsible = executes and assignment.official_id == works[0] if works else False
    resolution.assignments.sort(key=lambda a: a.position)


def _present(resolution: Resolution) -> dict[str, object]:
    return {
        "text": resolution.text,
        "due_on": resolution.due_on.isoformat() if resolution.due_on else None,
        "executors": [a.official_id for a in resolution.assignments if a.state is not AssignmentState.CANCELLED],
    }
