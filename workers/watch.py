"""Keeps the service's processes running: starts them, starts a fallen one again, stops them all when told to.

`python -m workers.watch N` watches the web server and N workers; `edms serve` becomes it.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from types import FrameType

import structlog

from edms import logs
from edms.config import load
from edms.db.engine import database_urls
from edms.keeper import kept_environ

log = structlog.get_logger(__name__)

STOP_SECONDS = 30
SLOWEST_RESTART = 30.0


class Kept:
    """One process that is to run."""

    def __init__(self, name: str, command: Sequence[str], environ: Mapping[str, str]) -> None:
        self.name, self._command, self._environ = name, command, environ
        self._falls, self._next_at = 0, 0.0
        self.process: subprocess.Popen[bytes] | None = None
        self._started_at = 0.0

    def look(self) -> None:
        """Start it if it does not run, later and later if it falls at once."""
        if self.process is not None:
            if self.process.poll() is None:
                return
            lived = time.monotonic() - self._started_at
            self._falls = 0 if lived > 60 else self._falls + 1
            self._next_at = time.monotonic() + min(SLOWEST_RESTART, 0.5 * 2**self._falls)
            log.error("process.fell", process=self.name, code=self.process.returncode)
            self.process = None
        if time.monotonic() >= self._next_at:
            self._started_at = time.monotonic()
            self.process = self._start(list(self._command), kept_environ(self._environ))

    def _start(self, command: list[str], environ: dict[str, str]) -> subprocess.Popen[bytes]:
        return subprocess.Popen(command, env=environ)

    def stop(self) -> None:
        """Ask it to end, wait, then end it."""
        if self.process is None or self.process.poll() is not None:
            return
        self.process.terminate()
        try:
            self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def keep_running(processes: Sequence[Kept], stop: threading.Event | None = None) -> None:
    """Keep them running until SIGTERM or SIGINT, or until `stop` is set; then stop them, the last started first."""
    ended = stop or threading.Event()
    if threading.current_thread() is threading.main_thread():

        def end(number: int, frame: FrameType | None) -> None:
            ended.set()

        signal.signal(signal.SIGTERM, end)
        signal.signal(signal.SIGINT, end)
    try:
        while not ended.is_set():
            for process in processes:
                process.look()
            ended.wait(0.5)
    finally:
        for process in reversed(processes):
            process.stop()


def main(workers: int) -> None:
    """Hold the embedded database and keep the web server and its workers running."""
    settings = load()
    logs.configure(settings.log_level)
    urls = database_urls(settings)
    environ = dict(os.environ)
    processes = [Kept("web", [sys.executable, "-m", "edms.web.server"], environ)]
    if settings.https != "off" and settings.http_redirect:
        processes.append(Kept("redirect", [sys.executable, "-m", "edms.web.redirect"], environ))
    processes += [Kept(f"worker {n + 1}", [sys.executable, "-m", "workers"], environ) for n in range(workers)]
    try:
        keep_running(processes)
    finally:
        urls.stop()


if __name__ == "__main__":
    main(int(sys.argv[1]))
