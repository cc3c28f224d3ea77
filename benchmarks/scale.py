"""Pages of a town with years behind it, beside the same pages of a town that began today; and what an idle service holds.

20,000 letters; with --full 200,000. The times are the server's whole answer on loopback, one reader.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from time import perf_counter

import psycopg

from benchmarks.crowd import fill
from benchmarks.report import Report, median, percentile
from benchmarks.stage import Client, Stage, await_ready, database_server, process, processor, pss, stage, web
from edms.db.engine import conninfo
from edms.registry.words import RegisterKind

LETTERS, FULL, FEW = 20_000, 200_000, 200
TRIES = 40
LARGE = ("document", "number", "event", "submission", "resolution", "assignment", "report", "content",
         "document_content", "page_text", "search_entry", "correspondent")  # fmt: skip
ASKED = ("გზა", "სახურავის შეკეთება", "ремонт дороги", "water metering", "լուսավորություն", "gza", "12-05/1417")
STATISTICS_SECONDS = 12  # a server process tells what it read within ten seconds of its last work
READ_AT_MOST = 5_000  # rows for one page; a full count of any large table reads more


def run(report: Report) -> None:
    """The pages with few letters, then with many; then memory."""
    count = FULL if report.full else LETTERS
    with stage() as few:
        fill(few, FEW)
        beside = _pages(few, TRIES)
    with stage() as many:
        began = perf_counter()
        fill(many, count)
        report.note(f"{count} letters made in {perf_counter() - began:.0f} s.")
        measured = _pages(many, TRIES)
        read, scans = _rows_read(many)
    for name, page in measured.items():
        little = beside[name]
        got, peer = percentile(page.times, 0.95), percentile(little.times, 0.95)
        report.row(
            f"{name}, p95 at {count} letters", got, "ms", f"at {FEW} letters", peer, got / peer, f"< {page.limit} ms"
        )
        report.row(
            f"{name}, processor time of web and database", page.processor, "ms", f"at {FEW} letters", little.processor,
            page.processor / max(1.0, little.processor),
        )  # fmt: skip
    report.row("rows read for one page", read, "rows", bar=f"< {READ_AT_MOST}")
    report.row("large tables read from end to end", scans, "scans", bar="< 1")
    _memory(report)


@dataclass(frozen=True)
class Kind:
    """A kind of page: milliseconds of each answer, their limit, and the processor time of one."""

    times: list[float]
    limit: int
    processor: float


def _pages(here: Stage, tries: int) -> Mapping[str, Kind]:
    """Every kind of page, measured."""
    book = here.town.books[RegisterKind.INCOMING].register_id
    with psycopg.connect(conninfo(here.house.urls.owner)) as connection:
        found = connection.execute(
            "SELECT document_id, year, serial FROM document ORDER BY random() LIMIT 300"
        ).fetchall()
    letters = [row[0] for row in found]
    middle = [f"{year}.{serial}" for _, year, serial in found]
    with web(here) as listen:
        nino, davit, gocha = Client(listen), Client(listen), Client(listen)
        for client, login in ((nino, "nino"), (davit, "davit"), (gocha, "gocha")):
            client.sign_in(login)
        kinds = {
            "register page": (nino, [f"/registers/{book}"], 200),
            "register page, deep": (nino, [f"/registers/{book}?before={place}" for place in middle], 200),
            "my desk of the mayor": (davit, ["/desk/"], 200),
            "my desk of an official": (gocha, ["/desk/"], 200),
            "a letter": (davit, [f"/letters/{letter}" for letter in letters], 200),
            "search": (nino, [f"/search/?q={_quoted(text)}" for text in ASKED], 300),
            "search by rank": (davit, [f"/search/?q={_quoted(text)}&order=best" for text in ASKED], 300),
        }
        for client, addresses, _ in kinds.values():
            for address in addresses[:3]:
                _open(client, address)  # warm: templates, catalogue, caches of the server
        time.sleep(STATISTICS_SECONDS)
        _reset(here)
        server = database_server(here)
        made = {}
        for name, (client, addresses, limit) in kinds.items():
            before = processor(here.web_pid) + processor(server)
            times = [_open(client, addresses[n % len(addresses)]) for n in range(tries)]
            spent = (processor(here.web_pid) + processor(server) - before) * 1000 / tries
            made[name] = Kind(times, limit, spent)
        return made


def _quoted(text: str) -> str:
    return "".join(f"%{byte:02X}" for byte in text.encode())


def _open(client: Client, address: str) -> float:
    began = perf_counter()
    status, body = client.get(address)
    took = (perf_counter() - began) * 1000
    if status != 200:
        raise RuntimeError(f"{address} answered {status}: {body[:300]!r}")
    return took


def _reset(here: Stage) -> None:
    with psycopg.connect(here.house.urls.owner.replace("+psycopg", "", 1), autocommit=True) as connection:
        _before.clear()
        _before.update(_counts(connection))


_before: dict[str, tuple[int, int]] = {}


def _counts(connection: psycopg.Connection) -> dict[str, tuple[int, int]]:
    rows = connection.execute(
        "SELECT relname, seq_scan, coalesce(seq_tup_read, 0) + coalesce(idx_tup_fetch, 0) FROM pg_stat_user_tables"
        " WHERE relname = ANY(%s)",
        [list(LARGE)],
    ).fetchall()
    return {name: (scans, read) for name, scans, read in rows}


def _rows_read(here: Stage) -> tuple[float, int]:
    """Rows of large tables read for one page on average since the reset, and how often one was read from end to end."""
    time.sleep(STATISTICS_SECONDS)
    with psycopg.connect(here.house.urls.owner.replace("+psycopg", "", 1), autocommit=True) as connection:
        now = _counts(connection)
    pages = 7 * TRIES
    return (
        sum(read - _before[name][1] for name, (_, read) in now.items()) / pages,
        sum(scans - _before[name][0] for name, (scans, _) in now.items()),
    )


def _memory(report: Report) -> None:
    """`edms serve` with one web process and one worker, after each has done some work, idle for a while."""
    with stage(web_workers=1) as here, process("edms.serving", "1", environ=here.environ) as service:
        await_ready(here.settings.listen, service)
        client = Client(here.settings.listen)
        client.sign_in("nino")
        for address in ("/desk/", "/registers/", "/arrivals/new", "/search/?q=x"):
            client.get(address)
        time.sleep(15)
        held = [pss(service.pid) / 2**20]
        for _ in range(4):
            time.sleep(1)
            held.append(pss(service.pid) / 2**20)
        with process("http.server", "0", "--bind", "127.0.0.1", environ=here.environ) as bare:
            time.sleep(2)
            one = pss(bare.pid) / 2**20
        report.row(
            "memory of edms serve and one worker, idle", median(held), "MiB", "a bare Python web server", one,
            median(held) / one, "< 400 MiB",
        )  # fmt: skip
