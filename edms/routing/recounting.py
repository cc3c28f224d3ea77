"""A changed calendar moves the legal terms that run over the changed day: they are counted again, from where they began.

A term that has ended, or whose count does not meet the day, stays what it was said to be. Internal terms are days that
a person set; they stay too.
"""

from __future__ import annotations

from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from edms import terms
from edms.access.actor import Actor
from edms.access.permissions import Permission
from edms.access.policy import require
from edms.events import Event, record
from edms.registry.models import Document
from edms.registry.words import DocumentState
from edms.routing.clocks import count_again, extensions_of, intervals_of
from edms.routing.matter import subject
from edms.staff.calendars import calendar_of
from edms.staff.models import Organisation

OPEN = (DocumentState.REGISTERED, DocumentState.SUBMITTED, DocumentState.IN_EXECUTION)


def over_day(session: Session, actor: Actor, organisation: Organisation, day: date) -> list[Document]:
    """The open letters whose legal term runs over that day, by their due day. For the service's own count."""
    require(actor, Permission.CALENDAR_EDIT, organisation)
    found = select(Document).where(
        Document.organisation_id == organisation.organisation_id,
        Document.state.in_(OPEN),
        Document.term["started_on"].astext < day.isoformat(),
        Document.due_on >= day,
        Document.term.is_not(None),
    )
    return list(session.scalars(found.order_by(Document.due_on, Document.document_id)))


def recount(session: Session, actor: Actor, organisation: Organisation, day: date) -> int:
    """Count the terms over that day again under the present calendar; how many got another day.

    Each that moved has its reason in the letter's history. The letters themselves are not shown to the administrator.
    """
    moved = 0
    calendar = calendar_of(organisation)
    for document in over_day(session, actor, organisation, day):
        kept = document.term or {}
        if "steps" not in kept:
            continue
        before, extensions, intervals = document.due_on, extensions_of(document), intervals_of(document)
        reached = terms.Due.from_json(kept, calendar)
        again = terms.due(reached.term, calendar, reached.started_on, extensions=extensions, intervals=intervals)
        if again.on == before:
            continue
        counted = count_again(session, document, calendar, extensions=extensions, intervals=intervals)
        moved += 1
        record(
            session,
            actor,
            Event.TERM_RECOUNTED,
            subject(document, "document", document.document_id),
            organisation_id=document.organisation_id,
            detail={
                "day": day.isoformat(),
                "before": before.isoformat() if before else None,
                "due_on": counted.on.isoformat() if counted.on else None,
            },
        )
    return moved
