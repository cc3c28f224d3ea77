"""Indices behind an alias: filled beside the one in use, switched at once, resumable, found again after any accident.

`edms-v2` is the alias that is asked; v2 is the format, so that a newer service finds no index and builds one while the
older still asks its own. Each index has a write alias, its name with `.w`: entries go to all of these, and only
through them, so that an index somebody has deleted does not come back empty and without our fields.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any

from sqlalchemy.orm import Session

from edms import clock
from edms.errors import Unavailable
from edms.search.breaker import Breaker
from edms.search.elastic import ElasticIndex
from edms.search.elastic_client import ANSWER_SECONDS, WRITE_SECONDS, Cluster, answering, connect
from edms.search.elastic_shape import FORMAT, IN_USE, mapping, marked, settings
from edms.search.port import Index, Rebuilding

WRITTEN = ".w"
OLDEST = (8, 19)
"""Of the server; docs/adr/0007-elasticsearch.md says what was tried."""


class ElasticEngine:
    """An Elasticsearch cluster with our indices; the connection is made when it is first needed."""

    name = "elastic"

    def __init__(self, cluster: Cluster) -> None:
        self.cluster = cluster
        self.breaker = Breaker()
        self.client = connect(cluster)
        self.alias = f"{cluster.name}-v{FORMAT}"

    @cached_property
    def _index(self) -> ElasticIndex:
        return ElasticIndex(self.client, self.breaker, self.alias, self.written, self.cluster.answer_seconds)

    def index(self, session: Session) -> Index:
        """See `Engine.index`; the session is not needed."""
        return self._index

    def written(self) -> list[str]:
        """The write aliases of the index in use and of those being filled."""
        return [name + WRITTEN for name in self._ours()]

    def lost(self) -> bool:
        """See `Engine.lost`."""
        return self.in_use() is None

    def in_use(self) -> str | None:
        """The index behind the alias; one without a write alias is none of ours."""
        return next((name for name, aliases in self._ours().items() if self.alias in aliases), None)

    def _ours(self, *, patient: bool = False) -> Mapping[str, Sequence[str]]:
        """Our indices of this format that can be written, with their aliases; `patient` where nobody waits for an answer."""
        with answering(self.breaker):
            client = self._changing if patient else self.client
            found = client.indices.get_alias(index=f"{self.alias}-*")
        named = {name: list(each.get("aliases", {})) for name, each in sorted(found.body.items())}
        return {name: aliases for name, aliases in named.items() if name + WRITTEN in aliases}

    def broken(self) -> bool:
        """See `Engine.broken`; a server that is too old is told here too."""
        self.require_fit()
        with answering(self.breaker):
            found = self.client.cluster.health(index=f"{self.alias}-*", timeout="1s", filter_path="status")
        return bool(found.get("status") == "red")

    def require_fit(self) -> None:
        """Refuse a cluster with a node older than we serve. Errors: Unavailable."""
        with answering(self.breaker):
            found = self.client.nodes.info(filter_path="nodes.*.version")
        for node in found.get("nodes", {}).values():
            if is_old(node["version"]):
                raise Unavailable("search.server_too_old", version=node["version"])

    def rebuilding(self, *, anew: bool = False) -> Rebuilding:
        """See `Engine.rebuilding`."""
        half = self._being_filled(patient=True)
        if anew and half is not None:
            self._delete([half])
            half = None
        return ElasticRebuilding(self, half or self._create())

    def filled(self) -> int | None:
        """See `Engine.filled`."""
        half = self._being_filled()
        if half is None:
            return None
        with answering(self.breaker):
            stats = self.client.indices.stats(index=half, metric="docs")
        return int(stats["_all"]["primaries"]["docs"]["count"])

    def _being_filled(self, *, patient: bool = False) -> str | None:
        """The newest that is not in use."""
        ours = reversed(list(self._ours(patient=patient).items()))
        return next((name for name, aliases in ours if self.alias not in aliases), None)

    def _create(self) -> str:
        name = f"{self.alias}-{clock.now():%Y%m%d%H%M%S}{secrets.token_hex(2)}"
        with answering(self.breaker):
            self._changing.indices.create(
                index=name, aliases={name + WRITTEN: {}}, mappings=mapping(0), settings=settings(self.cluster.shards)
            )
        return name

    @property
    def _changing(self) -> Any:
        return self.client.options(request_timeout=WRITE_SECONDS, max_retries=0)

    def drop_all(self) -> None:
        """All our indices of this format are gone."""
        if names := list(self._ours(patient=True)):
            self._delete(names)

    def _delete(self, names: Sequence[str]) -> None:
        with answering(self.breaker):
            self._changing.indices.delete(index=",".join(names), ignore_unavailable=True)


class ElasticRebuilding:
    """See `Rebuilding`. Two at once fill the same index: harmless, and the second finds it switched."""

    def __init__(self, engine: ElasticEngine, name: str) -> None:
        self._engine, self.name = engine, name
        written = [name + WRITTEN]
        self.index: Index = ElasticIndex(
            engine.client, engine.breaker, name, lambda: written, engine.cluster.answer_seconds
        )
        with answering(engine.breaker):
            found = engine._changing.indices.get_mapping(index=name)
        self.after = int(found[name]["mappings"]["_meta"]["edms"]["after"])

    def mark(self, after: int) -> None:
        """See `Rebuilding.mark`."""
        with answering(self._engine.breaker):
            self._engine._changing.indices.put_mapping(index=self.name, meta=marked(after))

    def take_over(self) -> None:
        """See `Rebuilding.take_over`: one step for all who ask. The old index, half filled ones and older formats go."""
        changing, alias = self._engine._changing, self._engine.alias
        with answering(self._engine.breaker):
            changing.indices.put_settings(index=self.name, settings=IN_USE)
            changing.indices.refresh(index=self.name)
            known = changing.indices.get_alias(
                index=[f"{self._engine.cluster.name}-v{n}-*" for n in range(1, FORMAT + 1)]
            )
        if self.name not in known:
            raise Unavailable("search.index_gone")
        others = [name for name in known if name != self.name]
        actions: list[dict[str, Any]] = [{"add": {"index": self.name, "alias": alias}}]
        actions += [{"remove": {"index": name, "alias": "*"}} for name in others if known[name]["aliases"]]
        with answering(self._engine.breaker):
            changing.indices.update_aliases(actions=actions)
        if others:
            time.sleep(ANSWER_SECONDS)  # who asked the old one still has her answer
            self._engine._delete(others)


def is_old(version: str) -> bool:
    """Is this version of the server older than the oldest that was tried?"""
    numbers = tuple(int(part) for part in version.split("-")[0].split(".")[:2])
    return numbers < OLDEST
