"""The normal form of a word: what must not matter when words are compared.

Letter case (Georgian Mtavruli and church letters included; never `upper()`), compatibility forms, accents and stress
marks, soft hyphens and invisible joiners, Armenian marks written inside words (՛ ՜ ՞ ՟) and the three spellings of
"և", Russian "ё", Latin letters that a reader of paper took for Cyrillic ones. The й keeps its breve: it is a letter.
"""

from __future__ import annotations

import re
import unicodedata

INVISIBLE = "\u00ad\u034f\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufe00-\ufe0f\ufeff"
MARKS = "\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f"
ARMENIAN_MARKS = "\u055a-\u055c\u055e\u055f"
APOSTROPHES = "'`\u00b4\u02b9-\u02bd\u2018-\u201b\u2032\uff07"

TURNING = re.compile("[\u202a-\u202e\u2066-\u2069]")
"""What turns the direction of the letters after it: a name that ends in "fdp.exe" would be shown as "exe.pdf"."""

_PLAIN = re.compile(r"[a-z0-9\u10d0-\u10f0\u0561-\u0586а-я]*")
_APOSTROPHE = re.compile(f"[{APOSTROPHES}]")
# Asomtavruli and Nuskhuri stand in the same order as Mkhedruli; casefold knows only Mtavruli.
_CHURCH = {0x10A0 + i: 0x10D0 + i for i in range(0x26)} | {0x2D00 + i: 0x10D0 + i for i in range(0x26)}
_CYRILLIC_ALIKE = str.maketrans("aceopxykmtbh", "асеорхукмтвн")
_LATIN_ALIKE = str.maketrans("асеорхукмтвн", "aceopxykmtbh")
_CYRILLIC = re.compile("[\u0430-\u045f]")
_LATIN = re.compile("[a-z]")


def straight(text: str) -> str:
    """A text from outside as it is shown to people: nothing in it turns the direction of what follows."""
    return TURNING.sub("", text)


def normalise(word: str) -> str:
    """The normal form of one word; the same again when normalised twice, empty when nothing of it can be searched.

    Apostrophes stay where letters stand on both sides ("k’argi"), as the plain one.
    """
    text = word.translate(_CHURCH).casefold()
    if not _PLAIN.fullmatch(text):
        text = _decompose(text)
    if "\u0587" in text or "\u0565\u0582" in text:
        text = text.replace("\u0587", "\u0565\u057e").replace("\u0565\u0582", "\u0565\u057e")
    if _CYRILLIC.search(text) and _LATIN.search(text):
        text = _one_script(text)
    return text


def _decompose(text: str) -> str:
    """Drops marks and whatever is neither letter, digit nor inner apostrophe, compatibility forms made plain."""
    for _ in range(4):  # compatibility forms of compatibility forms exist; it settles in two rounds
        before = text
        text = unicodedata.normalize("NFKD", _APOSTROPHE.sub("'", text)).translate(_CHURCH).casefold()
        text = unicodedata.normalize("NFC", "".join(_kept(text)))
        if text == before:
            break
    return text.strip("'")


def _kept(text: str) -> list[str]:
    kept: list[str] = []
    for char in text:
        # The Cyrillic short и is a letter of its own, all other marks are stress, accents or ornament.
        if char.isalnum() or (char == "'" and kept) or (char == "\u0306" and kept and kept[-1] == "и"):
            kept.append(char)
    return kept


def _one_script(text: str) -> str:
    """A word of Cyrillic and Latin letters read as the script it has more of, if every stranger has a double there."""
    if len(_CYRILLIC.findall(text)) >= len(_LATIN.findall(text)):
        whole = text.translate(_CYRILLIC_ALIKE)
        return whole if not _LATIN.search(whole) else text
    whole = text.translate(_LATIN_ALIKE)
    return whole if not _CYRILLIC.search(whole) else text
