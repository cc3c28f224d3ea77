"""My desk: what needs me, in order of lateness. Each group is capped; nothing is counted beyond its cap.

What was given within the last ten seconds is not here yet: it can still be taken back.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Select, or_, select
from sqlalchemy.orm import Session

from edms import clock
from edms.access.actor import Actor
from edms.access.permissions import Permission
from edms.access.policy import permits
from edms.access.roles import Role
from edms.access.scope import visible
from edms.drafting import act, drafts, visas
from edms.drafting.by_hand import signing
from edms.drafting.models import Draft, Visa
from edms.overview.case_steps import StepWork, beside, steps_of
from edms.overview.line import LetterLine, lines_of, of_work, on_control, with_inner
from edms.registry import arrivals
from edms.registry.dispatch import to_send
from edms.registry.endings import telling
from edms.registry.endings.models import ArrivalEnd
from edms.registry.going_out import service
from edms.registry.intake.keeping import waits_for
from edms.registry.intake.models import DocumentIntake
from edms.registry.models import Arrival, Dispatch, Document
from edms.registry.words import DocumentState, RegisterKind
from edms.routing import control
from edms.routing.models import (
    Assignment,
    AssignmentState,
    Control,
    Extension,
    ExtensionState,
    Purpose,
    Report,
    ReportState,
    Resolution,
    Submission,
    SubmissionState,
    judged_by,
)
from edms.routing.opinions import asking
from edms.routing.opinions.models import Opinion
from edms.routing.originals import handing
from edms.routing.submission import returned_to

CAP = 50
AT_WORK = (AssignmentState.OPEN, AssignmentState.RETURNED)
_URGENCY = (Assignment.stands_since.is_not(None), Assignment.due_on.nulls_last(), Assignment.assignment_id)


@dataclass(frozen=True)
class Work:
    """An assignment with its letter's line."""

    assignment: Assignment
    line: LetterLine


@dataclass
class Desk:
    """What lies on somebody's desk. Every list is capped at CAP; what has a number alone is counted whole."""

    arrivals: list[Arrival] = field(default_factory=list)
    to_tell: list[tuple[Arrival, ArrivalEnd]] = field(default_factory=list)  # forwarded: the applicant must be told
    to_submit: list[LetterLine] = field(default_factory=list)
    to_open: list[LetterLine] = field(default_factory=list)  # closed envelopes that I alone open
    to_resolve: list[tuple[Submission, LetterLine]] = field(default_factory=list)
    to_execute: list[Work] = field(default_factory=list)
    to_acquaint: list[Work] = field(default_factory=list)
    case_steps: list[StepWork] = field(default_factory=list)  # steps of cases that lie with me
    to_judge: list[tuple[Report, LetterLine]] = field(default_factory=list)
    to_extend: list[tuple[Extension, LetterLine]] = field(default_factory=list)  # more time was asked of me
    to_reassign: list[Work] = field(default_factory=list)  # given back to me as "not mine"
    to_redirect: list[tuple[Submission, LetterLine]] = field(default_factory=list)  # I laid it before the wrong person
    to_opine: list[tuple[Opinion, LetterLine]] = field(default_factory=list)
    papers_handed: list[LetterLine] = field(default_factory=list)  # on their way to me: I confirm
    papers: list[LetterLine] = field(default_factory=list)  # paper originals that I have
    to_visa: list[Visa] = field(default_factory=list)
    to_sign: list[Draft] = field(default_factory=list)
    to_scan: list[Draft] = field(default_factory=list)  # printed for a pen; the scan is awaited
    to_send: list[tuple[Dispatch, Document]] = field(default_factory=list)
    to_dispatch: list[LetterLine] = field(default_factory=list)  # signed, and nobody sent them yet
    unserved: list[tuple[Dispatch, LetterLine]] = field(default_factory=list)  # came back: how else?
    control: list[tuple[Control, LetterLine]] = field(default_factory=list)  # near or late
    removals: int = 0  # how many were answered and wait for the word that ends control
    my_drafts: list[Draft] = field(default_factory=list)

    @property
    def late(self) -> int:
        """How many of the letters here are past their day."""
        works = [work.line for work in (*self.to_execute, *self.to_reassign)] + [work.line for work in self.case_steps]
        lying = (*self.to_resolve, *self.to_redirect)
        return sum(line.kind == "late" for line in works) + sum(line.kind == "late" for _, line in lying)


def desk_of(session: Session, actor: Actor) -> Desk:
    """Everything that needs the actor, or the one she stands in for."""
    desk = Desk()
    today = clock.today(actor.time_zone)
    if actor.has(Role.REGISTRAR):
        desk.arrivals = arrivals.waiting(session, actor, limit=CAP)
        desk.to_tell = telling.to_tell(session, actor, limit=CAP)
        desk.to_submit = _to_submit(session, actor, today)
        desk.to_send = to_send(session, actor, limit=CAP)
        desk.to_dispatch = lines_of(session, service.to_dispatch(session, actor, limit=CAP), today)
    if permits(actor, Permission.CONTROL_READ):
        desk.control = _control(session, actor, today)
        desk.removals = control.count_controlled(session, actor, answered=True)
    if actor.people:
        people = sorted(actor.people)
        desk.to_open = _to_open(session, actor, people, today)
        desk.to_resolve = _to_resolve(session, actor, people, today)
        desk.case_steps = steps_of(session, actor, limit=CAP)
        desk.to_execute = beside(desk.case_steps, _work(session, actor, today, _mine(people, Purpose.EXECUTE)))
        desk.to_acquaint = _work(session, actor, today, _mine(people, Purpose.ACQUAINT))
        desk.to_judge = _to_judge(session, actor, people, today)
        desk.to_extend = _to_extend(session, actor, people, today)
        desk.to_reassign = _to_reassign(session, actor, people, today)
        desk.to_redirect = _to_redirect(session, actor, people, today)
        back = {line.document.document_id for _, line in desk.to_redirect}
        desk.to_submit = [line for line in desk.to_submit if line.document.document_id not in back]
        desk.to_opine = _to_opine(session, actor, today)
        desk.papers_handed = _papers(session, actor, today, handed=True)
        desk.papers = _papers(session, actor, today, handed=False)
        desk.unserved = _unserved(session, actor, today)
        desk.to_visa = visas.asked_of(session, actor, limit=CAP)
        desk.to_sign = act.to_sign(session, actor, limit=CAP)
        desk.to_scan = [draft for _, draft, _ in signing.waiting(session, actor, limit=CAP)]
        desk.my_drafts = drafts.of_author(session, actor, limit=CAP)
    return desk


def next_to_resolve(session: Session, actor: Actor, *, but: int) -> Document | None:
    """The letter that waits first for the actor's resolution, other than the one with this id."""
    rows = _to_resolve(session, actor, sorted(actor.people), clock.today(actor.time_zone)) if actor.people else []
    return next((line.document for _, line in rows if line.document.document_id != but), None)


def _to_submit(session: Session, actor: Actor, today: date) -> list[LetterLine]:
    found = select(Document).where(
        Document.organisation_id == actor.organisation_id,
        visible(actor, Document.readers),
        Document.state == DocumentState.REGISTERED,
        Document.kind.in_((RegisterKind.INCOMING, RegisterKind.APPLICATIONS, RegisterKind.INFORMATION_REQUESTS)),
        Document.migrated.is_(False),
    )
    documents = list(session.scalars(found.order_by(Document.registered_at).limit(CAP)))
    return lines_of(session, documents, today)


def _to_open(session: Session, actor: Actor, people: Sequence[int], today: date) -> list[LetterLine]:
    found = (
        select(Document)
        .join(DocumentIntake, DocumentIntake.document_id == Document.document_id)
        .where(
            waits_for(people),
            visible(actor, Document.readers),
        )
        .order_by(Document.registered_at)
    )
    return lines_of(session, list(session.scalars(found.limit(CAP))), today)


def _to_resolve(
    session: Session, actor: Actor, people: Sequence[int], today: date
) -> list[tuple[Submission, LetterLine]]:
    found = (
        select(Submission, Document)
        .join(Document, Document.document_id == Submission.document_id)
        .where(
            Submission.official_id.in_(people),
            Submission.state == SubmissionState.WAITING,
            _told(Submission.not_before),
            visible(actor, Document.readers),
        )
        .order_by(Document.due_on.nulls_last(), Submission.submitted_at)
    )
    return _lined(session, found, today)


def _mine(people: Sequence[int], purpose: Purpose) -> ColumnElement[bool]:
    return Assignment.official_id.in_(people) & Assignment.state.in_(AT_WORK) & (Assignment.purpose == purpose)


def _work(session: Session, actor: Actor, today: date, which: ColumnElement[bool]) -> list[Work]:
    found = (
        select(Assignment, Document)
        .join(Document, Document.document_id == Assignment.document_id)
        .join(Resolution, Resolution.resolution_id == Assignment.resolution_id)
        .where(which, _told(Resolution.not_before), visible(actor, Document.readers))
        .order_by(*_URGENCY)
    )
    return [Work(work, of_work(line, work, today)) for work, line in _lined(session, found, today)]


def _to_judge(session: Session, actor: Actor, people: Sequence[int], today: date) -> list[tuple[Report, LetterLine]]:
    found = (
        _of_author(select(Report, Document).join(Assignment, Assignment.assignment_id == Report.assignment_id), people)
        .where(
            Report.state == ReportState.WAITING,
            Assignment.state == AssignmentState.REPORTED,
            visible(actor, Document.readers),
        )
        .order_by(Report.reported_at)
    )
    return _lined(session, found, today)


def _to_extend(
    session: Session, actor: Actor, people: Sequence[int], today: date
) -> list[tuple[Extension, LetterLine]]:
    joined = select(Extension, Document).join(Assignment, Assignment.assignment_id == Extension.assignment_id)
    found = (
        _of_author(joined, people)
        .where(
            Extension.state == ExtensionState.ASKED,
            Assignment.state.in_(AT_WORK),
            visible(actor, Document.readers),
        )
        .order_by(Extension.due_before.nulls_last(), Extension.extension_id)
    )
    return _lined(session, found, today)


def _to_reassign(session: Session, actor: Actor, people: Sequence[int], today: date) -> list[Work]:
    found = (
        _of_author(select(Assignment, Document), people)
        .where(Assignment.state == AssignmentState.GIVEN_BACK, visible(actor, Document.readers))
        .order_by(*_URGENCY)
    )
    return [Work(work, of_work(line, work, today)) for work, line in _lined(session, found, today)]


def _to_redirect(
    session: Session, actor: Actor, people: Sequence[int], today: date
) -> list[tuple[Submission, LetterLine]]:
    found = (
        select(Submission, Document)
        .join(Document, Document.document_id == Submission.document_id)
        .where(returned_to(people), visible(actor, Document.readers))
        .order_by(Document.due_on.nulls_last(), Submission.ended_at)
    )
    return _lined(session, found, today)


def _to_opine(session: Session, actor: Actor, today: date) -> list[tuple[Opinion, LetterLine]]:
    rows = asking.asked_of(session, actor, limit=CAP)
    lines = lines_of(session, [document for _, document in rows], today)
    return [(o, with_inner(line, o.consultation.due_on, today)) for (o, _), line in zip(rows, lines, strict=True)]


def _unserved(session: Session, actor: Actor, today: date) -> list[tuple[Dispatch, LetterLine]]:
    """Of a registrar all that came back, of others what they wrote or signed."""
    own = None if actor.has(Role.REGISTRAR) else drafts.letters_of(session, actor)
    rows = service.open_again(session, actor, of=own, limit=CAP) if own is None or own else []
    lines = lines_of(session, [document for _, document in rows], today)
    return [(sending, line) for (sending, _), line in zip(rows, lines, strict=True)]


def _papers(session: Session, actor: Actor, today: date, *, handed: bool) -> list[LetterLine]:
    rows = handing.held_by(session, actor, handed=handed, limit=CAP)
    return lines_of(session, [document for _, document in rows], today)


def _of_author(found: Select[Any, Document], people: Sequence[int]) -> Select[Any, Document]:
    """Of resolutions that stand and are one of these people's."""
    return (
        found.join(Resolution, Resolution.resolution_id == Assignment.resolution_id)
        .join(Document, Document.document_id == Assignment.document_id)
        .where(judged_by(people))
    )


def _control(session: Session, actor: Actor, today: date) -> list[tuple[Control, LetterLine]]:
    """What is under control, late or due within five days, and neither answered nor waiting for a term that stands."""
    near = date.fromordinal(today.toordinal() + 5)
    rows = control.list_controlled(session, actor, until=near, answered=False, limit=CAP)
    lines = lines_of(session, [document for _, document in rows], today)
    return [(c, on_control(line, c, today)) for (c, _), line in zip(rows, lines, strict=True)]


def _told(not_before: Any) -> ColumnElement[bool]:
    return or_(not_before.is_(None), not_before <= clock.now())


def _lined(session: Session, found: Select[Any, Document], today: date) -> list[tuple[Any, LetterLine]]:
    rows = list(session.execute(found.limit(CAP)))
    lines = lines_of(session, [document for _, document in rows], today)
    return [(thing, line) for (thing, _), line in zip(rows, lines, strict=True)]
