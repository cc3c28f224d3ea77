"""Which scripts a text is written in, and from them its likely language. Counting letters, nothing cleverer."""

from __future__ import annotations

import re

# Georgian with its capitals (Mtavruli) and church letters, Armenian with its ligatures, Cyrillic, Latin.
RANGES = {
    "ka": "\u10a0-\u10fa\u10fc-\u10ff\u1c90-\u1cbf\u2d00-\u2d2f",
    "hy": "\u0531-\u0556\u0561-\u0588\ufb13-\ufb17",
    "ru": "\u0400-\u0481\u048a-\u052f",
    "en": "A-Za-z\u00aa\u00ba\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u024f\u1e00-\u1eff\uff21-\uff3a\uff41-\uff5a\ufb00-\ufb06",
}
_LETTERS = {language: re.compile(f"[{letters}]") for language, letters in RANGES.items()}
_SAMPLE = 20_000  # letters of a long text beyond this do not change the answer


def scripts_in(text: str) -> dict[str, int]:
    """How many letters of each script the text has: ka (Georgian), hy (Armenian), ru (Cyrillic), en (Latin)."""
    return {language: len(letters.findall(text)) for language, letters in _LETTERS.items()}


def script_of(word: str) -> str | None:
    """The script most letters of a word are in, as its language code; None for no letter we know."""
    for language, letters in _LETTERS.items():  # a word is nearly always of one script
        if letters.match(word):
            counted = scripts_in(word)
            best = max(counted, key=lambda x: counted[x])
            return best if counted[best] > counted[language] else language
    counted = scripts_in(word)
    best = max(counted, key=lambda x: counted[x])
    return best if counted[best] else None


def language_of(text: str) -> str | None:
    """The likely language of a letter: ka, hy, ru or en; None where it has no letters.

    Latin counts half: Georgian and Armenian letters are full of Latin names, codes and e-mail addresses.
    """
    counted = scripts_in(text[:_SAMPLE])
    if not any(counted.values()):
        return None
    return max(counted, key=lambda x: counted[x] / (2 if x == "en" else 1))
