"""What was written in the matter of a letter from outside: the answers to whoever wrote, and what went to another body."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from edms.registry.dispatch import sendings
from edms.registry.models import Correspondent, Dispatch, Document, DocumentLink
from edms.registry.names import may_be_one
from edms.registry.words import CorrespondentKind, DispatchState, DocumentState, LinkKind

OUT = (DispatchState.SENT, DispatchState.SERVED)
WRITTEN = (DocumentState.SIGNED, DocumentState.DISPATCHED, DocumentState.FILED, DocumentState.DESTROYED)
Reply = tuple[Document, Dispatch | None]
"""A letter of ours with its last sending to the addressee on its card."""


def replies(session: Session, document: Document) -> list[Reply]:
    """All that was written, the oldest first."""
    found = (
        select(Document)
        .join(DocumentLink, DocumentLink.document_id == Document.document_id)
        .where(
            DocumentLink.other_id == document.document_id,
            DocumentLink.kind == LinkKind.REPLY_TO,
            Document.state.in_(WRITTEN),
        )
        .order_by(Document.registered_at, Document.document_id)
    )
    pairs = []
    for reply in session.scalars(found).all():
        # Of several addressees the one on the card is whose letter it answers; the others are nobody's affair.
        stand = [s for s in sendings(session, reply) if s.state is not DispatchState.TAKEN_BACK]
        made = [s for s in stand if s.addressee_id is None]
        pairs.append((reply, made[-1] if made else None))
    return pairs


def to_her(document: Document, reply: Document) -> bool:
    """Does it go to whoever wrote? In her matter other bodies are written to as well."""
    same = reply.correspondent_id is not None and reply.correspondent_id == document.correspondent_id
    return same or may_be_one(reply.correspondent_name, document.correspondent_name)


def sent_on(session: Session, elsewhere: list[Reply]) -> tuple[Document, str] | None:
    """The last letter in her matter that left for somebody else; only a body is named."""
    left = [reply for reply, sending in elsewhere if sending is not None and sending.state in OUT]
    if not left:
        return None
    known = session.get(Correspondent, left[-1].correspondent_id) if left[-1].correspondent_id else None
    return left[-1], known.name if known is not None and known.kind is CorrespondentKind.BODY else ""
