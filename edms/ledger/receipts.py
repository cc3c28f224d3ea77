"""Receipts: all that somebody outside needs to check, without us, that an act is in the ledger and what it said.

A receipt is JSON: the leaf, its salt and facts, its place, the inclusion proof and the checkpoint. The stand-alone
checker (`checker/edms_checker.py`) reads it with our public key alone.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from edms.errors import Corrupt, NotFound, Unavailable
from edms.ledger import tree
from edms.ledger.checkpoints import as_value, latest
from edms.ledger.leaves import commitment
from edms.ledger.models import LedgerCheckpoint, LedgerLeaf, LedgerPosition, LedgerSalt
from edms.ledger.notes import Verifier, read
from edms.ledger.proofs import consistency, inclusion

RECEIPT = "edms-receipt/1"
CONSISTENCY = "edms-consistency/1"


@dataclass(frozen=True)
class Proved:
    """What a receipt proves: the act, its place in the tree, and what it said, None where that was erased."""

    act: str
    position: int
    facts: Mapping[str, Any] | None


def receipt(session: Session, leaf_id: int) -> dict[str, Any]:
    """The receipt of a leaf under the last checkpoint; without salt and facts once these were erased.

    Errors: NotFound for no such leaf; Unavailable while no checkpoint covers it (an hour at most; `sequence` and
    `checkpoint` before it make that at once); Corrupt when the proof does not lead to the checkpoint.
    """
    row = session.execute(
        select(LedgerLeaf.leaf, LedgerPosition.position, LedgerSalt.salt, LedgerSalt.facts)
        .outerjoin(LedgerPosition, LedgerPosition.leaf_id == LedgerLeaf.leaf_id)
        .outerjoin(LedgerSalt, LedgerSalt.leaf_id == LedgerLeaf.leaf_id)
        .where(LedgerLeaf.leaf_id == leaf_id)
    ).one_or_none()
    if row is None:
        raise NotFound("ledger.leaf_unknown", leaf_id=leaf_id)
    seal = latest(session)
    if row.position is None or seal is None or row.position >= seal.size:
        raise Unavailable("ledger.not_yet_sealed")
    proof = inclusion(session, leaf_id, seal.size)
    if not proof.holds(seal.statement.root):
        raise Corrupt("ledger.proof_fails", leaf_id=leaf_id)
    return {
        "format": RECEIPT,
        "leaf": row.leaf.decode(),
        "salt": _text(row.salt) if row.salt is not None else None,
        "facts": row.facts,
        "position": row.position,
        "proof": _texts(proof.hashes),
        "checkpoint": seal.note(),
    }


def proved(told: Mapping[str, Any], verifier: Verifier) -> Proved:
    """What a receipt from anywhere proves under this key, whatever its log is called. Errors: Corrupt."""
    try:
        leaf, position = str(told["leaf"]).encode(), int(told["position"])
        hashes = [base64.b64decode(each, validate=True) for each in told["proof"]]
        note = str(told["checkpoint"])
        seal = read(note, Verifier(note.partition("\n")[0], verifier.key))
        facts, salt = told["facts"], told["salt"]
        entry = json.loads(leaf)
        act, committed = str(entry["act"]), entry["commitment"]
        if salt is not None and not isinstance(facts, dict):
            raise TypeError
        opened = salt is None or commitment(base64.b64decode(salt, validate=True), facts) == committed
    except (KeyError, TypeError, ValueError, OverflowError, RecursionError, binascii.Error):
        raise Corrupt("ledger.receipt_unreadable") from None
    if not opened or not tree.includes(tree.leaf_hash(leaf), position, seal.size, hashes, seal.root):
        raise Corrupt("ledger.receipt_not_proved")
    return Proved(act, position, facts if salt is not None else None)


def growth(session: Session, old: int, new: int) -> dict[str, Any]:
    """The proof, for the same checker, that the tree of checkpoint `new` begins with that of checkpoint `old`.

    Both are checkpoint ids. Errors: NotFound for no such checkpoint, Invalid when old is the larger one.
    """
    rows = session.scalars(select(LedgerCheckpoint).where(LedgerCheckpoint.checkpoint_id.in_([old, new])))
    found = {row.checkpoint_id: as_value(row) for row in rows}
    if missing := {old, new} - found.keys():
        raise NotFound("ledger.checkpoint_unknown", checkpoint_id=min(missing))
    return {
        "format": CONSISTENCY,
        "old": found[old].note(),
        "new": found[new].note(),
        "proof": _texts(consistency(session, found[old].size, found[new].size)),
    }


def _text(part: bytes) -> str:
    return base64.b64encode(part).decode()


def _texts(parts: Iterable[bytes]) -> list[str]:
    return [_text(part) for part in parts]
