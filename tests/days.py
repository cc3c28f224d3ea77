"""`python -m tests.days`: the demo's town is founded and lived in on days on which software breaks; needs `faketime`.

Year's turn, 28 and 29 February, the Easters, a holiday, a Sunday, the first of a month and of a quarter: each by UTC's
night, when it is tomorrow in Tbilisi, and in the morning. Arguments are instants to try instead (2028-02-29T20:30). With
`--tests PATH…` the tests named run then instead of the town.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from edms import bootstrap, clock
from edms.db.embedded import accounts
from edms.demo.running import free_port, settings_of
from edms.demo.seeding import authority_in, seed
from edms.terms.holidays import easter

HOURS = (time(5), time(20, 2), time(20, 30))
STEADY = {"DONT_FAKE_MONOTONIC": "1"}
DAYS_OF_PAST = 48  # enough for every fate of a letter


def western_easter(year: int) -> date:
    """Easter Sunday of the Armenian Church, by the Gregorian computus (Butcher)."""
    golden, century, rest = year % 19, year // 100, year % 100
    epact = (19 * golden + century - century // 4 - (century - (century + 8) // 25 + 1) // 3 + 15) % 30
    weekday = (32 + 2 * (century % 4) + 2 * (rest // 4) - epact - rest % 4) % 7
    month, day = divmod(epact + weekday - 7 * ((golden + 11 * epact + 22 * weekday) // 451) + 114, 31)
    return date(year, month, day + 1)


def days_after(today: date) -> list[date]:
    """The days to try, all to come."""
    year = today.year + 1
    leap = next(y for y in range(year, year + 9) if y % 4 == 0 and (y % 100 or y % 400 == 0))
    sunday = today + timedelta(days=7 + 6 - today.weekday())
    found = {
        sunday - timedelta(days=1), sunday, date(today.year, 12, 31), date(year, 1, 1), date(year, 1, 2), date(year, 1, 31),
        date(leap, 2, 28), date(leap, 2, 29), date(leap, 3, 1), date(year, 3, 1), date(year, 4, 1), date(year, 5, 26),
        western_easter(year), easter(year), easter(year) + timedelta(days=1),
    }  # fmt: skip
    return sorted(day for day in found if day > today)


def pytest_configure() -> None:
    """Tests that run then have a database for which it is then, too."""
    share_the_clock()


def share_the_clock() -> None:
    """The database's programs begin with a bare environment: what moves our clock is put into it."""
    moved = {name: os.environ[name] for name in ("LD_PRELOAD", "FAKETIME", *STEADY) if name in os.environ}

    def run(*args: Any, env: Any = None, **more: Any) -> Any:
        return subprocess.run(*args, env={**env, **moved} if env is not None else None, **more)

    accounts.subprocess = SimpleNamespace(**{**vars(subprocess), "run": run})  # type: ignore[attr-defined]


def town() -> None:
    """Found the town, live its past, and leave nothing."""
    share_the_clock()
    folder = Path(tempfile.mkdtemp(prefix="edms-days-"))
    folder.chmod(0o711)
    authority = authority_in(folder, lambda: free_port(0))
    settings = settings_of(folder, authority, free_port(0))
    bootstrap.set_up(settings)
    house = bootstrap.build(settings, pool_size=4)
    try:
        seed(house, authority, lambda _done, _of: None, days=DAYS_OF_PAST, scans=1, signed=1)
    finally:
        house.close()
        shutil.rmtree(folder, ignore_errors=True)


def runs(command: Sequence[str], at: datetime) -> subprocess.CompletedProcess[str]:
    """The command in a process for which it is that instant now."""
    offset = round((at - clock.now()).total_seconds())
    # Else whoever waits half a second for a lock waits as long as that day is away: the kernel's clock is not moved.
    environ = {**os.environ, **STEADY}
    return subprocess.run(
        ["faketime", "-f", f"{offset:+d}s", *command],
        capture_output=True, text=True, check=False, timeout=7200, env=environ,
    )  # fmt: skip


def tried(instants: Iterable[datetime], command: Sequence[str], tell: Callable[[str], object]) -> int:
    """How many of them did not hold."""
    broken = 0
    for at in instants:
        done = runs(command, at)
        broken += done.returncode != 0
        tell(f"{at:%a %d %b %Y %H:%M} UTC: {'held' if done.returncode == 0 else 'BROKEN'}")
        if done.returncode:
            tell((done.stdout + done.stderr)[-6000:])
    return broken


def main() -> int:
    """0 when everything held, 3 without faketime."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("instants", nargs="*", type=lambda text: datetime.fromisoformat(text).replace(tzinfo=UTC))
    asked.add_argument("--tests", nargs="+", default=[])
    asked.add_argument("--town", action="store_true", help="found the town now")
    given = asked.parse_args()
    if given.town:
        town()
        return 0
    if shutil.which("faketime") is None:
        sys.stderr.write("The package faketime is needed (apt-get install faketime).\n")
        return 3
    usual = [datetime.combine(day, hour, UTC) for day in days_after(clock.today("Asia/Tbilisi")) for hour in HOURS]
    command = [sys.executable, "-m", "tests.days", "--town"]
    if given.tests:
        command = [sys.executable, "-m", "pytest", "-q", "-p", "tests.days", "-m", "not services", *given.tests]
    return 1 if tried(given.instants or usual, command, lambda text: print(text, flush=True)) else 0


if __name__ == "__main__":
    sys.exit(main())
