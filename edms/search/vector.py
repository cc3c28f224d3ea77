"""Lexemes as every engine keeps them, and as PostgreSQL asks them: literals of tsvector and tsquery, escaped here.

Its own parser is not used (it mangles numbers such as 12-34/2026 and knows no Georgian). Georgian, Armenian and
Cyrillic letters are coded one byte each, which halves the index; a prefix stays a prefix. Limits of tsvector are kept:
1 MB in all, places up to 16383, 256 places a lexeme; and that of Elasticsearch, which breaks long words.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache

from edms.language import Clause, Query, Term
from edms.search.port import Standing, Weight

MOST_BYTES = 1_000_000
MOST_EXACT_BYTES = 600_000  # beyond it only stems and keys: every word is still found
LAST_PLACE = 16_383
MOST_PLACES = 64
LONGEST = 255
"""UTF-16 units of a word: Elasticsearch breaks longer ones."""
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


def coded(lexeme: str) -> str:
    """The lexeme with its letters in one byte each, after the mark of their script; any other word as it is.

    Only a word whose letters are all of one script is coded, so a prefix that is coded begins only coded words.
    """
    tag, word = lexeme[:1], lexeme[1:]
    if tag == DOUBTFUL:
        return _cut(DOUBTFUL + coded(word))
    script = _SCRIPT_OF.get(word[:1])
    if script is None or tag not in "xs":
        return _cut(tag + "0" + word)
    return _cut(tag + script + word.translate(_TABLES[script]))


def _cut(word: str) -> str:
    if len(word) * 2 <= LONGEST:
        return word
    return word.encode("utf-16-le")[: 2 * LONGEST].decode("utf-16-le", "ignore")


@lru_cache(maxsize=32_768)
def _forms(lexemes: tuple[str, ...], in_doubt: bool) -> Mapping[str, int]:
    """A word's lexemes as they are kept, each with its bytes in a tsvector; letters repeat their words."""
    words = [coded(DOUBTFUL + lexeme if in_doubt else lexeme) for lexeme in lexemes]
    return {word: len(word.encode()) + 8 for word in words}


@dataclass(frozen=True)
class Kept:
    """The words of a document that find room in an index, coded, with their places; `whole`: all of them did.

    `standing` is the same in reading order: which words (with their bytes) stand at a place, and with which weight.
    """

    words: dict[str, list[tuple[int, Weight]]]
    standing: list[tuple[Mapping[str, int], int, Weight]]
    whole: bool


def kept(standing: Iterable[Standing]) -> Kept:
    """What every engine keeps of a document's words, so that all find the same."""
    found = Kept({}, [], True)
    words = found.words
    size, doubt = 0, Weight.DOUBT  # a member of an enum is dear to look up for each of millions of words
    for lexemes, place, weight in standing:
        in_doubt = weight is doubt
        stands = (place, weight) if place <= LAST_PLACE and not in_doubt else None
        forms = _forms(lexemes, in_doubt)
        left_out: list[str] = []
        for word, room in forms.items():
            at = words.get(word)
            if at is None:
                if size + room > MOST_EXACT_BYTES and _is_spared(word, weight):
                    left_out.append(word)
                    continue
                size += room
                if size > MOST_BYTES:
                    return replace(found, whole=False)
                at = words[word] = []
            if stands is not None:
                if len(at) < MOST_PLACES:
                    at.append(stands)
                    size += 2
                else:
                    left_out.append(word)
        if stands is not None:
            found.standing.append((_without(forms, left_out) if left_out else forms, place, weight))
    return found


def _without(forms: Mapping[str, int], left_out: Container[str]) -> Mapping[str, int]:
    return {word: room for word, room in forms.items() if word not in left_out}


def _is_spared(word: str, weight: Weight) -> bool:
    """Is this an exact form, and not of the card? Of a very long text these are left out first."""
    return word.startswith(("x", DOUBTFUL + "x")) and weight not in (Weight.SUBJECT, Weight.CARD)


def vector(standing: Iterable[Standing]) -> tuple[str, bool]:
    """The tsvector literal of words with places and weights, and whether all of them found room in it."""
    found = kept(standing)
    return _literal(found.words), found.whole


class _Labels(dict[tuple[int, Weight], str]):
    """A place and its weight as a tsvector has them; each is made once, for all the lexemes of a word."""

    def __missing__(self, at: tuple[int, Weight]) -> str:
        self[at] = label = f"{at[0]}{at[1]}"
        return label


def _literal(words: dict[str, list[tuple[int, Weight]]]) -> str:
    label = _Labels().__getitem__
    return " ".join(
        [f"{quoted(word)}:{','.join(map(label, at))}" if at else quoted(word) for word, at in words.items()]
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
