"""The rank of a letter, by the port's rules, as parts of a question to Elasticsearch; no figure of the whole index enters."""

from __future__ import annotations

from typing import Any

from edms.language import Query, Term
from edms.search.elastic_shape import WEIGHED
from edms.search.elastic_words import any_of, phrase
from edms.search.port import EXACTLY, NEARLY, SIDE_BY_SIDE, WORTH, Weight, pairs
from edms.search.vector import anywhere

Part = dict[str, Any]


def parts(query: Query) -> list[Part]:
    """What adds to the score."""
    words = [_worth(term) for clause in query.wanted for term in clause.terms]
    return [*words, *(_constant(phrase(pair), SIDE_BY_SIDE) for pair in pairs(query))]


def _worth(term: Term) -> Part:
    """A word's best worth in the letter."""
    found = [
        _constant(
            any_of(WEIGHED[at], anywhere(term) if at is Weight.DOUBT else term.lexemes, prefix=term.prefix), worth
        )
        for at, worth in WORTH.items()
    ]
    if term.exact:
        placed = [at for at in WORTH if at is not Weight.DOUBT]
        found += [_constant(any_of(WEIGHED[at], term.exact), WORTH[at] * EXACTLY) for at in placed]
    if term.near:
        found += [_constant(any_of(WEIGHED[at], term.near), worth * NEARLY) for at, worth in WORTH.items()]
    return {"dis_max": {"queries": found}}


def _constant(found: Part, worth: float) -> Part:
    return {"constant_score": {"filter": found, "boost": worth}}
