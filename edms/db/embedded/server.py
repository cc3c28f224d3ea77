"""The running server as a process of edms sees it: found or started, shared, revived, given up."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path
from types import TracebackType
from typing import Self

import psycopg
import structlog
from psycopg import sql

from edms.db.embedded.accounts import server_account
from edms.db.embedded.cluster import Cluster, database_url
from edms.db.embedded.locks import exclusive, opened, unused
from edms.db.embedded.place import home_if_any, home_of, socket_folder
from edms.db.embedded.programs import usable_by
from edms.db.roles import APP, DATABASE, OWNER, SUPERUSER
from edms.errors import RuleBroken, Unavailable

log = structlog.get_logger(__name__)


class Server:
    """The embedded server, in use by this process until `stop()`; as a context, until its end."""

    def __init__(self, cluster: Cluster) -> None:
        self.cluster = cluster
        self._pid = os.getpid()
        self._users: int | None = None

    def url(self, role: str = APP, *, database: str = DATABASE) -> str:
        """The SQLAlchemy URL for a role: edms_app works, edms_owner migrates."""
        return database_url(self.cluster.socket, role, database)

    def revive(self) -> None:
        """See that the server runs: started when it is not, recovered when it was killed. Cheap when all is well."""
        if self.cluster.ready():
            return
        with exclusive(self.cluster.home / "lock", self.cluster.account):
            if not self.cluster.ready():
                self._bring_up()

    def stop(self) -> None:
        """Give the server up; the last process to do so stops it."""
        if self._users is None:
            return
        users, self._users = self._users, None
        if os.getpid() != self._pid:
            # A forked child shares the parent's lock: closing is enough, unlocking would give up the parent's too.
            os.close(users)
            return
        with exclusive(self.cluster.home / "lock", self.cluster.account):
            os.close(users)
            if unused(self.cluster.home / "users", self.cluster.account):
                self.cluster.stop()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def join(self) -> Self:
        """Count this process among the users, and see that the server runs and is set up."""
        with exclusive(self.cluster.home / "lock", self.cluster.account):
            users = opened(self.cluster.home / "users", self.cluster.account)
            try:
                # Only the holder of the start lock takes this one exclusively, and for a moment: no waiting here.
                fcntl.flock(users, fcntl.LOCK_SH)
                self.cluster.initialise()
                if not self.cluster.ready():
                    self._bring_up()
            except BaseException:
                os.close(users)
                raise
            self._users = users
        return self

    def _bring_up(self) -> None:
        self.cluster.start()
        _set_up(database_url(self.cluster.socket, SUPERUSER, "postgres"))
        log.info("db.started", folder=str(self.cluster.data), account=self.cluster.account.name)


def start(data_dir: Path, os_user: str | None = None) -> Server:
    """Use the embedded server of this data folder, starting (and the first time making) it.

    `os_user` runs it when root starts it; otherwise the present account does. Several processes may do this at once.
    Errors: Invalid for a folder of another PostgreSQL version or owner; Unavailable when it cannot start.
    """
    account = server_account(os_user)
    home = home_of(data_dir.absolute(), account)
    programs = usable_by(account, copies=home.parent)
    return Server(Cluster(home, account, programs, socket_folder(home, account))).join()


def shut_down(data_dir: Path, os_user: str | None = None, *, force: bool = False) -> bool:
    """Stop the server of this data folder on the operator's word; False when it does not run.

    Errors: RuleBroken while other processes use it, unless `force`.
    """
    home = home_if_any(data_dir.absolute())
    if home is None:
        return False
    account = server_account(os_user)
    home = home_of(data_dir.absolute(), account)
    cluster = Cluster(home, account, usable_by(account, copies=home.parent), socket_folder(home, account))
    with exclusive(home / "lock", account):
        if cluster.pid() is None:
            return False
        if not force and not unused(home / "users", account):
            raise RuleBroken("db.still_in_use", folder=str(data_dir))
        cluster.stop()
    return True


def _set_up(url: str) -> None:
    """Make the two roles and the database unless they are there. Each step may be repeated after a kill."""
    try:
        with psycopg.connect(url.replace("+psycopg", "", 1), autocommit=True, connect_timeout=10) as connection:
            there = {str(row[0]) for row in connection.execute("SELECT rolname FROM pg_roles")}
            for role in (OWNER, APP):
                if role not in there:
                    connection.execute(sql.SQL("CREATE ROLE {} LOGIN").format(sql.Identifier(role)))
            found = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]).fetchone()
            database, owner, app = (sql.Identifier(DATABASE), sql.Identifier(OWNER), sql.Identifier(APP))
            if found is None:
                connection.execute(sql.SQL("CREATE DATABASE {} OWNER {}").format(database, owner))
            connection.execute(sql.SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(database))
            connection.execute(sql.SQL("GRANT CONNECT, TEMPORARY ON DATABASE {} TO {}").format(database, app))
    except psycopg.Error as error:
        raise Unavailable("db.cannot_be_set_up", reason=str(error).strip()) from error
