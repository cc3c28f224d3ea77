"""A real PostgreSQL for the tests: the embedded one, or the server that EDMS_TEST_DATABASE_URL names.

The schema is made once, in a template; each test module works in its own copy. `session` rolls everything back after
the test, `committed` is for tests in which others (web, workers) must see what was written, and empties the tables.
As root the server runs as the account `edms`, like the service itself.
"""

from __future__ import annotations

import os
import secrets
import shutil
import signal
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import hypothesis  # its plugin loads it at the very end otherwise, beside servers that still run
import psycopg
import pytest
from psycopg import sql
from sqlalchemy import Connection, Engine, create_engine, make_url
from sqlalchemy.orm import Session
from sqlalchemy.pool import NullPool

from edms.db import roles
from edms.db.base import Base
from edms.db.embedded import start
from edms.db.engine import Sessions, engine_for, sessions_of
from edms.db.migrations.draft import import_models
from edms.db.upgrade import upgrade
from tests.services.elastic_nodes import Nodes
from tests.services.s3_servers import Servers

# A test holds on a machine that is ten times slower.
hypothesis.settings.register_profile(
    "any machine", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
hypothesis.settings.load_profile("any machine")

FEW_ROWS = 2 * 1024 * 1024
"""Bytes of all tables up to which their rows are deleted one by one; above it they are truncated."""


@pytest.fixture(autouse=True)
def _no_act_outlives_its_test() -> Iterator[None]:
    """What reads files limits its own processor time (edms.sandbox.patience); in a test that is our process."""
    yield
    signal.setitimer(signal.ITIMER_PROF, 0)


@dataclass(frozen=True)
class DatabaseServer:
    """A server for tests: the URL of a role that may create databases, and a way to name another role or database."""

    maker: str

    def url(self, role: str | None, database: str) -> str:
        """The URL of a database as `role`; None: the maker's own role."""
        url = make_url(self.maker).set(database=database)
        return (url.set(username=role) if role else url).render_as_string(hide_password=False)

    def run(self, statement: str, **names: str) -> None:
        """Run one statement as the maker, outside any transaction."""
        with psycopg.connect(self.maker.replace("+psycopg", "", 1), autocommit=True) as connection:
            connection.execute(sql.SQL(statement).format(**{key: sql.Identifier(name) for key, name in names.items()}))


@dataclass(frozen=True)
class Database:
    """A migrated database for one test module."""

    app_url: str
    owner_url: str
    engine: Engine
    sessions: Sessions


@pytest.fixture(scope="session")
def data_dir() -> Iterator[Path]:
    """A data folder that the server's account can reach; gone after the tests."""
    folder = Path(tempfile.mkdtemp(prefix="edms-test-"))
    folder.chmod(0o711)
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def database_server(data_dir: Path) -> Iterator[DatabaseServer]:
    """The server of the whole test run, with both roles."""
    given = os.environ.get("EDMS_TEST_DATABASE_URL")
    if given:
        server = DatabaseServer(make_url(given).set(drivername="postgresql+psycopg").render_as_string(False))
        for role in (roles.OWNER, roles.APP):
            _role_on(server, role, make_url(given).password)
        yield server
        return
    with start(data_dir, "edms") as embedded:
        server = DatabaseServer(embedded.url(roles.SUPERUSER, database="postgres"))
        # What the tests write may be lost with the power.
        server.run("ALTER SYSTEM SET fsync = off")
        server.run("ALTER SYSTEM SET full_page_writes = off")
        server.run("SELECT pg_reload_conf()")
        yield server


def _role_on(server: DatabaseServer, role: str, password: str | object | None) -> None:
    with psycopg.connect(server.maker.replace("+psycopg", "", 1), autocommit=True) as connection:
        if connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [role]).fetchone() is None:
            connection.execute(sql.SQL("CREATE ROLE {} LOGIN").format(sql.Identifier(role)))
        if password:
            secret = sql.Literal(str(password))
            connection.execute(sql.SQL("ALTER ROLE {} PASSWORD {}").format(sql.Identifier(role), secret))


@pytest.fixture(scope="session")
def template(database_server: DatabaseServer) -> Iterator[str]:
    """The name of a database that holds the whole schema, to be copied."""
    name = f"edms_test_{secrets.token_hex(4)}"
    database_server.run("CREATE DATABASE {name} OWNER {owner}", name=name, owner=roles.OWNER)
    upgrade(database_server.url(roles.OWNER, name), app_role=roles.APP)
    _missing_tables(database_server.url(roles.OWNER, name))
    yield name
    database_server.run("DROP DATABASE {name} WITH (FORCE)", name=name)


def _missing_tables(owner_url: str) -> None:
    """Tables of the models that no migration makes yet, with their rights and triggers."""
    import_models()
    with engine_for(owner_url, poolclass=NullPool).begin() as connection:
        Base.metadata.create_all(connection)
        roles.protect(connection)
        roles.grant(connection, roles.APP)


@pytest.fixture(scope="module")
def database(database_server: DatabaseServer, template: str) -> Iterator[Database]:
    """This module's own copy of the migrated database."""
    name = f"{template}_{secrets.token_hex(4)}"
    database_server.run(
        "CREATE DATABASE {name} TEMPLATE {template} OWNER {owner}", name=name, template=template, owner=roles.OWNER
    )
    app_url = database_server.url(roles.APP, name)
    engine = engine_for(app_url, pool_size=10)
    yield Database(app_url, database_server.url(roles.OWNER, name), engine, sessions_of(engine))
    engine.dispose()
    database_server.run("DROP DATABASE {name} WITH (FORCE)", name=name)


@pytest.fixture(scope="session")
def servers() -> Iterator[Servers]:
    """Real servers of other makes, started when a test first asks for one."""
    started = Servers()
    yield started
    started.close()


@pytest.fixture(scope="session")
def nodes() -> Iterator[Nodes]:
    """Real Elasticsearch nodes, started when a test first asks for one."""
    started = Nodes()
    yield started
    started.close()


@pytest.fixture
def session(database: Database) -> Iterator[Session]:
    """A session of the application role; all it writes is gone after the test, commits within it too."""
    with database.engine.connect() as connection:
        outer = connection.begin()
        with Session(connection, expire_on_commit=False, join_transaction_mode="create_savepoint") as session:
            yield session
        outer.rollback()


@pytest.fixture(scope="module")
def emptying(database: Database) -> Iterator[Engine]:
    """The owner's connection to this module's database, for emptying it. It is none of the service's by its name."""
    named = {"application_name": "tests", "options": "-c lock_timeout=60s"}
    engine = create_engine(database.owner_url, pool_size=1, pool_pre_ping=True, connect_args=named)
    yield engine
    engine.dispose()


@pytest.fixture
def committed(database: Database, emptying: Engine) -> Iterator[Sessions]:
    """Sessions whose commits others see; after the test every table is empty again."""
    yield database.sessions
    with emptying.begin() as connection:
        empty(connection)


def empty(connection: Connection, few: int = FEW_ROWS) -> None:
    """Empty every table, those whose triggers refuse it too, as only the owner can.

    To truncate 130 tables with their indexes costs ten times what it costs to delete the few rows of a test.
    """
    run = connection.exec_driver_sql
    tables = list(run(_TABLES).scalars())
    sizes = " UNION ALL ".join(f"SELECT '{t}', pg_relation_size('{t}') WHERE EXISTS (SELECT FROM {t})" for t in tables)
    filled = {str(name): int(size) for name, size in run(sizes)}
    many = sum(filled.values()) > few
    asleep = [row for row in run(_TRIGGERS) if many or row.told in filled]
    for row in asleep:
        run(f"ALTER TABLE {row.told} DISABLE TRIGGER {row.name}")
    if many:
        run(f"TRUNCATE {', '.join(tables)} CASCADE")
    elif filled:
        # In one statement: what refers to what is looked at when all is gone.
        run("WITH " + ", ".join(f"d{n} AS (DELETE FROM {table})" for n, table in enumerate(filled)) + " SELECT")
    for row in asleep:
        run(f"ALTER TABLE {row.told} ENABLE {'ALWAYS' if row.always else ''} TRIGGER {row.name}")
    run(_COUNTED_FROM_THE_START)


_TABLES = "SELECT quote_ident(tablename) FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'alembic_version'"
# What is done before or after a row is deleted (8) or a table truncated (32).
_TRIGGERS = """
SELECT quote_ident(relname) AS told, quote_ident(tgname) AS name, tgenabled = 'A' AS always
FROM pg_trigger JOIN pg_class ON pg_class.oid = tgrelid
WHERE NOT tgisinternal AND tgtype::int & 40 <> 0 AND tgenabled <> 'D' AND relnamespace = 'public'::regnamespace
"""
_COUNTED_FROM_THE_START = """
SELECT setval(format('%%I.%%I', schemaname, sequencename), start_value, false) FROM pg_sequences
WHERE schemaname = 'public' AND last_value IS NOT NULL
"""
