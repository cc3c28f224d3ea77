"""Tokens: the words, numbers and dates of a text, each with its place in the text as it was written.

`text[token.start:token.end] == token.surface` always: hits are lit in the inflected form on the page. Words broken at
a line's end are read whole and in halves. Endings after a hyphen on numbers and abbreviations are cut (`2014-ის`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from enum import StrEnum
from functools import lru_cache
from typing import NamedTuple

from edms.language import dates, numbers
from edms.language.latin import latin_keys, native_key
from edms.language.layouts import georgian_reading, is_georgian_typing
from edms.language.normal import (
    APOSTROPHES,
    ARMENIAN_MARKS,
    INVISIBLE,
    MARKS,
    normalise,
)
from edms.language.scripts import script_of
from edms.language.stems import stem

_LETTER = r"[^\W\d_]"
_ALNUM = r"[^\W_]"
_INSIDE = f"[{MARKS}{INVISIBLE}{ARMENIAN_MARKS}{APOSTROPHES}]"
_WORD = f"{_LETTER}++(?:{_INSIDE}++{_LETTER}++)*+[{MARKS}{ARMENIAN_MARKS}]*+"
_DASH = f"[{numbers.DASHES}]"
_ENDING = f"(?:{'|'.join(sorted(numbers.ENDINGS, key=len, reverse=True))})(?!{_ALNUM})"
_BREAK = r"[-\u00ac\u00ad\u2010][ \t]{0,8}\r?\n[ \t]{0,64}(?=[a-zა-ჰա-ֆа-яё])"
_TOKEN = re.compile(
    rf"(?P<number>{_LETTER}{{0,3}}\d{_ALNUM}*+"
    rf"(?:[{numbers.DASHES}./\\]{_LETTER}{{0,3}}\d{_ALNUM}*+|[{numbers.DASHES}/]{_LETTER}{{1,3}}(?!{_ALNUM}))*+"
    rf"(?:{_DASH}{_ENDING})?)"
    rf"|(?P<word>{_WORD})(?:{_BREAK}(?P<rest>{_WORD})|{_DASH}{_ENDING})?"
)
_BETWEEN = re.compile(r"[\s.,«»„“\"]{1,4}")  # of a date in words


class Kind(StrEnum):
    """What a token is."""

    WORD = "word"
    NUMBER = "number"
    DATE = "date"


class Token(NamedTuple):
    """One word, number or date. `start` and `end` are offsets of `surface` in the text, `place` its count for phrases."""

    surface: str
    start: int
    end: int
    exact: str  # normal form; of a date the day, YYYY-MM-DD
    stem: str
    latin: tuple[str, ...]  # folded Latin keys: one of a native word, one for each reading of a Latin one
    kind: Kind
    language: str | None  # by its script: ka, hy, ru, en
    place: int
    names: tuple[str, ...] = ()  # what a number answers to


class _Word(NamedTuple):
    exact: str
    stem: str
    latin: tuple[str, ...]
    language: str | None


def analyse(text: str) -> list[Token]:
    """All tokens of the text in their order; a date written in words is one more token over its words."""
    tokens: list[Token] = []
    months: list[int] = []  # where a month stands, for dates in words
    month_of = dates.month_of
    for token in _tokens(text):
        if month_of(token.exact) and token.kind is Kind.WORD:
            months.append(len(tokens))
        tokens.append(token)
    found = [date for at in months if (date := _date_in_words(text, tokens, at)) is not None]
    return sorted(tokens + found, key=lambda token: (token.start, token.place)) if found else tokens


def _tokens(text: str) -> Iterator[Token]:
    place = 0
    for found in _TOKEN.finditer(text):
        start, end = found.span()
        word, rest = found.group("word", "rest")
        if word is None:
            made = [_number(found[0], start, place)]
        elif rest is None:
            made = [_token(text, start, end, word, place)]
        else:
            # All at one place, so that a phrase goes through a broken word.
            halves = (found.span("word"), found.span("rest"))
            whole = _token(text, start, end, word + rest, place)
            made = [whole, *(_token(text, a, b, text[a:b], place) for a, b in halves)]
        for token in made:
            if token.exact:
                yield token
                place = token.place + 1


def _token(text: str, start: int, end: int, word: str, place: int) -> Token:
    exact, stemmed, latin, language = _analysed(word)
    return Token(text[start:end], start, end, exact, stemmed, latin, Kind.WORD, language, place)


def _number(surface: str, start: int, place: int) -> Token:
    named = numbers.names(surface)
    number = named[0] if named else ""
    day = dates.in_figures(number)
    kind, exact = (Kind.DATE, day) if day else (Kind.NUMBER, number)
    return Token(surface, start, start + len(surface), exact, exact, (), kind, None, place, named)


@lru_cache(maxsize=32768)
def _analysed(word: str) -> _Word:
    """Everything that follows from the word alone; letters repeat their words, so this is remembered."""
    exact, language = normalise(word), script_of(word)
    if language == "en":
        latin = latin_keys(word)
        if is_georgian_typing(word) and (reading := georgian_reading(word)):
            latin = tuple(dict.fromkeys((native_key(reading, "ka"), *latin)))
        exact = exact.replace("'", "") if "'" in exact else exact
    else:
        exact = exact.replace("'", "")
        latin = (native_key(exact, language),) if language and len(exact) <= 64 else ()
    return _Word(exact, stem(exact, language), tuple(key for key in latin if key), language)


def _date_in_words(text: str, tokens: list[Token], at: int) -> Token | None:
    """The date around the month at `at`: day month year, year day month, year month day, month day year."""
    month = dates.month_of(tokens[at].exact)
    for before, after in ((3, 0), (1, 1), (2, 1), (0, 2)):
        first, last = at - before, at + after
        if first < 0 or last >= len(tokens):
            continue
        around = [token for token in tokens[first : last + 1] if token is not tokens[at]]
        figures = [dates.leading(token.names[0]) for token in around if token.kind is Kind.NUMBER and token.names]
        words = [token for token in around if token.kind is Kind.WORD]
        if len(figures) != 2 or any(word.exact not in dates.YEAR_WORDS for word in words):
            continue
        pairs = zip(tokens[first:last], tokens[first + 1 : last + 1], strict=True)
        if not all(_BETWEEN.fullmatch(text, left.end, right.start) for left, right in pairs):
            continue
        day, year = min(figures), max(figures)
        if iso := dates.in_numbers(year, month, day):
            start, end, place = (
                tokens[first].start,
                tokens[last].end,
                tokens[first].place,
            )
            return Token(text[start:end], start, end, iso, iso, (), Kind.DATE, None, place)
    return None
