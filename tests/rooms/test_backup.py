"""Backup and restore on real servers: one consistent set, nothing over a living house, no number twice (faults.md F16)."""

from __future__ import annotations

import io
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path

import pytest
from sqlalchemy import func, select, text

from edms import bootstrap, clock, jobs, ledger
from edms.access import keys
from edms.access.actor import Actor
from edms.backup import epochs, programs, restoring, sets
from edms.db import roles
from edms.db.engine import Urls, engine_for, transaction
from edms.errors import RuleBroken
from edms.jobs import Kind, defer
from edms.registry import arrivals, contents
from edms.registry.models import Content, Document, Number, Register
from edms.registry.reservations import draw_number, void
from edms.registry.words import Channel, NumberState, Tray
from edms.storage.folder import FolderStore
from tests.backups import Place
from tests.cast import office
from tests.letters import letter
from workers.__main__ import HANDLERS
from workers.keeping import back_up
from workers.sealing import checkpoint


@pytest.fixture
def town(database, committed, tmp_path) -> Iterator[Place]:
    """A house with letters, one of them scanned, and its keys."""
    place = Place(tmp_path / "town", database.app_url, database.owner_url)
    keys.create(place.settings.keys_dir)
    ledger.make_key(place.settings.keys_dir / "ledger.pem")
    store = FolderStore(place.settings.contents_dir)
    with transaction(committed) as session:
        cast = office(session)
        for n in range(3):
            letter(session, cast, summary=f"წერილი {n}")
    scan(committed, store, b"the first scan")
    yield place
    place.close()


def scan(sessions, store: FolderStore, raw: bytes) -> None:
    stored = store.put(io.BytesIO(raw), limit=1000)
    with transaction(sessions) as session:
        here = session.scalars(select(Document.organisation_id)).first()
        machine = Actor.system(here)
        content = contents.enter(session, machine, organisation_id=here, stored=stored, name="სკანი.pdf")
        arrivals.take_in(
            session, machine, organisation_id=here, tray=Tray.UPLOAD, channel=Channel.COUNTER, content=content
        )


def rows(urls: Urls) -> dict[str, int]:
    engine = engine_for(urls.owner)
    with engine.connect() as connection:
        tables = connection.scalars(
            text("SELECT quote_ident(tablename) FROM pg_tables WHERE schemaname = 'public' ORDER BY 1")
        ).all()
        found = {table: connection.scalar(text(f"SELECT count(*) FROM {table}")) for table in tables}
    engine.dispose()
    return found


def test_what_was_backed_up_comes_back_and_no_number_is_given_twice(town: Place, empty_place: Place, tmp_path) -> None:
    made = town.facts("backup", str(tmp_path / "disk"))
    assert (made["documents"], made["contents"]) == (3, 1)
    before = rows(town.urls)
    with town.house().transaction() as session:
        numbers = dict(session.execute(select(Number.text, Number.state)).all())
        tracking = session.scalars(select(Document.number).order_by(Document.document_id)).all()

    told = empty_place.run("restore", str(tmp_path / "disk"), *town.seal).output
    assert "kvemo/" in told and "--accept" in told
    after = rows(empty_place.urls)
    assert {name: n for name, n in after.items() if before[name] != n} == {"restoration": 1}

    here = empty_place.house()
    assert here.keys.derived("tracking") == town.house().keys.derived("tracking")
    with here.transaction() as session:
        content = session.scalars(select(Content)).one()
        assert here.store.open(content.store_key).read() == b"the first scan"
        last = {each.name: each.last for each in epochs.open_series(session)}
    with pytest.raises(RuleBroken, match="not_accepted"):
        here.require_settled()
    # It does not serve, and it is not guessed how far the numbers went.
    assert "restored" in empty_place.run("serve", code=1).stderr
    assert "kvemo/in" in empty_place.run("restore", "--accept", code=1).stderr
    wrong = empty_place.run("restore", "--accept", "--last", "kvemo/in=1", "--gap", "0", code=1)
    assert "before the last" in wrong.stderr

    incoming = last["kvemo/in"]
    lost = empty_place.facts("restore", "--accept", "--last", f"kvemo/in={incoming + 2}", "--gap", "0")["lost"]
    assert lost == {"kvemo/in": [incoming + 1, incoming + 2]}
    here.require_settled()
    with here.transaction() as session:
        cast_letter = session.scalars(select(Document.number).order_by(Document.document_id)).all()
        assert cast_letter == tracking
        void = session.scalars(select(Number).where(Number.state == NumberState.VOID)).all()
        assert {number.serial for number in void} == {incoming + 1, incoming + 2}
        assert all("სარეზერვო ასლის" in number.reason for number in void)
        assert not {number.text for number in void} & set(numbers)
        # The ledger goes on from where the backup stood: nothing was rewritten.
        assert ledger.verify(session, here.ledger_signer.verifier).difference is None
    assert empty_place.run("restore", "--accept", "--gap", "0", code=1)


def test_nothing_is_restored_over_a_living_house(town: Place, tmp_path) -> None:
    town.run("backup", str(tmp_path / "disk"))
    before = rows(town.urls)
    assert "not empty" in town.run("restore", str(tmp_path / "disk"), code=1).stderr
    assert rows(town.urls) == before


def test_a_backup_that_was_damaged_is_refused_and_named(town: Place, empty_place: Place, tmp_path) -> None:
    made = Path(town.facts("backup", str(tmp_path / "disk"))["folder"])
    town.run("backup", str(tmp_path / "disk"), "--check")
    dump = made / "database.dump"
    dump.write_bytes(dump.read_bytes()[:-10])
    assert "database.dump" in town.run("backup", str(tmp_path / "disk"), "--check", code=1).stderr
    assert "database.dump" in empty_place.run("restore", str(tmp_path / "disk"), *town.seal, code=1).stderr
    assert rows(empty_place.urls) == {}


def test_a_content_that_changed_in_the_pool_is_found_by_the_check(town: Place, tmp_path) -> None:
    town.run("backup", str(tmp_path / "disk"))
    pool = sets.pool_of(tmp_path / "disk")
    (found,) = pool.walk()
    path = pool.root / found.key
    path.chmod(0o600)
    path.write_bytes(b"another scan!!")
    assert town.run("backup", str(tmp_path / "disk"), "--check", code=1)


def test_a_further_set_copies_only_what_is_new_and_old_sets_make_room(town: Place, committed, tmp_path) -> None:
    disk = tmp_path / "disk"
    first = town.facts("backup", str(disk))
    pooled = {found.key: found.stored_at for found in sets.pool_of(disk).walk()}
    scan(committed, FolderStore(town.settings.contents_dir), b"the second scan")
    second = town.facts("backup", str(disk), "--keep", "1")
    assert second["contents"] == 2 and second["removed"] == [first["set"]]
    now = {found.key: found.stored_at for found in sets.pool_of(disk).walk()}
    assert len(now) == 2 and all(now[key] == at for key, at in pooled.items())
    assert [each.name for each in sets.sets(disk)] == [second["set"]]


def test_damage_of_an_old_set_does_not_stand_before_the_others(town: Place, empty_place: Place, tmp_path) -> None:
    disk = tmp_path / "disk"
    old = Path(town.facts("backup", str(disk))["folder"])
    new = town.facts("backup", str(disk))
    (old / sets.MANIFEST).write_text("{")
    assert empty_place.facts("restore", str(disk), *town.seal)["set"] == new["set"]
    assert old.name in town.run("backup", str(disk), "--keep", "1", code=1).stderr


def test_a_content_that_is_gone_stops_the_backup_in_words(town: Place, committed, tmp_path) -> None:
    with transaction(committed) as session:
        key = session.scalars(select(Content.store_key)).one()
    FolderStore(town.settings.contents_dir).delete(key)
    assert key in town.run("backup", str(tmp_path / "disk"), code=1).stderr
    assert sets.sets(tmp_path / "disk") == []


def test_two_backups_do_not_meet(town: Place, tmp_path) -> None:
    with sets.alone(tmp_path / "disk"):
        assert "Another backup" in town.run("backup", str(tmp_path / "disk"), code=1).stderr


def test_killed_anywhere_a_backup_leaves_no_half_set_and_the_next_one_is_whole(
    town: Place, committed, tmp_path
) -> None:
    store = FolderStore(town.settings.contents_dir)
    for n in range(60):
        scan(committed, store, b"scan %d" % n)
    disk = tmp_path / "disk"
    for wait in (0.6, 1.2, 1.6, 2.0, 2.6):
        child = subprocess.Popen(
            [sys.executable, "-m", "edms.cli", "backup", str(disk)],
            env={**town.environ, "PATH": "/usr/bin:/bin"}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        time.sleep(wait)
        child.send_signal(signal.SIGKILL)
        child.wait()
        for each in sets.sets(disk):
            each.check()
    town.run("backup", str(disk))
    town.run("backup", str(disk), "--check")
    assert not list((disk / "sets").glob("*.part"))


def test_a_restore_killed_half_way_is_run_again(town: Place, empty_place: Place, committed, tmp_path) -> None:
    store = FolderStore(town.settings.contents_dir)
    for n in range(40):
        scan(committed, store, b"scan %d" % n)
    town.run("backup", str(tmp_path / "disk"))
    for wait in (1.0, 2.0, 2.5):
        child = subprocess.Popen(
            [sys.executable, "-m", "edms.cli", "restore", str(tmp_path / "disk"), *town.seal],
            env={**empty_place.environ, "PATH": "/usr/bin:/bin"}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        time.sleep(wait)
        child.send_signal(signal.SIGKILL)
        child.wait()
    empty_place.run("restore", str(tmp_path / "disk"), *town.seal)
    empty_place.run("restore", str(tmp_path / "disk"), *town.seal)  # and once more, to no harm
    here = empty_place.house()
    with here.transaction() as session:
        assert epochs.pending(session) is not None  # never served unaccepted, wherever it was killed
        assert session.scalar(select(func.count()).select_from(Content)) == 41
        for content in session.scalars(select(Content)):
            here.store.verify(content.store_key, sha256=content.sha256.hex(), size=content.size)


def test_a_restore_waits_for_the_load_of_one_that_was_killed(town: Place, empty_place: Place, tmp_path) -> None:
    """Its psql may still be ending what it was sent: what it makes is not seen before."""
    town.run("backup", str(tmp_path / "disk"))
    [found] = sets.sets(tmp_path / "disk")
    engine = engine_for(empty_place.urls.owner)
    with engine.connect() as load, ThreadPoolExecutor(1) as later:
        load.exec_driver_sql(programs.TAKE_TURN)
        load.exec_driver_sql("CREATE TABLE made_by_the_load (x int)")
        asked = later.submit(restoring.require_room, found, empty_place.urls)
        with engine.connect() as watch:
            waits = text("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted")
            while not watch.scalar(waits):
                assert not asked.done()
                watch.rollback()
                time.sleep(0.02)
        load.commit()
        with pytest.raises(RuleBroken, match=r"backup\.database_not_empty"):
            asked.result(timeout=60)
    engine.dispose()


def test_a_database_put_back_by_hand_is_noticed(town: Place, empty_place: Place, committed, tmp_path) -> None:
    """Yesterday's database under today's house: the note beside it has seen more."""
    town.run("backup", str(tmp_path / "disk"))
    with transaction(committed) as session:
        letter_after(session)
    house = town.house()
    checkpoint(house, None)
    house.require_settled()
    found = sets.set_of(tmp_path / "disk")
    programs.load(empty_place.urls.owner, found.folder / sets.DUMP, then="SELECT 1;")
    bootstrap.upgrade(empty_place.urls.owner, app_role=roles.APP)
    older = Place(town.settings.data_dir, empty_place.urls.app, empty_place.urls.owner)
    empty_place.houses = older.houses
    with pytest.raises(RuleBroken, match="database_behind"):
        older.house().require_settled()
    assert "acts are missing" in older.run("serve", code=1).stderr
    assert "destroyed" in older.run("restore", "--accept", "--gap", "5", code=1).stderr
    older.run("restore", "--accept", "--gap", "5", "--destroyed", str(tmp_path / "disk"))
    older.house().require_settled()


def letter_after(session) -> None:
    """One more act on the register, after the backup."""
    book = session.scalars(select(Register)).first()
    void(session, Actor.system(book.organisation_id), draw_number(session, book), reason="ცდა")


def test_mail_that_may_have_gone_waits_for_a_person_and_nobody_is_signed_in(
    town: Place, empty_place: Place, committed, tmp_path
) -> None:
    with transaction(committed) as session:
        defer(session, Kind.DISPATCH, 17)
    town.run("backup", str(tmp_path / "disk"))
    empty_place.run("restore", str(tmp_path / "disk"), *town.seal)
    with empty_place.house().transaction() as session:
        (parked,) = jobs.parked(session)
        assert (parked.kind, parked.message) == (Kind.DISPATCH, "backup.may_be_sent")


def test_the_nightly_round_makes_one_where_a_folder_is_set(town: Place, tmp_path) -> None:
    house = town.house()
    back_up(house, None)
    house.settings = town.settings.model_copy(update={"backup_dir": tmp_path / "disk", "backup_keep": 1})
    back_up(house, None)
    assert len(sets.sets(tmp_path / "disk")) == 1


def test_a_machine_that_is_off_at_night_makes_its_set_up_in_the_morning(town: Place, tmp_path) -> None:
    house, root = town.house(), tmp_path / "disk"
    house.settings = town.settings.model_copy(update={"backup_dir": root, "backup_keep": 9})
    made: list[str] = []
    for local in ("2027-06-09 04:17", "2027-06-09 20:17", "2027-06-10 09:17", "2027-06-10 10:17", "2027-06-11 04:17"):
        with clock.at(datetime.fromisoformat(f"{local}+04:00")):
            HANDLERS[Kind.BACK_UP](house, None)
        if len(sets.sets(root)) > len(made):
            made.append(local)
    assert made == ["2027-06-09 04:17", "2027-06-10 09:17", "2027-06-11 04:17"]
