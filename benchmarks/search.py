"""Search: both engines on the same letters; indexing beside the engine's own bulk with the same bodies.

10,000 letters; with --full 200,000. Elasticsearch is the node that `make test-services` fetches; without it only
PostgreSQL is measured, and the table says so.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from time import perf_counter

from sqlalchemy import select

from benchmarks.crowd import fill as crowd
from benchmarks.report import Report, median, percentile
from benchmarks.stage import Stage, stage
from edms.language import query_terms
from edms.search.elastic_engine import ElasticEngine
from edms.search.elastic_shape import line
from edms.search.indexing import AT_ONCE, BATCH, fill, in_batches
from edms.search.models import SearchEntry
from edms.search.port import CAP, Asked, Entry, Filters, Index, Order
from edms.search.projection import entries_of
from tests.services.elastic_nodes import MAKES, missing, running

LETTERS, FULL = 10_000, 200_000
INDEXED = 3_000
TRIES = 60
ASKED: Mapping[str, Sequence[str]] = {
    "a word": ("გზა", "სახურავი", "дорога", "water", "լուսավորություն", "gza"),
    "two words": ("სახურავის შეკეთება", "ремонт дороги", "water metering"),
    "a phrase": ("„სახურავის შეკეთება“", "„ремонт дороги“", "„water metering“"),
    "a beginning": ("სახ*", "дор*", "wat*", "12-05/14*"),
}


def run(report: Report) -> None:
    """Questions on both engines, then indexing."""
    name = next((name for name in MAKES if missing(name) is None), None)
    with stage() as here:
        crowd(here, FULL if report.full else LETTERS)
        if name is None:
            report.note(f"Elasticsearch not measured: {missing(next(iter(MAKES)))}.")
            _questions(report, here, None)
            return
        with running(name) as node:
            engine = node.engine()
            _indexing(report, here, engine)
            _questions(report, here, engine)
            engine.drop_all()


def _indexing(report: Report, here: Stage, engine: ElasticEngine) -> None:
    """The same entries by the bare client, by our index, and from the database; the last one is left in use."""
    with here.house.transaction() as session:
        ids = session.scalars(select(SearchEntry.document_id).order_by(SearchEntry.document_id).limit(INDEXED)).all()
        entries = entries_of(session, ids)
    batches = [entries[at : at + BATCH] for at in range(0, len(entries), BATCH)]
    bare, ours = [], []
    for _ in range(3):  # in turns, so that both meet the same neighbours on the machine
        bare.append(_rate(engine, batches, _bare(engine)))
        ours.append(_rate(engine, batches, lambda making, batch: making.index.put(batch), AT_ONCE))
    limit = median(bare)
    report.row(
        "indexing into Elasticsearch", median(ours), "letters/s", "its bulk with the same bodies", limit,
        median(ours) / limit, ">= 60 %",
    )  # fmt: skip
    making = engine.rebuilding(anew=True)
    began = perf_counter()
    count = sum(each.looked_at for each in in_batches(here.house.transaction, fill, lambda session: making.index))
    took = perf_counter() - began
    making.take_over()
    _disk(report, here, engine, count)
    # faults.md F5: a hundred thousand letters within ten minutes.
    report.row("index built from the database", count / took, "letters/s", "its bulk with the same bodies", limit, count / took / limit, "> 167")  # fmt: skip


def _disk(report: Report, here: Stage, engine: ElasticEngine, letters: int) -> None:
    """What a letter takes in each index."""
    engine.client.options(request_timeout=120).indices.forcemerge(index=engine.alias, max_num_segments=1)
    stats = engine.client.indices.stats(index=engine.alias, metric="store")
    with here.house.transaction() as session:
        held = session.connection().exec_driver_sql("SELECT pg_total_relation_size('search_entry')").scalar_one()
    theirs, ours = (size / letters / 1024 for size in (stats["_all"]["primaries"]["store"]["size_in_bytes"], held))
    report.row("a letter in the index of Elasticsearch", theirs, "KiB", "in PostgreSQL's", ours, theirs / ours)


def _bare(engine: ElasticEngine) -> Callable[..., object]:
    """The client alone, with bodies made beforehand."""
    prepared: dict[int, str] = {}

    def put(making: object, batch: Sequence[Entry]) -> object:
        lines = []
        for entry in batch:
            if entry.document_id not in prepared:
                prepared[entry.document_id] = line(entry)
            lines += ['{"index":{"_id":"%d"}}' % entry.document_id, prepared[entry.document_id]]  # noqa: UP031
        return engine.client.options(request_timeout=60).bulk(operations=lines, index=making.name)  # type: ignore[attr-defined]

    def prepare(making: object, batch: Sequence[Entry]) -> object:
        for entry in batch:
            prepared[entry.document_id] = line(entry)
        return None

    put.prepare = prepare  # type: ignore[attr-defined]
    return put


def _rate(
    engine: ElasticEngine, batches: Sequence[Sequence[Entry]], put: Callable[..., object], at_once: int = 1
) -> float:
    """Letters a second into an empty index, so many batches at a time."""
    making = engine.rebuilding(anew=True)
    for batch in batches:
        getattr(put, "prepare", lambda *_: None)(making, batch)
    with ThreadPoolExecutor(at_once) as pool:
        began = perf_counter()
        for _ in pool.map(lambda batch: put(making, batch), batches):
            pass
    return sum(map(len, batches)) / (perf_counter() - began)


def _questions(report: Report, here: Stage, engine: ElasticEngine | None) -> None:
    """The same questions in turns; a reader of one unit and of all that is open."""
    organisation_id = here.town.kvemo.organisation_id
    tokens = frozenset({f"org:{organisation_id}:open", f"unit:{here.town.units['12'].unit_id}"})
    kinds = {name: (words, Filters(), Order.NEWEST) for name, words in ASKED.items()}
    kinds["a word, filtered"] = (ASKED["a word"], Filters({"state": frozenset({"filed"})}), Order.NEWEST)
    kinds["a word, by rank"] = (ASKED["a word"], Filters(), Order.BEST)
    for name, (words, filters, order) in kinds.items():
        questions = [
            Asked(query_terms(text), tokens, frozenset({organisation_id}), filters, order, limit=CAP) for text in words
        ]
        postgres, elastic = list[float](), list[float]()
        with here.house.transaction() as session:
            for nth in range(TRIES + 6):
                asked = questions[nth % len(questions)]
                times = [_ask(here.house.search.index(session), asked)]
                times += [_ask(engine.index(session), asked)] if engine else []
                if nth >= 6:  # warm
                    postgres.append(times[0])
                    elastic += times[1:]
        for part in (0.5, 0.95):
            called = f"{name}, p{part * 100:.0f}"
            mine = percentile(postgres, part)
            if not elastic:
                report.row(f"PostgreSQL finds {called}", mine, "ms")
                continue
            theirs = percentile(elastic, part)
            report.row(f"Elasticsearch finds {called}", theirs, "ms", "PostgreSQL", mine, theirs / mine)


def _ask(index: Index, asked: Asked) -> float:
    began = perf_counter()
    index.propose(asked)
    return (perf_counter() - began) * 1000
