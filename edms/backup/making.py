"""Makes a set: one instant of the database, every content it speaks of, the keys. Each content is read back and compared.

The service goes on meanwhile. Killed at any moment it leaves no set, and the contents that it had copied already.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC
from functools import partial
from pathlib import Path

import structlog
from sqlalchemy import Connection, func, select, text, union_all
from sqlalchemy.pool import NullPool

from edms import __version__, clock, ledger
from edms.backup import destroyed, lanes, programs
from edms.backup.seals import Sealer
from edms.backup.sets import DUMP, KEYS, LIST, BackupSet, Manifest, complete, disk_failed, name_of, pool_of, sha256_of
from edms.capture import reading
from edms.capture.models import Rendition
from edms.db.engine import Sessions, engine_for, in_words, transaction
from edms.errors import Corrupt, NotFound
from edms.registry.models import Content, Document
from edms.storage.port import ContentStore

# The snapshot lives as long as its transaction, which waits for the dump.
_PATIENT = {"idle_in_transaction_session_timeout": "0", "statement_timeout": "0"}

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Source:
    """What is backed up: the house's database, contents and keys. `keys` are folders and files by their names in the set."""

    owner_url: str
    sessions: Sessions
    store: ContentStore
    signer: ledger.Signer
    keys: dict[str, Path]
    sealer: Sealer


def make(source: Source, root: Path, *, on_start: Callable[[int], None], on_each: Callable[[], None]) -> BackupSet:
    """A complete set below `root`. `on_start` hears how many contents there are, `on_each` of each that is in the pool.

    The caller is alone there (`sets.alone`).
    Errors: Unavailable (database, store, disk), Corrupt when a content is gone or no longer what was stored.
    """
    with transaction(source.sessions) as session:
        ledger.sequence(session)
    with transaction(source.sessions) as session:
        checkpoint = ledger.checkpoint(session, source.signer)
    made_at = clock.now().astimezone(UTC)
    target = root / "sets" / name_of(made_at)
    part = target.with_name(f"{target.name}.part")
    try:
        for left in (root / "sets").glob("*.part"):  # by one that was killed
            shutil.rmtree(left)
        part.mkdir(mode=0o700)
        names = destroyed.note(root, source.sealer, partial(transaction, source.sessions))
        documents = dumped(source.owner_url, part)
        kept = _contents(source, part, pool_of(root), on_start, on_each)
        _keys(source.keys, part / KEYS)
        files = {path.relative_to(part).as_posix(): sha256_of(path) for path in part.rglob("*") if path.is_file()}
        note = checkpoint.note()
        beside = destroyed.name_of(source.sealer.ident)
        manifest = Manifest(
            made_at, __version__, kept, documents, checkpoint.size, note, files, destroyed_list=beside, destroyed=names
        )
        return complete(part, target, manifest, source.sealer)
    except OSError as error:
        raise disk_failed(root, error) from error
    finally:
        shutil.rmtree(part, ignore_errors=True)


def _contents(
    source: Source, part: Path, pool: ContentStore, on_start: Callable[[int], None], on_each: Callable[[], None]
) -> int:
    """Every content of the list is in the pool; how many."""
    keys = (part / LIST).read_text(encoding="ascii").splitlines()
    on_start(len(keys))
    kept = []
    for key, is_there in lanes.each(lambda key: _into(pool, source.store, key), keys):
        if is_there:
            kept.append(key)
        elif _spoken_of(source.sessions, key):
            raise Corrupt("backup.content_missing", key=key)
        # else a preview that was made anew since: the new one is in the next set
        on_each()
    (part / LIST).write_text("".join(f"{key}\n" for key in kept), encoding="ascii")
    return len(kept)


def dumped(owner_url: str, part: Path) -> int:
    """Dump and list of one instant; how many documents it has."""
    engine = engine_for(owner_url, poolclass=NullPool, limits=_PATIENT)
    with in_words(), engine.connect().execution_options(isolation_level="REPEATABLE READ") as connection:
        snapshot = str(connection.scalar(text("SELECT pg_export_snapshot()")))
        programs.dump(owner_url, snapshot, part / DUMP)
        with (part / LIST).open("x", encoding="ascii") as lines:
            for key in listed(connection):
                lines.write(f"{key}\n")
        return connection.scalar(select(func.count()).select_from(Document)) or 0


def listed(connection: Connection) -> list[str]:
    """The keys of all contents that the database speaks of, in their order."""
    every = union_all(select(Content.store_key.label("key")), select(Rendition.store_key)).subquery()
    return list(connection.scalars(select(every.c.key).order_by(every.c.key)))


def _into(pool: ContentStore, store: ContentStore, key: str) -> bool:
    try:
        pool.size(key)
    except NotFound:
        try:
            with store.open(key) as stream:
                pool.take_over(key, stream)
        except NotFound:
            return False
    return True


def _spoken_of(sessions: Sessions, key: str) -> bool:
    with transaction(sessions) as session:
        return bool(reading.kept_keys(session, [key]))


def _keys(keys: dict[str, Path], target: Path) -> None:
    target.mkdir(mode=0o700)
    for name, path in keys.items():
        if path.is_dir():
            shutil.copytree(path, target / name, dirs_exist_ok=True)
        elif path.is_file():
            (target / name).parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            shutil.copy2(path, target / name)
