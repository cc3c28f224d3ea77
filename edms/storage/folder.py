"""The content store in a folder: the default of a town hall with one machine.

A content is written beside its place, flushed to the disk, read back and compared, then given its name in one step:
after a power cut there is either the whole content or none. The folder's own permissions keep others out.
"""

from __future__ import annotations

import errno
import os
import secrets
import shutil
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

from edms.errors import NotFound, Unavailable
from edms.storage.disk import private, sync
from edms.storage.lock_notes import LockNotes
from edms.storage.locks import Abilities, Lock, Trial, Wall
from edms.storage.port import (
    PIECE,
    RED_AT,
    Found,
    Health,
    Progress,
    Source,
    Stored,
    corrupt,
    pieces,
    proving,
)
from edms.storage.proofs import KEY, Beside, Check, Proofs, Secret, all_of, promise_of

RESERVE = 64 << 20
"""Bytes always left free, so that the database on the same disk can still commit when the store is full."""
PROOF_LASTS = 3600.0
"""Seconds for which the proof of a content serves ranges of it, as long as the file's inode, size and times stay."""
_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


class _SourceError(Exception):
    """The stream we were given broke off: its own error travels on, the disk is not to blame."""

    def __init__(self, reason: OSError) -> None:
        super().__init__(str(reason))
        self.reason = reason


class FolderStore:
    """Contents as read-only files under `root`; unfinished ones under `root/.incoming`."""

    def __init__(self, root: Path, *, secret: Secret | None = None, reserve: int = RESERVE) -> None:
        self.root, self.reserve, self.proofs = root, reserve, Proofs(secret)
        self._incoming = root / ".incoming"
        self._incoming.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._locks = LockNotes(root)
        self._proved: dict[str, tuple[tuple[int, ...], float]] = {}
        self._lock = threading.Lock()

    def put(self, stream: Source, *, limit: int, on_progress: Progress | None = None) -> Stored:
        made = self.proofs.begin()

        def named() -> str:
            return made.promise().key

        key = self._store(pieces(stream, limit=limit, on_progress=on_progress), made, named)
        return Stored(key, promise_of(key).sha256, made.size)

    def take_over(self, key: str, stream: Source) -> None:
        check = self.proofs.whole(key)

        def named() -> str:
            if not check.holds():
                raise corrupt(key)
            return key

        self._store(pieces(stream, limit=sys.maxsize), check, named)

    def _store(self, stream: Iterator[bytes], beside: Beside, named: Callable[[], str]) -> str:
        """Write it, let `named` say its key once all went by `beside`, read it back, give it its name."""
        self._need_room()
        part = self._incoming / secrets.token_hex(16)
        try:
            with _disk(), open(part, "xb", opener=private) as target:
                for piece in _sourced(stream):
                    target.write(piece)
                    beside.update(piece)
                    self._need_room()
                target.flush()
                os.fsync(target.fileno())
                # Drop it from the page cache: what is compared must come from the disk.
                os.posix_fadvise(target.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
            key = named()
            with _disk(), part.open("rb") as again:
                self._compare(key, again, self.proofs.of(key))
            with _disk():
                self._place(part, self.root / key)
        except _SourceError as failed:
            part.unlink(missing_ok=True)
            raise failed.reason from None
        except BaseException:
            part.unlink(missing_ok=True)
            raise
        return key

    def open(self, key: str) -> BinaryIO:
        return proving(self._raw(key), key, self.proofs.of(key))

    def range(self, key: str, start: int, length: int) -> bytes:
        with self._raw(key) as raw:
            self._prove_once(key, raw)
            raw.seek(start)
            return raw.read(length)

    def size(self, key: str) -> int:
        with self._raw(key) as raw:
            return os.fstat(raw.fileno()).st_size

    def verify(self, key: str, *, sha256: str, size: int) -> None:
        with self._raw(key) as raw:
            os.posix_fadvise(raw.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
            if self._compare(key, raw, self.proofs.whole(key)) != size or sha256 != promise_of(key).sha256:
                raise corrupt(key)

    def delete(self, key: str) -> None:
        promise_of(key)
        path = self.root / key
        with _disk(), self._locks.alone():
            self._locks.read(key).allow_erasing()
            path.unlink(missing_ok=True)
            self._locks.forget(key)
            if path.parent.is_dir():
                sync(path.parent)

    def lock(self, key: str, until: datetime) -> Lock:
        self.size(key)  # there is nothing to lock in what is not there
        with _disk():
            return self._locks.change(key, lambda lock: lock.extended(until))

    def hold(self, key: str, held: bool) -> Lock:
        self.size(key)
        with _disk():
            return self._locks.change(key, lambda lock: replace(lock, held=held))

    def lock_of(self, key: str) -> Lock:
        self.size(key)
        return self._locks.read(key)

    @property
    def abilities(self) -> Abilities:
        return Abilities(Wall.OURS)

    def trials(self) -> list[Trial]:
        return [Trial("walls", False, "storage.trial_walls_ours")]

    def walk(self) -> Iterator[Found]:
        for path in self.root.glob("[0-9a-f][0-9a-f]/[0-9a-f][0-9a-f]/*"):
            key = path.relative_to(self.root).as_posix()
            if KEY.fullmatch(key):
                try:
                    stat = path.stat()
                except FileNotFoundError:
                    continue  # erased while we walk
                yield Found(key, stat.st_size, datetime.fromtimestamp(stat.st_mtime, UTC))

    def health(self) -> Health:
        try:
            usage = shutil.disk_usage(self.root)
        except OSError:
            return Health(False, None, "storage.unavailable")
        # Space reserved for root is neither used nor free to us: count it as gone.
        fullness = 1 - usage.free / max(1, usage.used + usage.free)
        if usage.free < self.reserve:
            return Health(False, fullness, "storage.full")
        return Health(
            fullness < RED_AT,
            fullness,
            None if fullness < RED_AT else "storage.nearly_full",
        )

    def sweep(self, *, older_than: float) -> int:
        removed = 0
        for part in self._incoming.iterdir():
            try:
                if time.time() - part.stat().st_mtime > older_than:
                    part.unlink()
                    removed += 1
            except FileNotFoundError:
                continue
        return removed

    def _need_room(self) -> None:
        with _disk():
            free = shutil.disk_usage(self.root).free
        if free < self.reserve:
            raise Unavailable("storage.full")

    @staticmethod
    def _compare(key: str, raw: BinaryIO, check: Check) -> int:
        """The size of what proves right. Errors: Corrupt."""
        size = all_of(check, iter(lambda: raw.read(PIECE), b""))
        if size is None:
            raise corrupt(key)
        return size

    def _place(self, part: Path, path: Path) -> None:
        for folder in (path.parent.parent, path.parent):
            if not folder.is_dir():
                folder.mkdir(mode=0o700, exist_ok=True)
                sync(folder.parent)
        part.chmod(0o400)
        part.rename(path)
        sync(path.parent)

    def _raw(self, key: str) -> BinaryIO:
        promise_of(key)
        try:
            return (self.root / key).open("rb")
        except FileNotFoundError:
            raise NotFound("storage.no_such_content", key=key) from None
        except OSError as error:
            raise Unavailable("storage.unavailable") from error

    def _prove_once(self, key: str, raw: BinaryIO) -> None:
        stat = os.fstat(raw.fileno())
        mark = (stat.st_ino, stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns)
        proved = self._proved.get(key)
        if proved and proved[0] == mark and time.monotonic() - proved[1] < PROOF_LASTS:
            return
        self._compare(key, raw, self.proofs.of(key))
        with self._lock:
            if len(self._proved) > 10_000:
                self._proved.clear()
            self._proved[key] = (mark, time.monotonic())


@contextmanager
def _disk() -> Iterator[None]:
    """What the disk refuses is said in our words."""
    try:
        yield
    except OSError as error:
        raise Unavailable("storage.full" if error.errno in _FULL else "storage.unavailable") from error


def _sourced(stream: Iterator[bytes]) -> Iterator[bytes]:
    while True:
        try:
            piece = next(stream)
        except StopIteration:
            return
        except OSError as error:
            raise _SourceError(error) from error
        yield piece
