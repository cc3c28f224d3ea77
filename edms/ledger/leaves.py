"""Leaves: an act on the register joins the ledger in the act's own transaction, without position and without a lock."""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from sqlalchemy.orm import Session

from edms.ledger.models import LedgerLeaf, LedgerSalt

SALT_BYTES = 16


def canonical(value: Mapping[str, Any]) -> bytes:
    """Canonical JSON: sorted keys, no blanks, UTF-8."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def commitment(salt: bytes, facts: Mapping[str, Any]) -> str:
    """SHA-256 over salt and facts, in hex: binds the facts without telling them."""
    return hashlib.sha256(salt + canonical(facts)).hexdigest()


def append(
    session: Session,
    *,
    act: str,
    organisation_id: int | None,
    at: datetime,
    facts: Mapping[str, Any],
    document_id: int | None = None,
    arrival_id: int | None = None,
) -> LedgerLeaf:
    """Add the leaf of an act. The leaf names act, organisation and instant; the facts only by their commitment."""
    salt = secrets.token_bytes(SALT_BYTES)
    leaf = canonical(
        {
            "v": 1,
            "act": act,
            "org": organisation_id,
            "at": at.astimezone(UTC).isoformat().replace("+00:00", "Z"),
            "commitment": commitment(salt, facts),
        }
    )
    row = LedgerLeaf(leaf=leaf, leaf_hash=hashlib.sha256(b"\x00" + leaf).digest(), added_at=at)
    session.add(row)
    session.flush()  # the salt and the event carry its id
    session.add(
        LedgerSalt(leaf_id=row.leaf_id, document_id=document_id, arrival_id=arrival_id, salt=salt, facts=dict(facts))
    )
    return row
