"""Words typed on the wrong keyboard: Georgian letters by their Latin keys (also the text of old AcadNusx fonts), and
Russian words typed while the keyboard was Latin. Capitals S C Z J R T W inside a word are a strong sign of the first.
"""

from __future__ import annotations

import re

_GEORGIAN = str.maketrans("abgdevzTiklmnopJrstufqRySCcZwWxjh", "აბგდევზთიკლმნოპჟრსტუფქღყშჩცძწჭხჯჰ")
_GEORGIAN_WORD = re.compile("[abgdevzTiklmnopJrstufqRySCcZwWxjh]+")
_INNER = re.compile("[a-z][SCZJRTW]|[SCZJRTW][SCZJRTW]?[a-z]+[SCZJRTW]")
_RUSSIAN = str.maketrans("qwertyuiopasdfghjklzxcvbnm", "йцукенгшщзфывапролдячсмить")
_LATIN_WORD = re.compile("[a-zA-Z]{4,}")


def georgian_reading(surface: str) -> str | None:
    """The Georgian word typed by these Latin keys, upper and lower case apart; None where one is no Georgian key."""
    return surface.translate(_GEORGIAN) if _GEORGIAN_WORD.fullmatch(surface) else None


def is_georgian_typing(surface: str) -> bool:
    """Is this surely Georgian typed by Latin keys: one of the seven capitals inside a word of small letters?"""
    return bool(_INNER.search(surface)) and georgian_reading(surface) is not None and not surface.isupper()


def russian_reading(surface: str) -> str | None:
    """The Russian word whose keys these are on a Latin keyboard; None for what can be none."""
    return surface.lower().translate(_RUSSIAN) if _LATIN_WORD.fullmatch(surface) else None
