"""The rank of a letter, by the port's rules: what each word asked for is worth where it stands best, and pairs of words."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Float, case, cast, literal
from sqlalchemy.dialects.postgresql import TSQUERY

from edms.language import Query, Term
from edms.search.port import EXACTLY, NEARLY, SIDE_BY_SIDE, WORTH, Weight, pairs
from edms.search.vector import anywhere, one_of


def rank(query: Query, words: ColumnElement[Any], lexemes: ColumnElement[Any]) -> ColumnElement[float]:
    """Of a letter with these lexemes; `words` are those of them that have places: what has none stands in doubt."""
    found: ColumnElement[float] = literal(0.0, Float)
    for clause in query.wanted:
        for term in clause.terms:
            found = found + _worth(term, words, lexemes)
    for one, other in pairs(query):
        side_by_side = _has(words, f"{one_of(one.lexemes)} <-> {one_of(other.lexemes)}")
        found = found + case((side_by_side, SIDE_BY_SIDE), else_=0.0)
    return found


def _worth(term: Term, words: ColumnElement[Any], all_words: ColumnElement[Any]) -> ColumnElement[float]:
    """Conditions in falling worth, so that the first that holds counts."""
    exactly = [(worth * EXACTLY, term.exact, False, at) for at, worth in WORTH.items() if term.exact]
    anyhow = [(worth, term.lexemes, term.prefix, at) for at, worth in WORTH.items()]
    ordered = sorted((each for each in (*exactly, *anyhow) if each[3].value), key=lambda each: -each[0])
    whens = [
        (_has(words, one_of(lexemes, prefix=prefix, at=at.value)), worth) for worth, lexemes, prefix, at in ordered
    ]
    whens.append((_has(all_words, one_of(anywhere(term), prefix=term.prefix)), WORTH[Weight.DOUBT]))
    if term.near:
        nearly = [(worth * NEARLY, at) for at, worth in WORTH.items() if at.value]
        whens += [(_has(words, one_of(term.near, at=at.value)), worth) for worth, at in nearly]
        whens.append((_has(all_words, one_of(term.near)), WORTH[Weight.DOUBT] * NEARLY))
    return case(*whens, else_=0.0)


def _has(words: ColumnElement[Any], asked: str) -> ColumnElement[bool]:
    return words.bool_op("@@")(cast(asked, TSQUERY))
