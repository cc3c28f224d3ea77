"""The fictional town with a short past, running as it does for people: web server, worker, time-stamp authority."""

from __future__ import annotations

import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from edms import bootstrap
from edms.bootstrap import House
from edms.demo.running import free_port, running, settings_of
from edms.demo.seeding import authority_in, seed
from edms.demo.town import PASSWORD, PIN

CHROMIUM = Path("/usr/bin/chromium")
AXE = Path(__file__).parents[2] / "assets" / "node_modules" / "axe-core" / "axe.min.js"
# Without these a browser keeps asking for the world outside.
SWITCHES = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-first-run"]  # fmt: skip


@dataclass(frozen=True)
class Running:
    """The address, and the house to look into."""

    address: str
    house: House
    password: str = PASSWORD
    pin: str = PIN


def settled(house: House, seconds: float = 240) -> None:
    """Wait until the scans are read: no job waits in the capture queue."""
    waiting = "select count(*) from procrastinate_jobs where queue_name = 'capture' and status in ('todo', 'doing')"
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        with house.transaction() as session:
            if not session.connection().exec_driver_sql(waiting).scalar():
                return
        time.sleep(0.5)
    raise AssertionError(f"the scans were not read within {seconds:.0f} s")


@contextmanager
def town(*, days: int = 48, scans: int = 4, signed: int = 2) -> Iterator[Running]:
    """Everything running; gone at the end."""
    folder = Path(tempfile.mkdtemp(prefix="edms-town-"))
    folder.chmod(0o711)
    authority = authority_in(folder, lambda: free_port(0))
    settings = settings_of(folder, authority, free_port(0))
    bootstrap.set_up(settings)
    house = bootstrap.build(settings, pool_size=4)
    try:
        seed(house, authority, lambda done, every: None, days=days, scans=scans, signed=signed)
        with running(settings, authority) as address:
            yield Running(address, house)
    finally:
        house.close()
        shutil.rmtree(folder, ignore_errors=True)
