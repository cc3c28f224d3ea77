"""Letters between organisations of this system: our outgoing letter reaches their tray, their number comes back to us.

Bytes are copied in the store, never shared: erasing one organisation's copy cannot hurt another's.
"""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from edms import clock
from edms.access.actor import Actor
from edms.errors import RuleBroken
from edms.events import Event, Subject, record
from edms.registry import arrivals, contents
from edms.registry.models import Arrival, Content, Correspondent, Dispatch, Document, DocumentContent
from edms.registry.words import Channel, ContentRole, Tray
from edms.staff.models import Organisation
from edms.storage.port import Stored

KEY = "exchange"


def paper_to_send(session: Session, document: Document) -> Content:
    """What leaves: the signed content. Errors: RuleBroken if there is none."""
    found = (
        select(Content)
        .join(DocumentContent, DocumentContent.content_id == Content.content_id)
        .where(DocumentContent.document_id == document.document_id, DocumentContent.role == ContentRole.SIGNED)
        .order_by(DocumentContent.position.desc())
    )
    content = session.scalars(found.limit(1)).first()
    if content is None:
        raise RuleBroken("registry.dispatch_needs_signature", number=document.number)
    return content


def hand_over(session: Session, sending: Dispatch, *, copied: Stored) -> Arrival:
    """Put the letter into the other organisation's tray; once, however often it is tried."""
    document = session.get_one(Document, sending.document_id)
    correspondent = session.get_one(Correspondent, sending.correspondent_id)
    there = session.get_one(Organisation, correspondent.own_organisation_id)
    actor = Actor.system(there.organisation_id)
    key = f"{KEY}:{sending.dispatch_id}"
    if (known := arrivals.known_by(session, there.organisation_id, key)) is not None:
        return known
    paper = paper_to_send(session, document)
    content = contents.enter(
        session,
        actor,
        organisation_id=there.organisation_id,
        stored=copied,
        name=paper.name,
        media_type=paper.media_type,
    )
    sender = session.get_one(Organisation, document.organisation_id)
    return arrivals.take_in(
        session,
        actor,
        organisation_id=there.organisation_id,
        tray=Tray.EXCHANGE,
        channel=Channel.EXCHANGE,
        content=content,
        source=f"{sender.code} {document.number} {clock.day_of(document.registered_at, sender.time_zone).isoformat()}",
        source_key=key,
        origin=document,
    )


def answer_back(session: Session, arrival: Arrival, registered: Document) -> None:
    """They registered what we sent: their number and date come back onto our sending, and who waits for it is told."""
    name, _, ident = (arrival.source_key or "").partition(":")
    if name != KEY or not ident.isdigit():
        return
    sending = session.get(Dispatch, int(ident), with_for_update=True)
    if sending is None or sending.document_id != arrival.origin_document_id:
        return
    ours = session.get_one(Document, sending.document_id)
    there = session.get_one(Organisation, registered.organisation_id)
    their_day = registered.registered_on.isoformat()
    sending.proof = f"{there.code} {registered.number} {their_day}"
    record(
        session,
        Actor.system(ours.organisation_id),
        Event.DISPATCH_REGISTERED_THERE,
        Subject("dispatch", sending.dispatch_id, document_id=ours.document_id),
        organisation_id=ours.organisation_id,
        detail={"number": ours.number, "their_number": registered.number, "their_date": their_day},
        facts={"number": ours.number, "their_number": registered.number, "their_date": their_day},
    )


def came_from(session: Session, arrival: Arrival) -> tuple[Document, Organisation] | None:
    """The letter of another organisation of this system that lies in this tray, and who sent it."""
    if arrival.origin_document_id is None:
        return None
    letter = session.get_one(Document, arrival.origin_document_id)
    return letter, session.get_one(Organisation, letter.organisation_id)
