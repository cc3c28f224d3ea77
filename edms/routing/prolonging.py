"""A longer legal term: by a leader's reasoned decision, within what the term itself allows (GAC 100).

The applicant is told on her tracking page, whoever has the letter by a notice; control that stood on the old day moves.
"""

from __future__ import annotations

from sqlalchemy.orm import Session

from edms import terms
from edms.access.actor import Actor
from edms.access.permissions import Permission
from edms.access.policy import permits, require
from edms.errors import Invalid, RuleBroken
from edms.events import Event, record
from edms.registry.card import clean
from edms.registry.models import Document
from edms.registry.words import OPEN_STATES
from edms.routing.clocks import extensions_of, intervals_of, legal_due, redate, today_of
from edms.routing.matter import hold, require_open, subject

KINDS = (terms.Kind.MONTH, terms.Kind.WEEK, terms.Kind.WORKING, terms.Kind.CALENDAR)


def extendable(session: Session, actor: Actor, document: Document) -> bool:
    """May the actor extend the letter's legal term today?"""
    if document.state not in OPEN_STATES or not permits(actor, Permission.LEGAL_TERM_EXTEND, document):
        return False
    reached = legal_due(session, document)
    latest = terms.latest_request(reached) if reached is not None else None
    return latest is not None and today_of(session, document) <= latest


def extend(
    session: Session, actor: Actor, document: Document, *, count: int, kind: terms.Kind, reason: str
) -> terms.Due:
    """Extend the legal term by so many days, weeks or months; what it comes to now.

    Errors: RuleBroken when the term knows no extension, is over, or would be too long; Invalid (reason, kind).
    """
    require(actor, Permission.LEGAL_TERM_EXTEND, document)
    document = hold(session, document.document_id)
    require_open(document)
    if kind not in KINDS:
        raise Invalid(fields={"kind": "field.not_a_choice"})
    if not (reason := clean(reason) or ""):
        raise Invalid(fields={"reason": "routing.reason_missing"})
    reached = legal_due(session, document)
    if reached is None or document.term is None:
        raise RuleBroken("routing.no_legal_term", number=document.number)
    today = today_of(session, document)
    earlier, intervals = extensions_of(document), intervals_of(document)
    added = terms.Extension(count, kind, today)
    counted = terms.check_extension(reached, added, requested_on=today, earlier=earlier, intervals=intervals)
    before, name = document.due_on, document.term.get("name")
    redate(session, document, counted, {"name": name}, extensions=[*earlier, added], intervals=intervals)
    record(
        session,
        actor,
        Event.EXTENSION_GRANTED,
        subject(document, "document", document.document_id),
        organisation_id=document.organisation_id,
        detail={
            "legal": True,
            "reason": reason,
            "before": before.isoformat() if before else None,
            "due_on": document.due_on.isoformat() if document.due_on else None,
        },
    )
    return counted
