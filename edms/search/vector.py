"""Lexemes as every engine keeps them, and as PostgreSQL asks them: literals of tsvector and tsquery, escaped here.

Its own parser is not used (it mangles numbers such as 12-34/2026 and knows no Georgian). Georgian, Armenian and
Cyrillic letters are coded one byte each, which halves the index; a prefix stays a prefix. Limits of tsvector are kept:
1 MB in all, places up to 16383, 256 places a lexeme.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import lru_cache

from edms.language import Clause, Query, Term
from edms.search.port import Weight

MOST_BYTES = 1_000_000
MOST_EXACT_BYTES = 600_000  # beyond it only stems and keys: every word is still found
LAST_PLACE = 16_383
MOST_PLACES = 64
DOUBTFUL = "w"
"""Before a lexeme of what a word read in doubt may be: a word of its own, without a place, that no phrase asks for."""
_CODES = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
_SCRIPTS = {
    "1": "აბგდევზთიკლმნოპჟრსტუფქღყშჩცძწჭხჯჰ",
    "2": "աբգդեզէըթժիլխծկհձղճմյնշոչպջռսվտրցւփքօֆ",
    "3": "абвгдежзийклмнопрстуфхцчшщъыьэюя",
}
_TABLES = {script: str.maketrans(letters, _CODES[: len(letters)]) for script, letters in _SCRIPTS.items()}
_SCRIPT_OF = {letter: script for script, letters in _SCRIPTS.items() for letter in letters}


@lru_cache(maxsize=65_536)
def coded(lexeme: str) -> str:
    """The lexeme with its letters in one byte each, after the mark of their script; any other word as it is.

    Only a word whose letters are all of one script is coded, so a prefix that is coded begins only coded words.
    """
    tag, word = lexeme[:1], lexeme[1:]
    if tag == DOUBTFUL:
        return DOUBTFUL + coded(word)
    script = _SCRIPT_OF.get(word[:1])
    if script is None or tag not in "xs":
        return tag + "0" + word
    return tag + script + word.translate(_TABLES[script])


@dataclass(frozen=True)
class Kept:
    """The words of a document that find room in an index, coded, with their places; `whole`: all of them did."""

    words: dict[str, list[tuple[int, Weight]]]
    whole: bool


def kept(lexemes: Iterable[tuple[str, int, Weight]]) -> Kept:
    """What every engine keeps of a document's lexemes, so that all find the same."""
    words: dict[str, list[tuple[int, Weight]]] = {}
    size, doubt = 0, Weight.DOUBT  # a member of an enum is dear to look up for each of millions of words
    for lexeme, place, weight in lexemes:
        word = coded(DOUBTFUL + lexeme if weight is doubt else lexeme)
        at = words.get(word)
        if at is None:
            room = _room(word)
            if size + room > MOST_EXACT_BYTES and lexeme[0] == "x" and weight not in (Weight.SUBJECT, Weight.CARD):
                continue
            size += room
            if size > MOST_BYTES:
                return Kept(words, False)
            at = words[word] = []
        if weight is not doubt and place <= LAST_PLACE and len(at) < MOST_PLACES:
            at.append((place, weight))
            size += 2
    return Kept(words, True)


@lru_cache(maxsize=65_536)
def _room(word: str) -> int:
    """Bytes of a word in a tsvector."""
    return len(word.encode()) + 8


def vector(lexemes: Iterable[tuple[str, int, Weight]]) -> tuple[str, bool]:
    """The tsvector literal of lexemes with places and weights, and whether all of them found room in it."""
    found = kept(lexemes)
    return _literal(found.words), found.whole


def _literal(words: dict[str, list[tuple[int, Weight]]]) -> str:
    return " ".join(
        quoted(word) + (":" + ",".join([f"{place}{weight}" for place, weight in at]) if at else "")
        for word, at in words.items()
    )


def quoted(word: str) -> str:
    """A word as a literal of tsvector and tsquery has it."""
    return "'" + word.replace("\\", "\\\\").replace("'", "''") + "'"


def asked(query: Query) -> str | None:
    """The tsquery literal of a query; None for a query that asks nothing."""
    if not query.clauses:
        return None
    wanted = [_clause(clause) for clause in query.wanted]
    if query.most:
        plain = [_clause(without_near(clause)) for clause in query.wanted]
        but_one = [" & ".join(plain[:nth] + plain[nth + 1 :]) for nth in range(len(plain))]
        wanted = ["(" + " | ".join(f"({words})" for words in (" & ".join(wanted), *but_one)) + ")"]
    excluded = ["!" + _clause(clause) for clause in query.excluded]
    return " & ".join([*wanted, *excluded])


def anywhere(term: Term) -> tuple[str, ...]:
    """The lexemes of a word that stands alone in a question: where it stands, and where it may stand in doubt."""
    return (*term.lexemes, *(DOUBTFUL + lexeme for lexeme in term.lexemes))


def without_near(clause: Clause) -> Clause:
    """The clause without words like those typed: where one word may be missing the others are taken as they are."""
    return replace(clause, terms=tuple(replace(term, near=frozenset()) for term in clause.terms))


def _clause(clause: Clause) -> str:
    if len(clause.terms) == 1:
        term = clause.terms[0]
        return one_of((*anywhere(term), *term.near), prefix=term.prefix)
    return "(" + " <-> ".join(one_of(term.lexemes, prefix=term.prefix) for term in clause.terms) + ")"


def one_of(lexemes: Iterable[str], *, prefix: bool = False, at: str = "") -> str:
    """The tsquery literal of any of these, with `at` only where a word has that weight."""
    sign = "*" * prefix + at
    return "(" + " | ".join(quoted(coded(lexeme)) + (sign and f":{sign}") for lexeme in lexemes) + ")"
