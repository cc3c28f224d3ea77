"""Papers that this house issued: found by their exact bytes, for anyone who holds them. Nothing that came in is found here."""

from __future__ import annotations

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from edms.registry.models import Content, Document, DocumentContent
from edms.registry.words import ContentRole


def by_bytes(session: Session, sha256: bytes) -> Document | None:
    """Our own signed document with exactly these bytes, a copy from before it was raised, or one that carries the proof on."""
    found = (
        select(Document)
        .join(DocumentContent, DocumentContent.document_id == Document.document_id)
        .join(
            Content,
            or_(Content.content_id == DocumentContent.content_id, Content.parent_id == DocumentContent.content_id),
        )
        .where(
            Content.sha256 == sha256,
            DocumentContent.role == ContentRole.SIGNED,
        )
    )
    return session.scalars(found.order_by(Document.document_id).limit(1)).first()


def signed_bytes(session: Session, document: Document) -> Content | None:
    """The signed bytes of our own document; None for one that is not ours, or not signed."""
    found = (
        select(Content)
        .join(DocumentContent, DocumentContent.content_id == Content.content_id)
        .where(
            DocumentContent.document_id == document.document_id,
            DocumentContent.role == ContentRole.SIGNED,
            DocumentContent.withdrawn_at.is_(None),
        )
    )
    return session.scalars(found.order_by(DocumentContent.position.desc()).limit(1)).first()
