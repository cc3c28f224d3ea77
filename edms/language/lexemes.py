"""Lexemes: what an index keeps of a token, and what a query asks for. Each begins with the letter of its kind.

x the exact form, s the stem where it differs from it, l the Latin key of a native word, r the Latin keys of a word written in Latin letters,
n a name of a number, d a day. Both engines and the lighting of hits use these and nothing else, so they agree.
"""

from __future__ import annotations

from functools import lru_cache

from edms.language.tokens import Kind, Token

EXACT, STEM, KEY, ROMAN, NUMBER, DAY = "x", "s", "l", "r", "n", "d"
MAX_LEXEME = 255  # letters; longer runs are cut, so that no engine's limit (2046 bytes in PostgreSQL) is met


def lexemes_of(token: Token) -> tuple[str, ...]:
    """The lexemes of a token, the exact form first. Equal tokens have equal lexemes."""
    if token.kind is Kind.WORD:
        return _of_word(token.exact, token.stem, token.latin, ROMAN if token.language == "en" else KEY)
    day = (DAY + token.exact,) if token.kind is Kind.DATE else ()
    return tuple(lexeme[:MAX_LEXEME] for lexeme in (*day, *(NUMBER + name for name in token.names)))


@lru_cache(maxsize=32_768)
def _of_word(exact: str, stem: str, keys: tuple[str, ...], tag: str) -> tuple[str, ...]:
    """Remembered, so that the same word of many letters is one string in memory and need not be looked at again."""
    return tuple(lexeme[:MAX_LEXEME] for lexeme in (EXACT + exact, STEM + stem, *(tag + key for key in keys)))


def of_stem(stem: str) -> list[str]:
    """What asks for every form of a stem: the stem, and the form that is its own stem."""
    return [STEM + stem, EXACT + stem]
