"""Keeps processes running: starts them, starts a fallen one again, stops them all when told to."""

from __future__ import annotations

import signal
import subprocess
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from types import FrameType
from typing import Protocol

import structlog

from edms.keeper import kept_environ

log = structlog.get_logger(__name__)

STOP_SECONDS = 30
SLOWEST_RESTART = 30.0
FALL = "process.fell"


class Running(Protocol):
    """A process that runs or has ended; `subprocess.Popen` is one."""

    def poll(self) -> int | None:
        """What it ended with; None while it runs."""

    def terminate(self) -> None:
        """Ask it to end."""

    def kill(self) -> None:
        """End it."""

    def wait(self, timeout: float | None = None) -> int:
        """Wait for its end. Errors: subprocess.TimeoutExpired."""


def program(
    command: Sequence[str], environ: Mapping[str, str], *, stdout: int | None = None, stderr: int | None = None
) -> Callable[[], subprocess.Popen[bytes]]:
    """How a program of its own is started."""
    return lambda: subprocess.Popen(list(command), env=kept_environ(environ), stdout=stdout, stderr=stderr)


class Kept:
    """One process that is to run."""

    def __init__(self, name: str, start: Callable[[], Running]) -> None:
        self.name, self._start = name, start
        self._falls, self._next_at = 0, 0.0
        self.process: Running | None = None
        self._started_at = 0.0

    def look(self) -> None:
        """Start it if it does not run, later and later if it falls at once."""
        if self.process is not None:
            if self.process.poll() is None:
                return
            lived = time.monotonic() - self._started_at
            self._falls = 0 if lived > 60 else self._falls + 1
            self._next_at = time.monotonic() + min(SLOWEST_RESTART, 0.5 * 2**self._falls)
            log.error(FALL, process=self.name, code=self.process.poll())
            self.process = None
        if time.monotonic() >= self._next_at:
            self._started_at = time.monotonic()
            self.process = self._start()

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
