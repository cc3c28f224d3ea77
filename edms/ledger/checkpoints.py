"""Signs what the tree is now, at least hourly and on demand, and shows that it only ever grew.

A tree that is smaller than the last checkpoint, or does not begin with it, is not signed: that is an alarm.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from edms import clock
from edms.errors import Corrupt
from edms.ledger import tree
from edms.ledger.keys import Signer
from edms.ledger.log import alone, size
from edms.ledger.models import LedgerCheckpoint
from edms.ledger.notes import Statement, write
from edms.ledger.proofs import consistency, root_of

AT_LEAST_EVERY = timedelta(hours=1)


@dataclass(frozen=True)
class Checkpoint:
    """A signed statement about the tree."""

    checkpoint_id: int
    statement: Statement
    key_id: str
    signature: bytes

    @property
    def size(self) -> int:
        """How many leaves it covers."""
        return self.statement.size

    @property
    def at(self) -> datetime:
        """When it was signed."""
        return self.statement.at

    def note(self) -> str:
        """The signed note that goes into receipts and to the outside."""
        return write(self.statement, self.key_id, self.signature)


def checkpoint(session: Session, signer: Signer, *, fresh: timedelta = AT_LEAST_EVERY) -> Checkpoint:
    """Sign the present tree. Nothing new since a checkpoint younger than `fresh`: that one is given again.

    Errors: Corrupt when the tree does not continue the last checkpoint.
    """
    alone(session)  # checkpoints follow one another in size and time
    last, present, now = latest(session), size(session), _to_millisecond(clock.now())
    if last is not None:
        _must_continue(session, last, present)
        same = last.size == present and last.key_id == signer.verifier.key_id
        if same and now - last.at < fresh:
            return last
        now = max(now, last.at)  # a clock that went back does not take the ledger with it
    statement = Statement(signer.origin, present, root_of(session, present), now)
    row = LedgerCheckpoint(
        size=present,
        root=statement.root,
        at=now,
        origin=statement.origin,
        key_id=signer.verifier.key_id,
        signature=signer.sign(statement),
    )
    session.add(row)
    session.flush()  # its id is part of the answer
    return as_value(row)


def latest(session: Session) -> Checkpoint | None:
    """The last checkpoint, if there is one."""
    row = session.scalars(select(LedgerCheckpoint).order_by(LedgerCheckpoint.checkpoint_id.desc()).limit(1)).first()
    return as_value(row) if row is not None else None


def as_value(row: LedgerCheckpoint) -> Checkpoint:
    """A row of the table as a checkpoint."""
    return Checkpoint(row.checkpoint_id, Statement(row.origin, row.size, row.root, row.at), row.key_id, row.signature)


def _must_continue(session: Session, last: Checkpoint, present: int) -> None:
    if present < last.size:
        raise Corrupt("ledger.shrunk", size=present, last=last.size)
    proof, root = consistency(session, last.size, present), root_of(session, present)
    if not tree.extends(last.size, present, proof, last.statement.root, root):
        raise Corrupt("ledger.forked", size=last.size)


def _to_millisecond(at: datetime) -> datetime:
    return at.replace(microsecond=at.microsecond // 1000 * 1000)
