"""What a hostile document might make a parser do; run inside the sandbox by test_sandbox_walls.py."""

from __future__ import annotations

import ctypes
import os
import resource
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from edms.errors import Invalid
from edms.sandbox.patience import next_act

Said = Iterator[dict[str, Any]]
_FORKED_FROM = os.getpid()
"""Who loaded this module: the process that children are forked from."""


def well_behaved(inputs: list[Path], folder: Path, *, times: int = 1) -> Said:
    (folder / "made").write_bytes(inputs[0].read_bytes()[::-1] if inputs else b"")
    for number in range(times):
        yield {"number": number, "word": "წერილი"}


def open_sockets(inputs: list[Path], folder: Path) -> Said:
    for family in (socket.AF_INET, socket.AF_INET6, socket.AF_UNIX, socket.AF_NETLINK):
        try:
            socket.socket(family, socket.SOCK_DGRAM).close()
            yield {"family": int(family), "opened": True}
        except OSError as error:
            yield {"family": int(family), "opened": False, "errno": error.errno}


def open_sockets_in_a_program(inputs: list[Path], folder: Path) -> Said:
    program = "import socket; socket.socket()"
    yield {"status": subprocess.run([sys.executable, "-c", program], stderr=subprocess.DEVNULL, check=False).returncode}


def reach_out(inputs: list[Path], folder: Path, *, port: int) -> Said:
    try:
        socket.create_connection(("127.0.0.1", port), 2).close()
        yield {"reached": True}
    except OSError:
        yield {"reached": False}


def swallow_memory(inputs: list[Path], folder: Path) -> Said:
    yield {"size": len(bytearray(8 << 30))}


def swallow_memory_in_a_program(inputs: list[Path], folder: Path) -> Said:
    done = subprocess.run([sys.executable, "-c", "bytearray(8 << 30)"], stderr=subprocess.DEVNULL, check=False)
    yield {"status": done.returncode}


def compute_for_ever(inputs: list[Path], folder: Path) -> Said:
    while True:
        pass
    yield {}


def say_their_limits(inputs: list[Path], folder: Path) -> Said:
    program = "import os, resource as r; print(r.getrlimit(r.RLIMIT_CPU)[0], r.getrlimit(r.RLIMIT_AS)[0], os.nice(0))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    yield {"program": done.stdout.split(), "own": resource.getrlimit(resource.RLIMIT_CPU)[0]}


def sleep_for_ever(inputs: list[Path], folder: Path) -> Said:
    yield {"part": "one page was done"}
    time.sleep(3600)


def say_who_and_sleep(inputs: list[Path], folder: Path) -> Said:
    yield {"pid": os.getpid(), "minder": os.getppid()}
    time.sleep(3600)


def say_their_family(inputs: list[Path], folder: Path, *, seconds: float = 0) -> Said:
    yield {"child": os.getpid(), "cradle": _FORKED_FROM}
    if seconds:
        time.sleep(seconds)
        yield {"slept": True}


def spoil_the_module(inputs: list[Path], folder: Path) -> Said:
    globals()["SPOILED"] = True
    yield {}


def say_whether_spoiled(inputs: list[Path], folder: Path) -> Said:
    yield {"spoiled": "SPOILED" in globals()}


def leave_a_program_behind(inputs: list[Path], folder: Path) -> Said:
    program = subprocess.Popen(["sleep", "3600"])
    escaped = True
    try:
        os.setpgid(program.pid, program.pid)
    except OSError:
        escaped = False
    yield {"pid": program.pid, "escaped": escaped}


def crash(inputs: list[Path], folder: Path) -> Said:
    yield {"page": 1}
    ctypes.string_at(0)


def abort(inputs: list[Path], folder: Path) -> Said:
    os.abort()
    yield {}


def leave_quietly(inputs: list[Path], folder: Path) -> Said:
    os._exit(0)
    yield {}


def be_killed(inputs: list[Path], folder: Path) -> Said:
    os.kill(os.getpid(), signal.SIGKILL)
    yield {}


def raise_something(inputs: list[Path], folder: Path) -> Said:
    raise ZeroDivisionError("the secret words of the letter")
    yield {}


def refuse(inputs: list[Path], folder: Path) -> Said:
    raise Invalid("capture.locked", pages=3)
    yield {}


def fill_a_file(inputs: list[Path], folder: Path) -> Said:
    with (folder / "large").open("wb") as large:
        while True:
            large.write(b"x" * (1 << 20))
    yield {}


def fill_the_folder(inputs: list[Path], folder: Path) -> Said:
    for number in range(1000):
        (folder / f"{number}").write_bytes(b"x" * (1 << 20))
        yield {"number": number}


def talk_for_ever(inputs: list[Path], folder: Path) -> Said:
    while True:
        yield {"words": "x" * 100_000}


def read_elsewhere(inputs: list[Path], folder: Path, *, secret: str) -> Said:
    got = {}
    for path in (secret, f"/proc/{os.getppid()}/environ"):
        try:
            got[path] = len(Path(path).read_bytes())
        except OSError:
            got[path] = -1
    yield got


def write_elsewhere(inputs: list[Path], folder: Path, *, target: str) -> Said:
    for path in (Path(target), inputs[0]):
        try:
            path.write_bytes(b"changed")
            yield {"wrote": True}
        except OSError:
            yield {"wrote": False}


def tell_environment(inputs: list[Path], folder: Path) -> Said:
    yield {"environment": dict(os.environ), "here": os.getcwd(), "holds": os.listdir(folder)}


def leave_traps(inputs: list[Path], folder: Path, *, secret: str) -> Said:
    (folder / "link").symlink_to(secret)
    os.mkfifo(folder / "pipe")
    (folder / "folder").mkdir()
    (folder / "plain").write_bytes(b"plain")
    yield {}


def compute_act_after_act(inputs: list[Path], folder: Path) -> Said:
    for number in range(100):
        next_act(0.3)
        end = time.process_time() + (0.1 if number < 4 else 60)
        while time.process_time() < end:
            pass
        yield {"number": number}
