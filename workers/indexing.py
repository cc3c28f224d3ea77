"""Keeps the search index true after each event."""

from __future__ import annotations

from edms.bootstrap import House
from edms.search.indexing import index_document


def index(house: House, subject_id: int | None) -> None:
    """Bring a document's entry to its present state."""
    if subject_id is not None:
        with house.transaction() as session:
            index_document(session, subject_id)
