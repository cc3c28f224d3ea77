"""Acts on what reached the counter: a closed envelope is opened, and it is noted that a citizen did not sign a record."""

from __future__ import annotations

from sqlalchemy.orm import Session

from edms import clock
from edms.access.actor import Actor
from edms.access.permissions import Permission
from edms.access.policy import require
from edms.errors import Conflict, Invalid, NotFound, RuleBroken
from edms.events import Event, Subject, record
from edms.registry import contents
from edms.registry.card import clean
from edms.registry.intake.models import DocumentIntake, SpokenRecord
from edms.registry.models import Document
from edms.registry.words import ContentRole

LONGEST_REASON = 2000


def open_envelope(session: Session, actor: Actor, document: Document) -> DocumentIntake:
    """Open a closed envelope: only whom its card names, or who stands in for her. From then on a scan may join.

    Errors: NotFound for a letter that never was closed; Forbidden; Conflict when it is open already.
    """
    intake = session.get(DocumentIntake, document.document_id, with_for_update=True, populate_existing=True)
    if intake is None or intake.envelope is None:
        raise NotFound
    require(actor, Permission.ENVELOPE_OPEN, intake)
    if intake.opened_at is not None:
        raise Conflict("intake.opened_already", number=document.number)
    intake.opened_at, intake.opened_by_id = clock.now(), actor.official_id
    document.closed, document.waiting_scan = False, True
    record(
        session, actor, Event.ENVELOPE_OPENED, _subject(document), organisation_id=document.organisation_id,
        detail={"envelope": intake.envelope.value},
        facts={"number": document.number, "envelope": intake.envelope.value, "opened_at": intake.opened_at.isoformat()},
    )  # fmt: skip
    return intake


def refuse(session: Session, actor: Actor, document: Document, *, reason: str) -> SpokenRecord:
    """Note that the citizen did not confirm the record by signature, and why; no scan is waited for any more.

    Errors: NotFound without a record; Conflict when it was noted; RuleBroken when the signed record is here.
    """
    require(actor, Permission.DOCUMENT_CORRECT, document)
    spoken = session.get(SpokenRecord, document.document_id, with_for_update=True, populate_existing=True)
    if spoken is None:
        raise NotFound
    if not (reason := clean(reason) or ""):
        raise Invalid(fields={"reason": "registry.reason_missing"})
    if len(reason) > LONGEST_REASON:
        raise Invalid(fields={"reason": "registry.text_too_long"})
    if spoken.refused_at is not None:
        raise Conflict("intake.refused_already", number=document.number)
    if is_signed(session, document):
        raise RuleBroken("intake.signed_already", number=document.number)
    spoken.refused_at, spoken.refused_by_id, spoken.refused_reason = clock.now(), actor.official_id, reason
    document.waiting_scan = False
    record(
        session, actor, Event.CONFIRMATION_REFUSED, _subject(document), organisation_id=document.organisation_id,
        detail={"reason": reason}, facts={"number": document.number, "reason": reason},
    )  # fmt: skip
    return spoken


def is_signed(session: Session, document: Document) -> bool:
    """Is the record here as the citizen signed it? It is the letter's original."""
    return any(place.role is ContentRole.ORIGINAL for place in contents.papers(session, document))


def _subject(document: Document) -> Subject:
    return Subject("document", document.document_id, document_id=document.document_id)
