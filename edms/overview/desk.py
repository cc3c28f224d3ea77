"""My desk: what needs me, in order of lateness. Each group is capped; nothing is counted beyond its cap."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from edms import clock
from edms.access.actor import Actor
from edms.access.permissions import Permission
from edms.access.policy import permits
from edms.access.roles import Role
from edms.access.scope import visible
from edms.drafting import act, drafts, visas
from edms.drafting.models import Draft, Visa
from edms.overview.line import LetterLine, lines_of
from edms.registry import arrivals
from edms.registry.dispatch import to_send
from edms.registry.models import Arrival, Dispatch, Document
from edms.registry.words import DocumentState, RegisterKind
from edms.routing.models import (
    Assignment,
    AssignmentState,
    Purpose,
    Report,
    ReportState,
    Resolution,
    Submission,
    SubmissionState,
)

CAP = 50


@dataclass(frozen=True)
class Work:
    """An assignment with its letter's line."""

    assignment: Assignment
    line: LetterLine


@dataclass
class Desk:
    """What lies on somebody's desk. Every list is capped at CAP."""

    arrivals: list[Arrival] = field(default_factory=list)
    to_submit: list[LetterLine] = field(default_factory=list)
    to_resolve: list[tuple[Submission, LetterLine]] = field(default_factory=list)
    to_execute: list[Work] = field(default_factory=list)
    to_acquaint: list[Work] = field(default_factory=list)
    to_judge: list[tuple[Report, LetterLine]] = field(default_factory=list)
    to_visa: list[Visa] = field(default_factory=list)
    to_sign: list[Draft] = field(default_factory=list)
    to_send: list[tuple[Dispatch, Document]] = field(default_factory=list)
    my_drafts: list[Draft] = field(default_factory=list)

    @property
    def late(self) -> int:
        """How many of the letters here are past their day."""
        return sum(work.line.kind == "late" for work in self.to_execute) + sum(
            line.kind == "late" for _, line in self.to_resolve
        )


def desk_of(session: Session, actor: Actor) -> Desk:
    """Everything that needs the actor, or the one she stands in for."""
    desk = Desk()
    if permits(actor, Permission.ARRIVAL_READ, _Here(actor)) and actor.has(Role.REGISTRAR):
        desk.arrivals = arrivals.waiting(session, actor, limit=CAP)
        desk.to_submit = _to_submit(session, actor)
        desk.to_send = to_send(session, actor, limit=CAP)
    desk.to_resolve = _to_resolve(session, actor)
    work = _work(session, actor)
    desk.to_execute = [each for each in work if each.assignment.purpose is Purpose.EXECUTE]
    desk.to_acquaint = [each for each in work if each.assignment.purpose is Purpose.ACQUAINT]
    desk.to_judge = _to_judge(session, actor)
    desk.to_visa = visas.asked_of(session, actor, limit=CAP)
    desk.to_sign = act.to_sign(session, actor, limit=CAP)
    desk.my_drafts = drafts.of_author(session, actor, limit=CAP)
    return desk


class _Here:
    def __init__(self, actor: Actor) -> None:
        self.organisation_id = actor.organisation_id


def _today(actor: Actor) -> date:
    return clock.today(actor.time_zone)


def _to_submit(session: Session, actor: Actor) -> list[LetterLine]:
    found = select(Document).where(
        Document.organisation_id == actor.organisation_id,
        visible(actor, Document.readers),
        Document.state == DocumentState.REGISTERED,
        Document.kind.in_((RegisterKind.INCOMING, RegisterKind.APPLICATIONS, RegisterKind.INFORMATION_REQUESTS)),
        Document.migrated.is_(False),
    )
    documents = list(session.scalars(found.order_by(Document.registered_at).limit(CAP)))
    return lines_of(session, documents, _today(actor))


def _to_resolve(session: Session, actor: Actor) -> list[tuple[Submission, LetterLine]]:
    found = (
        select(Submission, Document)
        .join(Document, Document.document_id == Submission.document_id)
        .where(
            Submission.official_id.in_(sorted(actor.people)),
            Submission.state == SubmissionState.WAITING,
            visible(actor, Document.readers),
        )
        .order_by(Document.due_on.nulls_last(), Submission.submitted_at)
        .limit(CAP)
    )
    rows = list(session.execute(found))
    lines = lines_of(session, [document for _, document in rows], _today(actor))
    return [(submission, line) for (submission, _), line in zip(rows, lines, strict=True)]


def _work(session: Session, actor: Actor) -> list[Work]:
    found = (
        select(Assignment, Document)
        .join(Document, Document.document_id == Assignment.document_id)
        .where(
            Assignment.official_id.in_(sorted(actor.people)),
            Assignment.state.in_((AssignmentState.OPEN, AssignmentState.RETURNED)),
            visible(actor, Document.readers),
        )
        .order_by(Assignment.due_on.nulls_last(), Assignment.assignment_id)
        .limit(CAP)
    )
    rows = list(session.execute(found))
    lines = lines_of(session, [document for _, document in rows], _today(actor))
    return [Work(assignment, line) for (assignment, _), line in zip(rows, lines, strict=True)]


def _to_judge(session: Session, actor: Actor) -> list[tuple[Report, LetterLine]]:
    from_author = select(Report, Document).join(Assignment, Assignment.assignment_id == Report.assignment_id)
    found = (
        from_author.join(Assignment.resolution)
        .join(Document, Document.document_id == Assignment.document_id)
        .where(
            Report.state == ReportState.WAITING,
            Assignment.state == AssignmentState.REPORTED,
            Resolution.author_id.in_(sorted(actor.people)),
            visible(actor, Document.readers),
        )
        .order_by(Report.reported_at)
        .limit(CAP)
    )
    rows = list(session.execute(found))
    lines = lines_of(session, [document for _, document in rows], _today(actor))
    return [(report, line) for (report, _), line in zip(rows, lines, strict=True)]
