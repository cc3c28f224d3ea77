"""Moving the contents of a living service from its folder into a bucket and back: killed, resumed, proved, nothing missing."""

from __future__ import annotations

import io
import json
import os
import random
import signal
import subprocess
import sys
import time
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner

from edms import clock
from edms.access.actor import Actor
from edms.cli import main
from edms.db.engine import transaction
from edms.errors import Corrupt, NotFound, RuleBroken
from edms.registry import contents
from edms.storage.folder import FolderStore
from edms.storage.locks import Wall
from edms.storage.memory import MemoryStore
from edms.storage.moving import MovingStore, migrate
from tests.cast import office
from tests.services.s3_servers import SERVICES, overwrite

COUNT = 60


def put(store, whole: bytes) -> str:
    return store.put(io.BytesIO(whole), limit=1 << 30).key


def read(store, key: str) -> bytes:
    with store.open(key) as reader:
        return reader.read()


@pytest.fixture(params=["memory", *SERVICES])
def new(request, servers, tmp_path):
    return MemoryStore() if request.param == "memory" else servers.of(request.param).store(tmp_path / "spool")


def test_while_moving_the_new_store_is_written_and_both_are_read(new, tmp_path):
    old = FolderStore(tmp_path / "old")
    before = put(old, b"from before")
    both = MovingStore(new, old)
    after = put(both, b"from after")
    assert (read(both, before), read(both, after)) == (b"from before", b"from after")
    assert both.range(before, 5, 6) == b"before" and both.size(after) == 10
    with pytest.raises(NotFound):
        old.size(after)
    assert {found.key for found in both.walk()} == {before, after}
    migrate(old, new, on_each=lambda _: None)
    assert [found.key for found in both.walk()].count(before) == 1
    both.delete(before)
    for store in (old, new, both):
        with pytest.raises(NotFound):
            store.size(before)
    assert both.abilities.wall is Wall.OURS, "no more than the weaker of the two"


def test_locks_and_holds_come_along_and_bind_in_both(new, tmp_path):
    old = FolderStore(tmp_path / "old")
    held, locked = put(old, b"held"), put(old, b"locked")
    old.hold(held, True)
    until = old.lock(locked, clock.now() + timedelta(minutes=1)).until
    moved = migrate(old, new, on_each=lambda _: None)
    assert (moved.copied, moved.refused) == (2, {})
    assert new.lock_of(held).held and new.lock_of(locked).until == until
    for key in (held, locked):
        with pytest.raises(RuleBroken):
            MovingStore(new, old).delete(key)
        assert old.size(key) and new.size(key)
    new.hold(held, False)


def test_changed_content_is_named_and_left_and_the_others_go_on(new, tmp_path):
    old = FolderStore(tmp_path / "old")
    keys = [put(old, f"letter {n}".encode()) for n in range(5)]
    bad = old.root / keys[2]
    bad.chmod(0o600)
    bad.write_bytes(b"letter X")
    moved = migrate(old, new, on_each=lambda _: None)
    assert list(moved.refused) == [keys[2]] and isinstance(moved.refused[keys[2]], Corrupt)
    assert moved.copied == 4 and {found.key for found in new.walk()} == set(keys) - {keys[2]}


def test_content_erased_while_it_was_copied_does_not_rise_again(new, tmp_path):
    old = FolderStore(tmp_path / "old")
    key = put(old, b"to be erased by an act")
    both = MovingStore(new, old)

    class Meanwhile(FolderStore):
        """The act erases it just after the copying opened it."""

        def open(self, key: str):
            stream = super().open(key)
            both.delete(key)
            return stream

    migrate(Meanwhile(old.root), new, on_each=lambda _: None)
    with pytest.raises(NotFound):
        both.size(key)


@pytest.mark.services
@pytest.mark.parametrize("make", ["versitygw"])
def test_a_house_is_moved_by_command_killed_on_the_way_and_proved(make, servers, database, committed, tmp_path):
    server = servers.of(make)
    bucket, rng = server.bucket(), random.Random(3)
    folder = FolderStore(tmp_path / "contents")
    with transaction(committed) as session:
        organisation_id = office(session).organisation.organisation_id
        for _ in range(COUNT):
            stored = folder.put(io.BytesIO(rng.randbytes(300_000)), limit=1 << 20)
            contents.enter(
                session, Actor.system(organisation_id), organisation_id=organisation_id, stored=stored, name="-"
            )
    environ = {
        "EDMS_DATA_DIR": str(tmp_path),
        "EDMS_DATABASE_URL": database.app_url,
        "EDMS_STORE": "s3",
        "EDMS_STORE_BEFORE": "folder",
        "EDMS_S3_BUCKET": bucket,
        "EDMS_S3_ENDPOINT": server.endpoint,
        "EDMS_S3_ACCESS_KEY": server.access,
        "EDMS_S3_SECRET_KEY": server.secret,
    }

    def run(*words: str, **more: str):
        return CliRunner(env={**environ, **more}).invoke(main, ["storage", *words, "--json"])

    def facts(answer) -> dict:
        assert answer.exit_code == 0, answer.output
        return json.loads(answer.stdout)

    assert facts(run("verify"))["checked"] == COUNT, "before a single one is there, read from the old place"
    call = [sys.executable, "-m", "edms.cli", "storage", "migrate", "--to", "s3"]
    with subprocess.Popen(call, env={**os.environ, **environ}, stderr=subprocess.DEVNULL) as killed:
        bytes_there = Path(server.folder) / "bytes" / bucket
        while sum(path.is_file() for path in bytes_there.rglob("*-*")) < 5:
            time.sleep(0.01)
        killed.send_signal(signal.SIGKILL)
    there = facts(run("verify"))
    assert (there["checked"], there["wrong"]) == (COUNT, [])
    moved = facts(run("migrate", "--to", "s3"))
    assert moved["copied"] + moved["there"] == COUNT and 5 <= moved["there"] < COUNT and moved["bytes_per_second"] > 0
    assert facts(run("migrate", "--to", "s3"))["copied"] == 0

    alone = {"EDMS_STORE_BEFORE": "", "EDMS_DATA_DIR": str(tmp_path / "empty")}
    assert facts(run("verify", **alone)) | {"seconds": 0} == {"checked": COUNT, "wrong": [], "seconds": 0}
    back = {"EDMS_STORE": "folder", "EDMS_STORE_BEFORE": "s3", "EDMS_STORE_DIR": str(tmp_path / "back")}
    assert facts(run("migrate", "--to", "folder", **back))["copied"] == COUNT
    assert (
        facts(run("verify", EDMS_STORE="folder", EDMS_STORE_BEFORE="", EDMS_STORE_DIR=str(tmp_path / "back")))["wrong"]
        == []
    )

    place = server.place(bucket)
    victim = next(iter(folder.walk())).key
    from_outside = type(servers.of(make).store(tmp_path / "s"))(place, spool=tmp_path / "s")
    overwrite(from_outside)(victim, b"swapped")
    wrong = run("verify", **alone)
    assert wrong.exit_code == 4 and len(json.loads(wrong.stdout)["wrong"]) == 1


@pytest.mark.services
def test_probe_command_says_what_each_make_lacks(servers, tmp_path):
    server = servers.of("versitygw")
    settings = {
        "EDMS_DATA_DIR": str(tmp_path), "EDMS_STORE": "s3", "EDMS_S3_ENDPOINT": server.endpoint,
        "EDMS_S3_ACCESS_KEY": server.access, "EDMS_S3_SECRET_KEY": server.secret,
    }  # fmt: skip

    def told(bucket: str, *words: str):
        return CliRunner(env={**settings, "EDMS_S3_BUCKET": bucket}).invoke(main, ["storage", "probe", *words])

    good = json.loads(told(server.bucket(), "--json").stdout)
    assert good["wall"] == "store" and good["versions"]
    weak = json.loads(told(server.bucket(locks=False), "--json").stdout)
    assert weak["wall"] == "none" and not weak["versions"]
    assert "Object Lock" in told(server.bucket(locks=False), "--lang", "ka").stdout
    missing = told("no-such-bucket")
    assert missing.exit_code == 1 and secret_free(missing.output, server.secret)


def secret_free(text: str, secret: str) -> bool:
    return secret not in text
