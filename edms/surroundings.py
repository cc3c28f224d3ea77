"""What the machine around the service is like: clock, fonts, and whether those outside answer.

Looked at by `edms doctor`; each look says what it saw as a message id with values, and repairs nothing.
"""

from __future__ import annotations

import asyncio
import shutil
import socket
import subprocess
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

from pyhanko.sign.timestamps import TimestampRequestError
from requests import RequestException
from sqlalchemy import func, select

from edms import clock
from edms.bootstrap import House
from edms.errors import Unavailable
from edms.registry import counters

SKEW_SECONDS = 5  # between this machine's clock and the database server's
AMBER_AT = 0.8  # of a disk is used: time to make room
RED_AT = 0.9  # nothing more is taken in; the store has the same line
SECONDS = 5  # for somebody outside to answer
FAMILIES = ("Noto Sans", "Noto Sans Georgian", "Noto Sans Armenian", "Noto Serif", "Noto Serif Georgian", "Noto Serif Armenian")  # fmt: skip


@dataclass(frozen=True)
class Look:
    """One thing looked at: fine, weaker than it could be, or missing."""

    what: str
    state: Literal["fine", "weak", "missing"]
    message: str
    values: Mapping[str, Any] = field(default_factory=dict)


def looks(house: House) -> list[Look]:
    """All of them."""
    return [look for each in LOOKS if (look := each(house)) is not None]


def fullness(folder: Path) -> float:
    """Used part of the folder's disk, 0 to 1. Space reserved for root is neither used nor free to us: it counts as gone."""
    there = next(path for path in (folder, *folder.absolute().parents) if path.exists())
    usage = shutil.disk_usage(there)
    return 1 - usage.free / max(1, usage.used + usage.free)


def _clock(house: House) -> Look:
    """Against the database server's clock, and against the last number drawn: dates never go back, they wait instead."""
    with house.transaction() as session:
        theirs = session.scalars(select(func.clock_timestamp())).one()
        here, last = clock.now(), counters.last_drawn(session)
    if last is not None and (last - here).total_seconds() > SKEW_SECONDS:
        return Look("clock", "missing", "doctor.clock_behind", {"last": last})
    skew = round(abs((theirs - here).total_seconds()))
    if skew > SKEW_SECONDS:
        return Look("clock", "weak", "doctor.clock_differs", {"seconds": skew})
    return Look("clock", "fine", "doctor.clock_fine")


def _fonts(house: House) -> Look:
    """The families that papers are printed with; another one would lack the letters of a script."""
    try:
        listed = subprocess.run(
            ["fc-list", ":", "family"], capture_output=True, text=True, timeout=20, check=True
        ).stdout
    except (OSError, subprocess.SubprocessError):
        return Look("fonts", "weak", "doctor.fonts_unknown")
    there = {name.strip() for line in listed.splitlines() for name in line.split(",")}
    if missing := [family for family in FAMILIES if family not in there]:
        return Look("fonts", "missing", "doctor.fonts_missing", {"families": ", ".join(missing)})
    return Look("fonts", "fine", "doctor.fonts_fine")


def _time_authority(house: House) -> Look | None:
    """A real time stamp, asked for and thrown away."""
    if house.settings.tsa_url is None:
        return None
    try:
        stamper = house.outside.timestamper()
        asyncio.run(asyncio.wait_for(stamper.async_dummy_response("sha256"), SECONDS))
    except (TimestampRequestError, RequestException, OSError, TimeoutError, Unavailable):
        return Look("time_authority", "weak", "doctor.tsa_silent")
    return Look("time_authority", "fine", "doctor.tsa_answers")


def _mail_server(house: House) -> Look | None:
    """Does the mail server take a connection? Nothing is sent."""
    if house.settings.smtp_url is None:
        return None
    url = urlsplit(house.settings.smtp_url.get_secret_value())
    try:
        port = url.port or (465 if url.scheme == "smtps" else 25)
        with socket.create_connection((url.hostname or "", port), timeout=SECONDS):
            return Look("mail_server", "fine", "doctor.mail_answers")
    except OSError:
        return Look("mail_server", "weak", "doctor.mail_silent")


LOOKS: tuple[Callable[[House], Look | None], ...] = (_clock, _fonts, _time_authority, _mail_server)
