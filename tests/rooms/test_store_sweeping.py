"""Bytes whose process died before their row: removed after their days, never sooner, never held, never by the thousand."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from edms import clock, logs
from edms.access.actor import Actor
from edms.bootstrap import House
from edms.capture.models import Rendition, RenditionKind
from edms.config import Settings
from edms.db.engine import Urls, transaction
from edms.registry import contents
from edms.storage.folder import FolderStore
from tests.cast import office
from workers.sweeping import sweep_store

DYING = """
import io, os, signal, sys
from pathlib import Path
from edms.storage.folder import FolderStore
stored = FolderStore(Path(sys.argv[1])).put(io.BytesIO(b"a letter nobody will see"), limit=100)
print(stored.key, flush=True)
os.kill(os.getpid(), signal.SIGKILL)  # the row would come now
"""


@pytest.fixture
def house(database, committed, tmp_path):
    settings = Settings(data_dir=tmp_path)
    urls = Urls(database.app_url, database.owner_url)
    return House(settings, urls, database.engine, committed, FolderStore(settings.contents_dir))


def put(house: House, words: bytes) -> str:
    return house.store.put(io.BytesIO(words), limit=100).key


def letter(house: House, words: bytes) -> str:
    """Bytes with their row, and a picture of them with its row."""
    stored, picture = house.store.put(io.BytesIO(words), limit=100), put(house, b"picture of it")
    with transaction(house.sessions) as session:
        organisation_id = office(session).organisation.organisation_id
        made = contents.enter(
            session, Actor.system(organisation_id), organisation_id=organisation_id, stored=stored, name="-"
        )
        session.add(
            Rendition(content_id=made.content_id, kind=RenditionKind.PREVIEW, page=1, store_key=picture, media_type="-")
        )
    return stored.key


def swept(house: House, *, days: int) -> tuple[set[str], dict]:
    """What is there after a sweep so many days from now, and what it said."""
    logs.configure("info")  # a command of another test may have made it quieter
    with clock.at(clock.now() + timedelta(days=days)), capture_logs() as lines:
        sweep_store(house, None)
    return {found.key for found in house.store.walk()}, lines[-1]


def test_bytes_of_a_process_killed_before_its_row_are_removed_after_their_days_and_no_others(house):
    letter(house, b"kept")
    before = {found.key for found in house.store.walk()}
    died = subprocess.run([sys.executable, "-c", DYING, str(house.store.root)], capture_output=True, text=True)
    orphan = died.stdout.strip()
    assert died.returncode == -9 and orphan
    there, _ = swept(house, days=29)
    assert orphan in there, "too young: its row may still come"
    there, said = swept(house, days=31)
    assert there == before
    assert (said["event"], said["removed"], said["kept"]) == ("store swept", 1, 0)
    assert swept(house, days=32)[1]["removed"] == 0


def test_locked_and_held_bytes_stay_even_without_a_row(house):
    held, locked, free = put(house, b"held"), put(house, b"locked"), put(house, b"free")
    house.store.hold(held, True)
    house.store.lock(locked, clock.now() + timedelta(days=400))
    there, said = swept(house, days=40)
    assert there == {held, locked} and free not in there
    assert (said["removed"], said["kept"]) == (1, 2)


def test_a_store_of_another_database_is_an_alarm_and_loses_nothing(house):
    every = {put(house, f"letter {n}".encode()) for n in range(101)}
    there, said = swept(house, days=40)
    assert there == every
    assert (said["log_level"], said["without_row"]) == ("critical", 101)


def test_what_was_never_finished_goes_after_a_day(house):
    part = Path(house.store.root) / ".incoming" / "dead"
    part.write_bytes(b"half")
    os.utime(part, (0, 0))
    assert swept(house, days=0)[1]["unfinished"] == 1
    assert not part.exists()
