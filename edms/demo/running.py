"""The demo's processes: certification authority in this one, the service beside it."""

from __future__ import annotations

import os
import socket
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import requests

from edms.config import Settings
from edms.demo import authority as authorities
from edms.demo.authority import Authority
from edms.demo.browser import JourneyBroken
from workers.watch import Kept, keep_running, program

WEB, AUTHORITY = 8080, 8099


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
    processes = [Kept("service", program([sys.executable, "-m", "edms.serving", "1"], environ))]
    with authorities.serve(authority):
        watch = threading.Thread(target=keep_running, args=(processes, stop))
        watch.start()
        try:
            base = f"http://{settings.listen}"
            _wait(base)
            yield base
        finally:
            stop.set()
            watch.join()


def _wait(base: str) -> None:
    session = requests.Session()
    session.trust_env = False
    end = time.monotonic() + 60
    while time.monotonic() < end:
        try:
            if session.get(f"{base}/readyz", timeout=5).status_code == 200:
                return
        except requests.RequestException:
            time.sleep(0.2)
    raise JourneyBroken("the web server did not come up within a minute")
