"""Words typed on the wrong keyboard: Georgian letters by their Latin keys (also the text of old AcadNusx fonts), and
Russian and Armenian words typed while the keyboard was Latin, with the letters that lie on signs and figures there.
Capitals S C Z J R T W inside a word are a strong sign of the first.
"""

from __future__ import annotations

import re

_GEORGIAN = str.maketrans("abgdevzTiklmnopJrstufqRySCcZwWxjh", "აბგდევზთიკლმნოპჟრსტუფქღყშჩცძწჭხჯჰ")
_GEORGIAN_WORD = re.compile("[abgdevzTiklmnopJrstufqRySCcZwWxjh]+")
_INNER = re.compile("[a-z][SCZJRTW]|[SCZJRTW][SCZJRTW]?[a-z]+[SCZJRTW]")
_RUSSIAN = str.maketrans("qwertyuiopasdfghjklzxcvbnm", "йцукенгшщзфывапролдячсмить")
_LATIN_WORD = re.compile("[a-zA-Z]{4,}")
# Armenian: that of Windows (Eastern, in its two arrangements of գ and ք) and the phonetic one.
_ARMENIAN = tuple(
    str.maketrans(keys, letters)
    for keys, letters in (
        ("qwertyuiopasdfghjklzxcvbnm", "խւէրտեըիոպասդֆքհճկլզցգվբնմ"),
        ("qwertyuiopasdfghjklzxcvbnm", "խւէրտեըիոպասդֆգհճկլզցքվբնմ"),
        ("qwertyuiopasdfghjklzxcvbnm", "քոերտըւիօպասդֆգհյկլզղցվբնմ"),
    )
)
_SIGNS = (
    str.maketrans("[];',.`", "хъжэбюё"),
    str.maketrans("[];',./230-=", "չջթփշղծձյօռժ"),
    str.maketrans("[];',./230-=", "չջթփշղծձյօռժ"),
    str.maketrans("[]\\12345", "խծշէթփձջ"),
)
_FOREIGN = re.compile(r"[\sа-яё]+|[\sա-և]+")
_KEYS = re.compile(r"[a-zA-Z\[\];',./`\\0-9=-]{3,}")
_SIGN_INSIDE = re.compile(r"[a-zA-Z][\[\];',./`\\0-9=-]+[a-zA-Z]|^[\[\];',./`\\=-][a-zA-Z]|[a-zA-Z][\[\];'`\\=]$")


def georgian_reading(surface: str) -> str | None:
    """The Georgian word typed by these Latin keys, upper and lower case apart; None where one is no Georgian key."""
    return surface.translate(_GEORGIAN) if _GEORGIAN_WORD.fullmatch(surface) else None


def is_georgian_typing(surface: str) -> bool:
    """Is this surely Georgian typed by Latin keys: one of the seven capitals inside a word of small letters?"""
    return bool(_INNER.search(surface)) and georgian_reading(surface) is not None and not surface.isupper()


def russian_reading(surface: str) -> str | None:
    """The Russian word whose keys these are on a Latin keyboard; None for what can be none."""
    return surface.lower().translate(_RUSSIAN) if _LATIN_WORD.fullmatch(surface) else None


def armenian_readings(surface: str) -> tuple[str, ...]:
    """The Armenian words whose keys these may be on a Latin keyboard; none for what can be none."""
    if not _LATIN_WORD.fullmatch(surface):
        return ()
    return tuple(dict.fromkeys(surface.lower().translate(keys) for keys in _ARMENIAN))


def retyped(text: str) -> tuple[str, ...]:
    """What a whole line of keys says on the other keyboards, where letters lie on signs: `cj,frf` is собака.

    Only for a line that has such a sign within a word; others are read word by word.
    """
    words = text.split()
    if not all(map(_KEYS.fullmatch, words)) or not any(map(_SIGN_INSIDE.search, words)):
        return ()
    small = text.lower()
    readings = (small.translate(letters | signs) for letters, signs in zip((_RUSSIAN, *_ARMENIAN), _SIGNS, strict=True))
    return tuple(dict.fromkeys(reading for reading in readings if _FOREIGN.fullmatch(reading)))
