"""A PostgreSQL that others run: Debian's own, with passwords and two roles, killed and started again at will."""

from __future__ import annotations

import os
import pwd
import secrets
import subprocess
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

import psycopg
from psycopg import sql

from edms.db.roles import APP, DATABASE, OWNER
from tests.services.s3_servers import free_port

ACCOUNT = "edms"
"""Who runs it when the tests run as root: it refuses to be root."""
START_SECONDS = 60


def programs() -> Path | None:
    """The newest of Debian's servers that we serve."""
    found = [each for each in Path("/usr/lib/postgresql").glob("*/bin") if (each / "postgres").is_file()]
    return max(found, key=lambda each: float(each.parent.name), default=None)


def missing() -> str | None:
    """What an administrator must install first."""
    return None if programs() else "apt install postgresql-15"


@dataclass
class Postgres:
    """A server in its own folder, which its account can reach."""

    folder: Path
    port: int = field(default_factory=free_port)
    superuser: str = field(default_factory=lambda: secrets.token_hex(12))
    owner: str = field(default_factory=lambda: secrets.token_hex(12))
    app: str = field(default_factory=lambda: secrets.token_hex(12))
    started: subprocess.Popen[bytes] | None = None

    def url(self, role: str) -> str:
        """The address of the house's database, without the password."""
        return f"postgresql://{role}@127.0.0.1:{self.port}/{DATABASE}"

    def prepare(self) -> None:
        """A new cluster with the two roles and an empty database."""
        self.folder.mkdir(mode=0o755)
        if os.getuid() == 0:
            account = pwd.getpwnam(ACCOUNT)
            os.chown(self.folder, account.pw_uid, account.pw_gid)
        with tempfile.NamedTemporaryFile("w", dir=self.folder.parent, suffix=".pw") as file:
            file.write(self.superuser)
            file.flush()
            os.chmod(file.name, 0o644)
            self._call(
                "initdb", "-D", "data", "-U", "postgres", "--auth=scram-sha-256", f"--pwfile={file.name}",
                "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync",
            ).wait(120)  # fmt: skip
        self.start()
        with self.connect(database="postgres") as line:
            for role, password in ((OWNER, self.owner), (APP, self.app)):
                statement = sql.SQL("CREATE ROLE {} LOGIN PASSWORD {}")
                line.execute(statement.format(sql.Identifier(role), sql.Literal(password)))
            line.execute(sql.SQL("CREATE DATABASE {} OWNER {}").format(*map(sql.Identifier, (DATABASE, OWNER))))

    def connect(self, *, database: str = DATABASE) -> psycopg.Connection:
        """As the superuser, to look at what is there."""
        return psycopg.connect(
            host="127.0.0.1", port=self.port, user="postgres", password=self.superuser, dbname=database,
            autocommit=True, connect_timeout=30,
        )  # fmt: skip

    def start(self) -> None:
        """Start, also after a death of which some children still know nothing; wait until it answers."""
        end = time.monotonic() + START_SECONDS
        while time.monotonic() < end:
            if self.started is None or self.started.poll() is not None:
                self.started = self._call(
                    "postgres", "-D", "data", "-p", str(self.port), "-k", str(self.folder), "-c", "listen_addresses=127.0.0.1",
                )  # fmt: skip
            try:
                self.connect(database="postgres").close()
                return
            except psycopg.OperationalError:
                time.sleep(0.2)
        raise RuntimeError("PostgreSQL did not start: " + (self.folder / "log").read_text()[-2000:])

    def kill(self) -> None:
        """Gone at once, as by a power cut; what it has not written is lost."""
        if self.started is not None:
            self.started.kill()
            self.started.wait()
        self.started = None

    def _call(self, program: str, *words: str) -> subprocess.Popen[bytes]:
        where = programs()
        assert where is not None
        who = {"user": ACCOUNT, "group": pwd.getpwnam(ACCOUNT).pw_gid, "extra_groups": []} if os.getuid() == 0 else {}
        with (self.folder / "log").open("ab") as log:
            return subprocess.Popen(
                [str(where / program), *words], cwd=self.folder, env={"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8"},
                stdout=log, stderr=log, start_new_session=True, **who,
            )  # fmt: skip
