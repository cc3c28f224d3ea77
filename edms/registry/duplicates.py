"""Warnings of probable duplicates: the same bytes, or the same sender's number and date. A warning, never a refusal."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from edms.access.actor import Actor
from edms.access.scope import visible
from edms.registry.intake.keeping import sent_by
from edms.registry.models import Content, Document, DocumentContent


@dataclass(frozen=True)
class Twin:
    """A registered document that looks like the one at hand, and why (message id)."""

    document: Document
    why: str


def twins(
    session: Session,
    actor: Actor,
    *,
    sha256: bytes | None = None,
    correspondent_id: int | None = None,
    their_number: str | None = None,
    their_date: date | None = None,
    limit: int = 5,
) -> list[Twin]:
    """Documents of the actor's organisation that may be the same letter, as far as the actor may know of them."""
    scope = (Document.organisation_id == actor.organisation_id, visible(actor, Document.readers))
    found: dict[int, Twin] = {}
    if sha256 is not None:
        same_bytes = (
            select(Document)
            .join(DocumentContent, DocumentContent.document_id == Document.document_id)
            .join(Content, Content.content_id == DocumentContent.content_id)
            .where(Content.sha256 == sha256, *scope)
        )
        for document in session.scalars(same_bytes.limit(limit)):
            found[document.document_id] = Twin(document, "registry.twin_bytes")
    if their_number and their_number.strip():
        same_number = select(Document).where(Document.their_number == their_number.strip(), *scope)
        if their_date is not None:
            same_number = same_number.where(Document.their_date == their_date)
        if correspondent_id is not None:
            same_number = same_number.where(sent_by([correspondent_id]))
        for document in session.scalars(same_number.order_by(Document.registered_at.desc()).limit(limit)):
            found.setdefault(document.document_id, Twin(document, "registry.twin_number"))
    return list(found.values())[:limit]
