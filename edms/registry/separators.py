"""The code on a separator sheet: pure. The sheet lies between two letters in a feeder; the scan is divided there.

It names the office and proves that it was printed here (`labels.py` says why): a sheet of another office, or one that
somebody sends to us, divides nothing. All of it is in the alphabet of the small QR codes.
"""

from __future__ import annotations

import hashlib
import hmac
import re

from edms.registry.tracking import ALPHABET

PREFIX = "EDMSCUT1"
PATTERN = rf"^{PREFIX}:[A-Z][A-Z0-9-]{{1,30}}:[{ALPHABET}]{{8}}$"
_SEAL = 8  # symbols of 5 bits
_SHEET = re.compile(PATTERN)


def code(key: bytes, organisation: str) -> str:
    """The text of the sheet's code; `organisation` is the office's code."""
    return f"{_named(organisation)}:{_seal(key, organisation)}"


def is_one(text: str) -> bool:
    """Whether a code found on a page is that of a separator sheet, of any office."""
    return _SHEET.fullmatch(text) is not None


def genuine(key: bytes, organisation: str, text: str) -> bool:
    """Was it printed for this office by the holder of `key`? In constant time."""
    return hmac.compare_digest(code(key, organisation), text)


def _named(organisation: str) -> str:
    return f"{PREFIX}:{organisation.upper()}"


def _seal(key: bytes, organisation: str) -> str:
    bits = int.from_bytes(hmac.new(key, _named(organisation).encode(), hashlib.sha256).digest()[:5])
    return "".join(ALPHABET[bits >> 5 * place & 31] for place in reversed(range(_SEAL)))
