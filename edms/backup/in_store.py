"""The database in the content store itself, beside the contents that it speaks of: for the day when nothing else is left.

A dump is one object: a tar of what a set of `edms.backup.sets` has, without contents, which lie beside it already, and
without keys, which never lie where contents do. Its key has the form of any other, but where others have a tag under our
secret it has a mark that is the same in all dumps, and its instant: whoever rebuilds a house may have lost the secret, so
a dump is proved by its SHA-256. Dumps are found by walking and move along when contents are moved; whose they are says the
seal, before a byte of one is loaded.
"""

from __future__ import annotations

import hashlib
import os
import secrets
import shutil
import tarfile
import tempfile
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from edms import __version__, clock, ledger
from edms.backup import lanes, sets
from edms.backup.making import Source, dumped
from edms.backup.sets import DUMP, LIST, MANIFEST, SEAL, BackupSet, Manifest, disk_failed, sha256_of
from edms.db.engine import transaction
from edms.errors import Corrupt, NotFound
from edms.storage.port import PIECE, ContentStore
from edms.storage.proofs import Promise, promise_of

MARK = hashlib.sha256(b"edms database in the content store").hexdigest()[:24]
"""Of these 24 hexadecimal digits 8 stand for whose secret it is, which is nobody's, and 16 begin what would be the tag."""
FILES = (MANIFEST, SEAL, LIST, DUMP)
_BEGAN = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Dump:
    """A dump in the store."""

    key: str
    made_at: datetime
    size: int

    @property
    def name(self) -> str:
        """As its folder is called among sets."""
        return sets.name_of(self.made_at)


def dumps(store: ContentStore) -> list[Dump]:
    """Every dump in the store, the newest first."""
    found = ((each, made_at(each.key)) for each in store.walk())
    known = [Dump(each.key, at, each.size) for each, at in found if at is not None]
    return sorted(known, key=lambda dump: dump.made_at, reverse=True)


def made_at(key: str) -> datetime | None:
    """The instant of the dump with this key; None for any other key."""
    try:
        promise = promise_of(key)
        said = promise.mark + promise.tag
        return _BEGAN + timedelta(microseconds=int(said[len(MARK) :], 16)) if said.startswith(MARK) else None
    except (NotFound, OverflowError):
        return None


def make(source: Source, spool: Path, *, keep: int) -> Dump:
    """Put a dump of this instant into the store; of the older ones all but the newest `keep` make room for it.

    Errors: Unavailable (database, store, disk of the spool).
    """
    with transaction(source.sessions) as session:
        ledger.sequence(session)
    with transaction(source.sessions) as session:
        checkpoint = ledger.checkpoint(session, source.signer)
    made = clock.now().astimezone(UTC)
    with _room(spool) as room:
        part, target = room / "part", room / sets.name_of(made)
        part.mkdir(mode=0o700)
        documents = dumped(source.owner_url, part)
        with (part / LIST).open(encoding="ascii") as lines:
            contents = sum(1 for _ in lines)
        files = {path.name: sha256_of(path) for path in part.iterdir()}
        note = checkpoint.note()
        manifest = Manifest(made, __version__, contents, documents, checkpoint.size, note, files)
        sets.complete(part, target, manifest, source.sealer)
        packed = room / "packed"
        with tarfile.open(packed, "w") as tar:
            for name in FILES:
                tar.add(target / name, name)
        key, size = _key(sha256_of(packed), made), packed.stat().st_size
        with packed.open("rb") as file:
            source.store.take_over(key, file)
    for old in dumps(source.store)[keep:]:
        source.store.delete(old.key)
    return Dump(key, made, size)


@contextmanager
def unpacked(store: ContentStore, dump: Dump, spool: Path) -> Iterator[BackupSet]:
    """The dump as a set without contents and keys, as long as the block lasts; the caller asks for its seal.

    Errors: Corrupt for what is no dump of ours, Unavailable (disk of the spool).
    """
    with _room(spool) as room:
        target = room / "sets" / dump.name
        target.mkdir(mode=0o700, parents=True)
        try:
            with store.open(dump.key) as raw:
                with tarfile.open(fileobj=raw, mode="r|") as tar:
                    for member in tar:
                        _take_out(tar, member, target)
                while raw.read(PIECE):  # to its end, where the hash of the whole is proved
                    pass
        except (tarfile.TarError, FileExistsError):
            raise Corrupt("backup.file_changed", set=dump.name, file=dump.key) from None
        yield sets.set_of(room, dump.name)


def missing(store: ContentStore, found: BackupSet) -> list[str]:
    """Which contents and previews that the dump speaks of the store has no longer."""

    def lacks(key: str) -> bool:
        try:
            store.size(key)
        except NotFound:
            return True
        return False

    return [key for key, gone in lanes.each(lacks, list(found.content_keys())) if gone]


def unknown(store: ContentStore, found: BackupSet) -> int:
    """How many objects the dump does not know: of letters that came after it, or bytes that never had a row. The store's
    clock need not be ours, so nobody asks it which.
    """
    known = set(found.content_keys())
    return sum(each.key not in known and made_at(each.key) is None for each in store.walk())


def kept(keys: Collection[str]) -> set[str]:
    """Which of these keys are dumps: for those who look for bytes without a row."""
    return {key for key in keys if made_at(key) is not None}


def _key(sha256: str, made: datetime) -> str:
    said = f"{MARK}{(made - _BEGAN) // timedelta(microseconds=1):016x}"
    return Promise(secrets.token_hex(16), sha256, said[:8], said[8:]).key


def _take_out(tar: tarfile.TarFile, member: tarfile.TarInfo, target: Path) -> None:
    """One of the files of a dump, by its bare name; nothing else that a tar can hold. Errors: Corrupt."""
    bytes_ = tar.extractfile(member) if member.isreg() and not member.issparse() else None
    if bytes_ is None or member.name not in FILES:
        raise Corrupt("backup.not_plain", set=target.name, file=member.name)
    place = target / member.name
    with open(os.open(place, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        shutil.copyfileobj(bytes_, file, PIECE)


@contextmanager
def _room(spool: Path) -> Iterator[Path]:
    try:
        spool.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix="edms-dump-", dir=spool) as room:
            yield Path(room)
    except OSError as error:
        raise disk_failed(spool, error) from error
