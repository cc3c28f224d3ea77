"""The way back: contents first, then the database in one transaction which says that it was restored.

Contents and keys that are there already stay, so a restore that was killed is simply run again. The database must be
empty: nothing is ever restored over a house that lives.
"""

from __future__ import annotations

import hashlib
import os
import secrets
from collections.abc import Callable, Collection
from pathlib import Path

from sqlalchemy import inspect, select
from sqlalchemy.pool import NullPool

from edms import clock
from edms.backup import lanes, plain, programs
from edms.backup.making import listed
from edms.backup.models import Restoration
from edms.backup.sets import DUMP, KEYS, BackupSet, disk_failed, sha256_of
from edms.db.engine import Urls, engine_for, in_words
from edms.db.upgrade import upgrade
from edms.errors import Conflict, Corrupt, NotFound, RuleBroken
from edms.jobs import Queue
from edms.storage.port import ContentStore

LARGEST_KEY = 1 << 20  # bytes
# Whoever was signed in is not known to be the same; what was to be sent may have been sent since: a person decides.
_AFTER = """
SET LOCAL search_path = public;
INSERT INTO restoration (restored_at, backup_at, ledger_size, lost)
VALUES ('{now}', '{made}', {size}, '{{}}');
UPDATE sign_in SET revoked_at = '{now}' WHERE revoked_at IS NULL;
INSERT INTO job_trouble (job_id, message, values, detail, deaths, troubled_at)
SELECT id, 'backup.may_be_sent', '{{}}', '', 0, '{now}' FROM procrastinate_jobs
WHERE queue_name = '{post}' AND status IN ('todo', 'doing') ON CONFLICT (job_id) DO NOTHING;
UPDATE procrastinate_jobs SET status = 'failed' WHERE queue_name = '{post}' AND status IN ('todo', 'doing');
"""


def restore_keys(found: BackupSet, targets: dict[str, Path]) -> None:
    """Put the keys where they were: plain files that the set names, no other. Errors: Corrupt for anything else in their
    place, Conflict when another house's keys lie there."""
    files = plain.files_of(found.folder)
    for name, target in targets.items():
        below = f"{KEYS}/{name}"
        for file, path in files.items():
            if file != below and not file.startswith(f"{below}/"):
                continue
            key = plain.read(path, LARGEST_KEY)
            if hashlib.sha256(key).hexdigest() != found.manifest.files.get(file):
                raise Corrupt("backup.file_changed", set=found.name, file=file)
            place = target if file == below else target / file.removeprefix(f"{below}/")
            try:
                _put(key, place)
            except OSError as error:
                raise disk_failed(place.parent, error) from error


def _put(key: bytes, place: Path) -> None:
    """Whole or not at all; one that is there stays. Errors: Conflict when it is another."""
    if os.path.lexists(place):
        if not place.is_file() or sha256_of(place) != hashlib.sha256(key).hexdigest():
            raise Conflict("backup.other_keys", file=str(place))
        return
    place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    part = place.with_name(f".{place.name}.{secrets.token_hex(8)}")
    with open(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(key)
        file.flush()
        os.fsync(file.fileno())
    part.rename(place)


def spoken_of(urls: Urls) -> set[str]:
    """The contents that a database which was loaded already speaks of."""
    engine = engine_for(urls.owner, poolclass=NullPool)
    with in_words(), engine.connect() as connection:
        return set(listed(connection))


def restore_contents(
    found: BackupSet, store: ContentStore, *, on_each: Callable[[], None], only: Collection[str] | None = None
) -> int:
    """Every content of the set is in the store, read back and compared; how many were put there.

    `only` these: once the database is loaded what was destroyed again must not come back with the next try.
    """
    pool = found.pool
    wanted = [key for key in found.content_keys() if only is None or key in only]

    def put(key: str) -> bool:
        try:
            store.size(key)
        except NotFound:
            with pool.open(key) as stream:
                store.take_over(key, stream)
            return True
        return False

    count = 0
    for _, news in lanes.each(put, wanted):
        count += news
        on_each()
    return count


def restore_database(found: BackupSet, urls: Urls) -> None:
    """Load the set's dump into the empty database and bring it to this release's schema.

    One that was loaded already, and is not accepted, is only brought to the schema: the restore was killed in between.
    Errors: RuleBroken when something else is in the database; Unavailable, nothing being loaded then.
    """
    if require_room(found, urls):
        _load(found, urls)
    upgrade(urls.owner, app_role=urls.app_role)


def require_room(found: BackupSet, urls: Urls) -> bool:
    """Is the database empty; False when it holds this very set, not accepted yet. Errors: RuleBroken for anything else."""
    engine = engine_for(urls.owner, poolclass=NullPool)
    with in_words(), engine.connect() as connection:
        connection.exec_driver_sql(programs.TAKE_TURN)  # a load whose process was killed may just be ending
        tables = set(inspect(connection).get_table_names(schema="public"))
        if not tables:
            return True
        if Restoration.__tablename__ in tables:
            waiting = select(Restoration.backup_at).where(Restoration.accepted_at.is_(None))
            if connection.scalars(waiting).all() == [found.manifest.made_at]:
                return False
    raise RuleBroken("backup.database_not_empty")


def _load(found: BackupSet, urls: Urls) -> None:
    manifest = found.manifest
    after = _AFTER.format(
        now=clock.now().isoformat(), made=manifest.made_at.isoformat(), size=manifest.ledger_size, post=Queue.POST.value
    )
    programs.load(urls.owner, found.folder / DUMP, then=after)
