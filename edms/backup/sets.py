"""What a backup looks like on its disk: one pool of contents, and sets that each name what they need of it.

    TO/contents/            every content of every set, once: a folder store
    TO/sets/20261127T020000123456Z/
        database.dump       pg_dump of one instant
        contents.list       the keys of all contents that the dump speaks of, one a line
        keys/               the service's keys
        manifest.seal       by the key that stays on the machine (`edms.backup.seals`)
        manifest.json       written last: a set without it is not one
    TO/destroyed-<key>.list what acts destroyed (`edms.backup.destroyed`)

Contents never change, so a further set costs only what is new.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from edms.backup import plain
from edms.backup.seals import Sealer, Seals
from edms.errors import Conflict, Corrupt, NotFound, RuleBroken, Unavailable
from edms.storage.disk import sync
from edms.storage.folder import FolderStore

FORMAT = 1
LARGEST_MANIFEST = 16 << 20  # bytes
LONGEST_SEAL = 4096
DUMP, LIST, KEYS, MANIFEST = "database.dump", "contents.list", "keys", "manifest.json"
SEAL = "manifest.seal"
_WHAT = b"edms backup set\n"


@dataclass(frozen=True)
class Manifest:
    """What a set says of itself. `files` are the SHA-256 (hex) of its own files by their names below it."""

    made_at: datetime
    version: str  # of edms
    contents: int
    documents: int
    ledger_size: int
    checkpoint: str  # the signed note of that size
    files: dict[str, str] = field(default_factory=dict)
    format: int = FORMAT
    destroyed_list: str | None = None  # the list beside the set, and how many case files it named
    destroyed: int | None = None


@dataclass(frozen=True)
class BackupSet:
    """One complete set."""

    folder: Path
    manifest: Manifest
    raw: bytes  # the manifest as it is written, over which the seal is
    seal: str | None  # None: made before sets were sealed

    @property
    def name(self) -> str:
        """The instant of the set, as its folder is called."""
        return self.folder.name

    @property
    def pool(self) -> FolderStore:
        """Where its contents are."""
        return pool_of(self.folder.parent.parent)

    def content_keys(self) -> Iterator[str]:
        """The keys of its contents."""
        with (self.folder / LIST).open(encoding="ascii") as lines:
            yield from (line.rstrip("\n") for line in lines)

    def require_seal(self, known: Seals) -> None:
        """It is as one of these keys sealed it. Errors: RuleBroken without a seal or a key, Corrupt for another."""
        if self.seal is None:
            raise RuleBroken("backup.not_sealed", set=self.name)
        if not known.keys:
            raise RuleBroken("backup.seal_key_needed", set=self.name)
        if not known.hold(_WHAT + self.raw, self.seal):
            raise Corrupt("backup.seal_broken", set=self.name)

    def check(self) -> None:
        """Its own files are what they were, plain ones, and there are no others. Errors: Corrupt, naming the first."""
        found = plain.files_of(self.folder)
        for name, sha256 in self.manifest.files.items():
            if name not in found or sha256_of(found[name]) != sha256:
                raise Corrupt("backup.file_changed", set=self.name, file=name)
        for name in sorted(found.keys() - self.manifest.files.keys() - {MANIFEST, SEAL}):
            raise Corrupt("backup.not_of_the_set", set=self.name, file=name)


def name_of(made_at: datetime) -> str:
    """As the folder of a set is called: its instant in UTC, so that names sort as instants do."""
    return made_at.strftime("%Y%m%dT%H%M%S%fZ")


def pool_of(root: Path) -> FolderStore:
    """The pool of contents of a backup folder."""
    return FolderStore(root / "contents")


def sets(root: Path) -> list[BackupSet]:
    """The complete sets of a backup folder, the newest first. Errors: Corrupt when one cannot be read."""
    return [_read(folder) for folder in _folders(root)]


def set_of(root: Path, name: str | None = None) -> BackupSet:
    """The set of that name, or the newest; damage of another one does not stand in its way. Errors: NotFound, Corrupt."""
    for folder in _folders(root):
        if name in (None, folder.name):
            return _read(folder)
    raise NotFound("backup.no_set", folder=str(root))


def lists(root: Path) -> dict[str, int]:
    """How many destroyed case files each list beside the sets must name at least; damaged sets say nothing."""
    least: dict[str, int] = {}
    for folder in _folders(root):
        try:
            manifest = _read(folder).manifest
        except Corrupt:
            continue
        if manifest.destroyed_list is not None:
            least[manifest.destroyed_list] = max(least.get(manifest.destroyed_list, 0), manifest.destroyed or 0)
    return least


@contextmanager
def alone(root: Path) -> Iterator[None]:
    """One at a time makes or removes sets here. Errors: Conflict while another does, Unavailable (disk)."""
    try:
        (root / "sets").mkdir(mode=0o700, parents=True, exist_ok=True)
        handle = os.open(root / ".lock", os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise disk_failed(root, error) from error
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    except BlockingIOError:
        raise Conflict("backup.being_made", folder=str(root)) from None
    finally:
        os.close(handle)


def disk_failed(root: Path, error: OSError) -> Unavailable:
    """What the disk of the backup refused, in words."""
    return Unavailable("backup.disk_failed", folder=str(root), reason=error.strerror or str(error))


def complete(part: Path, target: Path, manifest: Manifest, sealer: Sealer) -> BackupSet:
    """Write the manifest and its seal, and give the set its name: from now on it is one."""
    raw = json.dumps({**asdict(manifest), "made_at": manifest.made_at.isoformat()}, indent=1).encode()
    (part / MANIFEST).write_bytes(raw)
    (part / SEAL).write_text(sealer.seal(_WHAT + raw), encoding="ascii")
    for path in [path for path in part.rglob("*") if path.is_file()]:
        with path.open("rb") as file:
            os.fsync(file.fileno())
    sync(part)
    part.rename(target)
    sync(target.parent)
    return _read(target)


def thin_out(root: Path, *, keep: int) -> list[str]:
    """Remove all but the newest `keep` sets, and the contents that none of those names; the names of the removed."""
    known = sets(root)
    gone = known[keep:]
    for each in gone:
        (each.folder / MANIFEST).unlink()  # from now on it is not a set, whatever happens to the rest
        shutil.rmtree(each.folder)
    if gone:
        wanted = {key for each in known[:keep] for key in each.content_keys()}
        pool = pool_of(root)
        for found in pool.walk():
            if found.key not in wanted:
                pool.delete(found.key)
    return [each.name for each in gone]


def sha256_of(path: Path) -> str:
    """SHA-256 of a file, in hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _folders(root: Path) -> list[Path]:
    found = sorted((root / "sets").glob("[0-9]*T[0-9]*Z"), reverse=True) if root.is_dir() else []
    return [folder for folder in found if not folder.is_symlink() and (folder / MANIFEST).is_file()]


def _read(folder: Path) -> BackupSet:
    raw = plain.read(folder / MANIFEST, LARGEST_MANIFEST)
    seal = plain.read(folder / SEAL, LONGEST_SEAL) if os.path.lexists(folder / SEAL) else None
    try:
        values: dict[str, Any] = json.loads(raw)
        if values["format"] != FORMAT:
            raise Corrupt("backup.other_format", set=folder.name, format=values["format"])
        manifest = Manifest(**{**values, "made_at": datetime.fromisoformat(values["made_at"])})
    except (ValueError, KeyError, TypeError, OSError):
        raise Corrupt("backup.file_changed", set=folder.name, file=MANIFEST) from None
    return BackupSet(folder, manifest, raw, seal.decode("ascii", "replace") if seal is not None else None)
