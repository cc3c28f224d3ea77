"""Proofs from the stored nodes: that a leaf is in the tree, and that a newer tree begins with an older one.

Each is one query for its few nodes. A node that is missing is an alarm, never a proof.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from edms.errors import Corrupt, Invalid, NotFound, Unavailable
from edms.ledger import log, tree
from edms.ledger.models import LedgerLeaf, LedgerPosition


@dataclass(frozen=True)
class Proof:
    """That the leaf at `position` is in the tree of `size` leaves (RFC 9162 §2.1.3)."""

    leaf_id: int
    leaf_hash: bytes
    position: int
    size: int
    hashes: tuple[bytes, ...]

    def holds(self, root: bytes) -> bool:
        """Whether it leads to this root."""
        return tree.includes(self.leaf_hash, self.position, self.size, self.hashes, root)


def inclusion(session: Session, leaf_id: int, size: int | None = None) -> Proof:
    """The proof of one leaf in the tree of `size` leaves (the present tree by default).

    Errors: NotFound for no such leaf, Unavailable while it has no place in a tree of that size, Corrupt when nodes
    are missing.
    """
    return inclusions(session, [leaf_id], size)[0]


def inclusions(session: Session, leaf_ids: Sequence[int], size: int | None = None) -> list[Proof]:
    """The proofs of several leaves in one tree, in the order asked, with one query for all their nodes."""
    of = log.size(session) if size is None else size
    rows = session.execute(
        select(LedgerLeaf.leaf_id, LedgerLeaf.leaf_hash, LedgerPosition.position)
        .outerjoin(LedgerPosition, LedgerPosition.leaf_id == LedgerLeaf.leaf_id)
        .where(LedgerLeaf.leaf_id.in_(leaf_ids))
    )
    found = {row.leaf_id: (row.leaf_hash, row.position) for row in rows}
    if absent := [leaf_id for leaf_id in leaf_ids if leaf_id not in found]:
        raise NotFound("ledger.leaf_unknown", leaf_id=absent[0])
    if any(found[leaf_id][1] is None or found[leaf_id][1] >= of for leaf_id in leaf_ids):
        raise Unavailable("ledger.not_yet_placed")
    paths = {leaf_id: tree.inclusion_path(found[leaf_id][1], of) for leaf_id in leaf_ids}
    at_hand = log.nodes(session, list({node for path in paths.values() for part in path for node in part}))
    return [
        Proof(leaf_id, found[leaf_id][0], found[leaf_id][1], of, tuple(_hashes(paths[leaf_id], at_hand)))
        for leaf_id in leaf_ids
    ]


def consistency(session: Session, old: int, new: int | None = None) -> list[bytes]:
    """The proof that the tree of `new` leaves (the present one by default) begins with the one of `old` leaves.

    Errors: Invalid unless 0 <= old <= new <= present size, Corrupt when nodes are missing.
    """
    present = log.size(session)
    upto = present if new is None else new
    if not 0 <= old <= upto <= present:
        raise Invalid("ledger.sizes_out_of_order", old=old, new=upto, present=present)
    path = tree.consistency_path(old, upto)
    return _hashes(path, log.nodes(session, [node for part in path for node in part]))


def root_of(session: Session, size: int) -> bytes:
    """The root of the first `size` leaves, from the stored nodes. Errors: Corrupt when nodes are missing."""
    return _hashes([tree.peaks(size)], log.nodes(session, tree.peaks(size)))[0] if size else tree.EMPTY_ROOT


def _hashes(path: Sequence[Sequence[tree.Node]], at_hand: tree.Nodes) -> list[bytes]:
    try:
        return tree.proof(path, at_hand)
    except KeyError as missing:
        level, index = missing.args[0]
        raise Corrupt("ledger.node_missing", level=level, index=index) from None
