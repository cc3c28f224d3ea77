"""The contract of every content store: what is put comes back identical, what has changed is never served.

Folder and memory each time; the same on real S3-compatible servers with `make test-services`.
"""

from __future__ import annotations

import io
import os
import random
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import pytest

from edms import clock
from edms.errors import Corrupt, Invalid, NotFound, RuleBroken, Unavailable
from edms.storage.folder import FolderStore
from edms.storage.locks import Lock, Wall
from edms.storage.memory import MemoryStore
from edms.storage.port import PIECE, ContentStore, orphans
from edms.storage.probe import probe
from edms.storage.proofs import Promise, Proofs, promise_of
from edms.storage.s3 import S3Store
from tests.services.s3_servers import SERVICES, Servers, overwrite, unfinished


@dataclass
class Bench:
    """A store under test, and how an outsider changes the bytes behind its back."""

    store: ContentStore
    tamper: Callable[[str, bytes], None]
    leftovers: Callable[[], int]


@pytest.fixture(params=["folder", "memory", *SERVICES])
def bench(request: pytest.FixtureRequest, tmp_path: Path, servers: Servers) -> Bench:
    if request.param == "memory":
        memory = MemoryStore()

        def rewrite_there(key: str, whole: bytes) -> None:
            memory.objects[key] = (whole, memory.objects[key][1])

        return Bench(memory, rewrite_there, lambda: len(memory.objects))
    if request.param == "folder":
        folder = FolderStore(tmp_path / "contents")

        def rewrite(key: str, whole: bytes) -> None:
            path = folder.root / key
            path.chmod(0o600)
            path.write_bytes(whole)

        return Bench(folder, rewrite, lambda: sum(p.is_file() for p in folder.root.rglob("*") if p.name != ".locks"))
    remote = servers.of(request.param).store(tmp_path / "spool")
    return Bench(remote, overwrite(remote), lambda: unfinished(remote))


class Trickle:
    """A stream that gives short reads, as networks do."""

    def __init__(self, whole: bytes) -> None:
        self.rest = io.BytesIO(whole)

    def read(self, size: int = -1) -> bytes:
        return self.rest.read(min(size, 70_001) if size > 0 else 70_001)


def put(bench: Bench, whole: bytes) -> str:
    return bench.store.put(io.BytesIO(whole), limit=1 << 30).key


@pytest.mark.parametrize("size", [0, 1, PIECE - 1, PIECE, PIECE + 1, 3 * PIECE + 17, 20 * PIECE + 3])
def test_original_bytes_come_back_identical(bench: Bench, size: int) -> None:
    whole = random.Random(size).randbytes(size)
    seen: list[int] = []
    stored = bench.store.put(Trickle(whole), limit=size, on_progress=seen.append)
    assert stored.size == size and bench.store.size(stored.key) == size
    with bench.store.open(stored.key) as reader:
        assert reader.read() == whole
    assert seen == sorted(seen) and (seen[-1] if seen else 0) == size
    bench.store.verify(stored.key, sha256=stored.sha256, size=size)


def test_equal_bytes_never_share_a_key(bench: Bench) -> None:
    first, second = put(bench, b"same"), put(bench, b"same")
    bench.store.delete(first)
    assert bench.store.range(second, 0, 10) == b"same"
    with pytest.raises(NotFound):
        bench.store.open(first)


def test_too_large_is_refused_and_leaves_nothing(bench: Bench) -> None:
    with pytest.raises(Invalid) as caught:
        bench.store.put(io.BytesIO(b"x" * (2 * PIECE)), limit=2 * PIECE - 1)
    assert caught.value.message == "storage.too_large"
    assert bench.leftovers() == 0


def test_stream_that_breaks_off_leaves_nothing(bench: Bench) -> None:
    class Broken:
        calls = 0

        def read(self, size: int = -1) -> bytes:
            self.calls += 1
            if self.calls > 2:
                raise ConnectionResetError
            return b"x" * 1000

    with pytest.raises(ConnectionResetError):
        bench.store.put(Broken(), limit=1 << 30)
    assert bench.leftovers() == 0


def test_ranges_are_exact_and_end_with_the_content(bench: Bench) -> None:
    whole = random.Random(1).randbytes(PIECE + 100)
    key = put(bench, whole)
    assert bench.store.range(key, 5, 7) == whole[5:12]
    assert bench.store.range(key, PIECE - 3, 10) == whole[PIECE - 3 : PIECE + 7]
    assert bench.store.range(key, PIECE + 90, 1000) == whole[-10:]
    assert bench.store.range(key, PIECE + 500, 10) == b""


@pytest.mark.parametrize("change", ["flip", "truncate", "grow", "empty", "swap"])
def test_changed_bytes_are_never_served(bench: Bench, change: str) -> None:
    rng = random.Random(change)
    whole = rng.randbytes(2 * PIECE + 5)
    stored = bench.store.put(io.BytesIO(whole), limit=1 << 30)
    at = rng.randrange(len(whole))
    changed = {
        "flip": whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :],
        "truncate": whole[:-1],
        "grow": whole + b"\0",
        "empty": b"",
        "swap": rng.randbytes(len(whole)),
    }[change]
    bench.tamper(stored.key, changed)
    got = bytearray()
    with pytest.raises(Corrupt), bench.store.open(stored.key) as reader:
        while piece := reader.read(64 << 10):
            got += piece
    assert len(got) < len(whole), "never a complete-looking copy"
    with pytest.raises(Corrupt):
        bench.store.range(stored.key, 0, 10)
    with pytest.raises(Corrupt):
        bench.store.verify(stored.key, sha256=stored.sha256, size=stored.size)


def test_small_changed_content_gives_not_one_byte(bench: Bench) -> None:
    key = put(bench, b"a letter of little size")
    bench.tamper(key, b"a letter of other words")
    with pytest.raises(Corrupt), bench.store.open(key) as reader:
        assert reader.read(1) == b""


def test_a_hundred_flips_are_all_found(bench: Bench) -> None:
    rng, found = random.Random(7), 0
    whole = rng.randbytes(5000)
    stored = bench.store.put(io.BytesIO(whole), limit=1 << 20)
    for _ in range(100):
        at, bit = rng.randrange(len(whole)), 1 << rng.randrange(8)
        bench.tamper(stored.key, whole[:at] + bytes([whole[at] ^ bit]) + whole[at + 1 :])
        try:
            bench.store.verify(stored.key, sha256=stored.sha256, size=stored.size)
        except Corrupt:
            found += 1
    assert found == 100


def test_range_notices_a_change_after_it_proved_the_content(bench: Bench) -> None:
    key = put(bench, b"first words")
    assert bench.store.range(key, 0, 5) == b"first"
    bench.tamper(key, b"other words")
    with pytest.raises(Corrupt):
        bench.store.range(key, 0, 5)


@pytest.mark.parametrize(
    "key",
    [
        "",
        "../../etc/passwd",
        "/etc/passwd",
        "aa/bb/../cc",
        "aa/bb/x",
        "00/00/" + "0" * 97,
        f"00/00/{'0' * 32}-{'0' * 64}",
    ],
)
def test_only_our_own_keys_are_keys(bench: Bench, key: str) -> None:
    for act in (bench.store.open, bench.store.size, bench.store.delete):
        with pytest.raises(NotFound):
            act(key)


def test_unknown_content_is_not_found_and_erasing_it_is_no_error(bench: Bench) -> None:
    key = put(bench, b"x")
    bench.store.delete(key)
    bench.store.delete(key)
    with pytest.raises(NotFound):
        bench.store.size(key)


def test_orphans_are_old_objects_without_a_row(bench: Bench) -> None:
    kept, orphan = put(bench, b"kept"), put(bench, b"orphan")
    later = clock.now() + timedelta(minutes=1)

    def known(keys: list[str]) -> set[str]:
        return {kept} & set(keys)

    assert [o.key for o in orphans(bench.store, known, stored_before=later, batch=1)] == [orphan]
    assert list(orphans(bench.store, known, stored_before=clock.now() - timedelta(hours=1))) == []


def test_healthy_store_says_how_full_it_is_or_that_it_cannot_tell(bench: Bench) -> None:
    health = bench.store.health()
    assert health.ok
    assert (health.fullness is None) == isinstance(bench.store, S3Store)
    assert health.fullness is None or 0 <= health.fullness <= 1


def test_content_keeps_its_key_in_another_store(bench: Bench) -> None:
    whole = random.Random(2).randbytes(PIECE + 1)
    own = bench.store.proofs  # type: ignore[attr-defined]  # of every store there is, and nobody's business but its own
    for proofs in (own, Proofs()):
        right, wrong = promised(proofs, whole), promised(proofs, b"other")
        bench.store.take_over(right.key, io.BytesIO(whole))
        with bench.store.open(right.key) as reader:
            assert reader.read() == whole
        others = [wrong, replace(right, sha256=wrong.sha256)] + [replace(right, tag=wrong.tag)] * (proofs is own)
        for other in others:
            with pytest.raises(Corrupt):
                bench.store.take_over(other.key, io.BytesIO(whole))
            with pytest.raises(NotFound):
                bench.store.size(other.key)


def promised(proofs: Proofs, whole: bytes) -> Promise:
    made = proofs.begin()
    made.update(whole)
    return made.promise()


def test_what_another_house_stored_is_proved_by_the_hash_the_world_knows(bench: Bench) -> None:
    whole = random.Random(3).randbytes(PIECE + 1)
    key = promised(Proofs(), whole).key
    bench.store.take_over(key, io.BytesIO(whole))
    assert bench.store.range(key, 5, 6) == whole[5:11]
    bench.tamper(key, whole[:-1] + bytes([whole[-1] ^ 1]))
    with pytest.raises(Corrupt), bench.store.open(key) as reader:
        reader.read()
    with pytest.raises(Corrupt):
        bench.store.verify(key, sha256=promise_of(key).sha256, size=len(whole))


def test_key_carries_the_hash_the_world_knows_and_a_tag_that_only_this_house_can_make(bench: Bench) -> None:
    stored, again = (bench.store.put(io.BytesIO(b"abc"), limit=3) for _ in range(2))
    first, second = promise_of(stored.key), promise_of(again.key)
    assert stored.sha256 == first.sha256 == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    assert first.mark == second.mark and first.tag != second.tag  # of the same bytes under another id


def test_locked_content_is_not_erased_until_its_time(bench: Bench) -> None:
    key = put(bench, b"kept by law")
    until = clock.now() + timedelta(seconds=2)
    locked = bench.store.lock(key, until)
    assert locked.until is not None and until <= locked.until <= until + timedelta(seconds=1)
    with pytest.raises(RuleBroken) as caught:
        bench.store.delete(key)
    assert caught.value.message == "storage.locked"
    assert bench.store.range(key, 0, 4) == b"kept"
    time.sleep(max(0.0, (locked.until - clock.now()).total_seconds()) + 0.2)
    bench.store.delete(key)
    assert bench.leftovers() == 0


def test_lock_is_extended_and_never_shortened(bench: Bench) -> None:
    key = put(bench, b"kept by law")
    day = clock.now() + timedelta(days=1)
    first = bench.store.lock(key, day)
    later = bench.store.lock(key, day + timedelta(days=1))
    assert first.until is not None and later.until is not None and later.until > first.until
    with pytest.raises(RuleBroken) as caught:
        bench.store.lock(key, day)
    assert caught.value.message == "storage.lock_shortened"
    with pytest.raises(Invalid):
        bench.store.lock(key, clock.now() - timedelta(days=1))
    assert bench.store.lock_of(key) == later


def test_held_content_is_not_erased_until_the_hold_is_lifted(bench: Bench) -> None:
    key = put(bench, b"before the court")
    assert bench.store.lock_of(key) == Lock()
    assert bench.store.hold(key, True).held
    bench.store.hold(key, True)
    with pytest.raises(RuleBroken) as caught:
        bench.store.delete(key)
    assert caught.value.message == "storage.held"
    assert bench.store.hold(key, False) == Lock()
    bench.store.delete(key)
    with pytest.raises(NotFound):
        bench.store.lock_of(key)


def test_hold_and_lock_know_of_each_other(bench: Bench) -> None:
    key = put(bench, b"both")
    bench.store.hold(key, True)
    until = bench.store.lock(key, clock.now() + timedelta(seconds=1)).until
    assert bench.store.lock_of(key) == Lock(until, held=True)
    bench.store.hold(key, False)
    assert bench.store.lock_of(key) == Lock(until)


def test_nothing_is_locked_that_is_not_there(bench: Bench) -> None:
    key = promised(Proofs(), b"nowhere").key
    for act in (lambda: bench.store.lock(key, clock.now() + timedelta(days=1)), lambda: bench.store.hold(key, True)):
        with pytest.raises(NotFound):
            act()


def test_probe_finds_what_the_store_promises_and_leaves_no_content(bench: Bench) -> None:
    found = {trial.what: trial.passed for trial in probe(bench.store)}
    assert found["large"] and found["range"] and found["delete"] and found["erase"] and found["shorten"]
    assert found["hold"]
    wall = Wall.STORE if isinstance(bench.store, S3Store) else Wall.OURS
    assert bench.store.abilities.wall is wall
    assert list(bench.store.walk()) == []


def test_full_store_refuses_in_words_and_leaves_nothing(tmp_path: Path) -> None:
    folder = FolderStore(tmp_path, reserve=1 << 60)
    for store in (folder, MemoryStore(capacity=0 + 10)):
        with pytest.raises(Unavailable) as caught:
            store.put(io.BytesIO(b"x" * 100), limit=1 << 20)
        assert caught.value.message == "storage.full"
    assert [p for p in tmp_path.rglob("*") if p.is_file()] == []
    assert folder.health().message == "storage.full" and not folder.health().ok


def test_store_over_ninety_percent_turns_red_before_it_is_full() -> None:
    store = MemoryStore(capacity=100)
    store.put(io.BytesIO(b"x" * 91), limit=100)
    health = store.health()
    assert not health.ok and health.message == "storage.nearly_full"
    store.put(io.BytesIO(b"x" * 5), limit=100)


def test_disk_that_refuses_in_the_middle_leaves_no_object(tmp_path: Path) -> None:
    filling = """
import io, pathlib, resource, signal, sys
from edms.errors import Unavailable
from edms.storage.folder import FolderStore
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (2 << 20, 2 << 20))
try:
    FolderStore(pathlib.Path(sys.argv[1]), reserve=0).put(io.BytesIO(b"x" * (5 << 20)), limit=1 << 30)
except Unavailable as error:
    print(error.message)
"""
    done = subprocess.run([sys.executable, "-c", filling, str(tmp_path)], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "storage.full"
    assert [p for p in tmp_path.rglob("*") if p.is_file()] == []


def test_folder_keeps_others_out_and_its_own_hands_off(tmp_path: Path) -> None:
    store = FolderStore(tmp_path / "contents")
    path = store.root / store.put(io.BytesIO(b"private"), limit=100).key
    assert path.stat().st_mode & 0o777 == 0o400
    assert path.parent.stat().st_mode & 0o077 == 0


def test_sweep_removes_what_a_dead_process_left_unfinished(tmp_path: Path) -> None:
    store = FolderStore(tmp_path)
    part = tmp_path / ".incoming" / "dead"
    part.write_bytes(b"half")
    os.utime(part, (0, 0))
    (tmp_path / ".incoming" / "alive").write_bytes(b"half")
    assert store.sweep(older_than=3600) == 1
    assert [p.name for p in (tmp_path / ".incoming").iterdir()] == ["alive"]
