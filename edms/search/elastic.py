"""The index in Elasticsearch, 8.19 or 9: bulk writes with every refusal seen, questions that end within two seconds.

What is written goes into the index in use and into one that is being filled; what is asked goes through an alias.
"""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import datetime
from typing import Any

import structlog

from edms.errors import Unavailable
from edms.search import elastic_asking
from edms.search.breaker import Breaker
from edms.search.elastic_client import ANSWER_SECONDS, WRITE_SECONDS, answering, refusal
from edms.search.elastic_shape import line, micros
from edms.search.port import COMMON, Alike, Asked, Entry, Order, Proposal, worth

log = structlog.get_logger(__name__)

BULK_BYTES = 1 << 20
"""Of one piece: a batch of usual letters. In pieces of a quarter a letter costs the engine half as much again."""
ON_THE_WAY = 2
"""So many pieces at once: while the answer to one is read the engine has the other to work at."""
STAMPS_AT_ONCE = 5_000
_LATER = {403, 408, 429, 500, 502, 503, 504}  # of one entry: the engine is in trouble, not the entry
_BARE: Mapping[str, Any] = {"_source": False, "stored_fields": "_none_", "track_total_hits": False}


class ElasticIndex:
    """An index, or the alias of one, with the write aliases that its entries go to; answers are given in `seconds`."""

    def __init__(
        self,
        client: Any,
        breaker: Breaker,
        asked: str,
        written: Callable[[], Sequence[str]],
        seconds: float = ANSWER_SECONDS,
    ) -> None:
        self._breaker, self._seconds = breaker, seconds
        self._asking = client.options(request_timeout=seconds)
        self._writing = client.options(request_timeout=WRITE_SECONDS, max_retries=0)
        self._name, self._written = asked, written

    def propose(self, asked: Asked) -> Proposal:
        """See `Index.propose`."""
        if elastic_asking.nothing(asked):
            return Proposal((), more=False)
        hits = self._search(elastic_asking.newest(asked))
        more = len(hits) > asked.limit
        hits = hits[: asked.limit]
        if asked.order is Order.BEST and asked.query.clauses and hits:
            oldest = int(hits[-1]["sort"][0]) if more else None
            ranked = self._search(elastic_asking.best(asked, oldest, len(hits)))
            return Proposal(tuple(int(hit["sort"][2]) for hit in ranked), more)
        return Proposal(tuple(int(hit["sort"][1]) for hit in hits), more)

    def alike(self, asked: Alike) -> tuple[int, ...]:
        """See `Index.alike`."""
        if not asked.words or elastic_asking.nothing(asked):
            return ()
        with answering(self._breaker):
            answer = self._asking.search(
                index=self._name, body={**elastic_asking.counted(asked), "timeout": f"{round(self._seconds * 900)}ms"},
                allow_partial_search_results=False, filter_path="timed_out,aggregations.having.buckets",
            )  # fmt: skip
        if answer.get("timed_out"):
            raise Unavailable("search.too_slow")
        buckets = answer["aggregations"]["having"]["buckets"]
        having = {word: int(bucket["doc_count"]) for word, bucket in buckets.items()}
        telling = {word: worth(many) for word, many in having.items() if 1 < many <= COMMON}
        return (
            tuple(int(hit["sort"][2]) for hit in self._search(elastic_asking.likest(asked, telling))) if telling else ()
        )

    def _search(self, asked: Mapping[str, Any], *, writing: bool = False) -> list[dict[str, Any]]:
        """The hits. Errors: Unavailable, also when time ran out or a shard is missing: part of an answer is none."""
        client, seconds = (self._writing, WRITE_SECONDS) if writing else (self._asking, self._seconds)
        with answering(self._breaker):
            answer = client.search(
                index=self._name, body={**_BARE, **asked, "timeout": f"{round(seconds * 900)}ms"},
                allow_partial_search_results=False, filter_path="timed_out,hits.hits.sort,hits.hits.fields",
            )  # fmt: skip
        if answer.get("timed_out"):
            raise Unavailable("search.too_slow")
        return list(answer.get("hits", {}).get("hits", ()))

    def put(self, entries: Sequence[Entry]) -> Mapping[int, str]:
        """See `Index.put`."""
        return self._bulk("index", ((entry.document_id, line(entry)) for entry in entries))

    def drop(self, document_ids: Sequence[int]) -> None:
        """See `Index.drop`."""
        self._bulk("delete", ((document_id, None) for document_id in document_ids))

    def _bulk(self, act: str, documents: Iterable[tuple[int, str | None]]) -> dict[int, str]:
        """Send in bulks of bounded size; what was refused. Errors: Unavailable when the engine is in trouble."""
        targets = self._written()
        if not targets:
            raise Unavailable("search.index_gone")
        refused: dict[int, str] = {}
        with ThreadPoolExecutor(ON_THE_WAY) as sending:  # while the engine works the next piece is made
            sent: deque[Future[dict[int, str]]] = deque()
            for piece in _pieces(act, documents, targets):
                if len(sent) == ON_THE_WAY:
                    refused |= sent.popleft().result()
                sent.append(sending.submit(self._send, act, piece))
            for each in sent:
                refused |= each.result()
        return refused

    def _send(self, act: str, piece: Sequence[str]) -> dict[int, str]:
        with answering(self._breaker):
            answer = self._writing.bulk(
                operations=piece, filter_path="items.*._id,items.*.status,items.*.error.type,items.*.error.caused_by.type",
            )  # fmt: skip
        refused: dict[int, str] = {}
        for item in answer.get("items", ()):
            said = item[act]
            if said["status"] >= 300 and not (act == "delete" and said["status"] == 404 and "error" not in said):
                refused[int(said["_id"])] = _reason(said)
        return refused

    def stamps(self, after: int, until: int) -> dict[int, str]:
        """See `Index.stamps`."""
        found: dict[int, str] = {}
        between = {"range": {"document_id": {"gt": after, "lte": until}}}
        asked: dict[str, Any] = {
            "query": {"bool": {"filter": [between]}}, "sort": [{"document_id": "asc"}], "size": STAMPS_AT_ONCE,
            "docvalue_fields": ["stamp"],
        }  # fmt: skip
        while True:
            hits = self._search(asked, writing=True)
            found.update((int(hit["sort"][0]), str(hit["fields"]["stamp"][0])) for hit in hits)
            if len(hits) < STAMPS_AT_ONCE:
                return found
            asked["search_after"] = hits[-1]["sort"]

    def count(self, before: datetime) -> int:
        """See `Index.count`."""
        query = {"range": {"registered_at": {"lt": micros(before)}}}
        with answering(self._breaker):
            return int(self._asking.count(index=self._name, query=query)["count"])

    def clear(self) -> None:
        """See `Index.clear`."""
        while known := self.stamps(-1, 2**62):
            self.drop(list(known))
            self.settle()

    def settle(self) -> None:
        """See `Index.settle`."""
        with answering(self._breaker):
            self._writing.indices.refresh(index=self._name)


def _pieces(act: str, documents: Iterable[tuple[int, str | None]], targets: Sequence[str]) -> Iterator[list[str]]:
    """The lines of a bulk, in pieces. An index that is gone is not made anew: an alias is required."""
    heads = [json.dumps({act: {"_index": target, "require_alias": True, "_id": ""}}) for target in targets]
    piece: list[str] = []
    size = 0
    for document_id, document in documents:
        for head in heads:
            piece.append(f'{head[:-3]}{document_id}"}}}}')
            if document is not None:
                piece.append(document)
                size += len(document)  # coded words are of one byte a letter
        if size > BULK_BYTES:
            yield piece
            piece, size = [], 0
    if piece:
        yield piece


def _reason(said: Mapping[str, Any]) -> str:
    """The engine's name for why it refused one entry. Errors: Unavailable when not the entry is to blame."""
    error = said.get("error", {})
    kind = str(error.get("type", ""))
    if said["status"] in _LATER or kind == "index_not_found_exception":
        raise refusal(said["status"], kind)
    reason = str(error.get("caused_by", {}).get("type") or kind)
    log.warning("search engine refused an entry", document_id=said["_id"], reason=reason)
    return reason
