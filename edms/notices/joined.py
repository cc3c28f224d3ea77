"""Whom it concerns that something joined a letter."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy.orm import Session

from edms.events import EventLine
from edms.registry.models import Document
from edms.registry.words import ContentRole


def later_paper(session: Session, line: EventLine) -> Iterator[tuple[int | None, str]]:
    """Who has the letter: what she waited for may have come. Of a scan that found its letter nobody is told."""
    document = session.get(Document, line.document_id)
    if document is not None and line.detail.get("role") == ContentRole.LATER_PAPER.value:
        yield document.responsible_id, "notices.arrival_joined"
