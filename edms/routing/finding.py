"""The parts of a letter's course for those who may know of the letter. Missing and invisible look the same: NotFound.

In the ten seconds of Undo an act is known to whoever did it, and to nobody else.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from edms import clock
from edms.access.actor import Actor
from edms.access.scope import visible
from edms.errors import NotFound
from edms.registry.models import Document
from edms.routing.models import Assignment, Control, Extension, Report, Resolution, Submission

T = TypeVar("T", Submission, Resolution, Assignment)


def submission_of(session: Session, actor: Actor, submission_id: int) -> Submission:
    """One submission of a letter that the actor may read. Errors: NotFound."""
    told = known_of(actor, Submission.not_before, Submission.submitted_by_id)
    return _part(session, actor, Submission, Submission.submission_id == submission_id, told)


def resolution_of(session: Session, actor: Actor, resolution_id: int) -> Resolution:
    """One resolution on a letter that the actor may read. Errors: NotFound."""
    told = known_of(actor, Resolution.not_before, Resolution.entered_by_id)
    return _part(session, actor, Resolution, Resolution.resolution_id == resolution_id, told)


def assignment_of(session: Session, actor: Actor, assignment_id: int) -> Assignment:
    """One person's work on a letter that the actor may read. Errors: NotFound."""
    told = known_of(actor, Resolution.not_before, Resolution.entered_by_id)
    under = Assignment.resolution_id.in_(select(Resolution.resolution_id).where(told))
    return _part(session, actor, Assignment, Assignment.assignment_id == assignment_id, under)


def report_of(session: Session, actor: Actor, report_id: int) -> Report:
    """One report about work on a letter that the actor may read. Errors: NotFound."""
    report = session.get(Report, report_id)
    if report is None:
        raise NotFound
    assignment_of(session, actor, report.assignment_id)
    return report


def extension_of(session: Session, actor: Actor, extension_id: int) -> Extension:
    """One request for more time on a letter that the actor may read. Errors: NotFound."""
    extension = session.get(Extension, extension_id)
    if extension is None:
        raise NotFound
    assignment_of(session, actor, extension.assignment_id)
    return extension


def control_of(session: Session, actor: Actor, document: Document) -> Control:
    """The control under which the document stands or stood. Errors: NotFound."""
    found = select(Control).join(Document, Document.document_id == Control.document_id)
    control = session.scalar(found.where(Control.document_id == document.document_id, visible(actor, Document.readers)))
    if control is None:
        raise NotFound
    return control


def known_of(
    actor: Actor, not_before: InstrumentedAttribute[datetime | None], hand: InstrumentedAttribute[Any]
) -> ColumnElement[bool]:
    """The condition that the actor may know of an act by now: people are told, or her own hand did it."""
    return or_(not_before.is_(None), not_before <= clock.now(), hand == actor.official_id)


def _part(session: Session, actor: Actor, table: type[T], this: ColumnElement[bool], told: ColumnElement[bool]) -> T:
    found = select(table).join(Document, Document.document_id == table.document_id)
    part: T | None = session.scalar(found.where(this, told, visible(actor, Document.readers)))
    if part is None:
        raise NotFound
    return part
