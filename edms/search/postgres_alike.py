"""Letters that share words, as PostgreSQL finds them: one bounded question, and the rights in every part of it."""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    ColumnElement,
    Float,
    Integer,
    Select,
    Text,
    cast,
    column,
    func,
    lateral,
    literal,
    select,
    true,
    values,
)
from sqlalchemy.dialects.postgresql import TSQUERY

from edms.search.models import SearchEntry
from edms.search.port import COMMON, LIKE, Alike
from edms.search.vector import quoted


def likest(asked: Alike) -> Select[Any]:
    """Of each word at most one more than COMMON of the asker's letters are read; words that reach it tell nothing."""
    words = values(column("nth", Integer), column("word", Text), name="words").data(
        [(nth, quoted(word)) for nth, word in enumerate(asked.words)]
    )
    each = (
        select(SearchEntry.document_id, SearchEntry.registered_at)
        .where(SearchEntry.lexemes.bool_op("@@")(cast(words.c.word, TSQUERY)), *_rights(asked))
        .limit(COMMON + 1)
    )
    having = lateral(each, "having")
    many = func.count().over(partition_by=words.c.nth)
    found = (
        select(words.c.nth, having.c.document_id, having.c.registered_at, many.label("many"))
        .select_from(words)
        .join(having, true())
        .cte("found")
    )
    # As `port.worth` has it.
    told = func.sum(func.ln(literal(1.0, Float) + literal(2.0 * COMMON, Float) / found.c.many))
    return (
        select(found.c.document_id)
        .where(found.c.many.between(2, COMMON), found.c.document_id != asked.document_id)
        .group_by(found.c.document_id, found.c.registered_at)
        .having(told >= LIKE)
        .order_by(told.desc(), found.c.registered_at.desc(), found.c.document_id.desc())
        .limit(asked.limit)
    )


def _rights(asked: Alike) -> list[ColumnElement[bool]]:
    rights: list[ColumnElement[bool]] = []
    if asked.organisation_ids is not None:
        rights.append(SearchEntry.organisation_id.in_(sorted(asked.organisation_ids)))
    if asked.tokens is not None:
        rights.append(SearchEntry.readers.overlap(sorted(asked.tokens)))
    return rights
