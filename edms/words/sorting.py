"""The order of names in lists: each language's own alphabet first, numbers by their value.

Sources: CLDR collation charts for ka (script order, alphabet order), hy (և between ք and օ) and ru (ё with е).
"""

from __future__ import annotations

import re
import unicodedata

_DIGITS = re.compile(r"(\d+)")
_SCRIPTS = {"ka": (0x10A0, 0x10FF), "hy": (0x0531, 0x0587), "ru": (0x0400, 0x04FF)}
# Armenian ligature yech-yiwn has the last code point of its block but stands after ք in the alphabet.
_AFTER = {"և": "ք\U0010ffff", "ё": "е\U0010ffff"}

SortKey = tuple[tuple[int, int, str], ...]


def sort_key(lang: str, text: str) -> SortKey:
    """A key for `sorted`: case is ignored, "12-05/9" comes before "12-05/10", the own script before the others."""
    own = _SCRIPTS.get(lang)
    # casefold folds Georgian Mtavruli back; it would split և into ե+ւ, so that letter is set aside first.
    folded = "".join(c if c == "և" else c.casefold() for c in unicodedata.normalize("NFC", text.strip()))
    key: list[tuple[int, int, str]] = []
    for piece in _DIGITS.split(folded):
        if piece.isdecimal():
            key.append((1, int(piece), ""))
        else:
            key.extend(_letter(letter, own) for letter in piece)
    return tuple(key)


def _letter(letter: str, own: tuple[int, int] | None) -> tuple[int, int, str]:
    if not letter.isalpha():
        return (0, 0, letter)
    rank = 2 if own is not None and own[0] <= ord(letter) <= own[1] else 3
    if own is None and letter.isascii():
        rank = 2
    plain = unicodedata.normalize("NFD", letter)[0] if rank == 3 else letter
    return (rank, 0, _AFTER.get(letter, plain))
