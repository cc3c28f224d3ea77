"""Compares the register with the ledger: what rows say now with what their acts committed to (after `verify`).

The ledger knows no room. The caller lends it a reader per subject kind, which tells the present facts of rows; the
facts of all acts on one subject, the later over the earlier, are what these must be.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from itertools import groupby, islice
from types import MappingProxyType
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Text, case, cast, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from edms.ledger.auditing import Difference
from edms.ledger.leaves import canonical, plain
from edms.ledger.models import LedgerPosition, LedgerSalt

BATCH = 1000

# Given ids of one subject kind, the facts of each that is there, under the names the acts used. Names that the reader
# leaves out are not compared; an id it leaves out is a row that is gone.
Reader = Callable[[Session, Collection[int]], Mapping[int, Mapping[str, object]]]


# The ids of all rows of a kind of which an act must speak: not those whose facts were erased with them.
Whole = Callable[[Session], Iterable[int]]


def verify_facts(
    session: Session, readers: Mapping[str, Reader], whole: Mapping[str, Whole] = MappingProxyType({})
) -> Iterator[Difference]:
    """Every row that no longer says what its acts said, by subject kind and id, with the field (F18).

    `readers` maps a subject kind (as in the facts' "subject") to its reader. Subjects whose facts were erased are not
    compared; a kind that has its `whole` may have no row without an act, put there by another hand. `row` of a
    difference is "<kind> <id>"; its values are `said` and `says`. One row that cannot be read hides no other.
    """
    for kind, reader in readers.items():
        subjects = _subjects(session, kind)
        while batch := dict(islice(subjects, BATCH)):
            present, unreadable = _present(session, reader, list(batch))
            for subject_id, said in batch.items():
                if subject_id in unreadable:
                    yield Difference(kind, f"{kind} {subject_id}", "id", "ledger.difference.row_unreadable")
                else:
                    yield from _compare(kind, subject_id, said, present.get(subject_id))
    for kind, ids in whole.items():
        for subject_id in ids(session):
            yield Difference(kind, f"{kind} {subject_id}", "id", "ledger.difference.row_without_act")


def untold(kind: str, key: InstrumentedAttribute[int]) -> ColumnElement[bool]:
    """No act in the ledger speaks of the row of this kind with this key: what a `Whole` asks for."""
    says = LedgerSalt.facts["subject"].astext == kind, LedgerSalt.facts["id"].astext == cast(key, Text)
    return ~select(LedgerSalt.leaf_id).where(*says).exists()


def _present(
    session: Session, reader: Reader, ids: Sequence[int]
) -> tuple[Mapping[int, Mapping[str, object]], set[int]]:
    """The facts of rows as they are, and those rows in which stands what no row of ours can hold."""
    try:
        return reader(session, ids), set()
    except (ValueError, LookupError):
        if len(ids) == 1:
            return {}, set(ids)
    half = len(ids) // 2
    (first, broken), (second, further) = (_present(session, reader, part) for part in (ids[:half], ids[half:]))
    return {**first, **second}, broken | further


def _compare(
    kind: str, subject_id: int, said: Mapping[str, Any], says: Mapping[str, object] | None
) -> Iterator[Difference]:
    row = f"{kind} {subject_id}"
    if says is None:
        yield Difference(kind, row, "id", "ledger.difference.row_missing")
        return
    for name in sorted(said.keys() & says.keys() - {"subject", "id"}):
        now = plain(says[name])
        if canonical(now) != canonical(said[name]):
            values = {"field": name, "said": said[name], "says": now}
            yield Difference(kind, row, name, "ledger.difference.row_changed", values)


def _subjects(session: Session, kind: str) -> Iterator[tuple[int, dict[str, Any]]]:
    """Each subject of a kind with its facts as of its last act."""
    said = LedgerSalt.facts["id"].astext
    subject_id = case((said.op("~")("^[0-9]{1,18}$"), cast(said, BigInteger)))  # what is none is `verify`'s to name
    rows = session.execute(
        select(subject_id, LedgerSalt.facts)
        .join(LedgerPosition, LedgerPosition.leaf_id == LedgerSalt.leaf_id, isouter=True)
        .where(LedgerSalt.facts["subject"].astext == kind, subject_id.is_not(None))
        .order_by(subject_id, LedgerPosition.position.nulls_last(), LedgerSalt.leaf_id)
        .execution_options(yield_per=BATCH)
    )
    for key, acts in groupby(rows, key=lambda row: row[0]):
        folded: dict[str, Any] = {}
        for _, facts in acts:
            folded |= facts
        yield key, folded
