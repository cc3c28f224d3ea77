"""The history can only be added to: by the missing grant for the application, by triggers for everybody."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
from psycopg import errors as pg
from sqlalchemy import Connection, text
from sqlalchemy.exc import ProgrammingError
from sqlalchemy.orm import Session
from sqlalchemy.pool import NullPool

from edms.db import roles
from edms.db.engine import engine_for

if TYPE_CHECKING:
    from tests.conftest import Database

CHANGES = ["UPDATE {} SET event_id = event_id WHERE false", "DELETE FROM {} WHERE false", "TRUNCATE {}"]


@pytest.fixture
def owner(database: Database) -> Iterator[Connection]:
    """The owner's connection with all append-only tables there, whatever the models have by now; rolled back."""
    engine = engine_for(database.owner_url, poolclass=NullPool)
    with engine.connect() as connection:
        for table in roles.APPEND_ONLY:
            connection.execute(text(f"CREATE TABLE IF NOT EXISTS {table} (event_id bigint)"))
        roles.protect(connection)
        roles.grant(connection, roles.APP)
        yield connection
        connection.rollback()
    engine.dispose()


def _refused(connection: Connection, statement: str) -> str:
    with pytest.raises(ProgrammingError) as refusal, connection.begin_nested():
        connection.execute(text(statement))
    assert isinstance(refusal.value.orig, pg.InsufficientPrivilege)
    return str(refusal.value.orig)


@pytest.mark.parametrize("change", CHANGES)
def test_application_cannot_change_events(session: Session, change: str) -> None:
    assert "permission denied" in _refused(session.connection(), change.format("event"))


@pytest.mark.parametrize("table", roles.APPEND_ONLY)
def test_triggers_refuse_the_owner_too_so_one_role_is_enough(owner: Connection, table: str) -> None:
    column = owner.execute(
        text("SELECT attname FROM pg_attribute WHERE attrelid = CAST(:table AS regclass) AND attnum = 1"),
        {"table": table},
    ).scalar_one()
    for change in (f"UPDATE {table} SET {column} = {column}", f"DELETE FROM {table}", f"TRUNCATE {table} CASCADE"):
        assert "append-only" in _refused(owner, change)


def test_session_that_calls_itself_a_replica_is_refused_as_well(database: Database, owner: Connection) -> None:
    enabled = text("SELECT tgenabled FROM pg_trigger WHERE tgrelid = 'event'::regclass AND tgname = :name")
    assert owner.execute(enabled, {"name": roles.GUARD}).scalar_one() in ("A", b"A")


def test_application_may_add_events_and_change_other_tables(owner: Connection) -> None:
    may = text(
        "SELECT has_table_privilege(:role, 'event', 'INSERT'), has_table_privilege(:role, 'procrastinate_jobs', 'UPDATE')"
    )
    assert tuple(owner.execute(may, {"role": roles.APP}).one()) == (True, True)


def test_application_cannot_touch_the_mark_of_the_schema_nor_make_tables(session: Session) -> None:
    _refused(session.connection(), "DELETE FROM alembic_version")
    _refused(session.connection(), "CREATE TABLE sheet (n int)")


def test_check_tells_which_walls_stand(owner: Connection) -> None:
    with Session(owner, join_transaction_mode="create_savepoint") as session:
        as_owner = roles.check(session)
        assert (as_owner.triggers, as_owner.separate_roles, as_owner.open_tables) == (True, False, ())
        owner.execute(text(f"ALTER TABLE event DISABLE TRIGGER {roles.GUARD}"))
        weaker = roles.check(session)
        assert (weaker.triggers, weaker.open_tables) == (False, ("event",))


def test_putting_walls_again_changes_nothing(owner: Connection) -> None:
    roles.protect(owner)
    roles.grant(owner, roles.APP)
    count = text("SELECT count(*) FROM pg_trigger WHERE tgname = :name")
    assert owner.execute(count, {"name": roles.GUARD}).scalar_one() == len(roles.APPEND_ONLY)
