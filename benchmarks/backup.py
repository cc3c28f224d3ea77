"""Backup and restore of a town's whole archive, beside pg_dump, psql and cp of the same bytes.

5,000 letters with a scan of 40 kB each; with --full 100,000. Ours reads every content back and compares it, and flushes each.
"""

from __future__ import annotations

import io
import os
import shutil
import subprocess
import tempfile
from pathlib import Path
from time import perf_counter

import psycopg

from benchmarks.crowd import fill
from benchmarks.report import Report
from benchmarks.stage import Stage, stage
from edms import bootstrap
from edms.backup import making, programs, restoring, sets
from edms.config import Settings
from edms.db.engine import conninfo, database_urls
from edms.storage.folder import FolderStore

LETTERS, FULL = 5_000, 100_000
BYTES = 40_000


def run(report: Report) -> None:
    """Make a set, make a further one, put it back."""
    count = FULL if report.full else LETTERS
    with stage() as here, tempfile.TemporaryDirectory(prefix="edms-bench-") as name:
        fill(here, count)
        _scans(here)
        disk = Path(name)
        bare = _bare_backup(here, disk / "bare")
        ours, first = _ours(here, disk / "disk")
        again, _ = _ours(here, disk / "disk")
        report.row(
            "backup, database and contents", count / ours, "letters/s", "pg_dump and cp, flushed", count / bare, bare / ours
        )  # fmt: skip
        report.row("a further backup, nothing new", again, "s", "the first", ours, again / ours)
        with tempfile.TemporaryDirectory(prefix="edms-bench-") as there:
            took, plain = _restored(first, Path(there), disk / "bare")
        report.row(
            "restore, database and contents", count / took, "letters/s", "pg_restore, psql and cp", count / plain, plain / took
        )  # fmt: skip


def _scans(here: Stage) -> None:
    """Every content gets bytes of its own."""
    with psycopg.connect(conninfo(here.house.urls.owner)) as connection:
        ids = [row[0] for row in connection.execute("SELECT content_id FROM content")]
        with connection.cursor() as cursor:
            made = [(here.house.store.put(io.BytesIO(os.urandom(BYTES)), limit=BYTES), ident) for ident in ids]
            cursor.executemany(
                "UPDATE content SET store_key = %s, sha256 = decode(%s, 'hex'), size = %s WHERE content_id = %s",
                [(stored.key, stored.sha256, stored.size, ident) for stored, ident in made],
            )


def _bare_backup(here: Stage, target: Path) -> float:
    target.mkdir()
    began = perf_counter()
    with psycopg.connect(conninfo(here.house.urls.owner)) as connection:
        snapshot = connection.execute("SELECT pg_export_snapshot()").fetchone()[0]  # type: ignore[index]
        programs.dump(here.house.urls.owner, snapshot, target / "dump")
    _copied(here.settings.contents_dir, target / "contents")
    return perf_counter() - began


def _ours(here: Stage, root: Path) -> tuple[float, sets.BackupSet]:
    began = perf_counter()
    with sets.alone(root):
        made = making.make(here.house.backup_source, root, on_start=lambda _: None, on_each=lambda: None)
    return perf_counter() - began, made


def _restored(found: sets.BackupSet, folder: Path, bare: Path) -> tuple[float, float]:
    """Seconds of ours and of the bare tools, each into an empty server of its own."""
    folder.chmod(0o711)
    took = []
    for name in ("ours", "bare"):
        settings = Settings(data_dir=folder / name)
        urls = database_urls(settings)
        try:
            began = perf_counter()
            if name == "ours":
                restoring.restore_keys(found, bootstrap.keys_of(settings))
                restoring.restore_contents(found, FolderStore(settings.contents_dir), on_each=lambda: None)
                restoring.restore_database(found, urls)
            else:
                _copied(bare / "contents", settings.contents_dir)
                programs.load(urls.owner, bare / "dump", then="")
            took.append(perf_counter() - began)
        finally:
            urls.stop()
        shutil.rmtree(settings.contents_dir)
    return took[0], took[1]


def _copied(source: Path, target: Path) -> None:
    subprocess.run(["cp", "-r", str(source), str(target)], check=True)
    subprocess.run(["sync", "-f", str(target)], check=True)
