"""Scan folders: what cannot be read or moved holds nothing up, is not read again and again, and is told."""

from __future__ import annotations

import os
import time

import pytest
from sqlalchemy import select

from edms import bootstrap, health
from edms.access import keys
from edms.config import Settings
from edms.db.engine import Urls, transaction
from edms.registry.models import Arrival
from edms.registry.words import Tray
from edms.storage.folder import FolderStore
from tests.cast import office
from workers import scans

LIMIT = 4_096


class Counting(FolderStore):
    """A store that counts what it is asked to take."""

    asked = 0

    def put(self, *given, **named):
        self.asked += 1
        return super().put(*given, **named)


@pytest.fixture
def folder(tmp_path):
    made = tmp_path / "scanner"
    made.mkdir()
    return made


@pytest.fixture
def house(database, committed, tmp_path, folder):
    settings = Settings(data_dir=tmp_path, scan_dirs=f"kvemo={folder}", upload_limit_bytes=LIMIT)
    keys.create(settings.keys_dir)
    bootstrap.ledger.make_key(settings.keys_dir / "ledger.pem")
    with transaction(committed) as session:
        office(session)
    urls = Urls(database.app_url, database.owner_url)
    return bootstrap.House(settings, urls, database.engine, committed, Counting(settings.contents_dir))


def lay(folder, name, raw=b"II*\x00 a scan"):
    (folder / name).write_bytes(raw)
    os.utime(folder / name, (time.time() - 60, time.time() - 60))


def taken(house):
    with house.transaction() as session:
        return list(session.scalars(select(Arrival).order_by(Arrival.arrival_id)))


def finding(house):
    return next(each for each in health.examine(house) if each.what == "sources")


def test_a_file_that_is_too_large_is_told_once_and_not_read_again_every_few_seconds(house, folder):
    lay(folder, "book.tif", b"x" * (LIMIT + 1))
    for _ in range(3):
        scans.poll(house, None)
    (arrival,) = taken(house)
    assert (arrival.tray, arrival.content_id) == (Tray.REVIEW, None)
    assert house.store.asked == 1
    lay(folder, "letter.tif")
    scans.poll(house, None)
    assert [each.tray for each in taken(house)] == [Tray.REVIEW, Tray.SCAN]


def test_a_folder_in_which_nothing_can_be_moved_is_taken_in_all_the_same_once(house, folder, monkeypatch):
    """On a share that may be read only, two hundred old scans lay before every new one for ever, and nobody was told."""
    monkeypatch.setattr(scans, "MOST_AT_ONCE", 2)
    (folder / scans.TAKEN).write_bytes(b"somebody's file, where the folder should be")
    os.utime(folder / scans.TAKEN)  # being written, so it is no scan
    for n in range(3):
        lay(folder, f"{n}.tif", f"scan {n}".encode())
    for _ in range(3):
        scans.poll(house, None)
    assert len(taken(house)) == house.store.asked == 3
    assert (finding(house).state, finding(house).message) == (health.State.WEAK, "scans.cannot_move")
    (folder / scans.TAKEN).unlink()
    scans.poll(house, None)
    assert sorted(path.name for path in folder.iterdir()) == [scans.TAKEN]
    assert (len(taken(house)), finding(house).state) == (3, health.State.FINE)


def test_a_folder_that_is_away_is_told_until_it_is_there(house, folder):
    folder.rmdir()
    scans.poll(house, None)
    assert (finding(house).state, finding(house).message) == (health.State.WEAK, "scans.folder_away")
    folder.mkdir()
    lay(folder, "letter.tif")
    scans.poll(house, None)
    assert (len(taken(house)), finding(house).state) == (1, health.State.FINE)
