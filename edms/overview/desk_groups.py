"""The groups of a desk: what of each kind lies with somebody, capped, in order of lateness."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Select, or_, select
from sqlalchemy.orm import Session

from edms import clock
from edms.access.actor import Actor
from edms.access.roles import Role
from edms.access.scope import visible
from edms.drafting import act, drafts, visas
from edms.drafting.by_hand import signing
from edms.drafting.models import Draft, Visa
from edms.overview.case_steps import StepWork, steps_of
from edms.overview.line import LetterLine, lines_of, of_work, on_control, with_inner
from edms.overview.lying import AT_WORK
from edms.registry.going_out import service
from edms.registry.intake.keeping import waits_for
from edms.registry.intake.models import DocumentIntake
from edms.registry.models import Dispatch, Document
from edms.registry.words import DocumentState, RegisterKind
from edms.routing import control as controls
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
_URGENCY = (Assignment.stands_since.is_not(None), Assignment.due_on.nulls_last(), Assignment.assignment_id)


@dataclass(frozen=True)
class Work:
    """An assignment with its letter's line."""

    assignment: Assignment
    line: LetterLine


def to_submit(session: Session, actor: Actor, today: date) -> list[LetterLine]:
    """Registered and not yet laid before anybody; a registrar's."""
    found = select(Document).where(
        Document.organisation_id == actor.organisation_id,
        visible(actor, Document.readers),
        Document.state == DocumentState.REGISTERED,
        Document.kind.in_((RegisterKind.INCOMING, RegisterKind.APPLICATIONS, RegisterKind.INFORMATION_REQUESTS)),
        Document.migrated.is_(False),
    )
    documents = list(session.scalars(found.order_by(Document.registered_at).limit(CAP)))
    return lines_of(session, documents, today)


def to_open(session: Session, actor: Actor, people: Sequence[int], today: date) -> list[LetterLine]:
    """Closed envelopes that she alone opens."""
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


def to_resolve(
    session: Session, actor: Actor, people: Sequence[int], today: date
) -> list[tuple[Submission, LetterLine]]:
    """Laid before her for a resolution."""
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


def to_execute(session: Session, actor: Actor, people: Sequence[int], today: date) -> list[Work]:
    """Open work under resolutions."""
    return _work(session, actor, today, _mine(people, Purpose.EXECUTE))


def to_acquaint(session: Session, actor: Actor, people: Sequence[int], today: date) -> list[Work]:
    """What is to be taken note of."""
    return _work(session, actor, today, _mine(people, Purpose.ACQUAINT))


def _work(session: Session, actor: Actor, today: date, which: ColumnElement[bool]) -> list[Work]:
    found = (
        select(Assignment, Document)
        .join(Document, Document.document_id == Assignment.document_id)
        .join(Resolution, Resolution.resolution_id == Assignment.resolution_id)
        .where(which, _told(Resolution.not_before), visible(actor, Document.readers))
        .order_by(*_URGENCY)
    )
    return [Work(work, of_work(line, work, today)) for work, line in _lined(session, found, today)]


def to_judge(session: Session, actor: Actor, people: Sequence[int], today: date) -> list[tuple[Report, LetterLine]]:
    """Reports on work under her resolutions."""
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


def to_extend(session: Session, actor: Actor, people: Sequence[int], today: date) -> list[tuple[Extension, LetterLine]]:
    """More time that was asked of her."""
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


def to_reassign(session: Session, actor: Actor, people: Sequence[int], today: date) -> list[Work]:
    """Work that was given back to her as "not mine"."""
    found = (
        _of_author(select(Assignment, Document), people)
        .where(Assignment.state == AssignmentState.GIVEN_BACK, visible(actor, Document.readers))
        .order_by(*_URGENCY)
    )
    return [Work(work, of_work(line, work, today)) for work, line in _lined(session, found, today)]


def to_redirect(
    session: Session, actor: Actor, people: Sequence[int], today: date
) -> list[tuple[Submission, LetterLine]]:
    """What she laid before the wrong person."""
    found = (
        select(Submission, Document)
        .join(Document, Document.document_id == Submission.document_id)
        .where(returned_to(people), visible(actor, Document.readers))
        .order_by(Document.due_on.nulls_last(), Submission.ended_at)
    )
    return _lined(session, found, today)


def to_opine(session: Session, actor: Actor, people: Sequence[int], today: date) -> list[tuple[Opinion, LetterLine]]:
    """Opinions that she is asked for."""
    rows = asking.asked_of(session, actor, limit=CAP)
    lines = lines_of(session, [document for _, document in rows], today)
    return [(o, with_inner(line, o.consultation.due_on, today)) for (o, _), line in zip(rows, lines, strict=True)]


def unserved(session: Session, actor: Actor, people: Sequence[int], today: date) -> list[tuple[Dispatch, LetterLine]]:
    """Of a registrar all that came back, of others what they wrote or signed."""
    own = None if actor.has(Role.REGISTRAR) else drafts.letters_of(session, actor)
    rows = service.open_again(session, actor, of=own, limit=CAP) if own is None or own else []
    lines = lines_of(session, [document for _, document in rows], today)
    return [(sending, line) for (sending, _), line in zip(rows, lines, strict=True)]


def papers(session: Session, actor: Actor, people: Sequence[int], today: date) -> list[LetterLine]:
    """Originals that she has."""
    return _papers(session, actor, today, handed=False)


def papers_handed(session: Session, actor: Actor, people: Sequence[int], today: date) -> list[LetterLine]:
    """Originals on their way to her."""
    return _papers(session, actor, today, handed=True)


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


def control(session: Session, actor: Actor, today: date) -> list[tuple[Control, LetterLine]]:
    """What is under control, late or due within five days, and neither answered nor waiting for a term that stands."""
    near = date.fromordinal(today.toordinal() + 5)
    rows = controls.list_controlled(session, actor, until=near, answered=False, limit=CAP)
    lines = lines_of(session, [document for _, document in rows], today)
    return [(c, on_control(line, c, today)) for (c, _), line in zip(rows, lines, strict=True)]


def _told(not_before: Any) -> ColumnElement[bool]:
    return or_(not_before.is_(None), not_before <= clock.now())


def _lined(session: Session, found: Select[Any, Document], today: date) -> list[tuple[Any, LetterLine]]:
    rows = list(session.execute(found.limit(CAP)))
    lines = lines_of(session, [document for _, document in rows], today)
    return [(thing, line) for (thing, _), line in zip(rows, lines, strict=True)]


def _case_steps(session: Session, actor: Actor, people: Sequence[int], today: date) -> list[StepWork]:
    return steps_of(session, actor, limit=CAP)


def _to_visa(session: Session, actor: Actor, people: Sequence[int], today: date) -> list[Visa]:
    return visas.asked_of(session, actor, limit=CAP)


def _to_sign(session: Session, actor: Actor, people: Sequence[int], today: date) -> list[Draft]:
    return act.to_sign(session, actor, limit=CAP)


def _to_scan(session: Session, actor: Actor, people: Sequence[int], today: date) -> list[Draft]:
    return [draft for _, draft, _ in signing.waiting(session, actor, limit=CAP)]


def _my_drafts(session: Session, actor: Actor, people: Sequence[int], today: date) -> list[Draft]:
    return drafts.of_author(session, actor, limit=CAP)


OF_PEOPLE: Mapping[str, Callable[[Session, Actor, Sequence[int], date], Sequence[Any]]] = {
    "case_steps": _case_steps,
    "my_drafts": _my_drafts,
    "papers": papers,
    "papers_handed": papers_handed,
    "to_acquaint": to_acquaint,
    "to_execute": to_execute,
    "to_extend": to_extend,
    "to_judge": to_judge,
    "to_open": to_open,
    "to_opine": to_opine,
    "to_reassign": to_reassign,
    "to_redirect": to_redirect,
    "to_resolve": to_resolve,
    "to_scan": _to_scan,
    "to_sign": _to_sign,
    "to_visa": _to_visa,
    "unserved": unserved,
}
"""What lies with people, by the group's name; `lying` knows of each whether there is any."""
