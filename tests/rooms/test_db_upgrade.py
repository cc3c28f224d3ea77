"""The chain of migrations: whole or not at all, one at a time, again without effect, and back."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, inspect, text
from sqlalchemy.pool import NullPool

from edms.db import roles, upgrade
from edms.db.engine import engine_for
from edms.errors import Unavailable

if TYPE_CHECKING:
    from tests.conftest import DatabaseServer


@pytest.fixture
def empty_database(database_server: DatabaseServer) -> Iterator[str]:
    """The owner's URL of a database without any table."""
    name = f"edms_chain_{threading.get_ident()}"
    database_server.run("CREATE DATABASE {name} OWNER {owner}", name=name, owner=roles.OWNER)
    yield database_server.url(roles.OWNER, name)
    database_server.run("DROP DATABASE {name} WITH (FORCE)", name=name)


def _connected(url: str) -> Connection:
    return engine_for(url, poolclass=NullPool).connect()


def _shape(url: str) -> dict[str, list[str]]:
    with _connected(url) as connection:
        looked = inspect(connection)
        return {
            table: sorted(column["name"] for column in looked.get_columns(table)) for table in looked.get_table_names()
        }


def test_chain_has_one_head() -> None:
    assert len(ScriptDirectory.from_config(upgrade._config()).get_heads()) == 1


def test_upgrade_brings_an_empty_database_to_the_head_and_again_changes_nothing(empty_database: str) -> None:
    with _connected(empty_database) as connection:
        present, wanted = upgrade.revisions(connection)
        assert present is None and wanted is not None
    upgrade.upgrade(empty_database)
    shape = _shape(empty_database)
    assert {"procrastinate_jobs", "job_trouble", "alembic_version"} <= set(shape)
    upgrade.upgrade(empty_database)
    assert _shape(empty_database) == shape
    with _connected(empty_database) as connection:
        assert upgrade.revisions(connection) == (wanted, wanted)


def test_downgrade_and_rerun_give_the_same_schema(empty_database: str) -> None:
    upgrade.upgrade(empty_database)
    shape = _shape(empty_database)
    upgrade.downgrade(empty_database, "base")
    assert set(_shape(empty_database)) == {"alembic_version"}
    upgrade.upgrade(empty_database)
    assert _shape(empty_database) == shape


def test_failed_upgrade_leaves_nothing_half_done(empty_database: str) -> None:
    with _connected(empty_database) as connection:
        # The last thing of the first migration is in the way.
        connection.execute(text("CREATE TABLE job_trouble (n int)"))
        connection.commit()
    with pytest.raises(Exception, match="already exists"):
        upgrade.upgrade(empty_database)
    assert set(_shape(empty_database)) == {"job_trouble"}


def test_two_upgrades_at_once_wait_for_each_other(empty_database: str) -> None:
    failures: list[BaseException] = []

    def run() -> None:
        try:
            upgrade.upgrade(empty_database)
        except BaseException as error:
            failures.append(error)

    both = [threading.Thread(target=run) for _ in range(2)]
    for thread in both:
        thread.start()
    for thread in both:
        thread.join(60)
    assert failures == []
    assert "procrastinate_jobs" in _shape(empty_database)


def test_upgrade_gives_up_when_a_table_stays_locked(empty_database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    upgrade.upgrade(empty_database)
    monkeypatch.setattr(upgrade, "LOCK_TIMEOUT", "200ms")
    with _connected(empty_database) as holder:
        holder.execute(text("LOCK TABLE job_trouble"))
        with pytest.raises(Unavailable, match=r"db\.busy"):
            upgrade.downgrade(empty_database, "base")
    assert "job_trouble" in _shape(empty_database)


def test_schema_needs_no_extension(empty_database: str) -> None:
    upgrade.upgrade(empty_database)
    with _connected(empty_database) as connection:
        assert connection.execute(text("SELECT extname FROM pg_extension")).scalars().all() == ["plpgsql"]
