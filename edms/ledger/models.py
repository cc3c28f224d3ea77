"""The ledger's tables. All but salts and the waiting list are only ever added to: the database refuses the rest."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Index, SmallInteger, text
from sqlalchemy.orm import Mapped, mapped_column

from edms.db.base import Base, key


class LedgerLeaf(Base):
    """An act on the register, as the bytes that are hashed into the tree."""

    __tablename__ = "ledger_leaf"
    leaf_id: Mapped[key]
    leaf: Mapped[bytes]
    leaf_hash: Mapped[bytes]


class LedgerPosition(Base):
    """The place of a leaf in the tree, given by the sequencer after the act's transaction."""

    __tablename__ = "ledger_position"
    position: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    leaf_id: Mapped[int] = mapped_column(ForeignKey("ledger_leaf.leaf_id"), unique=True)


class LedgerNode(Base):
    """A complete subtree: its hash never changes. Level 0 are the leaf hashes by position."""

    __tablename__ = "ledger_node"
    level: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    index: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    hash: Mapped[bytes]


class LedgerCheckpoint(Base):
    """A signed statement of what the tree was: its size and root at an instant."""

    __tablename__ = "ledger_checkpoint"
    checkpoint_id: Mapped[key]
    size: Mapped[int]
    root: Mapped[bytes]
    at: Mapped[datetime]
    origin: Mapped[str]
    key_id: Mapped[str]
    signature: Mapped[bytes]
    __table_args__ = (Index("ix_ledger_checkpoint_size", "size"),)


class LedgerSalt(Base):
    """What a leaf commits to, and the salt that hides it; erased with the card, by `erase` only."""

    __tablename__ = "ledger_salt"
    leaf_id: Mapped[int] = mapped_column(ForeignKey("ledger_leaf.leaf_id"), primary_key=True, autoincrement=False)
    document_id: Mapped[int | None]
    arrival_id: Mapped[int | None]
    salt: Mapped[bytes]
    facts: Mapped[dict[str, Any]]
    __table_args__ = (
        Index("ix_ledger_salt_document_id", "document_id", postgresql_where=text("document_id IS NOT NULL")),
        Index("ix_ledger_salt_arrival_id", "arrival_id", postgresql_where=text("arrival_id IS NOT NULL")),
    )


class LedgerWaiting(Base):
    """Leaves without a position yet. A leaf whose transaction commits late is found here, whatever its id."""

    __tablename__ = "ledger_waiting"
    leaf_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
