"""A million letters: how long questions take as a collection grows, how fast both indices are built, how large they are.

`make bench-scale` fills 10,000 letters, then ten times as many, up to a million; `LETTERS=100000` stops earlier. Each size is a
town of its own. It draws docs/pictures/growth.svg. Hours long at a million, so it is no part of `make bench`.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from math import log10
from pathlib import Path
from time import perf_counter, process_time

from benchmarks.crowd import fill as crowd
from benchmarks.report import Report, machine, number, percentile
from benchmarks.stage import Stage, stage
from edms.language import query_terms
from edms.search.elastic_engine import ElasticEngine
from edms.search.indexing import fill
from edms.search.port import Asked, Filters, Order
from edms.search.postgres import PostgresIndex
from tests.services.elastic_nodes import MAKES, missing, running

SIZES = (10_000, 100_000, 1_000_000)
TRIES, AT_ONCE = 40, 10
REBUILT = 2_000  # letters that PostgreSQL's index is made of anew, for its rate
ASKED: Mapping[str, tuple[Sequence[str], Filters, Order]] = {
    "a word": (("სახურავი", "дорога", "water", "լուսավորություն"), Filters(), Order.NEWEST),
    "a word, best first": (("სახურავი", "дорога", "water", "լուսավորություն"), Filters(), Order.BEST),
    "a phrase": (("„სახურავის შეკეთება“", "„ремонт дороги“", "„water metering“"), Filters(), Order.NEWEST),
    "a beginning": (("სახ*", "дор*", "wat*", "12-05/14*"), Filters(), Order.NEWEST),
    "a word, filtered": (("სახურავი", "дорога"), Filters({"state": frozenset({"filed"})}), Order.NEWEST),
    "a rare number": (("12-05/1417", "12-05/2203"), Filters(), Order.NEWEST),
}
PICTURE = Path(__file__).parent.parent / "docs" / "pictures" / "growth.svg"


@dataclass
class Size:
    """What was measured at one size: p95 in milliseconds by engine and kind of question."""

    letters: int
    times: dict[tuple[str, str], float]


def main() -> None:
    """Measure, tell, draw."""
    call = argparse.ArgumentParser(prog="python -m benchmarks.million", description=__doc__)
    call.add_argument("--letters", type=int, default=SIZES[-1], help="the largest size")
    call.add_argument("--explain", action="store_true", help="print how PostgreSQL answers each kind of question")
    most = call.parse_args()
    report = Report()
    print(machine(), flush=True)
    name = next((name for name in MAKES if missing(name) is None), None)
    measured = [
        _size(report, letters, name, most.explain)
        for letters in (*(s for s in SIZES if s < most.letters), most.letters)
    ]
    draw(measured, PICTURE)
    print(machine(), PICTURE, sep="\n", flush=True)


def _size(report: Report, letters: int, name: str | None, explain: bool) -> Size:
    size = Size(letters, {})
    with stage() as here:
        began = perf_counter()
        crowd(here, letters)
        report.note(f"{letters} letters made in {perf_counter() - began:.0f} s.")
        _built(report, here, letters)
        if explain:
            _explained(here)
        _asked(report, here, size, "PostgreSQL", lambda asked: _postgres(here, asked))
        if name is None:
            report.note(f"Elasticsearch not measured: {missing(next(iter(MAKES)))}.")
            return size
        with running(name) as node:
            engine = node.engine()
            _filled(report, here, engine, letters)
            index = engine.index(None)  # type: ignore[arg-type]
            _asked(report, here, size, "Elasticsearch", lambda asked: index.propose(asked))
            engine.drop_all()
    return size


def _built(report: Report, here: Stage, letters: int) -> None:
    """PostgreSQL's index: its size, and the rate at which it is made anew from the database."""
    with here.house.transaction() as session:
        held = session.connection().exec_driver_sql("SELECT pg_total_relation_size('search_entry')").scalar_one()
        began, busy, after, count = perf_counter(), process_time(), 0, 0
        while count < min(REBUILT, letters):
            batch = fill(session, PostgresIndex(session), after=after)
            count, after = count + batch.looked_at, batch.after or 0
        took, used = perf_counter() - began, process_time() - busy
    report.row(f"PostgreSQL's index of {letters}", held / letters / 1024, "KiB a letter")
    report.row(
        f"PostgreSQL's index made anew at {letters}",
        count / took,
        "letters/s",
        "a processor second of ours",
        count / used,
    )


def _filled(report: Report, here: Stage, engine: ElasticEngine, letters: int) -> None:
    """Elasticsearch's index built from the database."""
    making = engine.rebuilding(anew=True)
    began, busy, after = perf_counter(), process_time(), 0
    while True:
        with here.house.transaction() as session:
            batch = fill(session, making.index, after=after)
        if batch.after is None:
            break
        after = batch.after
    took, used = perf_counter() - began, process_time() - busy
    making.take_over()
    report.row(
        f"Elasticsearch's index built of {letters}",
        letters / took,
        "letters/s",
        "a processor second of ours",
        letters / used,
    )
    stats = engine.client.options(request_timeout=60).indices.stats(index=engine.alias, metric="store")
    held = stats["_all"]["primaries"]["store"]["size_in_bytes"]
    report.row(f"Elasticsearch's index of {letters}", held / letters / 1024, "KiB a letter")


def _questions(here: Stage, kind: str) -> list[Asked]:
    texts, filters, order = ASKED[kind]
    organisation_id = here.town.kvemo.organisation_id
    tokens = frozenset({f"org:{organisation_id}:open", f"unit:{here.town.units['12'].unit_id}"})
    return [Asked(query_terms(text), tokens, frozenset({organisation_id}), filters, order) for text in texts]


def _asked(report: Report, here: Stage, size: Size, engine: str, ask: Callable[[Asked], object]) -> None:
    """Each kind of question one after another; then ten of all kinds at once."""
    for kind in ASKED:
        questions = _questions(here, kind)
        times = [_time(ask, questions[nth % len(questions)]) for nth in range(TRIES + len(questions))][len(questions) :]
        size.times[engine, kind] = percentile(times, 0.95)
        report.row(
            f"{engine} finds {kind} at {size.letters}, p95",
            size.times[engine, kind],
            "ms",
            "p50",
            percentile(times, 0.5),
            bar="< 2000 ms",
        )
    every = [question for kind in ASKED for question in _questions(here, kind)]
    with ThreadPoolExecutor(AT_ONCE) as askers:
        times = list(askers.map(lambda nth: _time(ask, every[nth % len(every)]), range(3 * TRIES)))
    report.row(
        f"{engine}, ten at once at {size.letters}, p95", percentile(times, 0.95), "ms", "p50", percentile(times, 0.5)
    )


def _postgres(here: Stage, asked: Asked) -> object:
    with here.house.transaction() as session:
        return PostgresIndex(session).propose(asked)


def _time(ask: Callable[[Asked], object], asked: Asked) -> float:
    began = perf_counter()
    ask(asked)
    return (perf_counter() - began) * 1000


def _explained(here: Stage) -> None:
    """The plan of the first question of each kind, as the server runs it."""
    for kind in ASKED:
        with here.house.transaction() as session:
            connection = session.connection()
            connection.exec_driver_sql("LOAD 'auto_explain'")
            connection.exec_driver_sql(
                "SET LOCAL auto_explain.log_min_duration = 0; SET LOCAL auto_explain.log_analyze = on; SET LOCAL client_min_messages = log"
            )
            connection.connection.driver_connection.add_notice_handler(lambda said: print(said.message_primary))  # type: ignore[union-attr]
            print(kind, flush=True)
            PostgresIndex(session).propose(_questions(here, kind)[0])


def draw(sizes: Sequence[Size], path: Path) -> None:
    """p95 by size on two logarithmic scales, a line for each engine and kind of question."""
    width, height, left, top = 640, 360, 60, 20

    def at(letters: int, milliseconds: float) -> tuple[float, float]:
        across = (log10(letters) - 4) / 2
        up = log10(max(1.0, milliseconds)) / 3.5
        return left + across * (width - left - 190), top + (1 - up) * (height - top - 40)

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" font-family="sans-serif" font-size="11">',
        f'<rect width="{width}" height="{height}" fill="#fff"/>',
    ]
    for ms in (1, 10, 100, 1000):
        x, y = at(10_000, ms)
        parts.append(
            f'<path d="M{x} {y:.1f}H{width - 190}" stroke="#ddd"/><text x="{x - 8}" y="{y + 4:.1f}" text-anchor="end">{ms} ms</text>'
        )
    for size in sizes:
        x, y = at(size.letters, 1)
        parts.append(f'<text x="{x:.1f}" y="{y + 18:.1f}" text-anchor="middle">{number(size.letters)}</text>')
    colours = ("#1b4f72", "#7d3c98", "#117a65", "#b9770e", "#922b21", "#515a5a")
    for nth, kind in enumerate(ASKED):
        for engine, dash in (("PostgreSQL", ""), ("Elasticsearch", ' stroke-dasharray="5 3"')):
            places = [at(size.letters, size.times[engine, kind]) for size in sizes if (engine, kind) in size.times]
            line = " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
            parts.append(f'<polyline points="{line}" fill="none" stroke="{colours[nth]}" stroke-width="2"{dash}/>')
        parts.append(f'<text x="{width - 180}" y="{top + 16 * nth + 12}" fill="{colours[nth]}">{kind}</text>')
    parts.append(f'<text x="{width - 180}" y="{top + 116}">PostgreSQL ——, Elasticsearch - - -</text></svg>')
    path.write_text("\n".join(parts) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
