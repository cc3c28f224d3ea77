"""The course of a letter: before whom it lay, what was resolved, who does what until when, the replies and sendings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from edms.registry.models import Document
from edms.routing.models import (
    Assignment,
    AssignmentState,
    Purpose,
    Report,
    Resolution,
    ResolutionState,
    Submission,
    SubmissionState,
)
from edms.staff.models import Official

DONE = (AssignmentState.DONE, AssignmentState.CANCELLED)


@dataclass
class Step:
    """One step. `kind` is done, present, late or coming; `what` is a message id."""

    kind: str
    who: Official | None
    what: str
    at: datetime | None
    until: date | None = None
    text: str = ""
    steps: list[Step] = field(default_factory=list)
    assignment: Assignment | None = None
    report: Report | None = None
    resolution: Resolution | None = None


def course_of(session: Session, document: Document, today: date) -> list[Step]:
    """The steps of a letter the caller may see, as a tree of resolutions."""
    submissions = list(
        session.scalars(
            select(Submission).where(Submission.document_id == document.document_id).order_by(Submission.submission_id)
        )
    )
    resolutions = list(
        session.scalars(
            select(Resolution).where(Resolution.document_id == document.document_id).order_by(Resolution.resolution_id)
        )
    )
    ids = {s.official_id for s in submissions} | {r.author_id for r in resolutions}
    ids |= {a.official_id for r in resolutions for a in r.assignments}
    people = {p.official_id: p for p in session.scalars(select(Official).where(Official.official_id.in_(ids)))}
    steps = [_submitted(submission, people) for submission in submissions]
    steps += [_resolved(r, resolutions, people, today) for r in resolutions if r.parent_assignment_id is None]
    return steps


def _submitted(submission: Submission, people: dict[int, Official]) -> Step:
    kind = "present" if submission.state is SubmissionState.WAITING else "done"
    what = f"overview.submitted.{submission.state.value}"
    return Step(kind, people.get(submission.official_id), what, submission.submitted_at, text=submission.note or "")


def _resolved(resolution: Resolution, every: Sequence[Resolution], people: dict[int, Official], today: date) -> Step:
    kind = "done" if resolution.state is not ResolutionState.OPEN else "present"
    step = Step(
        kind,
        people.get(resolution.author_id),
        f"overview.resolution.{resolution.state.value}",
        resolution.issued_at,
        until=resolution.due_on,
        text=resolution.text,
        resolution=resolution,
    )
    for assignment in resolution.assignments:
        below = _assigned(assignment, people, today)
        below.steps = [
            _resolved(r, every, people, today) for r in every if r.parent_assignment_id == assignment.assignment_id
        ]
        step.steps.append(below)
    return step


def _assigned(assignment: Assignment, people: dict[int, Official], today: date) -> Step:
    if assignment.state in DONE:
        kind = "done"
    elif assignment.state is AssignmentState.PENDING:
        kind = "coming"
    else:
        kind = "late" if assignment.due_on is not None and assignment.due_on < today else "present"
    last = assignment.reports[-1] if assignment.reports else None
    role = "acquaint" if assignment.purpose is Purpose.ACQUAINT else "lead" if assignment.responsible else "with"
    return Step(
        kind,
        people.get(assignment.official_id),
        f"overview.assignment.{role}.{assignment.state.value}",
        assignment.ended_at or assignment.opened_at,
        until=assignment.due_on if kind != "done" else None,
        text=last.text if last else "",
        assignment=assignment,
        report=last,
    )
