"""faults.md F7 to F9 and F19 on real servers: the store away, slow, full, breaking off, changing a byte, changed behind us.

After each: an error in words, nothing half-written visible, and once healed the same call works.
"""

from __future__ import annotations

import io
import random
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from botocore.exceptions import ClientError

from edms import clock
from edms.bootstrap import House
from edms.config import Settings
from edms.errors import Corrupt, NotFound, RuleBroken, Unavailable
from edms.health import State, ground
from edms.storage import s3
from edms.storage.locks import Wall
from edms.storage.port import PIECE, orphans
from edms.storage.proofs import Proofs, promise_of
from edms.storage.s3 import PART, S3Store
from edms.storage.s3_signing import checksum
from tests.services.faulty_line import Line
from tests.services.s3_servers import MAKES, Server, Servers, running, unfinished

pytestmark = pytest.mark.services
LARGE = random.Random(8).randbytes(3 * PART + 5)


@pytest.fixture(params=MAKES)
def server(request: pytest.FixtureRequest, servers: Servers) -> Server:
    return servers.of(request.param)


@pytest.fixture
def line(server: Server) -> Iterator[Line]:
    made = Line(server.port)
    yield made
    made.close()


@pytest.fixture
def store(server: Server, line: Line, tmp_path: Path) -> S3Store:
    """Our store at the end of the line; it waits a second for an answer."""
    return server.store(tmp_path / "spool", endpoint=line.endpoint, seconds=1)


@pytest.fixture
def in_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Contents go over in parts that are not as large as that."""
    monkeypatch.setattr(s3, "AT_ONCE", PART)


def put(store: S3Store, whole: bytes) -> str:
    return store.put(io.BytesIO(whole), limit=1 << 30).key


def refused(store: S3Store, whole: bytes) -> str:
    """The message with which a put is refused."""
    with pytest.raises(Unavailable) as caught:
        put(store, whole)
    return caught.value.message


def straight(server: Server, store: S3Store, tmp_path: Path) -> S3Store:
    """The same bucket without the line."""
    return S3Store(server.place(store.place.bucket), spool=tmp_path / "other")


def test_f7_store_that_is_away_refuses_in_words_and_comes_back(store, line):
    kept = put(store, b"kept")
    line.dead = True
    began = time.monotonic()
    for act in (lambda: put(store, b"letter"), lambda: store.open(kept), lambda: store.size(kept), lambda: list(store.walk())):  # fmt: skip
        with pytest.raises(Unavailable) as caught:
            act()
        assert caught.value.message == "storage.unavailable"
    assert store.health().message == "storage.unavailable" and not store.health().ok
    assert time.monotonic() - began < 30
    line.heal()
    assert store.health().ok
    assert store.range(kept, 0, 9) == b"kept"
    assert len({found.key for found in store.walk()} | {put(store, b"letter")}) == 2


def test_f7_server_killed_and_started_again_has_all_it_acknowledged(tmp_path):
    with running("versitygw") as server:
        store = server.store(tmp_path / "spool", seconds=1)
        keys = [put(store, f"letter {n}".encode()) for n in range(20)] + [put(store, LARGE)]
        server.stop()
        assert refused(store, b"x") == "storage.unavailable"
        server.start()
        assert {found.key for found in store.walk()} == set(keys)
        with store.open(keys[-1]) as reader:
            assert reader.read() == LARGE


def test_f8_slow_store_is_given_up_in_bounded_time_and_leaves_nothing_half(store, line):
    line.wait = 20
    began = time.monotonic()
    assert refused(store, b"letter") == "storage.unavailable"
    assert time.monotonic() - began < 15
    line.heal()
    # It may have been written after all, without a row: then whole, for the sweep to find.
    for found in orphans(store, lambda _keys: set(), stored_before=clock.now() + timedelta(minutes=1)):
        store.verify(found.key, sha256=promise_of(found.key).sha256, size=6)
    assert store.range(put(store, b"letter"), 0, 6) == b"letter"


@pytest.mark.parametrize("at_once", [PART, s3.AT_ONCE])
def test_f8_line_that_breaks_half_way_leaves_no_part_and_a_retry_is_safe(
    server, store, line, tmp_path, monkeypatch, at_once
):
    monkeypatch.setattr(s3, "AT_ONCE", at_once)
    line.cut_request_after, line.breaks_left = PART // 2, 1
    put(store, LARGE)
    assert line.breaks == 1, "one break is not even noticed"
    store.delete(next(store.walk()).key)
    line.breaks_left = 1 << 30
    assert refused(store, LARGE) == "storage.unavailable"
    line.heal()
    assert unfinished(straight(server, store, tmp_path)) == 0
    with store.open(put(store, LARGE)) as reader:
        assert reader.read() == LARGE


def test_f8_upload_whose_beginning_was_answered_too_late_leaves_none_behind(server, store, line, tmp_path, in_parts):
    """The client begins it again; of the first nobody was told the name. It was taken for an upload that radosgw keeps."""
    begin, late = store.client.create_multipart_upload, []

    def twice(**values):
        late.append(begin(**values))
        made = begin(**values)
        made["ResponseMetadata"]["RetryAttempts"] = 1
        return made

    store.client.create_multipart_upload = twice
    key = put(store, LARGE)
    direct = straight(server, store, tmp_path)
    assert len(late) == 1
    assert unfinished(direct) == 1, "the content alone"
    with direct.open(key) as reader:
        assert reader.read() == LARGE
    line.cut_request_after = PART // 2
    assert refused(store, LARGE) == "storage.unavailable"
    line.heal()
    assert unfinished(direct) == 1


def test_f8_upload_that_could_not_even_be_given_up_is_swept(server, store, line, tmp_path, in_parts):
    sent = store.client.upload_part

    def second_part_dies(**values):
        line.dead = values["PartNumber"] > 1
        return sent(**values)

    store.client.upload_part = second_part_dies
    assert refused(store, LARGE) == "storage.unavailable"
    line.heal()
    other = straight(server, store, tmp_path)
    assert list(other.walk()) == []
    # More than one where the answer to the beginning came too late and it was begun again.
    left = unfinished(other)
    assert left >= 1
    assert other.sweep(older_than=3600) == 0
    assert other.sweep(older_than=-60) == left
    assert unfinished(other) == 0


def test_f8_reading_goes_on_where_the_line_broke_once(store, line):
    key = put(store, LARGE)
    line.cut_answer_after, line.breaks_left = len(LARGE) // 2, 1
    with store.open(key) as reader:
        assert reader.read() == LARGE
    assert line.breaks == 1


def test_f8_reading_over_a_line_that_keeps_breaking_never_gives_a_whole(store, line):
    key = put(store, LARGE)
    line.cut_answer_after = 1000
    got = bytearray()
    with pytest.raises(Unavailable), store.open(key) as reader:
        while piece := reader.read(PIECE):
            got += piece
    assert len(got) < len(LARGE)


def test_f9_a_hundred_flipped_bytes_are_all_refused_on_reading(store, line):
    rng = random.Random(9)
    whole = rng.randbytes(60_000)
    key = put(store, whole)
    found = 0
    for n in range(100):
        line.flips, line.flip_at = 0, rng.randrange(1 << 20)
        try:
            if n % 2:
                store.range(key, 20_000, 100)
            else:
                with store.open(key) as reader:
                    reader.read()
        except Corrupt:
            found += 1
        assert line.flips
    assert found == 100
    line.heal()
    assert store.range(key, 20_000, 100) == whole[20_000:20_100]


def test_f9_what_is_not_as_its_hash_tells_is_refused_by_the_store_itself(server, store, line, tmp_path):
    """radosgw does not look at the checksum: it looks at what the request is signed with."""
    direct = straight(server, store, tmp_path)
    meant = Proofs().begin()
    meant.update(b"what was meant")
    told = checksum(meant.promise().key)
    with pytest.raises(ClientError) as caught:
        direct.client.put_object(Bucket=direct.place.bucket, Key="x", Body=b"what was sent", ChecksumSHA256=told)
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400
    assert unfinished(direct) == 0


def test_f9_what_comes_back_otherwise_than_it_was_sent_is_not_kept(server, store, line, tmp_path):
    line.flip_at = 7
    with pytest.raises(Corrupt):
        put(store, random.Random(1).randbytes(50_000))
    line.heal()
    assert unfinished(straight(server, store, tmp_path)) == 0


def test_f19_bytes_changed_on_the_servers_disk_are_found_by_every_way_of_reading(servers, tmp_path):
    server = servers.of("versitygw")
    store = server.store(tmp_path / "spool")
    rng, found = random.Random(19), 0
    whole = rng.randbytes(3_000)
    stored = store.put(io.BytesIO(whole), limit=1 << 20)
    path = server.folder / "bytes" / store.place.bucket / stored.key
    store.range(stored.key, 0, 10)
    for _ in range(100):
        at = rng.randrange(len(whole))
        with path.open("r+b") as file:
            file.seek(at)
            file.write(bytes([whole[at] ^ (1 << rng.randrange(8))]))
        with pytest.raises(Corrupt), store.open(stored.key) as reader:
            reader.read()
        with pytest.raises(Corrupt):
            store.range(stored.key, at, 1)
        with pytest.raises(Corrupt):
            store.verify(stored.key, sha256=stored.sha256, size=stored.size)
        found += 1
        path.write_bytes(whole)
    assert found == 100
    path.unlink()
    with pytest.raises(NotFound):
        store.verify(stored.key, sha256=stored.sha256, size=stored.size)


def test_f19_locked_content_erased_or_overwritten_with_our_own_key_can_be_had_back(server, tmp_path):
    store = server.store(tmp_path / "spool")
    key = put(store, b"the original")
    store.hold(key, True)
    name = {"Bucket": store.place.bucket, "Key": key}
    store.client.put_object(**name, Body=b"a forgery")
    with pytest.raises(Corrupt):
        store.range(key, 0, 5)
    store.client.delete_object(**name)
    with pytest.raises(NotFound):
        store.size(key)
    versions = store.client.list_object_versions(Bucket=store.place.bucket, Prefix=key)["Versions"]
    bodies = [store.client.get_object(**name, VersionId=each["VersionId"])["Body"].read() for each in versions]
    assert b"the original" in bodies


FILLING = """
import io, pathlib, resource, sys
from pydantic import SecretStr
from edms.storage.s3 import S3Store
from edms.storage.s3_client import Place

class Long:
    left = 160
    def read(self, size=-1):
        self.left -= 1
        return bytes(1 << 20) if self.left >= 0 else b""

endpoint, bucket, access, secret, spool = sys.argv[1:]
store = S3Store(Place(bucket, endpoint, "us-east-1", SecretStr(access), SecretStr(secret)), spool=pathlib.Path(spool))
store.put(io.BytesIO(b"warm"), limit=9)
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
stored = store.put(Long(), limit=1 << 30)
with store.open(stored.key) as reader:
    while reader.read(1 << 20):
        pass
store.range(stored.key, 100 << 20, 1000)
print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) >> 10)
"""


def test_memory_does_not_grow_with_the_content_either_way(servers, tmp_path):
    server = servers.of("versitygw")
    arguments = [server.endpoint, server.bucket(), server.access, server.secret, str(tmp_path)]
    done = subprocess.run([sys.executable, "-c", FILLING, *arguments], capture_output=True, text=True, check=True)
    assert int(done.stdout) < 64, "MiB for a content of 160"


def test_f11_full_store_refuses_in_words_and_takes_more_when_there_is_room_again(tmp_path):
    disk = tmp_path / "small"
    disk.mkdir()
    if subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=24m", "edms-test", str(disk)], capture_output=True
    ).returncode:
        pytest.skip("NOT PROVED: a full S3 store; a small disk can be mounted only by root")
    try:
        with running("versitygw", folder=disk) as server:
            store = server.store(tmp_path / "spool", seconds=5)
            kept = put(store, b"kept")
            refused(store, LARGE)
            assert {found.key for found in store.walk()} == {kept}
            assert unfinished(store) == 1
            assert store.range(put(store, b"a small one"), 2, 5) == b"small"
    finally:
        subprocess.run(["umount", "-l", str(disk)], check=True)


def test_encryption_that_the_store_does_not_offer_is_refused_in_words_or_not_claimed(server, tmp_path):
    asked = replace(server.place(server.bucket()), encryption="AES256")
    store = S3Store(asked, spool=tmp_path / "spool")
    try:
        assert store.range(put(store, b"letter"), 0, 6) == b"letter"
    except Unavailable as error:
        assert error.message == "storage.not_offered"
    assert not store.abilities.encrypts
    assert store.abilities.wall is Wall.STORE


def test_health_claims_protection_only_of_a_bucket_that_refused_every_attack(server, tmp_path):
    found = []
    for locks in (True, False):
        house = House(Settings(data_dir=tmp_path), None, None, None, server.store(tmp_path / "spool", locks=locks))
        finding = ground.wall(house)
        found.append((finding.state, finding.message))
        if not locks:
            with pytest.raises(RuleBroken) as caught:
                house.store.lock(put(house.store, b"x"), clock.now() + timedelta(days=1))
            assert caught.value.message == "storage.cannot_lock"
    assert found == [(State.FINE, "doctor.wall_store"), (State.WEAK, "doctor.wall_none")]
