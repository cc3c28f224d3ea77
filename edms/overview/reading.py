"""Opening a letter: fetched within the scope, and its reading written into the history (once in ten minutes a person)."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from edms import clock
from edms.access.actor import Actor
from edms.events import Event, EventLine, Subject, record
from edms.registry.documents import document_of
from edms.registry.models import Document
from edms.routing import execution
from edms.routing.models import Assignment, AssignmentState

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
