"""Who declared a conflict of interest on a letter: nobody gives her work on it afterwards. Declared in `declaring.py`."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import select
from sqlalchemy.orm import Session

from edms.errors import Invalid
from edms.registry.models import Document
from edms.routing.talk.models import Conflict


def declared(session: Session, document: Document, official_ids: Collection[int]) -> list[Conflict]:
    """What these people declared on the letter."""
    found = select(Conflict).where(Conflict.document_id == document.document_id, Conflict.official_id.in_(official_ids))
    return list(session.scalars(found.order_by(Conflict.conflict_id)))


def require_none(session: Session, document: Document, official_ids: Collection[int], *, field: str) -> None:
    """Refuse those who declared a conflict on this letter. Errors: Invalid at `field`."""
    if found := declared(session, document, official_ids):
        raise Invalid(fields={field: "routing.has_conflict"}, official_id=found[0].official_id)
