"""Checks the whole ledger from its leaves and names the first thing that does not fit: the row and the field.

It trusts no stored hash: leaf hashes, nodes and roots are computed anew, facts are compared with what their leaves
commit to, checkpoints with the roots of their sizes. Notes kept outside (receipts, an auditor's folder) are checked as
well: they find a ledger that was rewritten as a whole, even with the signing key at hand.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, and_, func, or_, select
from sqlalchemy.orm import Session

from edms.errors import Corrupt
from edms.ledger import leaves, log, tree
from edms.ledger.checkpoints import as_value
from edms.ledger.models import LedgerCheckpoint, LedgerLeaf, LedgerNode, LedgerPosition, LedgerSalt, LedgerWaiting
from edms.ledger.notes import Verifier, read

BATCH = 5000


@dataclass(frozen=True)
class Difference:
    """The first thing that does not fit: `table`, `row` (its key), `field`, and a message that says what is wrong."""

    table: str
    row: str
    field: str
    message: str
    values: Mapping[str, object] = dataclasses.field(default_factory=dict)


@dataclass(frozen=True)
class Verdict:
    """What a check found. `difference` None: everything fits."""

    size: int
    root: bytes
    checkpoints: int
    waiting: int
    erased: int
    difference: Difference | None = None

    @property
    def sound(self) -> bool:
        """Whether everything fits."""
        return self.difference is None


class _Found(Exception):
    def __init__(self, table: str, row: object, field: str, message: str, **values: object) -> None:
        self.difference = Difference(table, str(row), field, f"ledger.difference.{message}", values)


@dataclass
class _Walk:
    """How far the check has come."""

    size: int = 0
    frontier: list[bytes] = dataclasses.field(default_factory=list)
    seals: int = 0
    unsalted: set[int] = dataclasses.field(default_factory=set)
    erased: set[int] = dataclasses.field(default_factory=set)


def verify(session: Session, keys: Verifier | Sequence[Verifier], *, outside: Sequence[str] = ()) -> Verdict:
    """Compute the ledger anew from its leaves and compare all that is stored with it.

    `keys` are the log's present and earlier public keys, `outside` checkpoint notes that were kept elsewhere. Best run
    in a transaction of isolation REPEATABLE READ while the sequencer works. Memory does not grow with the ledger.
    """
    verifiers = [keys] if isinstance(keys, Verifier) else list(keys)
    walk = _Walk()
    difference = None
    try:
        _walk_through(session, walk, verifiers, _outside(outside, verifiers))
        _check_rest(session, walk)
    except _Found as found:
        difference = found.difference
    erased = len(walk.unsalted)
    return Verdict(walk.size, tree.fold(walk.frontier), walk.seals, log.waiting(session), erased, difference)


def _outside(notes: Iterable[str], verifiers: Sequence[Verifier]) -> dict[int, list[bytes]]:
    roots: dict[int, list[bytes]] = {}
    for number, note in enumerate(notes, start=1):
        for verifier in verifiers:
            try:
                statement = read(note, verifier)
            except Corrupt:
                continue
            roots.setdefault(statement.size, []).append(statement.root)
            break
        else:
            raise _Found("outside", number, "signature", "note_not_signed")
    return roots


def _walk_through(
    session: Session, walk: _Walk, verifiers: Sequence[Verifier], outside: Mapping[int, list[bytes]]
) -> None:
    seals = _seals(session, verifiers)
    stops = sorted(set(seals) | set(outside))
    while True:
        while stops and stops[0] <= walk.size:
            _check_roots(walk, stops.pop(0), seals, outside)
        upto = min(stops[0], walk.size + BATCH) if stops else walk.size + BATCH
        rows = _rows(session, walk.size, upto)
        if not rows:
            break
        for row in rows:
            _check_leaf(walk, row)
            walk.size += 1
        begun = walk.size - len(rows)
        made, walk.frontier = tree.grow(begun, walk.frontier, [tree.leaf_hash(row.leaf) for row in rows])
        _check_nodes(session, made, {row.position: row.leaf_id for row in rows})
    if stops:
        table = "ledger_checkpoint" if stops[0] in seals else "outside"
        place = seals[stops[0]][0].checkpoint_id if stops[0] in seals else stops[0]
        raise _Found(table, place, "size", "shrunk", size=walk.size, last=stops[0])


def _rows(session: Session, begin: int, end: int) -> Sequence[Row[Any]]:
    return session.execute(
        select(
            LedgerPosition.position,
            LedgerPosition.leaf_id,
            LedgerLeaf.leaf,
            LedgerLeaf.leaf_hash,
            LedgerSalt.salt,
            LedgerSalt.facts,
            LedgerSalt.document_id,
            LedgerSalt.arrival_id,
        )
        .outerjoin(LedgerLeaf, LedgerLeaf.leaf_id == LedgerPosition.leaf_id)
        .outerjoin(LedgerSalt, LedgerSalt.leaf_id == LedgerPosition.leaf_id)
        .where(LedgerPosition.position >= begin, LedgerPosition.position < end)
        .order_by(LedgerPosition.position)
    ).all()


def _check_leaf(walk: _Walk, row: Row[Any]) -> None:
    if row.position != walk.size:
        raise _Found("ledger_position", walk.size, "position", "place_missing")
    if row.leaf is None:
        raise _Found("ledger_leaf", row.leaf_id, "leaf_id", "leaf_missing")
    if tree.leaf_hash(row.leaf) != row.leaf_hash:
        raise _Found("ledger_leaf", row.leaf_id, "leaf", "leaf_changed")
    try:
        told = json.loads(row.leaf)
        fits = leaves.canonical(told) == row.leaf and set(told) == {"v", "act", "org", "at", "commitment"}
    except (ValueError, TypeError, RecursionError):
        fits = False
    if not fits:
        raise _Found("ledger_leaf", row.leaf_id, "leaf", "leaf_unreadable")
    if row.salt is None:
        walk.unsalted.add(row.leaf_id)
        return
    if leaves.commitment(row.salt, row.facts) != told["commitment"]:
        raise _Found("ledger_salt", row.leaf_id, "facts", "facts_changed")
    for name in ("document_id", "arrival_id"):
        if getattr(row, name) != row.facts.get(name):
            raise _Found("ledger_salt", row.leaf_id, name, "facts_changed")
    if told["act"] == log.ERASED:
        gone = row.facts.get("leaves")
        if not isinstance(gone, list):
            raise _Found("ledger_leaf", row.leaf_id, "leaf", "leaf_unreadable")
        walk.erased.update(each for each in gone if isinstance(each, int))


def _check_nodes(session: Session, made: Sequence[tuple[int, int, bytes]], leaf_ids: Mapping[int, int]) -> None:
    """The new nodes of each level are neighbours: one range per level."""
    levels: dict[int, list[int]] = {}
    for level, index, _ in made:
        levels.setdefault(level, []).append(index)
    node = LedgerNode
    ranges = [and_(node.level == level, node.index.between(min(i), max(i))) for level, i in levels.items()]
    rows = session.execute(select(node.level, node.index, node.hash).where(or_(*ranges)))
    stored = {(level, index): hashed for level, index, hashed in rows}
    for level, index, hashed in made:
        found = stored.get((level, index))
        if found is None:
            raise _Found("ledger_node", f"{level}/{index}", "hash", "node_missing")
        if found != hashed:
            raise _blamed(session, stored, level, index, leaf_ids)


def _blamed(session: Session, stored: tree.Nodes, level: int, index: int, leaf_ids: Mapping[int, int]) -> _Found:
    """Which row was changed when a leaf and its node differ: the place, the node, or the leaf with its hash.

    The node is at fault when it no longer fits its own parent; the place, when the node is the hash of another leaf.
    """
    changed = _Found("ledger_node", f"{level}/{index}", "hash", "node_changed")
    if level:
        return changed
    found, sibling, parent = stored[0, index], stored.get((0, index ^ 1)), stored.get((1, index >> 1))
    if session.scalar(select(LedgerLeaf.leaf_id).where(LedgerLeaf.leaf_hash == found).limit(1)) is not None:
        return _Found("ledger_position", index, "leaf_id", "place_changed")
    if sibling is not None and parent is not None:
        pair = (sibling, found) if index & 1 else (found, sibling)
        if tree.node_hash(*pair) != parent:
            return changed
    return _Found("ledger_leaf", leaf_ids[index], "leaf", "leaf_changed")


def _seals(session: Session, verifiers: Sequence[Verifier]) -> dict[int, list[LedgerCheckpoint]]:
    """The stored checkpoints by size, each signed and none before its forerunner."""
    seals: dict[int, list[LedgerCheckpoint]] = {}
    last: LedgerCheckpoint | None = None
    for row in session.scalars(select(LedgerCheckpoint).order_by(LedgerCheckpoint.checkpoint_id)):
        seal = as_value(row)
        known = [v for v in verifiers if v.key_id == seal.key_id and v.origin == seal.statement.origin]
        if not known:
            raise _Found("ledger_checkpoint", row.checkpoint_id, "key_id", "key_unknown")
        if not known[0].signed(seal.statement, seal.signature):
            raise _Found("ledger_checkpoint", row.checkpoint_id, "signature", "seal_not_signed")
        if last is not None and (row.size < last.size or row.at < last.at):
            raise _Found("ledger_checkpoint", row.checkpoint_id, "size", "seal_out_of_order")
        seals.setdefault(row.size, []).append(row)
        last = row
    return seals


def _check_roots(
    walk: _Walk, size: int, seals: Mapping[int, list[LedgerCheckpoint]], outside: Mapping[int, list[bytes]]
) -> None:
    root = tree.fold(walk.frontier)
    for seal in seals.get(size, []):
        if seal.root != root:
            raise _Found("ledger_checkpoint", seal.checkpoint_id, "root", "root_differs", size=size)
        walk.seals += 1
    if any(kept != root for kept in outside.get(size, [])):
        raise _Found("outside", size, "root", "root_differs", size=size)


def _check_rest(session: Session, walk: _Walk) -> None:
    """What no walk along the positions meets: rows too many, leaves without a place, salts without a reason gone."""
    for level, count in session.execute(select(LedgerNode.level, func.count()).group_by(LedgerNode.level)):
        if count != walk.size >> level:
            raise _Found("ledger_node", f"{level}/{walk.size >> level}", "index", "node_too_many")
    if unexplained := walk.unsalted - walk.erased:
        raise _Found("ledger_salt", min(unexplained), "leaf_id", "salt_missing")
    for leaf_id in _stray(session):
        raise _Found("ledger_leaf", leaf_id, "leaf_id", "leaf_without_place")


def _stray(session: Session) -> Iterator[int]:
    placed = select(LedgerPosition.leaf_id).where(LedgerPosition.leaf_id == LedgerLeaf.leaf_id).exists()
    waits = select(LedgerWaiting.leaf_id).where(LedgerWaiting.leaf_id == LedgerLeaf.leaf_id).exists()
    yield from session.scalars(select(LedgerLeaf.leaf_id).where(~placed, ~waits).order_by(LedgerLeaf.leaf_id).limit(1))
