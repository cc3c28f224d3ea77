"""Erasing the bytes that decisions left noted, each key's note with it: in the store, with no transaction open."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager

import structlog
from sqlalchemy.orm import Session

from edms.errors import RuleBroken, Unavailable
from edms.retention import erasing
from edms.storage.port import ContentStore

Transaction = Callable[[], AbstractContextManager[Session]]
_BATCH = 100

log = structlog.get_logger(__name__)


def wipe(transaction: Transaction, store: ContentStore, disposal_act_id: int | None = None) -> None:
    """Erase the bytes that an act, or any, has noted. What the store keeps locked stays noted with the reason.

    Errors: Unavailable when the store does not answer.
    """
    tried: set[str] = set()
    while True:
        with transaction() as session:
            found = erasing.keys_left(session, disposal_act_id, limit=_BATCH + len(tried))
        keys = [key for key in found if key not in tried]
        if not keys:
            return
        for key in keys:
            tried.add(key)
            _one(transaction, store, key)


def _one(transaction: Transaction, store: ContentStore, key: str) -> None:
    try:
        store.delete(key)
    except (RuleBroken, Unavailable) as error:
        with transaction() as session:
            erasing.bytes_stay(session, key, error.message)
        log.warning("bytes_not_erased", key=key, why=error.message)
        if isinstance(error, Unavailable):
            raise
        return
    with transaction() as session:
        erasing.bytes_gone(session, key)
