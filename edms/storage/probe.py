"""The probe of a store: what it does as promised, and in words what it cannot do. It leaves nothing behind that stays."""

from __future__ import annotations

import io
import secrets
import time
from collections.abc import Callable
from datetime import timedelta

from edms import clock
from edms.errors import EdmsError, RuleBroken
from edms.storage.locks import Trial, Wall
from edms.storage.port import ContentStore

LARGE = (9 << 20) + 17
"""More than goes over in one part."""
NEEDED = ("large", "range", "delete")
"""A store that fails one of these cannot be used at all."""


def probe(store: ContentStore) -> list[Trial]:
    """Everything, in its order. Errors: Unavailable when the store does not answer."""
    whole = secrets.token_bytes(4096) * (LARGE // 4096 + 1)
    stored = store.put(io.BytesIO(whole), limit=len(whole))
    try:
        with store.open(stored.key) as reader:
            same = reader.read() == whole
        found = [_trial("large", same), _trial("range", store.range(stored.key, 4_000, 5_000) == whole[4_000:9_000])]
    finally:
        store.delete(stored.key)
    found.append(_trial("delete", _gone(store, stored.key)))
    if store.abilities.wall is Wall.OURS:
        found += _own_locks(store)
    return [*found, *store.trials()]


def _own_locks(store: ContentStore) -> list[Trial]:
    """Locks that the service keeps itself, and which end within three seconds."""
    stored = store.put(io.BytesIO(b"locked"), limit=100)
    until = clock.now() + timedelta(seconds=2)
    found = [
        _trial("lock", store.lock(stored.key, until).closed),
        _trial("erase", _refused(lambda: store.delete(stored.key))),
        _trial("shorten", _refused(lambda: store.lock(stored.key, until - timedelta(seconds=1)))),
    ]
    store.hold(stored.key, True)
    time.sleep(3)
    held = _refused(lambda: store.delete(stored.key))
    store.hold(stored.key, False)
    store.delete(stored.key)
    return [*found, _trial("hold", held and _gone(store, stored.key))]


def _gone(store: ContentStore, key: str) -> bool:
    try:
        store.size(key)
    except EdmsError:
        return True
    return False


def _refused(act: Callable[[], object]) -> bool:
    try:
        act()
    except RuleBroken:
        return True
    return False


def _trial(what: str, passed: bool) -> Trial:
    return Trial(what, passed, f"storage.trial_{what}_{'passed' if passed else 'failed'}")
