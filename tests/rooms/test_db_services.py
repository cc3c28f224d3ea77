"""The same schema, walls and jobs on a server that others run: Debian's PostgreSQL 15, with passwords over the network."""

from __future__ import annotations

import os
import pwd
import secrets
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from psycopg import sql
from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError
from sqlalchemy.orm import Session

from edms.config import Settings
from edms.db import roles, upgrade
from edms.db.engine import Urls, database_urls, engine_for, sessions_of, transaction
from edms.jobs import Kind, defer
from workers.runtime import run_worker

PROGRAMS = Path("/usr/lib/postgresql/15/bin")
pytestmark = [
    pytest.mark.services,
    pytest.mark.skipif(not PROGRAMS.is_dir(), reason="PostgreSQL 15 is not installed: apt install postgresql-15"),
]


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    """A PostgreSQL 15 of its own on a free port of the loopback; the superuser's URL without a database."""
    folder = Path(tempfile.mkdtemp(prefix="edms-pg15-"))
    identity = {}
    if os.geteuid() == 0:
        account = pwd.getpwnam("postgres")
        os.chown(folder, account.pw_uid, account.pw_gid)
        identity = {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    secret = secrets.token_hex(8)
    note = folder / "secret"
    note.write_text(secret)
    note.chmod(0o644)

    def run(*argv: str) -> None:
        subprocess.run(argv, check=True, cwd="/", stdout=subprocess.DEVNULL, **identity)

    data = str(folder / "data")
    run(
        str(PROGRAMS / "initdb"),
        "-D",
        data,
        "-U",
        "postgres",
        "-A",
        "scram-sha-256",
        f"--pwfile={note}",
        "-E",
        "UTF8",
        "--locale=C",
        "-N",
    )
    options = f"-p {port} -k {folder} -c listen_addresses=127.0.0.1 -c fsync=off"
    run(str(PROGRAMS / "pg_ctl"), "start", "-w", "-s", "-D", data, "-l", str(folder / "log"), "-o", options)
    try:
        yield f"postgresql://postgres:{secret}@127.0.0.1:{port}"
    finally:
        run(str(PROGRAMS / "pg_ctl"), "stop", "-w", "-s", "-m", "immediate", "-D", data)
        shutil.rmtree(folder, ignore_errors=True)


def _with_roles(server: str, database: str, *names: str) -> list[str]:
    """Make the database, owned by the first role, and the roles; each role's URL."""
    with psycopg.connect(f"{server}/postgres", autocommit=True) as connection:
        for name in names:
            connection.execute(sql.SQL("CREATE ROLE {} LOGIN PASSWORD 'x'").format(sql.Identifier(name)))
        made = sql.SQL("CREATE DATABASE {} OWNER {}")
        connection.execute(made.format(sql.Identifier(database), sql.Identifier(names[0])))
    place = server.rpartition("@")[2]
    return [f"postgresql://{name}:x@{place}/{database}" for name in names]


@pytest.fixture(scope="module")
def two_roles(server: str) -> Urls:
    """A migrated database with an owner and an application role of the operator's own naming."""
    owner, app = _with_roles(server, "office", "keeper", "worker")
    urls = database_urls(Settings(database_url=app, database_owner_url=owner))
    upgrade.upgrade(urls.owner, app_role=urls.app_role)
    return urls


def test_schema_stands_on_fifteen_and_the_application_role_of_any_name_works(two_roles: Urls) -> None:
    engine = engine_for(two_roles.app)
    with transaction(sessions_of(engine)) as session:
        assert session.execute(text("SHOW server_version_num")).scalar_one().startswith("15")
        job_id = defer(session, Kind.INDEX, 1)
        session.execute(text("DELETE FROM procrastinate_jobs WHERE id = :id"), {"id": job_id})
    engine.dispose()


def test_worker_does_jobs_on_fifteen(two_roles: Urls) -> None:
    done: list[int | None] = []
    engine = engine_for(two_roles.app)
    with transaction(sessions_of(engine)) as session:
        defer(session, Kind.INDEX, 42)
    handlers = {kind: (lambda house, subject_id: done.append(subject_id)) for kind in Kind}
    run_worker(two_roles, handlers, house=None, until_empty=True)
    engine.dispose()
    assert done == [42]


def test_one_role_alone_is_held_back_by_the_triggers(server: str) -> None:
    [only] = _with_roles(server, "alone", "single")
    urls = database_urls(Settings(database_url=only))
    assert urls.one_role
    with engine_for(urls.owner).begin() as connection:
        for table in roles.APPEND_ONLY:
            connection.execute(text(f"CREATE TABLE {table} (event_id bigint)"))
        roles.protect(connection)
        roles.grant(connection, urls.app_role)
    engine = engine_for(urls.app)
    with Session(engine) as session:
        found = roles.check(session)
        assert (found.triggers, found.separate_roles) == (True, False)
        with pytest.raises(ProgrammingError, match="append-only"):
            session.execute(text("DELETE FROM event"))
    engine.dispose()
