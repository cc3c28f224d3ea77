"""The demo's processes: certification authority in this one, the service beside it."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import requests

from edms.config import Settings
from edms.demo import authority as authorities
from edms.demo.authority import Authority
from edms.demo.browser import JourneyBroken
from workers.watch import FALL, Kept, Running, keep_running, program

WEB, AUTHORITY = 8080, 8099
LONGEST_START = 600.0  # seconds; a machine may have much else to do


def free_port(wanted: int) -> int:
    """The wanted port if nobody has it, else any."""
    for port in (wanted, 0):
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return int(probe.getsockname()[1])
    raise OSError("no free port")


def settings_of(folder: Path, authority: Authority, port: int) -> Settings:
    """The demo's settings."""
    return Settings(
        data_dir=folder,
        demo=True,
        secure_cookies=False,
        listen=f"127.0.0.1:{port}",
        public_url=f"http://127.0.0.1:{port}",
        tsa_url=authority.tsa_url,
        trust_dir=authority.trust_dir,
        log_level="warning",
    )


def environ_of(settings: Settings) -> dict[str, str]:
    """The same settings for the processes beside."""
    given = settings.model_dump(exclude_defaults=True)
    others = {name: value for name, value in os.environ.items() if not name.startswith("EDMS_")}
    return {**others, **{f"EDMS_{name.upper()}": str(value) for name, value in given.items()}}


@contextmanager
def running(settings: Settings, authority: Authority) -> Iterator[str]:
    """Everything running; the address. Stopped at the end, in order."""
    environ = environ_of(settings)
    stop = threading.Event()
    service = Heard("service", [sys.executable, "-m", "edms.serving", "1"], environ)
    with authorities.serve(authority):
        watch = threading.Thread(target=keep_running, args=([service], stop))
        watch.start()
        try:
            base = f"http://{settings.listen}"
            _wait(base, service)
            yield base
        finally:
            stop.set()
            watch.join()


class Heard(Kept):
    """A program whose last lines are remembered; they go on to the terminal as they come."""

    def __init__(self, name: str, command: Sequence[str], environ: Mapping[str, str]) -> None:
        super().__init__(name, self._heard)
        self._begin = program(command, environ, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        self.lines: deque[str] = deque(maxlen=40)
        self.fell = False
        self._starts = 0

    def _heard(self) -> Running:
        self._starts += 1
        self.fell = self.fell or self._starts > 1
        process = self._begin()
        threading.Thread(target=self._hear, args=(process,), daemon=True).start()
        return process

    def _hear(self, process: subprocess.Popen[bytes]) -> None:
        for line in process.stdout or ():
            text = line.decode(errors="replace")
            self.lines.append(text)
            self.fell = self.fell or FALL in text  # one of those that it keeps itself
            sys.stderr.write(text)


def _wait(base: str, service: Heard, seconds: float = LONGEST_START) -> None:
    """Until it answers that it is ready. Errors: JourneyBroken, with what it printed, when it falls or never answers."""
    session = requests.Session()
    session.trust_env = False
    end = time.monotonic() + seconds
    while time.monotonic() < end and not service.fell:
        try:
            if session.get(f"{base}/readyz", timeout=5).status_code == 200:
                return
        except requests.RequestException:
            pass
        time.sleep(0.2)
    said = "fell before it answered" if service.fell else f"did not come up within {seconds / 60:.0f} minutes"
    raise JourneyBroken(f"the service {said}. It printed:\n{''.join(service.lines) or 'nothing'}")
