"""The citizen's tracking code: pure. 80 secret bits and a check character, in groups, without look-alike characters.

The code is not stored. It follows from a key that lies outside the database, the document and the issue's ordinal, so
a slip can be printed again, a copy of the database reveals no code, and a re-issued code ends the one before.
The alphabet is Crockford's base 32 (no I, L, O, U); what people mistype for 0 and 1 is read as meant.
"""

from __future__ import annotations

import hashlib
import hmac

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
LENGTH = 17
_MISREAD = str.maketrans("OILU", "011V")


def code(key: bytes, document_id: int, issue: int) -> str:
    """The code of a document's `issue`-th slip, grouped for print: XXXX-XXXX-XXXX-XXXXX."""
    return _symbols(key, f"tracking:{document_id}:{issue}")


def paper_code(key: bytes, register_id: int, year: int, serial: int) -> str:
    """The code that our own paper bears beside its number: it is printed before the paper is a document of ours."""
    return _symbols(key, f"paper:{register_id}:{year}:{serial}")


def sending_code(key: bytes, arrival_id: int) -> str:
    """The code of what was sent online, until it is registered and has a number of its own."""
    return _symbols(key, f"sending:{arrival_id}")


def _symbols(key: bytes, what: str) -> str:
    digest = hmac.new(key, what.encode(), hashlib.sha256).digest()
    number = int.from_bytes(digest[:10])
    symbols = "".join(ALPHABET[number >> 5 * place & 31] for place in reversed(range(16)))
    return group(symbols + _check(symbols))


def group(symbols: str) -> str:
    """Symbols in groups of four, the last of five."""
    return "-".join((symbols[0:4], symbols[4:8], symbols[8:12], symbols[12:]))


def plain(typed: str) -> str | None:
    """The symbols of a typed code, or None if it cannot be a code (wrong length, character or check character)."""
    symbols = "".join(c for c in typed.upper().translate(_MISREAD) if c.isalnum())
    if len(symbols) != LENGTH or any(c not in ALPHABET for c in symbols) or symbols[-1] != _check(symbols[:-1]):
        return None
    return symbols


def matches(key: bytes, document_id: int, issue: int, typed: str) -> bool:
    """Is `typed` the code? Compared in constant time; a malformed code is compared too, against itself's absence."""
    return same(code(key, document_id, issue), typed)


def same(wanted: str, typed: str) -> bool:
    """Is `typed` that code? In constant time."""
    symbols = plain(typed) or "-" * LENGTH
    return hmac.compare_digest(wanted.replace("-", ""), symbols)


def _check(symbols: str) -> str:
    """The sum of the symbols in GF(32), each by another power of 2: finds one wrong symbol and every swap of any two.

    Only a field has such weights for each of its values; of 32 symbols that is GF(32), not the remainders of a number.
    """
    total = 0
    for symbol in symbols:
        total = _doubled(total ^ ALPHABET.index(symbol))
    return ALPHABET[total]


def _doubled(value: int) -> int:
    """Times 2 in GF(32), modulo x^5 + x^2 + 1: the powers of 2 are all its 31 values but 0."""
    return value << 1 ^ (0b100101 if value & 16 else 0)
