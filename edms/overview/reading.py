"""Opening a letter: fetched within the scope, and its reading written into the history (once in ten minutes a person)."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from edms import clock
from edms.access.actor import Actor
from edms.access.permissions import Permission
from edms.access.policy import require
from edms.events import Event, EventLine, Subject, record
from edms.registry.documents import document_of
from edms.registry.models import Document
from edms.routing import execution
from edms.routing.models import Assignment, AssignmentState
from edms.staff.models import Official

AGAIN = timedelta(minutes=10)


def read(session: Session, actor: Actor, document_id: int) -> Document:
    """Open a letter. Errors: NotFound when it is not there or not for the actor."""
    document = document_of(session, actor, document_id)
    recent = select(EventLine.event_id).where(
        EventLine.document_id == document_id,
        EventLine.kind == Event.DOCUMENT_READ,
        EventLine.official_id == actor.official_id,
        EventLine.at > clock.now() - AGAIN,
    )
    if session.scalar(recent.limit(1)) is None:
        record(
            session,
            actor,
            Event.DOCUMENT_READ,
            Subject("document", document_id, document_id=document_id),
            organisation_id=document.organisation_id,
        )
    for assignment in assignments_of(session, actor, document):
        execution.mark_read(actor, assignment)
    return document


def assignments_of(session: Session, actor: Actor, document: Document) -> list[Assignment]:
    """The actor's own open work on a letter."""
    found = select(Assignment).where(
        Assignment.document_id == document.document_id,
        Assignment.official_id.in_(sorted(actor.people)),
        Assignment.state.in_((AssignmentState.OPEN, AssignmentState.RETURNED, AssignmentState.REPORTED)),
    )
    return list(session.scalars(found.order_by(Assignment.assignment_id)))


def history(
    session: Session, actor: Actor, document: Document, *, before: int | None = None, limit: int = 200
) -> list[tuple[EventLine, str, str]]:
    """The acts on a letter, the newest first, with whose hand and in whose place; `before` is the last line's id."""
    require(actor, Permission.HISTORY_READ, document)
    found = select(EventLine).where(EventLine.document_id == document.document_id)
    if before is not None:
        found = found.where(EventLine.event_id < before)
    lines = list(session.scalars(found.order_by(EventLine.event_id.desc()).limit(limit)))
    ids = {line.official_id for line in lines} | {line.acting_for_id for line in lines}
    names = {
        person.official_id: person.name(actor.language)
        for person in session.scalars(select(Official).where(Official.official_id.in_(ids - {None})))
    }
    return [(line, names.get(line.official_id or 0, ""), names.get(line.acting_for_id or 0, "")) for line in lines]
