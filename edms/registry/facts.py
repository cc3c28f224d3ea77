"""What the ledger commits to for a document, and how the present row is compared with it (faults.md F18)."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from edms import ledger
from edms.registry.models import Document
from edms.registry.words import DocumentState

# The columns whose silent change must be found. Everything here is on the card or on the receipt.
FIELDS = (
    "number",
    "year",
    "serial",
    "registered_at",
    "registered_on",
    "received_on",
    "document_on",
    "channel",
    "authorship",
    "correspondent_name",
    "correspondent_address",
    "their_number",
    "their_date",
    "summary",
    "document_type",
    "sheets",
    "annex_sheets",
    "annexes",
    "grade",
    "language",
    "migrated",
)


def of(document: Document) -> dict[str, Any]:
    """The document's facts as plain JSON values."""
    return {name: plain(getattr(document, name)) for name in FIELDS}


def present(session: Session, document_ids: Collection[int]) -> dict[int, dict[str, Any]]:
    """The facts as the rows have them now, read fresh, for the ledger's comparison."""
    found = select(Document).where(Document.document_id.in_(document_ids)).execution_options(populate_existing=True)
    return {document.document_id: of(document) for document in session.scalars(found)}


def without_act(session: Session) -> list[int]:
    """Rows of which the ledger knows nothing, the first thousand: nobody of ours registered them. What an act destroyed
    has no facts any more.
    """
    found = select(Document.document_id).where(
        Document.state != DocumentState.DESTROYED, ledger.untold("document", Document.document_id)
    )
    return list(session.scalars(found.order_by(Document.document_id).limit(1000)))


def plain(value: Any) -> Any:
    """A column's value as JSON has it."""
    if hasattr(value, "isoformat"):
        return value.isoformat()
    return getattr(value, "value", value)
