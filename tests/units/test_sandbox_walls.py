"""Untrusted bytes cannot reach the network, other files, more memory or more time than given; all ends are reasons."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from edms.errors import Corrupt
from edms.sandbox import run as sandbox
from edms.sandbox.limits import MIB, Limits

QUICK = Limits(cpu_seconds=1, wall_seconds=20.0)


def acts(name: str, *inputs: Path, limits: Limits = QUICK, wall: str | None = None, **arguments: object):  # type: ignore[no-untyped-def]
    with sandbox.Child(f"tests.units.hostile:{name}", inputs, arguments, limits=limits, wall=wall) as child:
        return list(child), child.outcome


def alive(pid: int) -> bool:
    """Running, or at least not yet gone: a zombie that nobody waits for is dead."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


def dies(pid: int) -> bool:
    end = time.monotonic() + 10
    while alive(pid) and time.monotonic() < end:
        time.sleep(0.02)
    return not alive(pid)


def test_well_behaved_work_comes_back_part_by_part_with_its_files(tmp_path: Path) -> None:
    letter = tmp_path / "letter"
    letter.write_bytes(b"abc")
    with sandbox.Child("tests.units.hostile:well_behaved", [letter], {"times": 3}, limits=QUICK) as child:
        said = list(child)
        assert (child.folder / "made").read_bytes() == b"cba"
    assert [part["number"] for part in said] == [0, 1, 2] and said[0]["word"] == "წერილი"
    assert child.outcome.reason is None and not child.folder.exists()


def test_children_come_from_one_process_that_stays_clean_and_is_replaced_when_it_dies() -> None:
    first, second = (acts("say_their_family")[0][0] for _ in range(2))
    assert first["cradle"] == second["cradle"] and first["child"] != second["child"]
    assert acts("spoil_the_module")[0] and acts("say_whether_spoiled")[0] == [{"spoiled": False}]
    os.kill(first["cradle"], signal.SIGKILL)
    assert dies(first["cradle"])
    assert acts("say_their_family")[0][0]["cradle"] != first["cradle"]


def test_work_goes_on_though_the_cradle_dies_meanwhile() -> None:
    with sandbox.Child("tests.units.hostile:say_their_family", [], {"seconds": 0.5}, limits=QUICK) as child:
        said = iter(child)
        os.kill(next(said)["cradle"], signal.SIGKILL)
        assert list(said) == [{"slept": True}] and child.outcome.reason is None


def test_child_dies_though_its_minder_was_killed() -> None:
    with sandbox.Child("tests.units.hostile:say_who_and_sleep", [], limits=QUICK) as child:
        said = iter(child)
        family = next(said)
        os.kill(family["minder"], signal.SIGKILL)
        assert list(said) == [] and child.outcome.reason == "sandbox.crashed"
    assert dies(family["pid"])


def test_this_machine_can_confine_children() -> None:
    assert sandbox.confinement() is None


@pytest.mark.parametrize("act", ["open_sockets", "open_sockets_in_a_program"])
def test_no_socket_of_any_family(act: str) -> None:
    said, outcome = acts(act, wall="seccomp")
    assert outcome.reason is None and outcome.wall == "seccomp"
    assert said == [{"status": 1}] or [part["opened"] for part in said] == [False] * 4


@pytest.mark.parametrize("wall", ["seccomp", "namespace"])
def test_our_own_server_cannot_be_reached_through_either_wall(wall: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        said, outcome = acts("reach_out", wall=wall, port=server.getsockname()[1])
    if outcome.reason == "sandbox.no_walls":
        pytest.skip(f"this kernel allows no {wall} here")
    assert said == [{"reached": False}]


def test_without_any_wall_nothing_is_read() -> None:
    said, outcome = acts("well_behaved", wall="none such")
    assert said == [] and outcome.reason == "sandbox.no_walls"


def test_memory_is_limited_for_it_and_for_its_programs() -> None:
    assert acts("swallow_memory")[1].reason == "sandbox.too_much_memory"
    said, outcome = acts("swallow_memory_in_a_program")
    assert outcome.reason is None and said[0]["status"] != 0


def test_time_is_limited_by_cpu_and_by_the_clock() -> None:
    assert acts("compute_for_ever")[1].reason == "sandbox.too_long"
    started = time.monotonic()
    said, outcome = acts("sleep_for_ever", limits=Limits(wall_seconds=1.0))
    assert outcome.reason == "sandbox.too_long" and time.monotonic() - started < 10
    assert said == [{"part": "one page was done"}], "what was done before is kept"


def test_programs_inherit_the_limits() -> None:
    before = os.nice(0)
    said, _ = acts("say_their_limits", limits=Limits(cpu_seconds=7, memory_bytes=512 * MIB, stepping_back=3))
    assert said == [{"program": ["7", str(512 * MIB), str(min(19, before + 3))], "own": 7}]


BEHIND = """
import os
from pathlib import Path
from edms.sandbox.nursery import BEHIND, NURSERY
from edms.sandbox.run import run
before = os.nice(0)
NURSERY.step_back()
said, outcome = run("tests.units.hostile:say_their_limits", [])
assert outcome.reason is None and int(said[0]["program"][2]) == min(19, before + BEHIND), said
rank = Path(f"/proc/{NURSERY._process.pid}/autogroup")
assert not rank.exists() or not rank.read_text().strip() or rank.read_text().endswith(f" nice {BEHIND}\\n"), rank.read_text()
assert os.nice(0) == before
"""


def test_children_of_a_worker_give_way_to_whoever_serves_pages() -> None:
    subprocess.run([sys.executable, "-c", BEHIND], check=True, timeout=120)


def test_nothing_it_started_outlives_it() -> None:
    said, outcome = acts("leave_a_program_behind")
    assert outcome.reason is None and said[0]["escaped"] is False
    assert dies(said[0]["pid"])


def test_child_dies_with_its_parent() -> None:
    parent = """
import sys
from edms.sandbox.run import Child
child = Child("tests.units.hostile:say_who_and_sleep", [])
print(next(iter(child))["pid"], child.folder, flush=True)
sys.stdin.read()
"""
    root = Path(__file__).parents[2]
    with subprocess.Popen([sys.executable, "-c", parent], stdin=-1, stdout=-1, text=True, cwd=root) as worker:
        assert worker.stdout is not None
        pid, folder = worker.stdout.readline().split()
        assert alive(int(pid))
        worker.kill()
    assert dies(int(pid))
    subprocess.run(["rm", "-r", folder], check=True)


@pytest.mark.parametrize(
    ("act", "reason"),
    [
        ("crash", "sandbox.crashed"),
        ("abort", "sandbox.crashed"),
        ("leave_quietly", "sandbox.crashed"),
        ("be_killed", "sandbox.crashed"),
        ("raise_something", "sandbox.not_understood"),
        ("refuse", "capture.locked"),
    ],
)
def test_every_bad_end_is_a_reason(act: str, reason: str) -> None:
    _, outcome = acts(act)
    assert outcome.reason == reason
    assert "secret" not in outcome.detail


def test_refusal_keeps_its_values() -> None:
    assert acts("refuse")[1].values == {"pages": "3"}


def test_parts_before_a_crash_are_kept() -> None:
    assert acts("crash")[0] == [{"page": 1}]


def test_disk_and_answers_are_limited() -> None:
    small = Limits(file_bytes=4 * MIB, folder_bytes=20 * MIB, answer_bytes=5 * MIB)
    assert acts("fill_a_file", limits=small)[1].reason in {"sandbox.too_much_output", "sandbox.not_understood"}
    said, outcome = acts("fill_the_folder", limits=small)
    assert outcome.reason == "sandbox.too_much_output" and len(said) < 200
    assert acts("talk_for_ever", limits=small)[1].reason == "sandbox.too_much_output"


def test_other_files_can_neither_be_read_nor_changed(tmp_path: Path) -> None:
    secret, letter = tmp_path / "key.pem", tmp_path / "letter"
    secret.write_text("secret")
    letter.write_text("letter")
    said, outcome = acts("read_elsewhere", letter, secret=str(secret))
    if not outcome.files_shut:
        pytest.skip("this kernel has no Landlock")
    assert set(said[0].values()) == {-1}
    said, _ = acts("write_elsewhere", letter, target=str(tmp_path / "new"))
    assert said == [{"wrote": False}] * 2 and letter.read_text() == "letter"


def test_child_starts_in_an_empty_folder_without_our_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EDMS_DATABASE_URL", "postgresql://someone:secret@host/db")
    said, _ = acts("tell_environment")
    assert not [name for name in said[0]["environment"] if name.startswith("EDMS")]
    assert said[0]["holds"] == [] and os.path.basename(said[0]["here"]).startswith("edms-sandbox-")


def test_work_that_does_not_exist_is_a_crash_not_an_exception() -> None:
    assert acts("no_such_work")[1].reason == "sandbox.crashed"


def test_what_it_made_is_read_only_if_it_is_a_plain_file(tmp_path: Path) -> None:
    secret = tmp_path / "key.pem"
    secret.write_text("secret")
    with sandbox.Child("tests.units.hostile:leave_traps", [], {"secret": str(secret)}, limits=QUICK) as child:
        list(child)
        with child.open("plain") as plain:
            assert plain.read() == b"plain"
        for trap in ("link", "pipe", "folder", "missing", "../../key.pem"):
            with pytest.raises(Corrupt):
                child.open(trap)


def test_one_act_that_never_ends_does_not_eat_the_time_of_all() -> None:
    said, outcome = acts("compute_act_after_act", limits=Limits(cpu_seconds=20, wall_seconds=20.0))
    assert outcome.reason == "sandbox.too_long"
    assert [part["number"] for part in said] == [0, 1, 2, 3]
