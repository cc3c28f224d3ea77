"""The code on a label: pure. It names the office, the register and the serial, and proves that it was printed here.

It stands for a number, not for a letter: a label may be printed before its letter is entered (numbers kept for a
downtime). The seal at its end follows from a key that lies outside the database, so that nobody who writes to us can
print a label that puts his paper onto another's card, and another town's label is known from ours.
All of it is in the alphabet of the small QR codes (digits, capitals, colon, hyphen).
"""

from __future__ import annotations

import hashlib
import hmac
import re
from dataclasses import dataclass

from edms.registry.tracking import ALPHABET

PREFIX = "EDMS1"
PATTERN = rf"^{PREFIX}:[A-Z][A-Z0-9-]{{1,30}}:[0-9]{{1,18}}:-?[0-9]{{1,4}}:[0-9]{{1,18}}:[{ALPHABET}]{{8}}$"
"""What a label of any office looks like; whatever else stands in a code on a page is none of our business."""
MOST_ON_A_PAGE = 8
_SEAL = 8  # symbols of 5 bits
_LABEL = re.compile(PATTERN)


@dataclass(frozen=True)
class Label:
    """What a label says; nothing of it is believed before `genuine`."""

    organisation: str
    register_id: int
    year: int
    serial: int
    seal: str


def code(key: bytes, organisation: str, register_id: int, year: int, serial: int) -> str:
    """The text of the label's code. `organisation` is the office's code, `year` that of the series."""
    return f"{_named(organisation, register_id, year, serial)}:{_seal(key, organisation, register_id, year, serial)}"


def read(text: str) -> Label | None:
    """The label that a code found on a page is; None if it is no label of this system."""
    if _LABEL.fullmatch(text) is None:
        return None
    _, organisation, register_id, year, serial, seal = text.split(":")
    return Label(organisation.lower(), int(register_id), int(year), int(serial), seal)


def genuine(key: bytes, label: Label) -> bool:
    """Was it printed by the holder of `key`? In constant time."""
    own = _seal(key, label.organisation, label.register_id, label.year, label.serial)
    return hmac.compare_digest(own, label.seal)


def _named(organisation: str, register_id: int, year: int, serial: int) -> str:
    return f"{PREFIX}:{organisation.upper()}:{register_id}:{year}:{serial}"


def _seal(key: bytes, organisation: str, register_id: int, year: int, serial: int) -> str:
    digest = hmac.new(key, _named(organisation, register_id, year, serial).encode(), hashlib.sha256).digest()
    bits = int.from_bytes(digest[:5])
    return "".join(ALPHABET[bits >> 5 * place & 31] for place in reversed(range(_SEAL)))
