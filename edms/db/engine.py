"""Engines, sessions and transactions; where the database is; and its failures in the house's words.

One transaction is the unit of truth: `transaction` commits at its end or rolls everything back. A server that does
not answer, a lock held too long and a full disk become Unavailable, a stale edit and what another wrote at the same
moment become Conflict. Servers older than PostgreSQL 15 are refused.
"""

from __future__ import annotations

import select
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import psycopg
import structlog
from psycopg import errors as pg
from pydantic import SecretStr
from sqlalchemy import URL, Engine, create_engine, event, make_url
from sqlalchemy.engine.interfaces import Dialect
from sqlalchemy.exc import ArgumentError, DBAPIError, IntegrityError, InvalidatePoolError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm import Session, sessionmaker
from sqlalchemy.orm.exc import StaleDataError
from sqlalchemy.pool import ConnectionPoolEntry

from edms.config import Settings
from edms.db.embedded import Server, start
from edms.db.roles import APP, OWNER
from edms.errors import Conflict, Invalid, Unavailable

LEAST_VERSION = 15
# A clerk waits five seconds at most (a lock held by somebody, a full pool), a report a minute.
# A page is one of many: it takes one process of the server, and no plan that reads a table whole to have it sorted sooner.
LIMITS = {
    "lock_timeout": "5s",
    "statement_timeout": "60s",
    "idle_in_transaction_session_timeout": "120s",
    "max_parallel_workers_per_gather": "0",
}
_AT_ONCE = (pg.UniqueViolation, pg.ExclusionViolation, pg.ForeignKeyViolation)
# Every rule of ours is asked before: what the server alone refuses was written or taken away by another meanwhile.
CONNECT_SECONDS = 5
POOL_WAIT_SECONDS = 5
ASK_AFTER_SECONDS = 10
KEPT = 500
STALE = "db.stale"  # another wrote a row between our reading and our writing it: read afresh, the step may well go
REVIVE_PAUSES = (0.0, 0.2, 1.0)

Sessions = sessionmaker[Session]
_log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Urls:
    """Where the database is, for the application and for the owner of the schema; with the embedded server, if any."""

    app: str
    owner: str
    server: Server | None = None

    @property
    def app_role(self) -> str:
        """The role the application connects as; the owner's own where there is only one."""
        return make_url(self.app).username or ""

    @property
    def one_role(self) -> bool:
        """Whether application and owner are the same role, so that triggers alone guard the history."""
        return self.app == self.owner

    @property
    def revive(self) -> Callable[[], None] | None:
        """What brings the embedded server back after it was killed; None for a server that others run."""
        return self.server.revive if self.server else None

    def stop(self) -> None:
        """Give up the embedded server; nothing for a server that others run."""
        if self.server:
            self.server.stop()


def database_urls(settings: Settings) -> Urls:
    """The database named by the settings; the embedded one, started when need be, when they name none.

    Errors: Invalid for a URL that is not PostgreSQL's, and what `embedded.start` raises.
    """
    if settings.database_url is None:
        server = start(settings.data_dir, settings.database_user)
        return Urls(server.url(APP), server.url(OWNER), server)
    app = psycopg_url(settings.database_url, "EDMS_DATABASE_URL", settings.database_password)
    owner = settings.database_owner_url
    given = psycopg_url(owner, "EDMS_DATABASE_OWNER_URL", settings.database_owner_password) if owner else app
    return Urls(app, given)


def psycopg_url(address: str, setting: str = "EDMS_DATABASE_URL", password: SecretStr | None = None) -> str:
    """The address as SQLAlchemy wants it, with the password that is kept apart from it.

    Errors: Invalid, naming the setting, for another kind of database.
    """
    try:
        url = make_url(address)
    except ArgumentError:
        url = URL.create("unreadable")
    if url.drivername not in {"postgres", "postgresql", "postgresql+psycopg"}:
        raise Invalid("db.url_not_postgresql", fields={setting: "db.url_not_postgresql"}, setting=setting)
    if password is not None:
        url = url.set(password=password.get_secret_value())
    return url.set(drivername="postgresql+psycopg").render_as_string(hide_password=False)


def conninfo(url: str) -> str:
    """The same address for psycopg itself, with the application's limits (the worker's own connections)."""
    return psycopg.conninfo.make_conninfo(
        url.replace("postgresql+psycopg://", "postgresql://", 1), connect_timeout=CONNECT_SECONDS
    )


def engine_for(
    url: str,
    *,
    pool_size: int = 5,
    limits: dict[str, str] = LIMITS,
    revive: Callable[[], None] | None = None,
    **options: Any,
) -> Engine:
    """An engine with a pool of `pool_size` connections, each with the time limits of `limits`.

    `revive` is called when the server does not answer (the embedded server, after it was killed).
    """
    pool = (
        {} if "poolclass" in options else {"pool_size": pool_size, "max_overflow": 2, "pool_timeout": POOL_WAIT_SECONDS}
    )
    settings = " ".join(f"-c {name}={value}" for name, value in {"timezone": "UTC", **limits}.items())
    engine = create_engine(
        url,
        connect_args={"options": settings, "connect_timeout": CONNECT_SECONDS, "application_name": "edms"},
        **pool,
        **options,
    )
    event.listen(engine, "connect", _refuse_old)
    event.listen(engine, "checkin", _note_rest)
    event.listen(engine, "checkout", _replace_dead(engine))
    if revive is not None:
        event.listen(engine, "do_connect", _reviving(revive))
    return engine


def _refuse_old(connection: psycopg.Connection, _record: object) -> None:
    major = connection.info.server_version // 10000
    if major < LEAST_VERSION:
        raise Unavailable("db.server_too_old", found=major, least=LEAST_VERSION)


def _note_rest(_connection: psycopg.Connection, record: ConnectionPoolEntry) -> None:
    record.info["rested_since"] = time.monotonic()


def _replace_dead(engine: Engine) -> Callable[[psycopg.Connection, ConnectionPoolEntry, object], None]:
    """A dead connection is not lent: after a restart of the server all of them are replaced unseen.

    To ask costs a round trip. It is worth it only where the server has said something since (its farewell), which the
    socket tells by itself, and after a rest, when a network in between may have forgotten the connection.
    """

    def look(connection: psycopg.Connection, record: ConnectionPoolEntry, _proxy: object) -> None:
        now = time.monotonic()
        if now - record.info.get("rested_since", now) > ASK_AFTER_SECONDS or _has_something_to_say(connection):
            try:
                engine.dialect.do_ping(connection)  # type: ignore[arg-type]
            except psycopg.Error as error:
                raise InvalidatePoolError from error

    return look


def _has_something_to_say(connection: psycopg.Connection) -> bool:
    if connection.closed:
        return True
    waiting = select.poll()
    waiting.register(connection.fileno(), select.POLLIN)
    return bool(waiting.poll(0))


def _reviving(revive: Callable[[], None]) -> Callable[..., psycopg.Connection]:
    def connect(
        _dialect: Dialect, _record: object, args: tuple[Any, ...], values: dict[str, Any]
    ) -> psycopg.Connection:
        for pause in REVIVE_PAUSES:
            try:
                return psycopg.connect(*args, **values)
            except psycopg.OperationalError:
                # A server killed this very moment still looks alive: it is asked again a little later.
                time.sleep(pause)
                revive()
        return psycopg.connect(*args, **values)

    return connect


def sessions_of(engine: Engine) -> Sessions:
    """The maker of sessions on this engine; what was read stays readable after the commit.

    A row read by its id is read once a transaction: the session holds the last KEPT rows, which would else be asked for
    again as soon as nobody names them. Who needs it fresh after a wait says so (`refresh`, `populate_existing`).
    """
    made = sessionmaker(engine, expire_on_commit=False)
    event.listen(made, "loaded_as_persistent", _keep)
    event.listen(made, "pending_to_persistent", _keep)
    event.listen(made, "detached_to_persistent", _keep)
    return made


def _keep(session: Session, row: object) -> None:
    session.info.setdefault("kept", deque(maxlen=KEPT)).append(row)


@contextmanager
def transaction(sessions: Sessions) -> Iterator[Session]:
    """One transaction: committed at the end of the block, rolled back by any error, failures in the house's words.

    Errors: Unavailable, also when the answer to the commit was lost (ask again with the same key); Conflict.
    """
    with in_words(), sessions() as session, session.begin():
        yield session


@contextmanager
def in_words() -> Iterator[None]:
    """Turn the driver's failures that a person should hear about into Unavailable or Conflict; others pass unchanged."""
    try:
        yield
    except PoolTimeout as error:
        raise Unavailable("db.busy") from error
    except StaleDataError as error:
        raise Conflict(STALE) from error
    except IntegrityError as error:
        if not isinstance(error.orig, _AT_ONCE):
            raise
        _log.warning("db.at_once", constraint=error.orig.diag.constraint_name)
        raise Conflict("db.at_once") from error
    except DBAPIError as error:
        if isinstance(error.orig, pg.NumericValueOutOfRange):  # typed into a form or an address by hand
            raise Invalid("db.number_too_large") from error
        if isinstance(error.orig, psycopg.DataError) and error.orig.sqlstate is None:  # a zero byte, not sent at all
            raise Invalid("db.zero_byte") from error
        message = _message(error)
        if message is None:
            raise
        raise Unavailable(message) from error


def _message(error: DBAPIError) -> str | None:
    """The message id for a failure of the driver, or None when it is a fault of ours and must be seen as such."""
    cause = error.orig
    if isinstance(cause, pg.DiskFull):
        return "db.disk_full"
    if isinstance(cause, pg.LockNotAvailable | pg.DeadlockDetected | pg.SerializationFailure | pg.TooManyConnections):
        return "db.busy"
    if isinstance(cause, pg.QueryCanceled):
        return "db.too_slow"
    if error.connection_invalidated or isinstance(cause, pg.OperatorIntervention):
        return "db.down"
    # Without a code of the server there was no server: refused, cut off, no such host.
    if isinstance(cause, psycopg.OperationalError) and (
        cause.sqlstate is None or cause.sqlstate.startswith(("08", "57"))
    ):
        return "db.down"
    return None
