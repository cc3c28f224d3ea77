"""How soon `edms worker` takes up a job: alone, one behind another, and in the first seconds of a worker's life.

Wake-ups by the database can be lost while the worker is asking for the next job; then its own look finds it.
"""

from __future__ import annotations

import json
import random
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from time import perf_counter

import psycopg
from sqlalchemy import func, select

from benchmarks.report import Report, median, percentile
from benchmarks.stage import Stage, stage
from edms.db.engine import conninfo
from edms.jobs import Kind, defer

ALONE, ROWS, ROW, LIVES, YOUNG = 100, 10, 10, 5, 20
# The server notes when a job is taken: the worker deletes it when it is done.
NOTES = """
CREATE TABLE taken (job_id bigint PRIMARY KEY, at timestamptz NOT NULL);
GRANT INSERT ON taken TO PUBLIC;
CREATE FUNCTION note_taken() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN INSERT INTO taken VALUES (new.id, clock_timestamp()) ON CONFLICT DO NOTHING; RETURN new; END $$;
CREATE TRIGGER note_taken AFTER UPDATE OF status ON procrastinate_jobs FOR EACH ROW
WHEN (new.status = 'doing') EXECUTE FUNCTION note_taken();
"""


def run(report: Report) -> None:
    """Three hundred jobs; the 99th of a hundred must be taken within a second."""
    with stage(log_level="info") as here:
        with psycopg.connect(conninfo(here.house.urls.owner), autocommit=True) as owner:
            owner.execute(NOTES)
        posted: dict[str, dict[int, float]] = {"alone": {}, "one behind another": {}, "in a worker's first seconds": {}}
        with _worker(here):
            chance = random.Random(5)
            for _ in range(ALONE):
                _post(here, posted["alone"])
                time.sleep(chance.uniform(0.05, 0.35))
            for _ in range(ROWS):
                for _ in range(ROW):
                    _post(here, posted["one behind another"])
                    time.sleep(chance.uniform(0, 0.03))
                time.sleep(0.5)
            time.sleep(2)
        for _ in range(LIVES):
            with _worker(here):
                for _ in range(YOUNG):
                    _post(here, posted["in a worker's first seconds"])
                    time.sleep(0.08)
                time.sleep(1.5)
        waits = {name: _waits(here, jobs) for name, jobs in posted.items()}
        bare = _bare(here)
    everything = [wait for each in waits.values() for wait in each]
    for name, each in waits.items():
        report.row(
            f"job taken up, {name}, median", median(each), "ms", "bare NOTIFY, median", bare, median(each) / bare
        )
    report.row(
        f"job taken up, p99 of {len(everything)}", percentile(everything, 0.99), "ms", "bare NOTIFY, median", bare,
        percentile(everything, 0.99) / bare, "<= 1000 ms",
    )  # fmt: skip
    report.row("job taken up, slowest", max(everything), "ms")


@contextmanager
def _worker(here: Stage) -> Iterator[None]:
    """A worker that has just said that it serves."""
    made = subprocess.Popen([sys.executable, "-m", "workers"], env=here.environ, stderr=subprocess.PIPE)
    assert made.stderr is not None
    try:
        lanes = 0
        for line in made.stderr:
            lanes += json.loads(line)["event"] == "worker.serves"
            if lanes == 2:
                break
        threading.Thread(target=made.stderr.read, daemon=True).start()
        yield
    finally:
        made.terminate()
        made.wait(60)


def _post(here: Stage, into: dict[int, float]) -> None:
    """A job whose document is gone: taken, looked at, done."""
    with here.house.transaction() as session:
        job_id = defer(session, Kind.INDEX, -1)
    into[job_id] = time.time()


def _waits(here: Stage, jobs: dict[int, float]) -> list[float]:
    """Milliseconds from the commit to the taking; a job that nobody took counts as a minute."""
    with psycopg.connect(conninfo(here.house.urls.owner)) as owner:
        found = owner.execute("SELECT job_id, extract(epoch FROM at)::float8 FROM taken").fetchall()
    taken = dict(found)
    return [max(0.0, (taken.get(job_id, at + 60) - at) * 1000) for job_id, at in jobs.items()]


def _bare(here: Stage) -> float:
    """Milliseconds from NOTIFY to the one who listens."""
    told = []
    with (
        psycopg.connect(conninfo(here.house.urls.app), autocommit=True) as listener,
        here.house.engine.connect() as teller,
    ):
        listener.execute("LISTEN bare")
        for _ in range(100):
            began = perf_counter()
            teller.execute(select(func.pg_notify("bare", "")))
            teller.commit()
            next(listener.notifies(timeout=5, stop_after=1))
            told.append((perf_counter() - began) * 1000)
    return median(told)
