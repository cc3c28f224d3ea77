"""A question to Elasticsearch. Everything in it is a condition without a score: what others may read changes no answer.

The rights are built here and nowhere else; words in `elastic_words`, the rank in `elastic_rank`.
"""

from __future__ import annotations

from typing import Any

from edms.search import elastic_rank, elastic_words
from edms.search.elastic_shape import micros
from edms.search.port import FACETS, Asked

Part = dict[str, Any]
NEWEST = [{"registered_at": "desc"}, {"document_id": "desc"}]
BEST = [{"_score": "desc"}, *NEWEST]


def nothing(asked: Asked) -> bool:
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
    filters: list[Part] = []
    if asked.organisation_ids is not None:
        filters.append(_terms("organisation_id", asked.organisation_ids))
    if asked.tokens is not None:
        filters.append(_terms("readers", asked.tokens))
    for facet in FACETS:
        if values := asked.filters.chosen.get(facet):
            filters.append(_terms(facet, values))
    days = {"gte": asked.filters.from_on, "lte": asked.filters.until_on}
    if bounds := {sign: day.isoformat() for sign, day in days.items() if day is not None}:
        filters.append({"range": {"registered_on": bounds}})
    return {"bool": {"filter": [*filters, *elastic_words.wanted(asked.query)], "must_not": elastic_words.excluded(asked.query)}}  # fmt: skip


def _terms(field: str, values: Any) -> Part:
    return {"terms": {field: sorted(values, key=str)}}
