"""What a person typed into the search field, as clauses that every engine can ask.

Words stand together (and); `"several words"` stand next to each other in any of their forms; `"one"` in quotes is
that very form; `word*` any that begins so; `-word` must not occur. Words in Latin letters are asked for as they stand
and as Georgian, Armenian and Russian typed by any habit. Nothing typed is ever an error.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from edms.language import numbers
from edms.language.dates import YEAR_WORDS
from edms.language.latin import fold_native, latin_folds, latin_keys, native_key
from edms.language.layouts import armenian_readings, georgian_reading, is_georgian_typing, russian_reading
from edms.language.lexemes import DAY, EXACT, KEY, MAX_LEXEME, NUMBER, ROMAN, of_stem
from edms.language.normal import normalise
from edms.language.old_letters import readable
from edms.language.stems import stem
from edms.language.tokens import Kind, Token, analyse

MAX_QUERY = 1000  # letters read of a query
MAX_TERMS = 32
_QUOTES = '"“”„«»‟'
_PIECE = re.compile(
    rf"(?P<no>(?<!\S)[-\u2212])?(?:[{_QUOTES}](?P<quoted>[^{_QUOTES}]*)[{_QUOTES}]?|(?P<bare>[^\s{_QUOTES}]+))"
)
_MIN_PREFIX = 2
BINDING = frozenset(
    [
        "და",
        "რომ",
        "ან",
        "თუ",
        "შესახებ",
        "თაობაზე",
        "և",
        "եվ",
        "ու",
        "կամ",
        "որ",
        "մասին",
        "վերաբերյալ",
        "համար",
        "и",
        "в",
        "во",
        "на",
        "о",
        "об",
        "от",
        "к",
        "ко",
        "с",
        "со",
        "по",
        "за",
        "из",
        "у",
        "для",
        "при",
        "или",
        "the",
        "a",
        "an",
        "of",
        "in",
        "on",
        "at",
        "to",
        "for",
        "and",
        "by",
        "with",
        "from",
        "or",
    ]
)
"""Words that a letter need not have to be the one that is sought."""


@dataclass(frozen=True)
class Term:
    """One word, number or day: any of `lexemes` will do; with `prefix` any lexeme that begins with one of them.

    `exact`: of these what is found as it was typed, for the rank. `near`: words like it will do as well, and come last.
    """

    surface: str
    lexemes: tuple[str, ...]
    prefix: bool = False
    exact: tuple[str, ...] = ()
    near: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Clause:
    """One condition: a term, or several that stand next to each other; `excluded` ones must not occur."""

    terms: tuple[Term, ...]
    excluded: bool = False


@dataclass(frozen=True)
class Query:
    """All clauses hold together. Without clauses nothing is asked, and every document answers.

    With `most` one of the wanted clauses may be missing.
    """

    text: str
    clauses: tuple[Clause, ...]
    most: bool = False

    @property
    def wanted(self) -> tuple[Clause, ...]:
        """The clauses that must occur: what is lit on the page."""
        return tuple(clause for clause in self.clauses if not clause.excluded)

    @property
    def excluded(self) -> tuple[Clause, ...]:
        """The clauses that must not occur."""
        return tuple(clause for clause in self.clauses if clause.excluded)


def query_terms(text: str, *, any_script: bool = False) -> Query:
    """Reads a query. With `any_script` a native word is also sought in the other scripts, by its Latin key."""
    text = readable(text[:MAX_QUERY])
    clauses: list[Clause] = []
    room = MAX_TERMS
    for piece, excluded, quoted in _pieces(text):
        for clause in _clauses(piece, excluded, quoted, any_script):
            room -= len(clause.terms)
            if room < 0:
                return Query(text, tuple(clauses))
            clauses.append(clause)
    return Query(text, tuple(dict.fromkeys(clauses)))


def _pieces(text: str) -> list[tuple[str, bool, bool]]:
    """The query in pieces: quoted, excluded, with a star, and runs of plain words (a date in words stays in one)."""
    pieces: list[tuple[str, bool, bool]] = []
    plain: list[str] = []
    for found in _PIECE.finditer(text):
        quoted, bare, no = found["quoted"], found["bare"], found["no"] is not None
        if quoted is None and not no and not bare.endswith("*"):
            plain.append(bare)
            continue
        pieces.append((bare if quoted is None else quoted, no, quoted is not None))
    if plain:
        pieces.insert(0, (" ".join(plain), False, False))
    return pieces


def _clauses(piece: str, excluded: bool, quoted: bool, any_script: bool) -> list[Clause]:
    tokens = _without_covered(analyse(piece))
    if not quoted:
        tokens = _telling(tokens)
    if not tokens:
        return []
    starred = not quoted and piece.endswith("*")
    terms = [
        _term(
            token,
            any_script,
            starred and token is tokens[-1],
            quoted and len(tokens) == 1,
        )
        for token in tokens
    ]
    # What is one word to the person (a compound with hyphen, an address) is one condition: its parts side by side.
    if quoted or ((excluded or starred) and len(terms) > 1):
        return [Clause(tuple(terms), excluded)]
    return [Clause((term,), excluded) for term in terms]


def _without_covered(tokens: list[Token]) -> list[Token]:
    """Without the words and figures that a date in words, or a word broken at a line's end, is made of."""
    kept: list[Token] = []
    for token in sorted(tokens, key=lambda token: (token.start, -token.end)):
        if not kept or token.start >= kept[-1].end:
            kept.append(token)
    return kept


def _telling(tokens: list[Token]) -> list[Token]:
    """Without the words that bind others, and without "year" after a day; a line of nothing else keeps them."""
    told = [
        token
        for before, token in zip([None, *tokens], tokens, strict=False)
        if token.exact not in BINDING
        and not (token.exact in YEAR_WORDS and before is not None and before.kind is Kind.DATE)
    ]
    return told or tokens


def _term(token: Token, any_script: bool, prefix: bool, exactly: bool) -> Term:
    exact: list[str] = []
    if token.kind is not Kind.WORD:
        lexemes = [DAY + token.exact] if token.kind is Kind.DATE and not prefix else []
        lexemes += [NUMBER + token.names[0]] if token.names else []
        prefix = prefix and bool(token.names)
    elif prefix and len(token.exact) >= _MIN_PREFIX:
        lexemes = _prefixes(token)
    elif token.language == "en":
        prefix, lexemes, exact = False, _latin(token), [EXACT + token.exact]
    else:
        prefix, exact = False, [EXACT + token.exact]
        lexemes = exact if exactly else _native(token, any_script)
    return Term(token.surface, _distinct(lexemes), prefix, _distinct(exact))


def _distinct(lexemes: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(lexeme[:MAX_LEXEME] for lexeme in lexemes))


def _native(token: Token, any_script: bool) -> list[str]:
    tags = (ROMAN, KEY) if any_script else (ROMAN,)
    return [*of_stem(token.stem), *(tag + key for tag in tags for key in token.latin)]


def _georgian(reading: str) -> list[str]:
    return [*of_stem(stem(reading, "ka")), ROMAN + native_key(reading, "ka")]


def _latin(token: Token) -> list[str]:
    """A word in Latin letters: surely typed on Georgian keys, or else every reading it may have."""
    word = re.sub(f"{numbers.DASHES}.*", "", token.surface)
    reading = georgian_reading(word)
    if reading and is_georgian_typing(word):
        return [EXACT + token.exact, *_georgian(reading)]
    found = [EXACT + token.exact, *of_stem(token.stem)]
    found += [tag + key for key in latin_keys(word) for tag in (KEY, ROMAN)]
    if reading and word[:1].isupper():
        found += _georgian(reading)
    if russian := russian_reading(word):
        found += of_stem(stem(normalise(russian), "ru"))
    for armenian in armenian_readings(word):
        found += of_stem(stem(normalise(armenian), "hy"))
    return found


def _prefixes(token: Token) -> list[str]:
    if token.language != "en":
        folded = fold_native(token.exact, token.language) if token.language else ""
        return [EXACT + token.exact] + ([ROMAN + folded] if folded else [])
    reading = georgian_reading(token.surface)
    if reading and is_georgian_typing(token.surface):
        return [EXACT + token.exact, EXACT + reading]
    folds = [fold for fold in dict.fromkeys(latin_folds(token.surface).values()) if len(fold) >= _MIN_PREFIX]
    return [
        EXACT + token.exact,
        *(tag + fold for fold in folds for tag in (KEY, ROMAN)),
    ]
