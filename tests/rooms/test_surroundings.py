"""What the doctor sees of the machine: clock, fonts, who answers outside."""

from __future__ import annotations

import io
import json
import re
import shutil
import socket
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner

from edms import bootstrap, clock, health, surroundings, words
from edms.access import keys
from edms.access.actor import Actor
from edms.bootstrap import House
from edms.capture.models import Capture, CaptureState, PageText, TextSource
from edms.cli import main
from edms.config import Settings
from edms.db.engine import Urls, transaction
from edms.demo import authority as authorities
from edms.demo.authority import Holder
from edms.demo.running import free_port
from edms.jobs import Kind, backlog
from edms.registry import contents
from edms.registry.card import Card
from edms.registry.registration import register
from edms.registry.words import Channel
from edms.storage.folder import FolderStore
from tests.cast import office
from workers.__main__ import HANDLERS


@pytest.fixture
def house(database, committed, tmp_path):
    settings = Settings(data_dir=tmp_path)
    keys.create(settings.keys_dir)
    bootstrap.ledger.make_key(settings.keys_dir / "ledger.pem")
    urls = Urls(database.app_url, database.owner_url)
    return House(settings, urls, database.engine, committed, FolderStore(settings.contents_dir))


def seen(house: House, what: str):
    return next((look for look in surroundings.looks(house) if look.what == what), None)


def changed(house: House, **settings: object) -> House:
    made = Settings.model_validate({"data_dir": house.settings.data_dir, **settings})
    return House(made, house.urls, house.engine, house.sessions, house.store)


def test_clock_that_agrees_then_stands_behind_the_last_number_then_differs(house, committed):
    assert seen(house, "clock").state == "fine"
    with clock.at(clock.now() + timedelta(hours=3)):
        look = seen(house, "clock")
        assert (look.state, look.message) == ("weak", "doctor.clock_differs")
        assert 10_790 < look.values["seconds"] < 10_810
        with transaction(committed) as session:
            book = office(session).internal
            actor = Actor.system(book.organisation_id)
            register(session, actor, book, Card(summary="-", channel=Channel.INTERNAL), idempotency_key="later")
    look = seen(house, "clock")
    assert (look.state, look.message) == ("missing", "doctor.clock_behind")
    assert look.values["last"] > clock.now() + timedelta(hours=2)


def test_missing_fonts_are_named(house, monkeypatch, tmp_path):
    assert seen(house, "fonts").state == "fine"
    (tmp_path / "fc-list").write_text("#!/bin/sh\necho 'Noto Sans,Noto Sans Light'\necho 'Noto Serif'\n")
    (tmp_path / "fc-list").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/bin:/usr/bin")
    look = seen(house, "fonts")
    assert look.state == "missing"
    assert "Noto Sans Georgian" in look.values["families"]
    assert "Noto Sans," not in look.values["families"]
    monkeypatch.setenv("PATH", str(tmp_path / "nothing"))
    assert seen(house, "fonts").message == "doctor.fonts_unknown"


def test_time_authority_is_really_asked(house, tmp_path):
    assert seen(house, "time_authority") is None
    address = f"http://127.0.0.1:{free_port(0)}"
    since = clock.now().replace(microsecond=0) - timedelta(days=1)
    made = authorities.make(tmp_path / "authority", [Holder("a", "A", "B", "pin-1234")], address, since=since)
    asking = changed(house, tsa_url=made.tsa_url)
    assert seen(asking, "time_authority").message == "doctor.tsa_silent"
    with authorities.serve(made):
        assert seen(changed(house, tsa_url=made.tsa_url), "time_authority").message == "doctor.tsa_answers"


def test_mail_server_is_knocked_at(house):
    assert seen(house, "mail_server") is None
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        assert seen(changed(house, smtp_url=f"smtp://127.0.0.1:{port}"), "mail_server").state == "fine"
    assert seen(changed(house, smtp_url=f"smtp://127.0.0.1:{port}"), "mail_server").message == "doctor.mail_silent"


def test_doctor_says_all_of_it_in_words_and_its_exit_code_counts_what_is_missing(house, database, monkeypatch):
    environ = {
        "EDMS_DATA_DIR": str(house.settings.data_dir),
        "EDMS_DATABASE_URL": database.app_url,
        "EDMS_DATABASE_OWNER_URL": database.owner_url,
    }
    monkeypatch.setattr(surroundings, "FAMILIES", ("No Such Family",))
    answer = CliRunner(env=environ).invoke(main, ["doctor", "--json"])
    assert answer.exit_code == 4, answer.output
    said = {row["what"]: row for row in json.loads(answer.stdout.splitlines()[-1])}
    assert said["fonts"]["state"] == "missing"
    assert "No Such Family" in said["fonts"]["text"]
    assert {"database", "store", "clock", "fonts", "sandbox", "ocr"} <= set(said)
    assert all(row["text"] and not row["text"].startswith("doctor.") for row in said.values())


def test_files_that_wait_for_recognition_are_counted_and_the_round_sends_them(house, committed):
    def finding():
        return next(each for each in health.examine(house) if each.what == "unread")

    assert finding().state is health.State.FINE
    with transaction(committed) as session:
        ours = office(session).organisation.organisation_id
        stored = house.store.put(io.BytesIO(b"a scan"), limit=100)
        content = contents.enter(session, Actor.system(ours), organisation_id=ours, stored=stored, name="scan.pdf")
        state = Capture(content_id=content.content_id, state=CaptureState.UNREAD, pages_done=1, ended_at=clock.now())
        state.reason = "capture.ocr_missing"
        session.add(state)
        session.flush()
        session.add(
            PageText(content_id=content.content_id, page=1, text="", source=TextSource.OCR, reason=state.reason)
        )
    assert (finding().state, finding().values) == (health.State.WEAK, {"n": 1})
    HANDLERS[Kind.READ_AGAIN](house, None)
    assert finding().state is health.State.FINE
    with transaction(committed) as session:
        assert [(each.queue, each.waiting) for each in backlog(session)] == [("capture", 1)]


def test_every_look_has_its_words():
    ids = set(re.findall(r'"(doctor\.\w+)"', Path(surroundings.__file__).read_text(encoding="utf-8")))
    assert len(ids) > 8
    assert [i for i in ids if not words.known(i)] == []


@pytest.mark.parametrize(("free", "state"), [(50, "fine"), (15, "weak"), (9, "missing")])
def test_the_doctor_and_readiness_call_the_same_disk_full(house: House, monkeypatch, free, state):
    usage = type(shutil.disk_usage(house.settings.data_dir))(100, 100 - free, free)
    monkeypatch.setattr("edms.surroundings.shutil.disk_usage", lambda _path: usage)
    found = next(each for each in health.examine(house) if each.what == "disk")
    assert (found.state.value, found.values["percent"]) == (state, free)
    assert (surroundings.fullness(house.settings.data_dir) >= surroundings.RED_AT) == (state == "missing")
