"""Adds acts to the ledger, and gives them their places in the tree.

`append` joins the transaction of the act and waits for nobody: a leaf is a row without a position. `sequence` runs in
a short transaction of its own, one at a time, and places all leaves that are visible then. An act that was rolled back
leaves nothing; one that commits late gets a later place than its id suggests.
"""

from __future__ import annotations

import secrets
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ARRAY, BigInteger, LargeBinary, SmallInteger, bindparam, delete, func, or_, select, text
from sqlalchemy.orm import Session

from edms.ledger import leaves, tree
from edms.ledger.models import LedgerLeaf, LedgerPosition, LedgerSalt, LedgerWaiting

ERASED = "facts:erased"

# One writer of the tree at a time, in any process: the number is the word "ledger" in ASCII.
_LOCK = int.from_bytes(b"ledger", "big")

NEXT_LEAF = "nextval('ledger_leaf_leaf_id_seq')"
APPEND = """
leaf AS (INSERT INTO ledger_leaf (leaf_id, leaf, leaf_hash)
  SELECT leaf_id, leaf, leaf_hash FROM act WHERE leaf IS NOT NULL),
waits AS (INSERT INTO ledger_waiting (leaf_id) SELECT leaf_id FROM act WHERE leaf IS NOT NULL),
salted AS (INSERT INTO ledger_salt (leaf_id, document_id, arrival_id, salt, facts)
  SELECT leaf_id, document_id, arrival_id, salt, facts FROM act WHERE leaf IS NOT NULL)"""
"""The three rows of each leaf, as parts of one statement in which `act` has these columns (one round trip, see events)."""

_ACT = f"SELECT {NEXT_LEAF} AS leaf_id, :leaf AS leaf, :leaf_hash AS leaf_hash, :salt AS salt, :facts AS facts"
_APPEND = text(
    f"WITH act AS MATERIALIZED ({_ACT}, :document_id AS document_id, :arrival_id AS arrival_id), {APPEND}"  # noqa: S608
    " SELECT leaf_id FROM act"
).bindparams(
    bindparam("document_id", type_=BigInteger),
    bindparam("arrival_id", type_=BigInteger),
    bindparam("leaf", type_=LargeBinary),
    bindparam("leaf_hash", type_=LargeBinary),
    bindparam("salt", type_=LargeBinary),
    bindparam("facts", type_=LedgerSalt.__table__.c.facts.type),
)

_PLACE = text("INSERT INTO ledger_position (position, leaf_id) SELECT * FROM unnest(:positions, :leaf_ids)").bindparams(
    bindparam("positions", type_=ARRAY(BigInteger)), bindparam("leaf_ids", type_=ARRAY(BigInteger))
)

_GROW = text(
    'INSERT INTO ledger_node (level, "index", hash) SELECT * FROM unnest(:levels, :indexes, :hashes)'
).bindparams(
    bindparam("levels", type_=ARRAY(SmallInteger)),
    bindparam("indexes", type_=ARRAY(BigInteger)),
    bindparam("hashes", type_=ARRAY(LargeBinary)),
)

_NODES = text(
    'SELECT n.level, n."index", n.hash FROM unnest(:levels, :indexes) AS wanted (level, place)'
    ' JOIN ledger_node n ON n.level = wanted.level AND n."index" = wanted.place'
).bindparams(bindparam("levels", type_=ARRAY(SmallInteger)), bindparam("indexes", type_=ARRAY(BigInteger)))


@dataclass(frozen=True)
class Made:
    """A leaf that is not added yet, with what it commits to and the salt that hides it."""

    leaf: bytes
    leaf_hash: bytes
    salt: bytes
    facts: Mapping[str, Any]


@dataclass(frozen=True)
class Leaf:
    """An act that was added; its place comes with the next round of the sequencer."""

    leaf_id: int
    leaf: bytes
    leaf_hash: bytes


def make(
    *,
    act: str,
    organisation_id: int | None,
    at: datetime,
    facts: Mapping[str, object],
    document_id: int | None = None,
    arrival_id: int | None = None,
) -> Made:
    """The leaf of an act, to be added with it.

    `facts` are what the leaf commits to: text, whole numbers, truth values, days, instants, lists and mappings of
    these. Errors: TypeError for anything else.
    """
    # Committed to as well: whose facts these are decides what is erased with what.
    owners = {"document_id": document_id, "arrival_id": arrival_id}
    told = leaves.plain({**facts, **{name: owner for name, owner in owners.items() if owner is not None}})
    salt = secrets.token_bytes(leaves.SALT_BYTES)
    leaf = leaves.leaf_bytes(act=act, organisation_id=organisation_id, at=at, salt=salt, facts=told)
    return Made(leaf, tree.leaf_hash(leaf), salt, told)


def append(
    session: Session,
    *,
    act: str,
    organisation_id: int | None,
    at: datetime,
    facts: Mapping[str, object],
    document_id: int | None = None,
    arrival_id: int | None = None,
) -> Leaf:
    """Add the leaf of an act in the transaction of the act itself; `facts` as in `make`."""
    made = make(
        act=act, organisation_id=organisation_id, at=at, facts=facts, document_id=document_id, arrival_id=arrival_id
    )
    row = {
        "leaf": made.leaf,
        "leaf_hash": made.leaf_hash,
        "document_id": document_id,
        "arrival_id": arrival_id,
        "salt": made.salt,
        "facts": made.facts,
    }
    return Leaf(session.execute(_APPEND, row).scalar_one(), made.leaf, made.leaf_hash)


def size(session: Session) -> int:
    """How many leaves have their place in the tree."""
    last = session.scalar(select(func.max(LedgerPosition.position)))
    return 0 if last is None else last + 1


def waiting(session: Session) -> int:
    """How many leaves wait for their place."""
    return session.scalar(select(func.count()).select_from(LedgerWaiting)) or 0


def sequence(session: Session, *, limit: int = 10_000) -> int:
    """Give the visible leaves that wait their places, in the order of their ids; says how many (`limit` at most).

    To be called in a short transaction of its own, again while it answers `limit`. Waits for another sequencer until
    that one has committed.
    """
    alone(session)
    found = session.execute(
        select(LedgerLeaf.leaf_id, LedgerLeaf.leaf_hash)
        .join(LedgerWaiting, LedgerWaiting.leaf_id == LedgerLeaf.leaf_id)
        .order_by(LedgerLeaf.leaf_id)
        .limit(limit)
    ).all()
    if not found:
        return 0
    begun = size(session)
    at_hand = nodes(session, tree.peaks(begun))
    frontier = [at_hand[node] for node in tree.peaks(begun)]
    made, _ = tree.grow(begun, frontier, [row.leaf_hash for row in found])
    leaf_ids = [row.leaf_id for row in found]
    session.execute(_PLACE, {"positions": list(range(begun, begun + len(found))), "leaf_ids": leaf_ids})
    levels, indexes, hashes = zip(*made, strict=True)
    session.execute(_GROW, {"levels": list(levels), "indexes": list(indexes), "hashes": list(hashes)})
    session.execute(
        delete(LedgerWaiting).where(LedgerWaiting.leaf_id == func.any(bindparam("placed", type_=ARRAY(BigInteger)))),
        {"placed": leaf_ids},
        execution_options={"synchronize_session": False},
    )
    return len(found)


def alone(session: Session) -> None:
    """Wait until no other transaction places leaves or signs; keep them waiting until this one ends."""
    session.execute(select(func.pg_advisory_xact_lock(_LOCK)))


def nodes(session: Session, wanted: Sequence[tree.Node]) -> dict[tree.Node, bytes]:
    """The hashes of these nodes, in one query. A node that is not there is left out."""
    if not wanted:
        return {}
    levels, indexes = zip(*wanted, strict=True)
    rows = session.execute(_NODES, {"levels": list(levels), "indexes": list(indexes)})
    return {(level, index): hashed for level, index, hashed in rows}


def erase(
    session: Session,
    *,
    document_id: int,
    organisation_id: int | None,
    at: datetime,
    arrival_ids: Collection[int] = (),
) -> Leaf:
    """Erase the facts and salts of the leaves of a document and of the arrivals that became it, and add a leaf that says
    which ones were erased.

    The leaves stay: that there were acts on a letter of this organisation, and when, remains provable.
    """
    gone = session.scalars(
        delete(LedgerSalt)
        .where(or_(LedgerSalt.document_id == document_id, LedgerSalt.arrival_id.in_(arrival_ids)))
        .returning(LedgerSalt.leaf_id)
    ).all()
    return append(session, act=ERASED, organisation_id=organisation_id, at=at, facts={"leaves": sorted(gone)})
