"""A question to Elasticsearch. Everything in it is a condition without a score: what others may read changes no answer.

The rights are built here and nowhere else; words in `elastic_words`, the rank in `elastic_rank`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from edms.search import elastic_rank, elastic_words
from edms.search.elastic_shape import micros
from edms.search.port import FACETS, LIKE, Alike, Asked

Part = dict[str, Any]
NEWEST = [{"registered_at": "desc"}, {"document_id": "desc"}]
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
    query["bool"]["should"] = elastic_rank.parts(asked.query)
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
    return {"bool": {"filter": [*filters, *elastic_words.wanted(asked.query)], "must_not": elastic_words.excluded(asked.query)}}  # fmt: skip


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
