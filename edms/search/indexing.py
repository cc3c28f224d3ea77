"""Keeping the index true: one document after an event, all of them by comparison, everything anew."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from edms.registry.models import Document
from edms.search.port import Index
from edms.search.postgres import PostgresIndex
from edms.search.projection import entries_of, stamps_of

BATCH = 200


@dataclass(frozen=True)
class Compared:
    """One batch of a reconciliation: how many documents it looked at, mended, forgot; `after` None: that was the last."""

    looked_at: int
    mended: int
    forgotten: int
    after: int | None


def index_document(session: Session, document_id: int, *, index: Index | None = None) -> bool:
    """Bring a document's entry to its present state, in this transaction; was there a document?

    What job INDEX does. Running it twice, or two at once, is harmless: they take turns, and the later reads later.
    """
    index = index or PostgresIndex(session)
    session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(f"search:{document_id}", 0))))
    entries = entries_of(session, [document_id])
    if entries:
        index.put(entries)
    else:
        index.drop([document_id])
    return bool(entries)


def reconcile(session: Session, *, after: int = 0, limit: int = BATCH, index: Index | None = None) -> Compared:
    """Compare the next `limit` documents with the index and mend what differs; the caller commits each batch.

    Begin with `after` 0 and go on with the answer's until it is None. On an empty index this builds it.
    """
    index = index or PostgresIndex(session)
    found = select(Document.document_id).where(Document.document_id > after).order_by(Document.document_id).limit(limit)
    ids = list(session.scalars(found))
    last = len(ids) < limit
    until = 2**62 if last else ids[-1]
    indexed = index.stamps(after, until)
    present = stamps_of(session, ids)
    stale = [document_id for document_id in ids if indexed.get(document_id) != present.get(document_id)]
    gone = sorted(set(indexed) - set(ids))
    for document_id in stale:
        index_document(session, document_id, index=index)
    index.drop(gone)
    return Compared(len(ids), len(stale), len(gone), None if last else ids[-1])


def forget_all(session: Session, *, index: Index | None = None) -> None:
    """Empty the index, to be built again by `reconcile`."""
    (index or PostgresIndex(session)).clear()
