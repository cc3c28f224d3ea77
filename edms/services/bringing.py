"""What an applicant brings to her letter online: whether anything is waited for, the tray it lies in, what became of it."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from edms.access.actor import Actor
from edms.registry import arrivals, contents
from edms.registry.models import Arrival, Document
from edms.registry.words import OPEN_STATES, ArrivalState, Channel, Tray
from edms.routing.clocks import stands
from edms.services import cases
from edms.services.models import CaseState
from edms.storage.port import Stored
from edms.terms.term import Cause


def awaited(session: Session, document: Document) -> bool:
    """Can anything be brought to this letter: its case runs, or its term stands until something is brought?"""
    if not document.kind.comes_in or document.state not in OPEN_STATES:
        return False
    standing = stands(document)
    case = cases.of_letter(session, document)
    return (standing is not None and standing.cause is Cause.DEFICIENCY) or (
        case is not None and case.state is CaseState.RUNNING
    )


def bring(session: Session, document: Document, *, stored: Stored, key: str) -> Arrival:
    """Put it into the tray of the portal, with the letter it is meant for; the same `key` gives the same arrival."""
    service, source_key = Actor.system(document.organisation_id), f"brought:{key}"
    known = arrivals.known_by(session, document.organisation_id, source_key)
    if known is not None:
        return known
    content = contents.enter(
        session, service, organisation_id=document.organisation_id, stored=stored,
        name=f"{document.number.replace('/', '-')}.zip", media_type="application/zip",
    )  # fmt: skip
    return arrivals.take_in(
        session, service, organisation_id=document.organisation_id, tray=Tray.PORTAL, channel=Channel.PORTAL,
        content=content, source="portal: brought", source_key=source_key, meant_for=document,
    )  # fmt: skip


def brought(session: Session, document: Document) -> Sequence[Arrival]:
    """What was brought to this letter online: what waits for the registrar still, and what joined it; the newest first."""
    found = select(Arrival).where(
        Arrival.meant_for_id == document.document_id,
        (Arrival.state == ArrivalState.WAITING) | (Arrival.document_id == document.document_id),
    )
    return session.scalars(found.order_by(Arrival.arrival_id.desc()).limit(20)).all()
