"""`edms serve` as processes: forks of one, each started again when it falls, all gone with the one that watches."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from edms.bootstrap import set_up
from edms.config import Settings
from edms.db.embedded import shut_down
from edms.demo.running import environ_of, free_port


@pytest.fixture
def settings() -> Iterator[Settings]:
    folder = Path(tempfile.mkdtemp(prefix="edms-test-"))
    folder.chmod(0o711)  # the database server's account must reach its own folder below
    made = Settings.model_validate(
        {"data_dir": folder, "listen": f"127.0.0.1:{free_port(0)}", "secure_cookies": False, "log_level": "warning"}
        | {"web_workers": 1, "public_url": "http://localhost"}
    )
    set_up(made)
    yield made
    shut_down(folder, made.database_user, force=True)
    shutil.rmtree(folder, ignore_errors=True)


def test_a_fallen_process_comes_again_and_none_outlives_the_one_that_watches(settings: Settings) -> None:
    service = subprocess.Popen([sys.executable, "-m", "edms.serving", "1"], env=environ_of(settings))
    try:
        _wait(lambda: _answers(settings) and set(_named(service.pid)) == {"edms web", "edms worker 1"})
        first = _named(service.pid)
        for name, pid in first.items():
            os.kill(pid, signal.SIGKILL)
            _wait(lambda name=name, pid=pid: _named(service.pid).get(name, pid) != pid)
        _wait(lambda: _answers(settings))
        left = [*_named(service.pid).values()]
        service.kill()
        service.wait()
        _wait(lambda: not any(Path(f"/proc/{pid}").exists() for pid in left))
        # Nobody is left who uses the embedded database: else this would be refused.
        shut_down(settings.data_dir, settings.database_user)
    finally:
        service.kill()


def _named(pid: int) -> dict[str, int]:
    """The living processes that it started, by what the system calls them."""
    found = {}
    for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split():
        with suppress(OSError):
            if Path(f"/proc/{child}/stat").read_text().rpartition(")")[2].split()[0] != "Z":
                found[Path(f"/proc/{child}/comm").read_text().strip()] = int(child)
    return found


def _answers(settings: Settings) -> bool:
    try:
        with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(
            f"http://{settings.listen}/readyz", timeout=10
        ) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


def _wait(holds: Callable[[], bool]) -> None:
    for _ in range(1200):
        if holds():
            return
        time.sleep(0.1)
    raise AssertionError("it did not come about within two minutes")
