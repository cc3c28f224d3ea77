"""The worker: does what is due, retries what was unavailable, parks the rest, and survives kill -9 and restarts."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import textwrap
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from croniter import croniter
from sqlalchemy import text

from edms.db.embedded import start
from edms.db.engine import Sessions, Urls, engine_for, sessions_of, transaction
from edms.db.roles import OWNER
from edms.db.upgrade import upgrade
from edms.errors import Conflict, Unavailable
from edms.jobs import PERIODIC, Kind, defer, parked
from workers.runtime import BEHIND, run_worker

if TYPE_CHECKING:
    from tests.conftest import Database

Seen = list[tuple[str, int | None]]

# A worker of its own process: INDEX writes its pid beside the subject and then works for as long as the subject says.
WORKER = """
import os, sys, time
from pathlib import Path
from edms.db.embedded import start
from edms.db.engine import Urls
from edms.db.roles import APP, OWNER
from edms.jobs import Kind
from workers import runtime
runtime.HEARTBEAT_SECONDS, runtime.SILENT_SECONDS = 0.5, 2
place, folder = sys.argv[1], Path(sys.argv[2])
if place.startswith("postgresql"):
    urls = Urls(place, place)
else:
    server = start(Path(place), "edms")
    urls = Urls(server.url(APP), server.url(OWNER), server)
def index(house, subject_id):
    with (folder / f"{subject_id}").open("a") as note:
        note.write(f"{os.getpid()}\\n")
    time.sleep(subject_id)
handlers = {kind: (lambda house, subject_id: None) for kind in Kind}
handlers[Kind.INDEX] = index
(folder / "up").touch()
runtime.run_worker(urls, handlers, house=None)
"""


def _handlers(seen: Seen, **special: Callable[[int | None], None]) -> dict[Kind, Callable[[None, int | None], None]]:
    def noting(kind: Kind) -> Callable[[None, int | None], None]:
        def handle(house: None, subject_id: int | None) -> None:
            seen.append((kind.value, subject_id))
            if kind.value in special:
                special[kind.value](subject_id)

        return handle

    return {kind: noting(kind) for kind in Kind if kind is not Kind.RESCUE}


def _drain(database: Database, handlers: dict[Kind, Callable[[None, int | None], None]]) -> None:
    run_worker(Urls(database.app_url, database.owner_url), handlers, house=None, until_empty=True)


def _statuses(sessions: Sessions) -> list[tuple[str, int]]:
    with sessions() as session:
        return [(s, a) for s, a in session.execute(text("SELECT status::text, attempts FROM procrastinate_jobs"))]


@contextmanager
def _worker(place: str, folder: Path) -> Iterator[subprocess.Popen[bytes]]:
    folder.mkdir(exist_ok=True)
    (folder / "up").unlink(missing_ok=True)
    argv = [sys.executable, "-c", textwrap.dedent(WORKER), place, str(folder)]
    process = subprocess.Popen(argv, env={**os.environ, "PYTHONPATH": os.getcwd()}, stdout=subprocess.DEVNULL)
    try:
        _until((folder / "up").exists, 120)
        yield process
    finally:
        process.kill()
        process.wait()


def _until(holds: Callable[[], bool], seconds: float) -> None:
    limit = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < limit, "it did not happen in time"
        time.sleep(0.05)


def _pids(folder: Path, subject: int) -> list[int]:
    note = folder / str(subject)
    return [int(line) for line in note.read_text().split()] if note.exists() else []


@pytest.mark.parametrize(
    ("kind", "seconds"), [(Kind.SEQUENCE, 3), (Kind.RESCUE, 10), (Kind.CHECKPOINT, 1800), (Kind.REMIND, 3600)]
)
def test_rounds_come_as_often_as_they_should(kind: Kind, seconds: int) -> None:
    times = croniter(PERIODIC[kind], datetime(2026, 3, 2, 10, 0, tzinfo=UTC))
    first, second = times.get_next(float), times.get_next(float)
    assert second - first == seconds


def test_threads_that_do_jobs_give_way_to_those_that_answer_people(database: Database, committed: Sessions) -> None:
    ranks: list[int] = []

    def look(_subject: int | None) -> None:
        ranks.append(os.getpriority(os.PRIO_PROCESS, threading.get_native_id()))

    before = os.getpriority(os.PRIO_PROCESS, 0)
    with transaction(committed) as session:
        defer(session, Kind.INDEX, 1)
    _drain(database, _handlers([], index=look))
    assert ranks == [max(before, BEHIND)] and os.getpriority(os.PRIO_PROCESS, 0) == before


def test_due_jobs_are_done_once_and_leave_no_row(database: Database, committed: Sessions) -> None:
    seen: Seen = []
    with transaction(committed) as session:
        for subject in range(5):
            defer(session, Kind.INDEX, subject)
        defer(session, Kind.LOOK_INSIDE, 77, organisation_id=1)
    _drain(database, _handlers(seen))
    assert sorted(seen) == [("index", n) for n in range(5)] + [("look_inside", 77)]
    assert _statuses(committed) == []


@pytest.mark.parametrize("error", [Unavailable("exchange.mail_down"), Conflict("db.stale")], ids=str)
def test_what_may_go_later_waits_and_comes_again(database: Database, committed: Sessions, error: Exception) -> None:
    seen: Seen = []

    def down(subject_id: int | None) -> None:
        raise error

    with transaction(committed) as session:
        defer(session, Kind.DISPATCH, 1)
    _drain(database, _handlers(seen, dispatch=down))
    assert seen == [("dispatch", 1)]
    assert _statuses(committed) == [("todo", 1)]
    with committed() as session:
        assert parked(session) == []
        session.execute(text("UPDATE procrastinate_jobs SET scheduled_at = now()"))
        session.commit()
    _drain(database, _handlers(seen))
    assert seen == [("dispatch", 1)] * 2
    with committed() as session:
        assert session.execute(text("SELECT count(*) FROM job_trouble")).scalar_one() == 0


def test_unavailable_for_too_long_is_parked_with_its_reason(database: Database, committed: Sessions) -> None:
    def down(subject_id: int | None) -> None:
        raise Unavailable("exchange.mail_down", server="mail.example")

    with transaction(committed) as session:
        defer(session, Kind.DISPATCH, 1)
        session.execute(text("UPDATE procrastinate_jobs SET attempts = 16"))
    _drain(database, _handlers([], dispatch=down))
    with committed() as session:
        [found] = parked(session)
    assert (found.message, found.values) == ("exchange.mail_down", {"server": "mail.example"})


def test_any_other_failure_is_parked_at_once_and_the_rest_goes_on(database: Database, committed: Sessions) -> None:
    seen: Seen = []

    def bad(subject_id: int | None) -> None:
        if subject_id == 1:
            raise KeyError("secret of a letter")

    with transaction(committed) as session:
        defer(session, Kind.INDEX, 1)
        defer(session, Kind.INDEX, 2)
    _drain(database, _handlers(seen, index=bad))
    assert sorted(seen) == [("index", 1), ("index", 2)]
    with committed() as session:
        [found] = parked(session)
    assert (found.subject_id, found.message) == (1, "jobs.failed_unexpectedly")
    assert "secret" not in found.detail


def test_worker_without_a_handler_for_a_kind_does_not_start(database: Database) -> None:
    handlers = _handlers([])
    del handlers[Kind.NOTIFY]
    with pytest.raises(ValueError, match="notify"):
        _drain(database, handlers)


def test_job_of_a_killed_worker_is_done_by_another(database: Database, committed: Sessions, tmp_path: Path) -> None:
    with transaction(committed) as session:
        defer(session, Kind.INDEX, 30)
    with _worker(database.app_url, tmp_path) as first:
        _until(lambda: len(_pids(tmp_path, 30)) == 1, 60)
        first.kill()
        first.wait()
        with _worker(database.app_url, tmp_path):
            _until(lambda: len(_pids(tmp_path, 30)) == 2, 60)
    assert first.pid == _pids(tmp_path, 30)[0] != _pids(tmp_path, 30)[1]


def test_a_job_posted_while_the_worker_waits_is_taken(database: Database, committed: Sessions, tmp_path: Path) -> None:
    with _worker(database.app_url, tmp_path):
        time.sleep(1)
        with transaction(committed) as session:
            defer(session, Kind.INDEX, 0)
        _until(lambda: bool(_pids(tmp_path, 0)), 30)  # how soon is measured: make bench ARGS=pickup


def test_worker_told_to_stop_finishes_what_it_began(database: Database, committed: Sessions, tmp_path: Path) -> None:
    with transaction(committed) as session:
        defer(session, Kind.INDEX, 2)
    with _worker(database.app_url, tmp_path) as worker:
        _until(lambda: bool(_pids(tmp_path, 2)), 60)
        worker.send_signal(signal.SIGTERM)
        assert worker.wait(timeout=60) == 0
    with committed() as session:
        query = "SELECT count(*) FROM procrastinate_jobs WHERE task_name = 'index'"
        assert session.execute(text(query)).scalar_one() == 0


def test_worker_goes_on_after_its_connections_were_cut(database: Database, committed: Sessions, tmp_path: Path) -> None:
    with _worker(database.app_url, tmp_path) as worker:
        time.sleep(1.5)
        with committed() as session:
            cut = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE 'edms%' AND pid <> pg_backend_pid()"
            session.execute(text(cut + " AND datname = current_database()"))
            session.rollback()
        with transaction(committed) as session:
            defer(session, Kind.INDEX, 0)
        _until(lambda: bool(_pids(tmp_path, 0)), 30)
        assert worker.poll() is None


def test_worker_revives_the_embedded_server_and_goes_on(tmp_path: Path) -> None:
    above = Path(tempfile.mkdtemp(prefix="edms-test-"))
    above.chmod(0o711)
    with start(above / "var", "edms") as server:
        upgrade(server.url(OWNER))
        engine = engine_for(server.url(), revive=server.revive)
        with _worker(str(above / "var"), tmp_path) as worker:
            time.sleep(1.5)
            pid = server.cluster.pid()
            assert pid is not None
            os.kill(pid, signal.SIGKILL)
            _until(lambda: server.cluster.pid() not in (None, pid), 30)
            with transaction(sessions_of(engine)) as session:
                defer(session, Kind.INDEX, 0)
            _until(lambda: bool(_pids(tmp_path, 0)), 30)
            assert worker.poll() is None
        engine.dispose()
    shutil.rmtree(above)
