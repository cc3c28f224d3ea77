"""What the modules measure on: a house of its own in a temporary folder, the town of the demo, and running processes."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPResponse, RemoteDisconnected
from pathlib import Path
from urllib.parse import urlencode

from sqlalchemy import select
from sqlalchemy.orm import Session

from edms import bootstrap
from edms.bootstrap import House
from edms.config import Settings
from edms.demo.running import environ_of, free_port
from edms.demo.town import PASSWORD, Town, found
from edms.registry.models import Register
from edms.staff.models import Official, Organisation, Unit

KEPT_SECONDS = 3.0  # the server gives an idle connection up after five
CSRF = re.compile(r'name="csrf_token" value="([^"]+)"')


@dataclass
class Stage:
    """The house and the town; `environ` is what its processes need."""

    house: House
    town: Town
    environ: dict[str, str] = field(repr=False, default_factory=dict)
    web_pid: int = 0

    @property
    def settings(self) -> Settings:
        """The settings of this house."""
        return self.house.settings


@contextmanager
def stage(**settings: object) -> Iterator[Stage]:
    """The demo's town on an embedded server of its own; gone afterwards. `settings` go over the defaults."""
    with (
        tempfile.TemporaryDirectory(prefix="edms-bench-", ignore_cleanup_errors=True) as name,
        at(Path(name), **settings) as here,
    ):
        yield here


@contextmanager
def at(folder: Path, *, server: str = "", **settings: object) -> Iterator[Stage]:
    """The same in a folder that stays: the town is found there the next time. `server`: settings of the database server."""
    folder.mkdir(exist_ok=True)
    folder.chmod(0o711)  # the server's account must reach its own folder below
    values = {
        "data_dir": folder,
        "secure_cookies": False,
        "log_level": "warning",
        "public_url": "http://localhost",
        "demo": True,
    }
    made = Settings.model_validate(
        values | {"listen": f"127.0.0.1:{free_port(0)}", "web_workers": 2, "web_threads": 8} | settings
    )
    known = (folder / "postgres").exists()
    if not known:
        bootstrap.set_up(made)
    if server:
        (folder / "postgres" / "data" / "local.conf").write_text(server)  # read at the start that follows
    house = bootstrap.build(made, pool_size=10)
    try:
        with house.transaction() as session:
            town = found_again(session) if known else found(session, years=(time.gmtime().tm_year,))
        yield Stage(house, town, environ_of(made))
    finally:
        house.close()


def found_again(session: Session) -> Town:
    """The town that was founded here before."""
    kvemo, zemo = (
        session.scalars(select(Organisation).where(Organisation.code == code)).one() for code in ("kvemo", "zemo")
    )
    books = {
        home: {
            book.kind: book
            for book in session.scalars(
                select(Register).where(Register.organisation_id == home).order_by(Register.register_id.desc())
            )
        }
        for home in (kvemo.organisation_id, zemo.organisation_id)
    }
    people = {official.login: official for official in session.scalars(select(Official))}
    own = select(Unit).where(Unit.organisation_id == kvemo.organisation_id)
    units = {unit.index: unit for unit in session.scalars(own)}
    return Town(kvemo, zemo, people, units, books[kvemo.organisation_id], books[zemo.organisation_id])


@contextmanager
def process(*module: str, environ: Mapping[str, str]) -> Iterator[subprocess.Popen[bytes]]:
    """`python -m module …`, ended afterwards with everything it started."""
    made = subprocess.Popen([sys.executable, "-m", *module], env=dict(environ), start_new_session=True)
    try:
        yield made
    finally:
        made.terminate()
        try:
            made.wait(30)
        except subprocess.TimeoutExpired:
            with suppress(ProcessLookupError):
                os.killpg(made.pid, signal.SIGKILL)
            made.wait()


@contextmanager
def web(stage: Stage) -> Iterator[str]:
    """The web server running; its host and port."""
    with process("edms.web.server", environ=stage.environ) as server:
        await_ready(stage.settings.listen, server)
        stage.web_pid = server.pid
        yield stage.settings.listen


def await_ready(listen: str, server: subprocess.Popen[bytes]) -> None:
    """Wait until the server answers at all."""
    for _ in range(600):
        with suppress(OSError):
            if Client(listen).get("/healthz")[0] == 200:
                return
        if server.poll() is not None:
            break
        time.sleep(0.1)
    raise RuntimeError("the web server did not come up")


@contextmanager
def workers(stage: Stage, count: int = 1) -> Iterator[list[subprocess.Popen[bytes]]]:
    """`count` worker processes."""
    if count == 0:
        yield []
        return
    with process("workers", environ=stage.environ) as one, workers(stage, count - 1) as others:
        yield [one, *others]


class Client:
    """A light HTTP client on one kept connection, with cookies: the client's own cost must not be what is measured."""

    def __init__(self, listen: str, *, piece: int = 16384) -> None:
        self._connection = HTTPConnection(listen, timeout=300, blocksize=piece)
        self._cookies: dict[str, str] = {}
        self._asked_at = 0.0
        self.headers: dict[str, str] = {"Accept-Language": "ka"}

    def get(self, path: str) -> tuple[int, bytes]:
        """Status and body; once more on a new connection when the server had given the old one up."""
        try:
            return self._ask("GET", path)[:2]
        except (RemoteDisconnected, ConnectionError):
            self._connection.close()
            return self._ask("GET", path)[:2]

    def post(self, path: str, values: Mapping[str, object]) -> tuple[int, bytes, str]:
        """A form; also where the answer leads."""
        return self._ask("POST", path, urlencode(values), {"Content-Type": "application/x-www-form-urlencoded"})

    def post_json(self, path: str, values: object, **headers: str) -> tuple[int, bytes, str]:
        """A body of JSON."""
        return self._ask("POST", path, json.dumps(values), {"Content-Type": "application/json", **headers})

    def send(self, path: str, body: object, **headers: str) -> tuple[int, bytes, str]:
        """Bytes or a file, streamed."""
        return self._ask("POST", path, body, headers)

    def sign_in(self, login: str) -> str:
        """Sign in by the form; the form token of the session."""
        token = self.token("/account/sign-in")
        status, *_ = self.post("/account/sign-in", {"csrf_token": token, "login": login, "password": PASSWORD})
        if status != 303:
            raise RuntimeError(f"signing in answered {status}")
        return self.token("/arrivals/new")

    def token(self, path: str) -> str:
        """The form token of a page."""
        found = CSRF.search(self.get(path)[1].decode())
        if found is None:
            raise RuntimeError(f"no form on {path}")
        return found[1]

    def _ask(
        self, method: str, path: str, body: object = None, headers: Mapping[str, str] | None = None
    ) -> tuple[int, bytes, str]:
        cookies = {"Cookie": "; ".join(f"{k}={v}" for k, v in self._cookies.items())} if self._cookies else {}
        if time.monotonic() - self._asked_at > KEPT_SECONDS:
            self._connection.close()
        self._connection.request(method, path, body, {**self.headers, **cookies, **(headers or {})})  # type: ignore[arg-type]
        answer: HTTPResponse = self._connection.getresponse()
        for name, value in answer.getheaders():
            if name.lower() == "set-cookie":
                key, _, rest = value.partition("=")
                self._cookies[key] = rest.split(";")[0]
        body_of_answer = answer.read()
        self._asked_at = time.monotonic()
        return answer.status, body_of_answer, answer.getheader("Location") or ""


def rate(clients: int, seconds: float, make: Callable[[int], Callable[[], object]]) -> float:
    """How often a second `clients` threads together do the act that `make(number)` gives each; readied beforehand."""
    acts = [make(number) for number in range(clients)]
    done, ready = [0] * clients, threading.Barrier(clients + 1)
    stop = threading.Event()
    failed: list[BaseException] = []

    def work(number: int) -> None:
        try:
            acts[number]()  # warm: connections, caches, prepared statements
            ready.wait()
            while not stop.is_set():
                acts[number]()
                done[number] += 1
        except BaseException as error:
            failed.append(error)
            stop.set()
            ready.abort()

    threads = [threading.Thread(target=work, args=(number,)) for number in range(clients)]
    for thread in threads:
        thread.start()
    with suppress(threading.BrokenBarrierError):
        ready.wait()
    began = time.perf_counter()
    stop.wait(seconds)
    took, count = time.perf_counter() - began, sum(done)
    stop.set()
    for thread in threads:
        thread.join()
    if failed:
        raise failed[0]
    return count / took


def pss(pid: int) -> int:
    """Bytes of memory of a process and all it started, shared pages counted by their share (PSS)."""
    total = 0
    for each in (pid, *descendants(pid)):
        with suppress(OSError):
            found = re.search(r"^Pss:\s+(\d+) kB", Path(f"/proc/{each}/smaps_rollup").read_text(), re.M)
            total += int(found[1]) * 1024 if found else 0
    return total


def descendants(pid: int) -> list[int]:
    """The processes below a process."""
    parents: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with suppress(OSError):
                after = (entry / "stat").read_text().rpartition(")")[2].split()
                parents.setdefault(int(after[1]), []).append(int(entry.name))
    below = parents.get(pid, [])
    return below + [deeper for child in below for deeper in descendants(child)]


def processor(pid: int) -> float:
    """Seconds of processor time of a process, of all it started, and of those that have ended."""
    ticks = 0
    for each in (pid, *descendants(pid)):
        with suppress(OSError):
            after = Path(f"/proc/{each}/stat").read_text().rpartition(")")[2].split()
            ticks += sum(int(value) for value in after[11:15])
    return ticks / os.sysconf("SC_CLK_TCK")


def database_server(stage: Stage) -> int:
    """The process above all of the database's."""
    with stage.house.engine.connect() as connection:
        backend = connection.connection.dbapi_connection.info.backend_pid  # type: ignore[union-attr]
        return int(Path(f"/proc/{backend}/stat").read_text().rpartition(")")[2].split()[1])
