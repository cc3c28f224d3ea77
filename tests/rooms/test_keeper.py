"""The web server and the workers end with the process that keeps them, also when it is killed without a word."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time

CHILD = (
    "from edms.keeper import end_with_keeper; import time; end_with_keeper(); print('kept', flush=True); time.sleep(60)"
)
KEEPER = f"""
import os, subprocess, sys
from edms.keeper import kept_environ
child = subprocess.Popen([sys.executable, "-c", {CHILD!r}], env=kept_environ(os.environ), stdout=subprocess.PIPE)
child.stdout.readline()
print(child.pid, flush=True)
child.wait()
"""


def runs(pid: int) -> bool:
    try:
        with open(f"/proc/{pid}/stat") as stat:
            return stat.read().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_a_kept_process_ends_when_its_keeper_is_killed():
    with subprocess.Popen([sys.executable, "-c", KEEPER], stdout=subprocess.PIPE) as keeper:
        child = int(keeper.stdout.readline())
        assert runs(child)
        keeper.kill()
        keeper.wait()
    end = time.monotonic() + 10
    while runs(child) and time.monotonic() < end:
        time.sleep(0.05)
    assert not runs(child)


def test_a_process_of_its_own_goes_on_without_its_starter():
    starter = f"import subprocess, sys; p = subprocess.Popen([sys.executable, '-c', {CHILD!r}], stdout=subprocess.PIPE); p.stdout.readline(); print(p.pid, flush=True)"
    done = subprocess.run(
        [sys.executable, "-c", starter], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=True
    )
    child = int(done.stdout)
    time.sleep(0.3)
    assert runs(child)
    os.kill(child, signal.SIGKILL)
