"""Codes for the day on which the telephone is lost: eight on a sheet of paper, each good once.

They follow from the second factor's secret and are not stored: a new secret ends them with itself, and the sheet can
be printed again. What is kept is which of them were used, one bit for each.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from dataclasses import dataclass

CODES = 8
_BYTES = 10  # 80 bits, 16 characters of base 32: not to be guessed within the sign-in's slowed attempts
_LENGTH = _BYTES * 8 // 5


@dataclass(frozen=True)
class Code:
    """One code as it is printed, in groups of four, and whether it was used."""

    text: str
    used: bool


def codes(secret: bytes, used: int) -> list[Code]:
    """All codes of a second factor in their order; bit n of `used` is set when code n was used."""
    return [Code("-".join(_groups(_plain(secret, n))), bool(used >> n & 1)) for n in range(CODES)]


def place_of(secret: bytes, used: int, typed: str) -> int | None:
    """Which unused code was typed, with or without its hyphens; None when it is none of them."""
    symbols = "".join(c for c in typed.upper() if c.isalnum())
    if len(symbols) != _LENGTH or not symbols.isascii():
        return None
    found = [n for n in range(CODES) if hmac.compare_digest(_plain(secret, n), symbols)]
    return next((n for n in found if not used >> n & 1), None)


def _plain(secret: bytes, n: int) -> str:
    digest = hmac.new(secret, f"recovery:{n}".encode(), hashlib.sha256).digest()
    return base64.b32encode(digest[:_BYTES]).decode()


def _groups(symbols: str) -> list[str]:
    return [symbols[at : at + 4] for at in range(0, len(symbols), 4)]
