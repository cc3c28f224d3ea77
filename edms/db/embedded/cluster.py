"""One PostgreSQL cluster on disk: made, configured, started, stopped, and asked whether it is alive.

Nothing listens on the network; who connects is decided by the OS account at the other end of the socket (peer), and
only the server's own account and, where root started it, root are on the list. Callers hold the start lock.
"""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from edms.db.embedded.accounts import Account, run_as
from edms.db.embedded.place import SOCKET_NAME
from edms.db.embedded.programs import MAJOR
from edms.db.roles import APP, DATABASE, OWNER, SUPERUSER
from edms.errors import Invalid, Unavailable

START_SECONDS = 60
STOP_SECONDS = 60
# Backends notice a killed postmaster within about a second; until then their shared memory keeps a new one out.
ORPHAN_SECONDS = 15.0

# Above the largest number that Linux gives (4194304).
NOBODYS_PID = 2147483646

# For one PC with two cores and little memory; `local.conf` beside it is the operator's and wins.
SETTINGS = """\
# Written by edms at each start. Put changes into local.conf in this folder.
listen_addresses = ''
unix_socket_permissions = 0700
max_connections = 100
shared_buffers = 64MB
effective_cache_size = 512MB
work_mem = 8MB
maintenance_work_mem = 64MB
wal_level = replica
max_wal_senders = 4
max_wal_size = 512MB
min_wal_size = 80MB
max_parallel_workers_per_gather = 1
io_method = sync
jit = off
huge_pages = off
fsync = on
synchronous_commit = on
timezone = 'UTC'
log_timezone = 'UTC'
logging_collector = on
log_directory = '../log'
log_filename = 'postgresql-%a.log'
log_truncate_on_rotation = on
log_rotation_age = 1d
log_rotation_size = 0
log_line_prefix = '%m [%p] %q%u@%d '
# Values of letters stay out of the log: no statements, no parameters, no "Key (…) already exists".
log_min_error_statement = panic
log_error_verbosity = terse
log_parameter_max_length_on_error = 0
"""
LOCAL = "# The operator's own settings: they win over edms.conf and are never written by edms.\n"
ACCESS = f"local all {SUPERUSER},{OWNER},{APP} peer map=edms\nlocal replication {SUPERUSER} peer map=edms\n"


@dataclass(frozen=True)
class Cluster:
    """A cluster: its home, the account that runs it, its programs and the folder of its socket."""

    home: Path
    account: Account
    programs: Path
    socket: Path

    @property
    def data(self) -> Path:
        """PostgreSQL's own data folder."""
        return self.home / "data"

    def initialise(self) -> None:
        """Make the cluster unless it is there; a half-made one is thrown away.

        Errors: Invalid for one of another major version or owner; Unavailable when initdb fails.
        """
        version = self.data / "PG_VERSION"
        if version.exists():
            self._refuse_foreign(version)
            return
        fresh = self.home / "data.new"
        self._run(["/bin/rm", "-rf", "--", fresh])
        # The builtin locale needs no locale of the machine and sorts the same everywhere, today and after upgrades.
        choices = ["--auth-local=peer", "--auth-host=reject", "--encoding=UTF8"]
        choices += ["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C.UTF-8"]
        self._run([self.programs / "bin" / "initdb", "-D", fresh, "-U", SUPERUSER, *choices], seconds=120)
        self._append(fresh / "postgresql.conf", "\ninclude = 'edms.conf'\ninclude = 'local.conf'\n")
        self._write(fresh / "local.conf", LOCAL)
        self._run(["/bin/mv", "-T", "--", fresh, self.data])

    def _refuse_foreign(self, version: Path) -> None:
        owner = self.data.stat().st_uid
        if owner != self.account.uid:
            values = {"folder": str(self.data), "uid": owner, "account": self.account.name}
            raise Invalid("db.other_owner", fields={"EDMS_DATA_DIR": "db.other_owner"}, **values)
        found = version.read_text(encoding="ascii").strip()
        if found != str(MAJOR):
            values = {"folder": str(self.data), "found": found, "wanted": MAJOR}
            raise Invalid("db.other_major", fields={"EDMS_DATA_DIR": "db.other_major"}, **values)

    def start(self) -> None:
        """Start the server and wait until it takes connections. Errors: Unavailable with the log's last lines."""
        if self._settled() is not None:
            return
        self._clear_leftovers()
        self._write(self.data / "edms.conf", SETTINGS)
        self._write(self.data / "pg_hba.conf", ACCESS)
        self._write(self.data / "pg_ident.conf", self._who_may())
        options = f"-k '{_quoted(self.socket)}'"
        argv = [str(self.programs / "bin" / "pg_ctl"), "start", "-w", "-s", "-t", str(START_SECONDS)]
        argv += ["-D", str(self.data), "-l", str(self.home / "start.log"), "-o", options]
        self._run(argv, seconds=START_SECONDS + 10)

    def stop(self) -> None:
        """Stop the server in good order; open transactions are rolled back, nothing acknowledged is lost."""
        limit = time.monotonic() + STOP_SECONDS
        if (pid := self.pid()) is not None:
            # Not through pg_ctl: it would wait in vain for a dead process that nobody has waited for.
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGINT)
        while self.pid() is not None:
            if time.monotonic() > limit:
                raise Unavailable("db.does_not_stop", folder=str(self.data), seconds=STOP_SECONDS)
            time.sleep(0.02)

    def pid(self) -> int | None:
        """The process id of this cluster's living postmaster, else None: a number alone proves nothing."""
        first = next(iter(_lines(self.data / "postmaster.pid")), "").strip()
        return int(first) if first.isdigit() and _is_postgres_of(int(first), self.data) else None

    def ready(self) -> bool:
        """Whether the postmaster lives and takes connections."""
        lines = _lines(self.data / "postmaster.pid")
        return len(lines) >= 8 and lines[7].strip() == "ready" and self.pid() is not None

    def _settled(self) -> int | None:
        """Wait while a postmaster is recovering or stopping (its starter was killed, say); its pid once ready."""
        limit = time.monotonic() + START_SECONDS
        while (pid := self.pid()) is not None and time.monotonic() < limit:
            if self.ready():
                return pid
            time.sleep(0.05)
        return None

    def _clear_leftovers(self) -> None:
        """After a killed postmaster: wait for its children, then drop a pid file whose number is now a stranger's."""
        limit = time.monotonic() + ORPHAN_SECONDS
        while any(_is_postgres_of(pid, self.data) for pid in _processes()):
            if time.monotonic() > limit:
                raise Unavailable("db.leftover_processes", folder=str(self.data))
            time.sleep(0.05)
        # PostgreSQL believes a lock file when its number is anybody's: a stranger's after a restart of the container,
        # or a dead process's that nobody waited for. So the number goes; the rest stays, as it names the shared memory
        # that PostgreSQL then examines and cleans up itself.
        note, lock = self.data / "postmaster.pid", self.socket / f"{SOCKET_NAME}.lock"
        if next(iter(_lines(note)), "").strip().isdigit():
            self._run(["/bin/sed", "-i", f"1s/.*/{NOBODYS_PID}/", note])
        else:
            self._run(["/bin/rm", "-f", "--", note])
        self._run(["/bin/rm", "-f", "--", lock])

    def _who_may(self) -> str:
        names = {self.account.name, "root"} if os.geteuid() == 0 or self._root_was_here() else {self.account.name}
        return "".join(f'edms "{name}" {role}\n' for name in sorted(names) for role in (SUPERUSER, OWNER, APP))

    def _root_was_here(self) -> bool:
        """Whether root may already connect: a start by the service's own account does not lock the operator out."""
        return any(line.startswith('edms "root" ') for line in _lines(self.data / "pg_ident.conf"))

    def _write(self, path: Path, text: str) -> None:
        self._run(["/bin/sh", "-c", 'cat >"$1.new" && mv -f "$1.new" "$1"', "sh", path], text=text)

    def _append(self, path: Path, text: str) -> None:
        self._run(["/bin/sh", "-c", 'cat >>"$1"', "sh", path], text=text)

    def _run(self, argv: Sequence[str | Path], *, text: str | None = None, seconds: float = 60) -> None:
        done = run_as(self.account, argv, text=text, seconds=seconds)
        if done.returncode != 0:
            logs = sorted((self.home / "log").glob("*.log"), key=lambda path: path.stat().st_mtime)
            last = [line for path in [self.home / "start.log", *logs[-1:]] for line in _lines(path)[-4:]]
            reason = "\n".join([done.stderr.strip(), *last]).strip()
            raise Unavailable("db.program_failed", program=Path(argv[0]).name, reason=reason)


def database_url(socket: Path, role: str, database: str = DATABASE) -> str:
    """The SQLAlchemy URL of `role` through the socket folder."""
    return f"postgresql+psycopg://{role}@/{database}?host={quote(str(socket), safe='')}"


def _quoted(path: Path) -> str:
    """A path inside the single quotes that pg_ctl hands to a shell."""
    return str(path).replace("'", "'\\''")


def _lines(path: Path) -> list[str]:
    try:
        return path.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return []


def _processes() -> Iterator[int]:
    """The process ids of this machine, where the system shows them in /proc."""
    try:
        names = os.listdir("/proc")
    except OSError:
        return
    yield from (int(name) for name in names if name.isdigit())


def _program(pid: int) -> str:
    """The name of a process's program, also when its file was replaced meanwhile: "postgres (deleted)"."""
    return Path(os.readlink(f"/proc/{pid}/exe")).name


def _is_postgres_of(pid: int, data: Path) -> bool:
    """Whether `pid` is a living server process of this data folder: the server always works inside it."""
    try:
        return Path(f"/proc/{pid}/cwd").samefile(data) and _program(pid).startswith("postgres")
    except (FileNotFoundError, ProcessLookupError, PermissionError):
        pass
    if Path("/proc/self").exists():
        # A dead process not yet waited for has neither folder nor program; another account's is never ours.
        return False
    try:
        os.kill(pid, 0)
    except OSError:
        return False
    return True
