"""Transactions, their failures in words, and where the database is."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError
from sqlalchemy.orm import Session

from edms.config import Settings
from edms.db import engine as engines
from edms.db.engine import Sessions, database_urls, engine_for, psycopg_url, sessions_of, transaction
from edms.errors import Invalid, Unavailable
from edms.jobs import Kind, defer

if TYPE_CHECKING:
    from tests.conftest import Database


def _jobs(sessions: Sessions) -> int:
    with sessions() as session:
        return int(session.execute(text("SELECT count(*) FROM procrastinate_jobs")).scalar_one())


def test_transaction_commits_at_its_end(committed: Sessions) -> None:
    with transaction(committed) as session:
        defer(session, Kind.INDEX, 1)
    assert _jobs(committed) == 1


def test_transaction_rolls_back_on_any_error(committed: Sessions) -> None:
    with pytest.raises(KeyboardInterrupt), transaction(committed) as session:
        defer(session, Kind.INDEX, 1)
        raise KeyboardInterrupt
    assert _jobs(committed) == 0


def test_lock_held_by_another_is_waited_for_five_seconds_at_most(committed: Sessions) -> None:
    assert engines.LIMITS["lock_timeout"] == "5s"
    with transaction(committed) as session:
        defer(session, Kind.INDEX, 1)
    lock = text("SELECT id FROM procrastinate_jobs FOR UPDATE")
    with committed() as holder:
        holder.execute(lock)
        began = time.monotonic()
        with pytest.raises(Unavailable, match=r"db\.busy"), transaction(committed) as session:
            session.execute(text("SET LOCAL lock_timeout = '200ms'"))
            session.execute(lock)
        assert time.monotonic() - began < 2


def test_exhausted_pool_is_unavailable_and_says_so(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engines, "POOL_WAIT_SECONDS", 0.2)
    engine = engine_for(database.app_url, pool_size=1)
    held = [engine.connect() for _ in range(3)]
    with pytest.raises(Unavailable, match=r"db\.busy"), transaction(sessions_of(engine)) as session:
        session.connection()
    for connection in held:
        connection.close()
    engine.dispose()


def test_statement_that_takes_too_long_is_stopped(committed: Sessions) -> None:
    with pytest.raises(Unavailable, match=r"db\.too_slow"), transaction(committed) as session:
        session.execute(text("SET LOCAL statement_timeout = '100ms'"))
        session.execute(text("SELECT pg_sleep(5)"))


def test_connection_cut_in_mid_transaction_is_unavailable_and_the_next_one_works(committed: Sessions) -> None:
    with pytest.raises(Unavailable, match=r"db\.down"), transaction(committed) as session:
        pid = session.execute(text("SELECT pg_backend_pid()")).scalar_one()
        with committed() as other:
            other.execute(text("SELECT pg_terminate_backend(:pid)"), {"pid": pid})
        session.execute(text("SELECT 1"))
    assert _jobs(committed) == 0


def test_connection_that_died_while_it_rested_is_not_lent(database: Database) -> None:
    """The server said farewell to it: the next one who asks gets another, and hears of nothing."""
    engine = engine_for(database.app_url, pool_size=1)
    with engine.connect() as connection:
        pid = connection.execute(text("SELECT pg_backend_pid()")).scalar_one()
    with database.engine.connect() as other:
        other.execute(text("SELECT pg_terminate_backend(:pid, 5000)"), {"pid": pid})
    with engine.connect() as connection:
        assert connection.execute(text("SELECT pg_backend_pid()")).scalar_one() != pid
    engine.dispose()


def test_connection_is_asked_after_a_rest_and_not_before(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    engine = engine_for(database.app_url, pool_size=1)
    asked: list[object] = []
    monkeypatch.setattr(engine.dialect, "do_ping", asked.append)
    for after, times in ((10, 0), (-1, 1)):
        monkeypatch.setattr(engines, "ASK_AFTER_SECONDS", after)
        engine.connect().close()
        asked.clear()
        engine.connect().close()
        assert len(asked) == times
    engine.dispose()


def test_mistake_of_ours_is_not_dressed_up_as_an_outage(committed: Sessions) -> None:
    with pytest.raises(ProgrammingError), transaction(committed) as session:
        session.execute(text("SELECT nonsense"))


def test_connections_speak_utc(session: Session) -> None:
    assert session.execute(text("SHOW timezone")).scalar_one() == "UTC"


def test_server_older_than_fifteen_is_refused(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engines, "LEAST_VERSION", 99)
    engine = engine_for(database.app_url)
    with pytest.raises(Unavailable, match=r"db\.server_too_old"):
        engine.connect()


@pytest.mark.parametrize("address", ["postgres://a:b@h/d", "postgresql://a:b@h/d", "postgresql+psycopg://a:b@h/d"])
def test_every_spelling_of_postgresql_is_understood(address: str) -> None:
    assert psycopg_url(address) == "postgresql+psycopg://a:b@h/d"


@pytest.mark.parametrize("address", ["sqlite:///x.db", "mysql://a@h/d", "nonsense", ""])
def test_another_kind_of_database_is_refused_by_the_settings_name(address: str) -> None:
    with pytest.raises(Invalid) as refused:
        psycopg_url(address, "EDMS_DATABASE_OWNER_URL")
    assert refused.value.fields == {"EDMS_DATABASE_OWNER_URL": "db.url_not_postgresql"}


def test_one_url_means_one_role() -> None:
    urls = database_urls(Settings(database_url="postgresql://edms:x@db/edms"))
    assert urls.one_role and urls.app_role == "edms" and urls.revive is None
    two = database_urls(
        Settings(database_url="postgresql://app@db/edms", database_owner_url="postgresql://own@db/edms")
    )
    assert (two.one_role, two.app_role) == (False, "app")
