"""Who starts and who uses the embedded server: two advisory file locks that the kernel drops when a process dies.

`lock` is held for the moment of starting or stopping. `users` is held shared by every process for as long as it uses
the server; whoever can take it exclusively is the last one and may stop the server. kill -9 leaves nothing behind.
"""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from edms.db.embedded.accounts import Account
from edms.errors import Unavailable

START_SECONDS = 60.0


def opened(path: Path, account: Account) -> int:
    """Open (make) a lock file for both root and the server's account; links are not followed."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    if os.geteuid() == 0 and os.fstat(descriptor).st_uid != account.uid:
        os.fchown(descriptor, account.uid, account.gid)
    return descriptor


@contextmanager
def exclusive(path: Path, account: Account, *, seconds: float = START_SECONDS) -> Iterator[None]:
    """Hold the lock file alone. Errors: Unavailable when another process keeps it longer than `seconds`."""
    descriptor = opened(path, account)
    try:
        limit = time.monotonic() + seconds
        while not tried(descriptor, fcntl.LOCK_EX):
            if time.monotonic() > limit:
                raise Unavailable("db.start_is_waiting", seconds=int(seconds), lock=str(path))
            time.sleep(0.02)
        yield
    finally:
        # Said openly: a child forked meanwhile would keep the lock that closing alone does not give up.
        with suppress(OSError):
            fcntl.flock(descriptor, fcntl.LOCK_UN)
        os.close(descriptor)


def tried(descriptor: int, kind: int) -> bool:
    """Take a lock without waiting; False when somebody else's stands against it."""
    try:
        fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def unused(path: Path, account: Account) -> bool:
    """Whether no process holds the `users` file. Ask it only while holding the start lock."""
    descriptor = opened(path, account)
    try:
        return tried(descriptor, fcntl.LOCK_EX)
    finally:
        os.close(descriptor)
