"""Compares the register with the ledger: what rows say now with what their acts committed to (after `verify`).

The ledger knows no room. The caller lends it a reader per subject kind, which tells the present facts of rows; the
facts of all acts on one subject, the later over the earlier, are what these must be.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from itertools import groupby, islice
from typing import Any

from sqlalchemy import BigInteger, cast, select
from sqlalchemy.orm import Session

from edms.ledger.auditing import Difference
from edms.ledger.leaves import canonical, plain
from edms.ledger.models import LedgerPosition, LedgerSalt

BATCH = 1000

# Given ids of one subject kind, the facts of each that is there, under the names the acts used. Names that the reader
# leaves out are not compared; an id it leaves out is a row that is gone.
Reader = Callable[[Session, Collection[int]], Mapping[int, Mapping[str, object]]]


def verify_facts(session: Session, readers: Mapping[str, Reader]) -> Iterator[Difference]:
    """Every row that no longer says what its acts said, by subject kind and id, with the field (F18).

    `readers` maps a subject kind (as in the facts' "subject") to its reader. Subjects whose facts were erased are not
    compared. `row` of a difference is "<kind> <id>"; its values are `said` and `says`.
    """
    for kind, reader in readers.items():
        subjects = _subjects(session, kind)
        while batch := dict(islice(subjects, BATCH)):
            present = reader(session, batch.keys())
            for subject_id, said in batch.items():
                yield from _compare(kind, subject_id, said, present.get(subject_id))


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
    subject_id = cast(LedgerSalt.facts["id"].astext, BigInteger)
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
