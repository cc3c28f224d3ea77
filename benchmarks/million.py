"""A million letters: how long questions take as a collection grows, how fast both indices are built, how large they are.

`make bench-scale` has towns of 10,000 letters, of ten times as many, and of a million; `LETTERS=100000` stops earlier. Each
stays in its folder of `DIR` with what was measured of it, so that a cut run goes on where it was, and
`make bench-scale ARGS=--questions` asks again, in minutes, what is loaded already. It draws docs/pictures/growth.svg.
Hours long at a million, so it is no part of `make bench`.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from time import perf_counter, process_time
from typing import Any

from sqlalchemy import event

from benchmarks.crowd import BASE
from benchmarks.crowd import fill as crowd
from benchmarks.growth import Size, draw
from benchmarks.report import Report, machine, number, percentile
from benchmarks.stage import Stage, at
from edms.errors import Unavailable
from edms.language import query_terms
from edms.search.elastic_client import ANSWER_SECONDS
from edms.search.elastic_engine import ElasticEngine
from edms.search.indexing import fill, in_batches
from edms.search.port import Asked, Filters, Order
from edms.search.postgres import PostgresIndex
from tests.services.elastic_nodes import MAKES, kept, missing

SIZES = (10_000, 100_000, 1_000_000)
TRIES, AT_ONCE = 40, 10
REBUILT = 10_000  # letters that PostgreSQL's index is made of anew, for its rate
HEAP = "2g"
DIR = Path("var/scale")
SERVER = """\
shared_buffers = 1GB
effective_cache_size = 4GB
maintenance_work_mem = 256MB
max_wal_size = 4GB
checkpoint_timeout = 15min
"""
"""Of the database server: what docs/operations.md advises for an archive of this size."""
WORD = ("სახურავი", "дорога", "water", "լուսավորություն")
ASKED: Mapping[str, tuple[Sequence[str], Filters, Order]] = {
    "a word": (WORD, Filters(), Order.NEWEST),
    "a word, best first": (WORD, Filters(), Order.BEST),
    "two words": (("სახურავის შეკეთება", "ремонт дороги", "water metering"), Filters(), Order.NEWEST),
    "a phrase": (("„სახურავის შეკეთება“", "„ремонт дороги“", "„water metering“"), Filters(), Order.NEWEST),
    "a beginning": (("სახ*", "дор*", "wat*"), Filters(), Order.NEWEST),
    "a word, filtered": (("სახურავი", "дорога"), Filters({"state": frozenset({"submitted"})}), Order.NEWEST),
    "a rare number": ((f"12-05/{BASE + 1417}", f"12-05/{BASE + 2203}"), Filters(), Order.NEWEST),
}
PICTURE = Path(__file__).parent.parent / "docs" / "pictures" / "growth.svg"


@dataclass
class Kept:
    """What is known of a size, in a file beside its town; written as each part ends."""

    path: Path
    figures: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.path.exists():
            self.figures = json.loads(self.path.read_text(encoding="utf-8"))

    def put(self, **figures: object) -> None:
        """Remember these, and when and on what machine."""
        self.figures |= figures | {"machine": machine()}
        fresh = self.path.with_suffix(".new")
        fresh.write_text(json.dumps(self.figures, ensure_ascii=False, indent=1), encoding="utf-8")
        fresh.replace(self.path)


def main() -> None:
    """Load, measure, tell, draw."""
    call = argparse.ArgumentParser(prog="python -m benchmarks.million", description=__doc__)
    call.add_argument("--letters", type=int, default=SIZES[-1], help="the largest size")
    call.add_argument("--dir", type=Path, default=DIR, help="where the towns stay")
    call.add_argument("--questions", action="store_true", help="ask again what is loaded; load nothing")
    call.add_argument("--without-elastic", action="store_true", help="PostgreSQL alone")
    call.add_argument("--explain", action="store_true", help="print how PostgreSQL answers each kind of question")
    call.add_argument("--write", action="store_true", help="put the figures into docs/benchmarks.md")
    most = call.parse_args()
    report = Report()
    print(machine(), flush=True)
    name = None if most.without_elastic else next((name for name in MAKES if missing(name) is None), None)
    measured = []
    for letters in dict.fromkeys((*(size for size in SIZES if size < most.letters), most.letters)):
        folder = (most.dir / str(letters)).absolute()
        folder.parent.mkdir(parents=True, exist_ok=True)
        known = Kept(most.dir / f"{letters}.json")
        if most.questions and "made" not in known.figures:
            report.note(f"{letters} letters are not loaded.")
            continue
        _size(folder, letters, known, name, most)
        told = Size(letters, {(e, k): t[1] for e in ENGINES for k, t in known.figures.get(e, {}).items()})
        measured.append(told)
        _tell(report, letters, known.figures)
    draw(measured, [*ASKED], PICTURE)
    if most.write:
        report.write()
    print(machine(), PICTURE, sep="\n", flush=True)


ENGINES = ("PostgreSQL", "Elasticsearch")


def _size(folder: Path, letters: int, known: Kept, name: str | None, asked: argparse.Namespace) -> None:
    with at(folder, server=SERVER) as here:
        if "made" not in known.figures:
            began = perf_counter()
            crowd(here, letters)
            known.put(made=letters / (perf_counter() - began))
        if not asked.questions and "rebuilt" not in known.figures:
            known.put(**_built(here, letters))
        if asked.explain:
            _explained(here)
        if asked.questions or "PostgreSQL" not in known.figures:
            known.put(PostgreSQL=_asked(here, lambda question: _postgres(here, question)))
        if name is None or (asked.questions and "elastic" not in known.figures):
            return
        with kept(name, folder.with_name(f"{letters}-{name}"), heap=HEAP) as node:
            engine = node.engine("tscale")
            if "elastic" not in known.figures:
                _filled(here, engine, letters, known)
            if asked.questions or "Elasticsearch" not in known.figures:
                index = engine.index(None)  # type: ignore[arg-type]
                known.put(Elasticsearch=_asked(here, index.propose))


def _built(here: Stage, letters: int) -> dict[str, float]:
    """PostgreSQL's index: its size and the database's, and the rate at which it is made anew from the database."""
    with here.house.transaction() as session:
        ask = session.connection().exec_driver_sql
        held = ask("SELECT pg_total_relation_size('search_entry')").scalar_one()
        whole = ask("SELECT pg_database_size(current_database())").scalar_one()
    began, busy, after, count = perf_counter(), process_time(), 0, 0
    while count < min(REBUILT, letters):
        with here.house.transaction() as session:
            batch = fill(session, PostgresIndex(session), after=after)
        count, after = count + batch.looked_at, batch.after or 0
    took, used = perf_counter() - began, process_time() - busy
    return {"index": held / letters, "database": whole / letters, "rebuilt": count / took, "rebuilt_cpu": count / used}


def _filled(here: Stage, engine: ElasticEngine, letters: int, known: Kept) -> None:
    """Elasticsearch's index built from the database; a cut run goes on at the mark."""
    making = engine.rebuilding()
    spent: list[float] = known.figures.get("filling", [0, 0.0, 0.0]) if making.after else [0, 0.0, 0.0]
    looked_at, began, busy = 0, perf_counter(), process_time()
    for batch in in_batches(here.house.transaction, fill, lambda session: making.index, after=making.after):
        looked_at += batch.looked_at
        if batch.after is not None and looked_at % 10_000 == 0:
            making.mark(batch.after)
            filling = [spent[0] + looked_at, spent[1] + perf_counter() - began, spent[2] + process_time() - busy]
            known.put(filling=filling)
            print(f"    {number(filling[0])} of {number(letters)} letters are in Elasticsearch", flush=True)
    took, used = spent[1] + perf_counter() - began, spent[2] + process_time() - busy
    looked_at += int(spent[0])
    making.take_over()
    calm = engine.client.options(request_timeout=1200)
    calm.indices.flush(index=engine.alias)
    stats = calm.indices.stats(index=engine.alias, metric="store")
    held = stats["_all"]["primaries"]["store"]["size_in_bytes"]
    known.put(elastic=held / letters, elastic_built=looked_at / took, elastic_built_cpu=looked_at / used)


def _questions(here: Stage, kind: str) -> list[Asked]:
    texts, filters, order = ASKED[kind]
    organisation_id = here.town.kvemo.organisation_id
    tokens = frozenset({f"org:{organisation_id}:open", f"unit:{here.town.units['12'].unit_id}"})
    return [Asked(query_terms(text), tokens, frozenset({organisation_id}), filters, order) for text in texts]


def _asked(here: Stage, ask: Callable[[Asked], object]) -> dict[str, tuple[float, float]]:
    """p50 and p95 in milliseconds of each kind of question, one after another; then ten of all kinds at once."""
    answered = {}
    for kind in ASKED:
        questions = _questions(here, kind)
        times = [_time(ask, questions[nth % len(questions)]) for nth in range(TRIES + len(questions))][len(questions) :]
        answered[kind] = percentile(times, 0.5), percentile(times, 0.95)
        print(f"    {kind}: {answered[kind][0]:.0f} ms, {answered[kind][1]:.0f} ms", flush=True)
    every = [question for kind in ASKED for question in _questions(here, kind)]
    with ThreadPoolExecutor(AT_ONCE) as askers:
        times = list(askers.map(lambda nth: _time(ask, every[nth % len(every)]), range(3 * TRIES)))
    answered["ten at once"] = percentile(times, 0.5), percentile(times, 0.95)
    return answered


def _postgres(here: Stage, asked: Asked) -> object:
    with here.house.transaction() as session:
        return here.house.search.index(session).propose(asked)


def _time(ask: Callable[[Asked], object], asked: Asked) -> float:
    """Milliseconds; a question that was not answered, also one that an engine in trouble was spared, took all there is."""
    began = perf_counter()
    try:
        ask(asked)
    except Unavailable:
        return max((perf_counter() - began) * 1000, ANSWER_SECONDS * 1000)
    return (perf_counter() - began) * 1000


def _tell(report: Report, letters: int, known: Mapping[str, Any]) -> None:
    size = number(letters)
    for engine in ENGINES:
        for kind, (middle, high) in known.get(engine, {}).items():
            report.row(f"{engine} finds {kind} at {size}, p95", high, "ms", "p50", middle, bar="< 2000 ms")
    for name, key, unit, part in (
        (f"PostgreSQL's index of {size}", "index", "KiB a letter", 1024),
        (f"the whole database of {size}", "database", "KiB a letter", 1024),
        (f"Elasticsearch's index of {size}", "elastic", "KiB a letter", 1024),
        (f"PostgreSQL's index made anew at {size}", "rebuilt", "letters/s", 1),
        (f"Elasticsearch's index built of {size}", "elastic_built", "letters/s", 1),
    ):
        if key in known:
            cpu = known.get(f"{key}_cpu")
            report.row(name, known[key] / part, unit, "a processor second of ours" if cpu else "", cpu)
    report.note(f"{size}: {known['machine']}")


def _explained(here: Stage) -> None:
    """The plan of the first question of each kind, as the server runs it: each statement again, in the same settings."""
    for kind in ASKED:
        print(kind, flush=True)
        with here.house.transaction() as session:
            connection = session.connection()
            said: list[tuple[str, Any]] = []

            def note(_1: Any, _2: Any, statement: str, parameters: Any, *_: Any, said: Any = said) -> None:
                said.append((statement, parameters))

            event.listen(connection, "before_cursor_execute", note)
            PostgresIndex(session).propose(_questions(here, kind)[0])
            event.remove(connection, "before_cursor_execute", note)
            for statement, parameters in said:
                if "set_config" in statement or not statement.startswith(("SELECT", "WITH")):
                    connection.exec_driver_sql(statement, parameters)
                    continue
                plan = connection.exec_driver_sql(f"EXPLAIN (ANALYZE, BUFFERS) {statement}", parameters)
                print(*(row[0] for row in plan), sep="\n", flush=True)


if __name__ == "__main__":
    main()
