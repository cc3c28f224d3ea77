"""Keeping the index true: one document after an event, all of them by comparison, everything anew."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import timedelta

from sqlalchemy import BigInteger, bindparam, func, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session

from edms import clock
from edms.errors import RuleBroken
from edms.registry.models import Document
from edms.search.port import Engine, Index
from edms.search.projection import entries_of, pieces, stamps_of

BATCH = 200
AT_ONCE = 2
SETTLED_AFTER = timedelta(minutes=2)
"""A letter registered longer ago than this should be in the index."""
_LAST = 2**62


@dataclass(frozen=True)
class Compared:
    """One batch of a reconciliation: what it looked at, which entries differed, which stood for nothing.

    `refused`: documents that the engine did not take, with its name for why. `after` is where to go on; None: that was
    the last.
    """

    looked_at: int
    differing: tuple[int, ...]
    gone: tuple[int, ...]
    after: int | None
    refused: Mapping[int, str] = field(default_factory=dict)

    @property
    def mended(self) -> int:
        """How many entries were missing or out of date."""
        return len(self.differing)

    @property
    def forgotten(self) -> int:
        """How many entries had no document any more."""
        return len(self.gone)


@dataclass(frozen=True)
class Condition:
    """How the index is: a message, its values, and whether all is well."""

    ok: bool
    message: str
    values: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True)
class _Brought:
    there: set[int]
    refused: Mapping[int, str]


def index_document(session: Session, index: Index, document_id: int) -> bool:
    """Bring a document's entry to its present state, in this transaction; was there a document?

    What job INDEX does. Running it twice, or two at once, is harmless: they take turns, and the later reads later.
    Errors: RuleBroken when the engine does not take this document (the job is parked, and a person sees why).
    """
    done = _bring(session, index, [document_id])
    if reason := done.refused.get(document_id):
        raise RuleBroken("search.refused", reason=reason)
    return document_id in done.there


def _bring(session: Session, index: Index, document_ids: Sequence[int]) -> _Brought:
    """The entries of these documents as they are now, each under its own lock, taken in their order."""
    if not document_ids:
        return _Brought(set(), {})
    ids = bindparam("ids", sorted(document_ids), type_=ARRAY(BigInteger))
    each = func.unnest(ids).column_valued("document_id")
    session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(func.concat("search:", each), 0))))
    there: set[int] = set()
    refused: dict[int, str] = {}
    for piece in pieces(session, document_ids):
        entries = entries_of(session, piece)
        there |= {entry.document_id for entry in entries}
        refused |= index.put(entries)
    if absent := [document_id for document_id in document_ids if document_id not in there]:
        index.drop(absent)
    return _Brought(there, refused)


def reconcile(
    session: Session,
    index: Index,
    *,
    after: int = 0,
    until: int | None = None,
    limit: int = BATCH,
    mend: bool = True,
) -> Compared:
    """Compare the next `limit` documents, or those up to `until`, with the index and, with `mend`, mend what differs.

    The caller commits each batch. Begin with `after` 0 and go on with the answer's until it is None. On an empty index this builds it. Others may
    write meanwhile: each entry that differs is looked at anew under its own lock before it is changed.
    """
    ids, until = _next(session, after, until, limit)
    if not mend:
        index.settle()
    indexed = index.stamps(after, until if until is not None else _LAST)
    present = stamps_of(session, ids)
    stale = [document_id for document_id in ids if indexed.get(document_id) != present.get(document_id)]
    gone = sorted(set(indexed) - set(ids))
    if not mend:
        return Compared(len(ids), tuple(stale), tuple(gone), until)
    done = _bring(session, index, [*stale, *gone])
    stale = [document_id for document_id in stale if document_id in done.there]
    gone = [document_id for document_id in gone if document_id not in done.there]
    return Compared(len(ids), tuple(stale), tuple(gone), until, done.refused)


def renew(session: Session, index: Index, *, after: int = 0, until: int | None = None, limit: int = BATCH) -> Compared:
    """Make the entries of the next `limit` documents anew, whatever the index says of them. Else like `reconcile`.

    The index stays whole and searchable while this goes on.
    """
    ids, until = _next(session, after, until, limit)
    made = _bring(session, index, ids)
    known = index.stamps(after, until if until is not None else _LAST)
    gone = sorted(set(known) - set(ids))
    dropped = _bring(session, index, gone)
    refused = {**made.refused, **dropped.refused}
    left = tuple(document_id for document_id in gone if document_id not in dropped.there)
    return Compared(len(ids), tuple(sorted(made.there)), left, until, refused)


def fill(session: Session, index: Index, *, after: int = 0, until: int | None = None, limit: int = BATCH) -> Compared:
    """Put the next `limit` documents into an index that is filled beside the one in use. Else like `reconcile`."""
    ids, until = _next(session, after, until, limit)
    made = _bring(session, index, ids)
    return Compared(len(ids), tuple(sorted(made.there)), (), until, made.refused)


def in_batches(
    transaction: Callable[[], AbstractContextManager[Session]],
    act: Callable[..., Compared],
    index: Callable[[Session], Index],
    *,
    after: int = 0,
) -> Iterator[Compared]:
    """`act` (one of the three above) on batch after batch, each in a transaction of its own, told in their order.

    Two are at work at once: while the engine takes in what one has put, the other is read and made. No document is in
    both, so its versions keep their order. What a batch raises comes in its turn, after all that came before it is told.
    """

    def one(begin: int, until: int | None) -> Compared:
        with transaction() as session:
            return act(session, index(session), after=begin, until=until)

    begin: int | None = after
    under_way: deque[Future[Compared]] = deque()
    with ThreadPoolExecutor(AT_ONCE, thread_name_prefix="index") as pool:
        while begin is not None or under_way:
            while begin is not None and len(under_way) < AT_ONCE:
                with transaction() as session:
                    until = _end(session, begin)
                under_way.append(pool.submit(one, begin, until))
                begin = until
            done = under_way.popleft().result()
            if not under_way and begin is None:
                begin = done.after  # as many as a batch came meanwhile
            yield done


def _end(session: Session, after: int) -> int | None:
    """The last document of the batch that begins there; None: there are not so many."""
    found = select(Document.document_id).where(Document.document_id > after).order_by(Document.document_id)
    return session.scalar(found.offset(BATCH - 1).limit(1))


def extent(session: Session, *, after: int = 0) -> int:
    """How many documents are still to be looked at, for the one who waits."""
    counted = select(func.count()).select_from(Document).where(Document.document_id > after)
    return session.scalar(counted) or 0


def condition(session: Session, engine: Engine) -> Condition:
    """How the index is, in words. Errors: Unavailable, with its own, when the engine does not answer."""
    documents = extent(session)
    if engine.broken():
        return Condition(False, "search.red")
    filled = engine.filled()
    if engine.lost():
        return Condition(False, "search.being_built", {"n": filled or 0, "of": documents})
    line = clock.now() - SETTLED_AFTER
    older = session.scalar(select(func.count()).select_from(Document).where(Document.registered_at < line)) or 0
    if missing := older - engine.index(session).count(line):
        return Condition(False, "search.index_differs", {"n": abs(missing)})
    if filled is not None:
        return Condition(True, "search.being_rebuilt", {"n": filled, "of": documents})
    return Condition(True, f"search.fine_{engine.name}", {"n": documents})


def _next(session: Session, after: int, until: int | None, limit: int) -> tuple[list[int], int | None]:
    found = select(Document.document_id).where(Document.document_id > after).order_by(Document.document_id)
    if until is not None:
        return list(session.scalars(found.where(Document.document_id <= until))), until
    ids = list(session.scalars(found.limit(limit)))
    return ids, None if len(ids) < limit else ids[-1]
