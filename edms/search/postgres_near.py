"""Words like those typed, as PostgreSQL is asked for them: of the hundreds that a slip may have made few are in any letter.

A question of hundreds of words looks to the planner as if every letter answered it, and it reads them all. So the
index of words is first asked which of them it has at all. That decides nothing: a word that no letter has finds none,
and what is found by the others is still what the asker may read.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from typing import Any

from sqlalchemy import Select, Text, bindparam, cast, exists, func, select
from sqlalchemy.dialects.postgresql import ARRAY, TSQUERY

from edms.language import Query
from edms.search.models import SearchEntry
from edms.search.vector import coded, quoted


def like_words(query: Query) -> list[str]:
    """The lexemes that the query takes beside those that were meant."""
    return sorted({lexeme for clause in query.wanted for term in clause.terms for lexeme in term.near})


def places_of_known(lexemes: Collection[str]) -> Select[Any]:
    """Which of them some letter has: their places, counted from 1."""
    words = bindparam("like", [quoted(coded(lexeme)) for lexeme in lexemes], type_=ARRAY(Text), unique=True)
    each = func.unnest(words).table_valued("word", with_ordinality="nth", name="each").render_derived()
    having = exists().where(SearchEntry.lexemes.bool_op("@@")(cast(each.c.word, TSQUERY)))
    return select(each.c.nth).where(having)


def of_known(query: Query, known: Collection[str]) -> Query:
    """The query with no other word like those typed than these."""
    clauses = tuple(
        replace(clause, terms=tuple(replace(term, near=term.near & frozenset(known)) for term in clause.terms))
        for clause in query.clauses
    )
    return replace(query, clauses=clauses)
