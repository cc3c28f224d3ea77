"""The stem of a normalised word by its script: our own for Georgian and Armenian, Snowball for Russian and English."""

from __future__ import annotations

import threading

from snowballstemmer.english_stemmer import EnglishStemmer
from snowballstemmer.russian_stemmer import RussianStemmer

from edms.language import armenian, georgian

MAX_STEMMED = 64  # letters; longer runs are no words
_own = threading.local()  # Snowball's stemmers keep the word they work on in themselves


def stem(word: str, language: str | None) -> str:
    """The stem of `word` (normalised) in ka, hy, ru or en; the word itself in any other script."""
    if len(word) > MAX_STEMMED:
        return word
    if language == "ka":
        return georgian.stem(word)
    if language == "hy":
        return armenian.stem(word)
    if language == "ru":
        return _snowball().russian(word)
    if language == "en":
        return _snowball().english(word)
    return word


class _Snowball:
    def __init__(self) -> None:
        self._russian, self._english = RussianStemmer(), EnglishStemmer()

    def russian(self, word: str) -> str:
        return str(self._russian.stemWord(word))

    def english(self, word: str) -> str:
        return str(self._english.stemWord(word))


def _snowball() -> _Snowball:
    stemmers: _Snowball | None = getattr(_own, "stemmers", None)
    if stemmers is None:
        stemmers = _own.stemmers = _Snowball()
    return stemmers
