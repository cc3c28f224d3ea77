"""PostgreSQL's own tools: what goes out by pg_dump comes back by pg_restore and psql. No secret stands in an argument."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import structlog
from sqlalchemy import make_url

from edms.db.embedded.programs import shipped
from edms.errors import Unavailable

TAKE_TURN = "SELECT pg_advisory_xact_lock(hashtext('edms restore'))"
"""Whoever loads holds it to the end: a load may outlive the process that began it."""
HEAD_LINES = 60  # of a dump, in which the settings of its session stand
# Newer tools set what older servers do not know; it limits nothing in a load.
UNKNOWN_TO_OLDER = (b"SET transaction_timeout",)

log = structlog.get_logger(__name__)


def dump(owner_url: str, snapshot: str, target: Path) -> None:
    """Write the database as it was at an exported snapshot to `target`. Errors: Unavailable."""
    argv = [_program("pg_dump"), "--format=custom", "--compress=gzip:3", "--no-owner", "--no-privileges"]
    argv += [f"--snapshot={snapshot}", f"--file={target}", *_where(owner_url)]
    done = subprocess.run(argv, env=_environ(owner_url), capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise Unavailable("backup.dump_failed", reason=_last(done.stderr))


def load(owner_url: str, source: Path, *, then: str) -> None:
    """Load a dump into an empty database, and run the statements `then`: all in one transaction, or nothing of it.

    Errors: Unavailable, with the tools' last line.
    """
    unpack = subprocess.Popen(
        [_program("pg_restore"), "--no-owner", "--no-privileges", "--file=-", str(source)],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    enter = subprocess.Popen(
        [_program("psql"), "--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1", *_where(owner_url)],
        env=_environ(owner_url), stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
    )  # fmt: skip
    try:
        _pour(unpack, enter, then)
    except BrokenPipeError:
        pass  # psql has stopped: it says why below
    finally:
        unpack.stdout.close()  # type: ignore[union-attr]
        told = unpack.communicate()[1] if unpack.poll() is None else b""
    said = enter.communicate()[1]
    if enter.returncode != 0:
        raise Unavailable("backup.load_failed", reason=_last((said or told).decode(errors="replace")))


def _pour(unpack: subprocess.Popen[bytes], enter: subprocess.Popen[bytes], then: str) -> None:
    source, target = unpack.stdout, enter.stdin
    if source is None or target is None:
        raise ValueError("both ends are pipes")
    # Begun and ended by ourselves: should this process be killed, psql sees the end of its input, and nothing is kept.
    target.write(f"BEGIN;\n{TAKE_TURN};\n".encode())
    for _ in range(HEAD_LINES):
        line = source.readline()
        if not line.startswith(UNKNOWN_TO_OLDER):
            target.write(line)
    while piece := source.read(1 << 20):
        target.write(piece)
    if unpack.wait() == 0:
        target.write(f"\n{then}\nCOMMIT;\n".encode())
    else:
        # The whole load is undone: half a dump must not look like a house.
        target.write(b"\nDO $$ BEGIN RAISE EXCEPTION 'the dump could not be read to its end'; END $$;\n")
    target.close()
    enter.stdin = None


def _program(name: str) -> str:
    return str(shipped() / "bin" / name)


def _where(url: str) -> list[str]:
    """The connection as arguments, without the password."""
    given = make_url(url)
    host = given.host or given.query.get("host")
    parts = {"--host": host, "--port": given.port, "--username": given.username, "--dbname": given.database}
    return [f"{name}={value}" for name, value in parts.items() if value]


def _environ(url: str) -> dict[str, str]:
    given = make_url(url)
    options = {f"PG{name.upper()}": str(value) for name, value in given.query.items() if name.startswith("ssl")}
    secret = {"PGPASSWORD": str(given.password)} if given.password else {}
    return {**os.environ, **options, **secret, "PGCONNECT_TIMEOUT": "10", "PGOPTIONS": "-c statement_timeout=0"}


def _last(text: str) -> str:
    lines = [line for line in text.splitlines() if line.strip()]
    wrong = [line for line in lines if "ERROR" in line or "FATAL" in line or "error:" in line]
    return (wrong or lines or ["?"])[-1][:300]
