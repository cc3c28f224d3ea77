"""The terms of a letter that was moved to another register: that one's term, counted from the day it was first registered.

The office's mistake does not lengthen what the citizen waits for.
"""

from __future__ import annotations

from sqlalchemy.orm import Session

from edms.access.actor import Actor
from edms.events import Event, record
from edms.registry import moving
from edms.registry.models import Document, Number, Register
from edms.routing.clocks import OF_ROUTE, begin_legal_term, first_day
from edms.routing.matter import subject


def move(session: Session, actor: Actor, document: Document, book: Register, *, reason: str) -> Number:
    """Move the letter and, where its legal term runs, count it anew; its former number. Errors: as `registry.moving`."""
    old = moving.move(session, actor, document, book, reason=reason)
    if document.term is None and document.due_on is None:
        return old  # begins when it is submitted
    before, extended = document.due_on, (document.term or {}).get("extensions")
    named = (document.term or {}).get("name")
    if named == book.term or extended or str(named).startswith(OF_ROUTE):
        return old  # a term that a leader has extended by a decision, or that a case gave, is not counted over
    begin_legal_term(session, document, anew=True)
    record(
        session,
        actor,
        Event.TERM_RECOUNTED,
        subject(document, "document", document.document_id),
        organisation_id=document.organisation_id,
        detail={
            "day": first_day(session, document).isoformat(),
            "before": before.isoformat() if before else None,
            "due_on": document.due_on.isoformat() if document.due_on else None,
        },
    )
    return old
