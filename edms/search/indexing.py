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
_LAST = 2**62


@dataclass(frozen=True)
class Compared:
    """One batch of a reconciliation: what it looked at, which entries differed, which stood for nothing.

    `after` is where to go on; None: that was the last.
    """

    looked_at: int
    differing: tuple[int, ...]
    gone: tuple[int, ...]
    after: int | None

    @property
    def mended(self) -> int:
        """How many entries were missing or out of date."""
        return len(self.differing)

    @property
    def forgotten(self) -> int:
        """How many entries had no document any more."""
        return len(self.gone)


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


def reconcile(
    session: Session, *, after: int = 0, limit: int = BATCH, mend: bool = True, index: Index | None = None
) -> Compared:
    """Compare the next `limit` documents with the index and, with `mend`, mend what differs; the caller commits each batch.

    Begin with `after` 0 and go on with the answer's until it is None. On an empty index this builds it. Others may
    write meanwhile: each entry that differs is looked at anew under its own lock before it is changed.
    """
    index = index or PostgresIndex(session)
    ids, until = _next(session, after, limit)
    indexed = index.stamps(after, until if until is not None else _LAST)
    present = stamps_of(session, ids)
    stale = [document_id for document_id in ids if indexed.get(document_id) != present.get(document_id)]
    gone = sorted(set(indexed) - set(ids))
    if mend:
        stale = [document_id for document_id in stale if index_document(session, document_id, index=index)]
        gone = [document_id for document_id in gone if not index_document(session, document_id, index=index)]
    return Compared(len(ids), tuple(stale), tuple(gone), until)


def renew(session: Session, *, after: int = 0, limit: int = BATCH, index: Index | None = None) -> Compared:
    """Make the entries of the next `limit` documents anew, whatever the index says of them. Else like `reconcile`.

    The index stays whole and searchable while this goes on.
    """
    index = index or PostgresIndex(session)
    ids, until = _next(session, after, limit)
    made = tuple(document_id for document_id in ids if index_document(session, document_id, index=index))
    known = index.stamps(after, until if until is not None else _LAST)
    gone = sorted(set(known) - set(ids))
    dropped = tuple(document_id for document_id in gone if not index_document(session, document_id, index=index))
    return Compared(len(ids), made, dropped, until)


def extent(session: Session, *, after: int = 0) -> int:
    """How many documents are still to be looked at, for the one who waits."""
    counted = select(func.count()).select_from(Document).where(Document.document_id > after)
    return session.scalar(counted) or 0


def _next(session: Session, after: int, limit: int) -> tuple[list[int], int | None]:
    found = select(Document.document_id).where(Document.document_id > after).order_by(Document.document_id).limit(limit)
    ids = list(session.scalars(found))
    return ids, None if len(ids) < limit else ids[-1]


def forget_all(session: Session, *, index: Index | None = None) -> None:
    """Empty the index, to be built again by `reconcile`."""
    (index or PostgresIndex(session)).clear()
