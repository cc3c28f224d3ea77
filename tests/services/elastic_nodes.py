"""Real Elasticsearch nodes on the loopback: fetched, started, stopped and frozen here, without a container engine.

They are the engine's own core distribution from Maven Central (the one its plugins are tested with): the server without
optional modules, with security. The newer one runs as it should in production: HTTPS, users, and a role that has no
more rights than docs/operations.md asks for. What is missing is said by the test that is skipped for it.
"""

from __future__ import annotations

import ctypes
import hashlib
import os
import pwd
import re
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import zipfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest
from pydantic import SecretStr

from edms.errors import EdmsError
from edms.search.elastic_client import ANSWER_SECONDS, Cluster
from edms.search.elastic_engine import ElasticEngine
from tests.services.certificates import self_signed
from tests.services.s3_servers import free_port

CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "edms-test-servers" / "elastic"
ARTIFACT = "org.elasticsearch.distribution.integ-test-zip:elasticsearch"
COPY = "org.apache.maven.plugins:maven-dependency-plugin:3.6.1:copy"
ACCOUNT = "edms"
"""Who runs a node when the tests run as root: it refuses to be root."""
FETCH_SECONDS, START_SECONDS = 900, 180
USER = "edms-service"
ROLE = """
edms_service:
  cluster: [monitor]
  indices:
    - names: ["t*-v*"]
      privileges: [manage, read, write]
"""


@dataclass(frozen=True)
class Make:
    """A version, what it needs, and whether it asks who calls."""

    version: str
    java: int
    secure: bool
    sha256: str


MAKES = {
    "elastic8": Make("8.19.20", 17, False, "f75a726a3ccac1a3cefc3b99b2458def9cda69b3b3fc9a42e98bbef21c10e949"),
    "elastic9": Make("9.2.4", 21, True, "af7b81fe31627c7523b2546351cd4e47310faa6a72c8db8dc8f7a191e871cfaf"),
}
NODES = [pytest.param(make, marks=pytest.mark.services) for make in MAKES]


@dataclass
class Node:
    """A node that runs in its own folder."""

    make: Make
    folder: Path
    port: int = field(default_factory=free_port)
    transport: int = field(default_factory=free_port)
    secret: str = field(default_factory=lambda: secrets.token_hex(12))
    started: subprocess.Popen[bytes] | None = None
    heap: str = "512m"

    @property
    def url(self) -> str:
        return f"{'https' if self.make.secure else 'http'}://127.0.0.1:{self.port}"

    @property
    def ca_file(self) -> Path | None:
        return self.folder / "config" / "http.pem" if self.make.secure else None

    def cluster(self, name: str | None = None, *, url: str | None = None) -> Cluster:
        """The node as the service's settings name it; each test has its own name for its indices."""
        signing_in = (USER, SecretStr(self.secret)) if self.make.secure else (None, None)
        return Cluster((url or self.url,), name or f"t{secrets.token_hex(5)}", *signing_in, ca_file=self.ca_file)

    def engine(self, name: str | None = None, *, answer_seconds: float = ANSWER_SECONDS) -> ElasticEngine:
        """Our engine on it."""
        return ElasticEngine(replace(self.cluster(name), answer_seconds=answer_seconds))

    def prepare(self) -> None:
        """Unpack and configure; as root everything is given to the account that will run it."""
        with zipfile.ZipFile(archive(self.make)) as packed:
            packed.extractall(self.folder)
        home = self.folder / f"elasticsearch-{self.make.version}"
        for program in (home / "bin").iterdir():
            program.chmod(0o755)
        shutil.copytree(home / "config", self.folder / "config")
        for name in ("data", "logs", "tmp"):
            (self.folder / name).mkdir()
        self.configure()

    def configure(self) -> None:
        """Write its settings, and give the folder to who runs it; again before a later start, on other ports."""
        said = {
            "discovery.type": "single-node", "network.host": "127.0.0.1", "http.port": self.port,
            "transport.port": self.transport, "path.data": self.folder / "data", "path.logs": self.folder / "logs",
            "cluster.routing.allocation.disk.threshold_enabled": "false",
            "xpack.security.enabled": str(self.make.secure).lower(),
        }  # fmt: skip
        if self.make.secure:
            self_signed(self.folder / "config" / "http.pem", self.folder / "config" / "http.key")
            said |= {
                "xpack.security.http.ssl.enabled": "true", "xpack.security.http.ssl.key": "http.key",
                "xpack.security.http.ssl.certificate": "http.pem", "xpack.security.enrollment.enabled": "false",
                "xpack.security.autoconfiguration.enabled": "false",
            }  # fmt: skip
            (self.folder / "config" / "roles.yml").write_text(ROLE)
        lines = "".join(f"{key}: {value}\n" for key, value in said.items())
        (self.folder / "config" / "elasticsearch.yml").write_text(lines)
        if os.getuid() == 0:
            subprocess.run(["chown", "-R", ACCOUNT, str(self.folder)], check=True)
        if self.make.secure:
            self._run("elasticsearch-users", "useradd", USER, "-p", self.secret, "-r", "edms_service").wait(60)

    def start(self) -> None:
        """Start, and wait until it answers."""
        self.started = self._run("elasticsearch")
        end = time.monotonic() + START_SECONDS
        while time.monotonic() < end and self.started.poll() is None:
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
                self.engine().lost()
                return
            except (OSError, EdmsError):
                time.sleep(0.2)
        self.stop()
        log = self.folder / "logs" / "elasticsearch.log"
        raise RuntimeError(
            f"Elasticsearch {self.make.version} did not start: {log.read_text()[-2000:] if log.exists() else ''}"
        )

    def _run(self, program: str, *words: str) -> subprocess.Popen[bytes]:
        home = self.folder / f"elasticsearch-{self.make.version}"
        environ = {
            "PATH": os.environ["PATH"], "HOME": str(self.folder), "ES_TMPDIR": str(self.folder / "tmp"),
            "ES_PATH_CONF": str(self.folder / "config"), "ES_JAVA_HOME": str(java(self.make.java)),
            "ES_JAVA_OPTS": f"-Xms{self.heap} -Xmx{self.heap}",
        }  # fmt: skip
        who = {"user": ACCOUNT, "group": pwd.getpwnam(ACCOUNT).pw_gid, "extra_groups": []} if os.getuid() == 0 else {}
        return subprocess.Popen(
            [str(home / "bin" / program), *words], env=environ, cwd=self.folder, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL, start_new_session=True, preexec_fn=_end_with_us, **who,
        )  # fmt: skip

    def signal(self, number: int) -> None:
        """To the node and all it has started."""
        if self.started is not None and self.started.poll() is None:
            os.killpg(self.started.pid, number)

    def freeze(self) -> None:
        """Connections are taken, nothing is answered."""
        self.signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """Go on."""
        self.signal(signal.SIGCONT)

    def stop(self) -> None:
        """Stop at once, as a power cut would."""
        if self.started is not None:
            self.signal(signal.SIGKILL)
            self.started.wait()
        self.started = None

    def wipe(self) -> None:
        """Its disk is new: stop, lose everything, start."""
        self.stop()
        for inside in (self.folder / "data").iterdir():
            shutil.rmtree(inside, ignore_errors=True)
        self.start()


def _end_with_us() -> None:
    """A node does not outlive tests that were killed: its launcher goes with us, and the server with its launcher."""
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG


@contextmanager
def running(name: str) -> Iterator[Node]:
    """A node of this make, stopped at the end. Skips, saying loudly what is missing, where it cannot be had."""
    if lacking := missing(name):
        pytest.skip(f"NOT PROVED on {name}: {lacking}")
    folder = Path(tempfile.mkdtemp(prefix=f"edms-{name}-"))
    folder.chmod(0o711)
    node = Node(MAKES[name], folder)
    try:
        node.prepare()
        node.start()
        yield node
    finally:
        node.stop()
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def kept(name: str, folder: Path, *, heap: str) -> Iterator[Node]:
    """A node whose folder stays with all that is in it, stopped in good order."""
    node = Node(MAKES[name], folder, heap=heap)
    if not (folder / "data").is_dir():
        folder.mkdir(parents=True)
        folder.chmod(0o711)
        node.prepare()
    node.configure()
    try:
        node.start()
        yield node
    finally:
        node.signal(signal.SIGTERM)
        if node.started is not None:
            node.started.wait(120)


class Nodes:
    """The nodes of a test run, each started when it is first asked for."""

    def __init__(self) -> None:
        self._open = ExitStack()
        self._running: dict[str, Node] = {}

    def of(self, name: str) -> Node:
        """The node of this make. Skips where it cannot be had."""
        if name not in self._running:
            self._running[name] = self._open.enter_context(running(name))
        return self._running[name]

    def close(self) -> None:
        """Stop them all."""
        self._open.close()


def archive(make: Make) -> Path:
    """Where the distribution is kept."""
    return CACHE / f"elasticsearch-{make.version}.zip"


def java(least: int) -> Path | None:
    """The oldest Java that will do."""
    homes = [Path(home) for home in (os.environ.get("JAVA_HOME"),) if home]
    homes += sorted(Path("/usr/lib/jvm").glob("*")) if Path("/usr/lib/jvm").is_dir() else []
    if program := shutil.which("java"):
        homes.append(Path(program).resolve().parent.parent)
    found = {}
    for home in homes:
        release = home / "release"
        said = re.search(r'JAVA_VERSION="(\d+)', release.read_text()) if release.is_file() else None
        if said and int(said[1]) >= least and (home / "bin" / "java").is_file():
            found.setdefault(int(said[1]), home)
    return found[min(found)] if found else None


def missing(name: str) -> str | None:
    """What must be done before this make can start."""
    make = MAKES[name]
    if java(make.java) is None:
        return f"Elasticsearch {make.version} needs Java {make.java} or newer, which is not here"
    if os.getuid() == 0 and ACCOUNT not in {each.pw_name for each in pwd.getpwall()}:
        return f"there is no account {ACCOUNT} to run it"
    if not archive(make).is_file():
        return "not fetched; make test-services fetches it where Maven is"
    return None


def fetch(name: str) -> str | None:
    """Fetch the distribution of its fixed version into the cache; the reason where that cannot be done."""
    make = MAKES[name]
    program = shutil.which("mvn")
    if program is None:
        return "there is no Maven here to fetch it with"
    CACHE.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=CACHE) as folder:
        call = [program, "-q", "-B", COPY, f"-Dartifact={ARTIFACT}:{make.version}:zip", f"-DoutputDirectory={folder}"]
        try:
            subprocess.run(call, check=True, capture_output=True, timeout=FETCH_SECONDS)
        except subprocess.SubprocessError as failed:
            said = (getattr(failed, "stdout", None) or b"").decode(errors="replace").strip().splitlines()
            return f"it could not be fetched ({said[-1] if said else type(failed).__name__})"
        fetched = next(Path(folder).glob("*.zip"))
        if hashlib.sha256(fetched.read_bytes()).hexdigest() != make.sha256:
            return "what was fetched is not the distribution that was tried"
        fetched.replace(archive(make))
    return None


def main() -> None:
    """Have every distribution ready before the tests, and say which makes will not be proved."""
    for name, make in MAKES.items():
        lacking = missing(name)
        if lacking and not archive(make).is_file() and java(make.java) is not None:
            print(f"Fetching Elasticsearch {make.version} (once, 100 MB)", flush=True)
            lacking = fetch(name) or missing(name)
        print(f"NOT PROVED on {name}: {lacking}" if lacking else f"{name}: ready", flush=True)


if __name__ == "__main__":
    main()
