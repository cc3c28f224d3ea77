"""Words like the one typed: what a slip of the fingers may have made of it.

One letter left out, doubled or put in, taken for another, or two of them exchanged; never the first one. And a word in
Latin letters typed by looser habits than are asked for at once. The words are made
here and not sought in what others have written, so nothing is told of letters that the asker may not read. Their stems
are asked for, at most some hundred a word.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import lru_cache

from edms.language.latin import key_of, latin_folds, loose_keys
from edms.language.lexemes import KEY, ROMAN, STEM
from edms.language.query import Clause, Query, Term
from edms.language.stems import MAX_STEMMED, stem
from edms.language.tokens import Kind, analyse

SHORTEST = 4
"""Letters: shorter words are like too many."""
MOST_WORDS = 6
_LEAST_KEY = 4
_LETTERS = {
    "ka": "აბგდევზთიკლმნოპჟრსტუფქღყშჩცძწჭხჯჰ",
    "hy": "աբգդեզէըթժիլխծկհձղճմյնշոչպջռսվտրցւփքօֆ",
    "ru": "абвгдежзийклмнопрстуфхцчшщъыьэюя",
    "en": "abcdefghijklmnopqrstuvwxyz",
}


def loosened(query: Query) -> Query | None:
    """The query that also takes words like those typed, and of three words and more any but one; None: there is no such.

    What was typed in quotes, with a star, as a number or after a minus stays as it is.
    """
    wanted = query.wanted
    if len(wanted) > MOST_WORDS:
        return None
    clauses = tuple(clause if clause.excluded else _near(clause) for clause in query.clauses)
    most = len(wanted) > 2
    return replace(query, clauses=clauses, most=most) if most or clauses != query.clauses else None


def _near(clause: Clause) -> Clause:
    if len(clause.terms) > 1:
        return clause
    return Clause((_nearly(clause.terms[0]),))


def _nearly(term: Term) -> Term:
    tokens = analyse(term.surface)
    plain = len(tokens) == 1 and not term.prefix and term.lexemes != term.exact and tokens[0].kind is Kind.WORD
    if not plain or tokens[0].language not in _LETTERS or not SHORTEST <= len(tokens[0].exact) <= MAX_STEMMED // 2:
        return term
    return replace(term, near=words_like(tokens[0].exact, tokens[0].language))


@lru_cache(maxsize=256)
def words_like(word: str, language: str) -> frozenset[str]:
    """The lexemes of all words that are one slip away from a normalised word; its own are not among them."""
    own = STEM + stem(word, language)
    found = dict.fromkeys(STEM + stem(other, language) for other in _slips(word, _LETTERS[language]))
    if language == "en":
        for language_of, fold in latin_folds(word).items():
            for slip in _slips(fold, ""):
                key = key_of(slip, language_of)
                # What an ending is taken off leaves little of a short word, and little is like much.
                keys = (slip, key) if len(key) >= _LEAST_KEY else (slip,)
                found |= dict.fromkeys(tag + each for each in keys for tag in (KEY, ROMAN))
        found |= dict.fromkeys(tag + key for key in loose_keys(word) for tag in (KEY, ROMAN))
    return frozenset(found) - {own}


def _slips(word: str, letters: str) -> Iterator[str]:
    for at in range(1, len(word) + 1):
        head, tail = word[:at], word[at:]
        yield head + tail[1:]
        if len(tail) > 1:
            yield head + tail[1] + tail[0] + tail[2:]
        for letter in letters:
            yield head + letter + tail
            if tail:
                yield head + letter + tail[1:]
