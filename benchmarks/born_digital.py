"""A letter written on a machine, from its upload to the moment in which a word of its text finds it. Two workers."""

from __future__ import annotations

import io
import random
import re
import time
import zipfile
from time import perf_counter

import psycopg
from sqlalchemy import func, select

from benchmarks.report import Report, median
from benchmarks.stage import Client, Stage, stage, web, workers
from edms.demo import letters, scanner
from edms.language import analyse
from edms.registry.words import RegisterKind
from edms.search.models import SearchEntry

LETTERS, ROUNDS = 60, 3


def run(report: Report) -> None:
    """Rounds of uploads, each registered at once; the clock stops when all are found by a word of their own."""
    with stage(web_workers=1) as here, web(here) as listen, workers(here, 2):
        client = Client(listen)
        token = client.sign_in("nino")
        _round(here, client, token, 6, "warm")
        rates, bare = [], []
        for number in range(ROUNDS * (3 if report.full else 1)):
            rates.append(_round(here, client, token, LETTERS, f"round{number}"))
            bare.append(_bare(here, LETTERS, number))
        limit = median(bare)
    report.row(
        "born-digital letters, upload to searchable", median(rates), "letters/s", "unzip, analyse, insert: one process",
        limit, median(rates) / limit, ">= 5",
    )  # fmt: skip


def _written(count: int, seed: str) -> list[tuple[str, bytes]]:
    chance = random.Random(seed)
    made = []
    for number in range(count):
        mark = f"{seed}{number}mark"
        made.append((mark, scanner.word_file(f"{letters.write(chance).text}\n\n{mark}")))
    return made


def _round(here: Stage, client: Client, token: str, count: int, seed: str) -> float:
    written = _written(count, seed)
    book = here.town.books[RegisterKind.INCOMING].register_id
    before = _found(here)
    began = perf_counter()
    for mark, data in written:
        status, body, _ = client.send("/arrivals/bytes", data, **{"X-CSRFToken": token, "X-File-Name": f"{mark}.docx"})
        if status != 201:
            raise RuntimeError(f"the upload answered {status}")
        arrival = int(re.search(rb'"arrival":\s*(\d+)', body)[1])  # type: ignore[index]
        card = {"csrf_token": token, "key": mark, "register_id": book, "channel": "email", "summary": "-",
                "correspondent_text": f"sender {mark}", "language": "ka"}  # fmt: skip
        status, body, _ = client.post(f"/arrivals/{arrival}", card)
        if status != 303:
            raise RuntimeError(f"registering answered {status}: {body[:500]!r}")
    end = time.monotonic() + 120
    while _found(here) - before < count:
        if time.monotonic() > end:
            raise RuntimeError(f"only {_found(here) - before} of {count} letters were found after two minutes")
        time.sleep(0.05)
    return count / (perf_counter() - began)


def _found(here: Stage) -> int:
    """How many entries hold the text of their papers: the word that every letter begins with, whatever its language."""
    with here.house.transaction() as session:
        return (
            session.scalar(select(func.count()).select_from(SearchEntry).where(func.length(SearchEntry.lexemes) > 60))
            or 0
        )


def _bare(here: Stage, count: int, seed: int) -> float:
    """The least that makes such letters searchable: text out of the zip, words analysed, one row each."""
    written = _written(count, f"bare{seed}")
    with psycopg.connect(here.house.urls.owner.replace("+psycopg", "", 1), autocommit=True) as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS bare_text (id bigint GENERATED ALWAYS AS IDENTITY, v tsvector)")
        began = perf_counter()
        for _, data in written:
            with zipfile.ZipFile(io.BytesIO(data)) as packed:
                text = re.sub(r"<[^>]+>", " ", packed.read("word/document.xml").decode())
            words = sorted({token.exact for token in analyse(text)})
            connection.execute("INSERT INTO bare_text (v) VALUES (array_to_tsvector(%s))", [words])
        return count / (perf_counter() - began)
