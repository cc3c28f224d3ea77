"""Letters between organisations of this system: our outgoing letter reaches their tray, their number comes back to us.

Bytes are copied in the store, never shared: erasing one organisation's copy cannot hurt another's.
"""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from edms import clock
from edms.access.actor import Actor
from edms.errors import RuleBroken
from edms.registry import arrivals, contents
from edms.registry.going_out.answering import KEY
from edms.registry.models import Arrival, Content, Correspondent, Dispatch, Document, DocumentContent
from edms.registry.words import Channel, ContentRole, Tray
from edms.staff.models import Organisation
from edms.storage.port import Stored


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
