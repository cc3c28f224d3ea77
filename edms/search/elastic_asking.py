"""A question to Elasticsearch. Everything in it is a condition without a score: what others may read changes no answer.

The rights are built here and nowhere else. A rank is the sum, over the words asked for, of the best weight each has in
the letter: no figure of the whole index enters it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from edms.language import Clause, Query, Term
from edms.search.elastic_shape import COLUMNS, REST, WEIGHTS, columns_of, kind_of, micros, shortened
from edms.search.port import FACETS, LIKE, Alike, Asked
from edms.search.vector import coded

Part = dict[str, Any]
NEWEST = [{"registered_at": "desc"}, {"document_id": "desc"}]
LONGEST_PREFIX = 900
"""Bytes: the engine refuses a thousand."""
BEST = [{"_score": "desc"}, *NEWEST]


def nothing(asked: Asked | Alike) -> bool:
    """Is there nothing that could answer? Nobody's tokens, nobody's organisation: then the engine is not even asked."""
    return any(scope is not None and not scope for scope in (asked.tokens, asked.organisation_ids))


def newest(asked: Asked) -> dict[str, Any]:
    """What answers, the newest first, one more than asked for."""
    found: dict[str, Any] = {"query": conditions(asked), "sort": NEWEST, "size": asked.limit + 1}
    if asked.before is not None:
        instant, document_id = asked.before
        found["search_after"] = [micros(instant), document_id]
    return found


def best(asked: Asked, since: int | None, size: int) -> dict[str, Any]:
    """The same by rank, among those registered at or after `since` (microseconds)."""
    query = conditions(asked)
    if since is not None:
        query["bool"]["filter"].append({"range": {"registered_at": {"gte": since}}})
    query["bool"]["should"] = [_weighed(term) for clause in asked.query.wanted for term in clause.terms]
    return {"query": query, "sort": BEST, "size": size}


def conditions(asked: Asked) -> Part:
    """Rights, words and filters."""
    filters = _rights(asked)
    for facet in FACETS:
        if values := asked.filters.chosen.get(facet):
            filters.append(_terms(facet, values))
    filters += [_terms("facts", tokens) for tokens in asked.filters.facts()]
    for name, first, last in asked.filters.days():
        bounds = {sign: day.isoformat() for sign, day in (("gte", first), ("lte", last)) if day is not None}
        filters.append({"range": {name: bounds}})
    wanted, excluded = _words(asked.query)
    return {"bool": {"filter": [*filters, *wanted], "must_not": excluded}}


def _rights(asked: Asked | Alike) -> list[Part]:
    rights: list[Part] = []
    if asked.organisation_ids is not None:
        rights.append(_terms("organisation_id", asked.organisation_ids))
    if asked.tokens is not None:
        rights.append(_terms("readers", asked.tokens))
    return rights


def counted(asked: Alike) -> dict[str, Any]:
    """How many of the letters that the asker may read have each word."""
    each = {word: {"term": {"words": word}} for word in asked.words}
    return {
        "query": {"bool": {"filter": _rights(asked)}}, "size": 0, "aggs": {"having": {"filters": {"filters": each}}},
    }  # fmt: skip


def likest(asked: Alike, telling: Mapping[str, float]) -> dict[str, Any]:
    """Those that have the most of the telling words."""
    parts = [{"constant_score": {"filter": {"term": {"words": word}}, "boost": told}} for word, told in telling.items()]
    itself = {"term": {"document_id": asked.document_id}}
    query = {"filter": _rights(asked), "must_not": [itself], "should": parts, "minimum_should_match": 1}
    return {"query": {"bool": query}, "min_score": LIKE, "sort": BEST, "size": asked.limit}


def _terms(field: str, values: Any) -> Part:
    return {"terms": {field: sorted(values, key=str)}}


def _words(query: Query) -> tuple[list[Part], list[Part]]:
    wanted = [part for clause in query.wanted for part in _clause(clause)]
    return wanted, [{"bool": {"filter": _clause(clause)}} for clause in query.excluded]


def _clause(clause: Clause) -> list[Part]:
    """Each word, and for several that they stand side by side."""
    parts = [_term("words", term) for term in clause.terms]
    return [*parts, _phrase(clause)] if len(parts) > 1 else parts


def _term(field: str, term: Term) -> Part:
    words = [coded(lexeme) for lexeme in term.lexemes]
    if not term.prefix:
        return {"terms": {field: words}}
    return {"bool": {"should": [{"prefix": {field: _beginning(word)}} for word in words], "minimum_should_match": 1}}


def _beginning(word: str) -> str:
    """What the engine takes of a word's beginning; it is more than any word has."""
    return word.encode()[:LONGEST_PREFIX].decode(errors="ignore")


def _phrase(clause: Clause) -> Part:
    """The columns have equal positions, so words of different columns are neighbours as if they stood in one."""
    row = [{"any_of": {"intervals": [rule for lexeme in term.lexemes for rule in _standing(coded(lexeme), term.prefix)]}} for term in clause.terms]  # fmt: skip
    return {"intervals": {"x0": {"all_of": {"intervals": row, "ordered": True, "max_gaps": 0}}}}


def _standing(word: str, prefix: bool) -> list[Part]:
    kind = kind_of(word)
    rule, what = ("prefix", "prefix") if prefix else ("match", "query")
    return [{rule: {what: shortened(word), "use_field": name}} for name in columns_of(kind, COLUMNS[kind])]


def _weighed(term: Term) -> Part:
    """A word's best weight in the letter."""
    fields = {**WEIGHTS, "words": REST}
    weighed = [{"constant_score": {"filter": _term(field, term), "boost": worth}} for field, worth in fields.items()]
    return {"dis_max": {"queries": weighed}}
