"""The course of a letter: before whom it lay, what was resolved, who does what until when, the replies and sendings.

Resolutions stand as a tree. What was given within the last ten seconds is shown to its hand only: it can be undone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from edms import clock
from edms.access.actor import Actor
from edms.access.scope import visible
from edms.events import Event, EventLine
from edms.filing.models import CaseFile, CaseFileEntry
from edms.overview.there import ALL, There
from edms.registry.dispatch import sendings
from edms.registry.models import Document, DocumentLink
from edms.registry.words import DispatchState, LinkKind
from edms.routing import standing
from edms.routing.models import (
    Assignment,
    AssignmentState,
    Extension,
    ExtensionState,
    Purpose,
    Report,
    Resolution,
    ResolutionState,
    Submission,
    SubmissionState,
)
from edms.staff.models import Official
from edms.staff.officials import by_id

DONE = (AssignmentState.DONE, AssignmentState.CANCELLED)


@dataclass
class Step:
    """One step. `kind` is done, present, late or coming; `what` is a message id. `until` is the day it had while its term stands."""

    kind: str
    who: Official | None
    what: str
    at: datetime | None
    until: date | None = None
    stands_since: date | None = None
    text: str = ""
    steps: list[Step] = field(default_factory=list)
    assignment: Assignment | None = None
    report: Report | None = None
    resolution: Resolution | None = None
    extension: Extension | None = None
    document: Document | None = None  # a reply
    entered_by: Official | None = None  # whose hand, where it was not the author's


def course_of(
    session: Session, document: Document, today: date, actor: Actor | None = None, there: There = ALL
) -> list[Step]:
    """The steps of a letter the caller may see, in order of time, as a tree of resolutions.

    With an `actor` the replies that she may see stand in it too. What is not `there` is not looked for.
    """
    hand = actor.official_id if actor is not None else None
    submissions = [s for s in _submissions(session, document) if _told(s.not_before, s.submitted_by_id == hand)]
    given = _resolutions(session, document) if there.resolutions else []
    resolutions = [r for r in given if _told(r.not_before, r.entered_by_id == hand)]
    extensions = _extensions(session, resolutions)
    people = _people(session, submissions, resolutions)
    handed = _handed(session, document) if resolutions and there.handed else {}
    made = _Making(resolutions, extensions, people, today, handed)
    steps = [made.submitted(submission) for submission in submissions]
    steps += [made.resolved(r) for r in resolutions if r.parent_assignment_id is None]
    if there.sent:
        steps += _sent(session, document)
    if actor is not None and there.links:
        steps += _replies(session, document, actor)
    steps.sort(key=lambda step: (step.at is None, step.at or document.registered_at))
    return steps + (_filed(session, document) if there.filed else [])


def _told(not_before: datetime | None, own: bool) -> bool:
    return own or not_before is None or not_before <= clock.now()


def _submissions(session: Session, document: Document) -> Sequence[Submission]:
    found = select(Submission).where(Submission.document_id == document.document_id)
    return session.scalars(found.order_by(Submission.submission_id)).all()


def _resolutions(session: Session, document: Document) -> Sequence[Resolution]:
    found = (
        select(Resolution)
        .where(Resolution.document_id == document.document_id)
        .options(selectinload(Resolution.assignments).selectinload(Assignment.reports))
    )
    return session.scalars(found.order_by(Resolution.resolution_id)).all()


def _extensions(session: Session, resolutions: Sequence[Resolution]) -> dict[int, list[Extension]]:
    ids = [a.assignment_id for r in resolutions for a in r.assignments]
    made: dict[int, list[Extension]] = {}
    if not ids:
        return made
    found = select(Extension).where(Extension.assignment_id.in_(ids)).order_by(Extension.extension_id)
    for extension in session.scalars(found):
        made.setdefault(extension.assignment_id, []).append(extension)
    return made


def _people(
    session: Session, submissions: Sequence[Submission], resolutions: Sequence[Resolution]
) -> dict[int, Official]:
    ids = {s.official_id for s in submissions}
    ids |= {person for r in resolutions for person in (r.author_id, r.entered_by_id)}
    ids |= {a.official_id for r in resolutions for a in r.assignments}
    return by_id(session, ids)


@dataclass(frozen=True)
class _Making:
    """Makes steps of rows."""

    every: Sequence[Resolution]
    extensions: dict[int, list[Extension]]
    people: dict[int, Official]
    today: date
    handed: dict[int, list[Step]]

    def submitted(self, submission: Submission) -> Step:
        kind = "present" if submission.state is SubmissionState.WAITING else "done"
        what = f"overview.submitted.{submission.state.value}"
        text = submission.end_reason or submission.note or ""
        return Step(kind, self.people.get(submission.official_id), what, submission.submitted_at, text=text)

    def resolved(self, resolution: Resolution) -> Step:
        step = Step(
            "present" if resolution.state is ResolutionState.OPEN else "done",
            self.people.get(resolution.author_id),
            "overview.resolution.closed" if _closed(resolution) else f"overview.resolution.{resolution.state.value}",
            resolution.issued_at,
            until=resolution.due_on,
            stands_since=standing.like(resolution.assignments),
            text=resolution.text,
            resolution=resolution,
            entered_by=self.people.get(resolution.entered_by_id) if _by_another(resolution) else None,
        )
        step.steps = [self.assigned(assignment) for assignment in resolution.assignments]
        return step

    def assigned(self, assignment: Assignment) -> Step:
        kind = self._kind(assignment)
        last = assignment.reports[-1] if assignment.reports else None
        role = "acquaint" if assignment.purpose is Purpose.ACQUAINT else "lead" if assignment.responsible else "with"
        step = Step(
            kind,
            self.people.get(assignment.official_id),
            f"overview.assignment.{role}.{assignment.state.value}",
            assignment.ended_at or assignment.opened_at,
            until=assignment.due_on if kind != "done" else None,
            stands_since=assignment.stands_since if kind != "done" else None,
            text=_text(assignment, last),
            assignment=assignment,
            report=last,
        )
        step.steps = self.handed.get(assignment.assignment_id, [])
        step.steps += [self.reported(report) for report in assignment.reports if report.text != step.text]
        step.steps += [self.asked(extension) for extension in self.extensions.get(assignment.assignment_id, ())]
        step.steps += [self.resolved(r) for r in self.every if r.parent_assignment_id == assignment.assignment_id]
        return step

    def reported(self, report: Report) -> Step:
        """A report that is not what was said last: it is kept, whatever became of the work."""
        text = f"{report.text} ({report.remark})" if report.remark else report.text
        return Step("done", None, f"overview.report.{report.state.value}", report.reported_at, text=text)

    def asked(self, extension: Extension) -> Step:
        asked = extension.state is ExtensionState.ASKED
        late = "_late" if asked and extension.late else ""
        return Step(
            "present" if asked else "done",
            None,
            f"overview.extension.{extension.state.value}{late}",
            extension.answered_at or extension.asked_at,
            until=extension.due_wanted,
            text=extension.remark or extension.reason,
            extension=extension,
        )

    def _kind(self, assignment: Assignment) -> str:
        if assignment.state in DONE:
            return "done"
        if assignment.state is AssignmentState.PENDING:
            return "coming"
        late = assignment.due_on is not None and assignment.due_on < self.today and assignment.stands_since is None
        return "late" if late else "present"


def _by_another(resolution: Resolution) -> bool:
    return resolution.entered_by_id != resolution.author_id


def _closed(resolution: Resolution) -> bool:
    """For information, or to the case file: nobody had work by it."""
    return resolution.to_file and resolution.state is ResolutionState.DONE


def _text(assignment: Assignment, last: Report | None) -> str:
    """What was said last: the author's remark on rework, why it was given back, else the report."""
    if assignment.state is AssignmentState.RETURNED and last is not None and last.remark:
        return last.remark
    return assignment.end_reason or (last.text if last is not None else "")


def _handed(session: Session, document: Document) -> dict[int, list[Step]]:
    """Who had the work before: it was handed over as it stood."""
    made: dict[int, list[Step]] = {}
    found = select(EventLine).where(
        EventLine.document_id == document.document_id, EventLine.kind == Event.ASSIGNMENT_HANDED_OVER
    )
    for line in session.scalars(found.order_by(EventLine.event_id)):
        before = line.detail.get("official")  # a destroyed letter's history keeps no details
        giver = session.get(Official, before) if before is not None else None
        step = Step("done", giver, "overview.handed_over", line.at, text=str(line.detail.get("reason") or ""))
        made.setdefault(line.subject_id or 0, []).append(step)
    return made


def _sent(session: Session, document: Document) -> list[Step]:
    made = []
    for sending in sendings(session, document):
        if sending.state is not DispatchState.TAKEN_BACK:
            kind = "present" if sending.state is DispatchState.WAITING else "done"
            what = f"overview.dispatch.{sending.state.value}"
            made.append(Step(kind, None, what, sending.sent_at or sending.asked_at, text=sending.proof or ""))
    return made


def _replies(session: Session, document: Document, actor: Actor) -> list[Step]:
    found = (
        select(Document)
        .join(DocumentLink, DocumentLink.document_id == Document.document_id)
        .where(
            DocumentLink.other_id == document.document_id,
            DocumentLink.kind == LinkKind.REPLY_TO,
            visible(actor, Document.readers),
        )
    )
    return [
        Step(
            "done",
            None,
            "overview.reply.interim" if reply.final is False else "overview.reply.final",
            reply.registered_at,
            text=f"{reply.number} · {reply.summary}",
            document=reply,
            steps=_sent(session, reply),
        )
        for reply in session.scalars(found).all()
    ]


def _filed(session: Session, document: Document) -> list[Step]:
    found = (
        select(CaseFileEntry, CaseFile)
        .join(CaseFile, CaseFile.case_file_id == CaseFileEntry.case_file_id)
        .where(CaseFileEntry.document_id == document.document_id)
    )
    return [
        Step(
            "done",
            None,
            "overview.filed",
            entry.filed_at,
            text=f"{case_file.case_index.index} · {case_file.volume} · {entry.position}",
        )
        for entry, case_file in session.execute(found)
    ]
