"""What a leaf is: bytes that say which act happened and when, and commit to its facts without showing them.

Pure. A leaf holds no personal data: the facts are hashed with 128 random bits that are kept beside the card and erased
with it; after that the leaf still stands in the tree and says nothing about anybody.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import UTC, date, datetime
from enum import Enum
from typing import Any

VERSION = 1
SALT_BYTES = 16


def canonical(value: Any) -> bytes:
    """The one way to write a JSON value: keys sorted, no spaces, UTF-8, whole numbers only."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode()


def plain(value: object) -> Any:
    """A fact as a JSON value: days and instants as ISO 8601 text, bytes as hexadecimal, mappings with text keys.

    Errors: TypeError for what has no single way of being written, such as a float.
    """
    if value is None or (isinstance(value, bool | str) and not isinstance(value, Enum)):
        return value
    if isinstance(value, Enum):
        return plain(value.value)
    if isinstance(value, int):
        return value
    if isinstance(value, datetime):
        return instant(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, Mapping) and all(isinstance(key, str) for key in value):
        return {str(key): plain(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [plain(part) for part in value]
    if isinstance(value, set | frozenset):
        return sorted((plain(part) for part in value), key=canonical)
    raise TypeError(f"a fact cannot be a {type(value).__name__}")


def instant(at: datetime) -> str:
    """An instant in UTC to the millisecond, as 2026-11-24T04:27:44.000Z."""
    if at.tzinfo is None:
        raise ValueError("an instant needs a time zone")
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def commitment(salt: bytes, facts: Mapping[str, Any]) -> str:
    """SHA-256 of the salt and the canonical facts, as hexadecimal."""
    return hashlib.sha256(salt + canonical(facts)).hexdigest()


def leaf_bytes(*, act: str, organisation_id: int | None, at: datetime, salt: bytes, facts: Mapping[str, Any]) -> bytes:
    """The leaf of an act. `facts` must be plain."""
    leaf = {
        "v": VERSION,
        "act": act,
        "org": organisation_id,
        "at": instant(at),
        "commitment": commitment(salt, facts),
    }
    return canonical(leaf)
