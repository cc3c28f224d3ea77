"""Tables of the ledger. All but the salts are written once and never changed; the salts can be erased with their card."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Integer
from sqlalchemy.orm import Mapped, mapped_column

from edms.db.base import Base, key


class LedgerLeaf(Base):
    """A leaf: canonical JSON without personal data, and its RFC 9162 leaf hash. Its position comes from the sequencer."""

    __tablename__ = "ledger_leaf"
    leaf_id: Mapped[key]
    leaf: Mapped[bytes]
    leaf_hash: Mapped[bytes]
    added_at: Mapped[datetime]


class LedgerPosition(Base):
    """Where a leaf stands in the tree, from 0."""

    __tablename__ = "ledger_position"
    position: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    leaf_id: Mapped[int] = mapped_column(ForeignKey("ledger_leaf.leaf_id"), unique=True)


class LedgerNode(Base):
    """The hash of a complete subtree: level 0 is the leaves, `index` counts subtrees of that level from 0."""

    __tablename__ = "ledger_node"
    level: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    index: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    hash: Mapped[bytes]


class LedgerCheckpoint(Base):
    """A signed statement of size and root (signed note)."""

    __tablename__ = "ledger_checkpoint"
    checkpoint_id: Mapped[key]
    size: Mapped[int]
    root: Mapped[bytes]
    made_at: Mapped[datetime]
    key_id: Mapped[str]
    note: Mapped[str]  # the signed text
    signature: Mapped[bytes]


class LedgerSalt(Base):
    """What a leaf's commitment hides: 128 random bits and the facts. Kept beside the card, erased with it."""

    __tablename__ = "ledger_salt"
    leaf_id: Mapped[int] = mapped_column(ForeignKey("ledger_leaf.leaf_id"), primary_key=True)
    document_id: Mapped[int | None] = mapped_column(index=True)
    arrival_id: Mapped[int | None] = mapped_column(index=True)
    salt: Mapped[bytes]
    facts: Mapped[dict[str, Any]]
