"""Real S3-compatible servers on the loopback: fetched, built, started and stopped here, without a container engine.

versitygw (Apache-2.0, a folder behind it) and MinIO (AGPL, only ever a test server) come as Go modules of fixed versions
and are built once into the user's cache; radosgw comes from Debian where an administrator has installed it. What is
missing is said by the test that is skipped for it.
"""

from __future__ import annotations

import os
import re
import secrets
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from edms.errors import EdmsError
from edms.storage.s3 import S3Store
from edms.storage.s3_client import Place, answering, connect
from edms.storage.s3_trials import PREFIX
from tests.services import radosgw

CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "edms-test-servers" / "bin"
GO_NEEDED = (1, 25)
MODULES = {
    "versitygw": "github.com/versity/versitygw/cmd/versitygw@v1.8.0",
    "minio": "github.com/minio/minio@v0.0.0-20260212201848-7aac2a2c5b7c",
    # Not stores: what docker-compose.yml starts beside them (stand_ins.py).
    "caddy": "github.com/caddyserver/caddy/v2/cmd/caddy@v2.10.2",
    "mailpit": "github.com/axllent/mailpit@v1.27.11",
}
MAKES = ("versitygw", "minio", "radosgw")
SERVICES = [pytest.param(make, marks=pytest.mark.services) for make in MAKES]
BUILD_SECONDS, START_SECONDS = 1800, 30


@dataclass
class Server:
    """A server that runs; `folder` is where it keeps its bytes, for those who change them behind its back."""

    make: str
    folder: Path
    port: int
    access: str = "edms-test"
    secret: str = field(default_factory=lambda: secrets.token_hex(16))
    started: list[subprocess.Popen[bytes]] = field(default_factory=list)

    @property
    def endpoint(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def place(self, bucket: str, *, endpoint: str | None = None, seconds: int = 20) -> Place:
        """A bucket there, as the service's settings name it."""
        return Place(
            bucket, endpoint or self.endpoint, "us-east-1", SecretStr(self.access), SecretStr(self.secret), seconds
        )

    def bucket(self, *, locks: bool = True) -> str:
        """A new bucket, with versions and locks or without."""
        name = f"t{secrets.token_hex(6)}"
        self.client().create_bucket(Bucket=name, **({"ObjectLockEnabledForBucket": True} if locks else {}))
        return name

    def store(self, spool: Path, *, endpoint: str | None = None, seconds: int = 20, locks: bool = True) -> S3Store:
        """Our store on a new bucket."""
        return S3Store(self.place(self.bucket(locks=locks), endpoint=endpoint, seconds=seconds), spool=spool)

    def client(self) -> Any:
        """A client of its own, as an outsider with the key has it."""
        return connect(self.place("-"))

    def start(self) -> None:
        """Start, and wait until it answers."""
        if self.make == "radosgw":
            self.started = radosgw.begin(self.folder, self.port, self.access, self.secret, free_port)
        else:
            quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.STDOUT}
            self.started = [subprocess.Popen(_call(self), env=_environ(self), cwd=self.folder, **quiet)]
        end = time.monotonic() + START_SECONDS
        while time.monotonic() < end:
            if self.started[-1].poll() is not None:
                break
            try:
                with answering():
                    connect(self.place("-"), seconds=2, tries=1).list_buckets()
                return
            except EdmsError:
                time.sleep(0.1)
        self.stop()
        raise RuntimeError(f"{self.make} did not start")

    def stop(self) -> None:
        """Stop at once, as a power cut would."""
        for process in reversed(self.started):
            process.kill()
            process.wait()
        self.started = []


def _call(server: Server) -> list[str]:
    program, folder, port = str(CACHE / server.make), server.folder, server.port
    for name in ("bytes", "versions"):
        (folder / name).mkdir(exist_ok=True)
    if server.make == "versitygw":
        return [program, "--quiet", "--port", f"127.0.0.1:{port}", "posix", "--versioning-dir", str(folder / "versions"), str(folder / "bytes")]  # fmt: skip
    return [program, "server", "--quiet", "--address", f"127.0.0.1:{port}", "--console-address", f"127.0.0.1:{free_port()}", str(folder / "bytes")]  # fmt: skip


def _environ(server: Server) -> dict[str, str]:
    names = ("ROOT_ACCESS_KEY", "ROOT_SECRET_KEY") if server.make == "versitygw" else ("MINIO_ROOT_USER", "MINIO_ROOT_PASSWORD")  # fmt: skip
    keys = dict(zip(names, (server.access, server.secret), strict=True))
    return {**keys, "PATH": os.environ["PATH"], "HOME": str(server.folder), "MINIO_CI_CD": "1", "MINIO_UPDATE": "off"}


@contextmanager
def running(make: str, *, folder: Path | None = None) -> Iterator[Server]:
    """A server of this make, stopped at the end. Skips, saying loudly what is missing, where it cannot be had."""
    need(make)
    own = folder or Path(tempfile.mkdtemp(prefix=f"edms-{make}-"))
    server = Server(make, own, free_port())
    try:
        server.start()
        yield server
    finally:
        server.stop()
        if folder is None:
            shutil.rmtree(own, ignore_errors=True)


class Servers:
    """The servers of a test run, each started when it is first asked for."""

    def __init__(self) -> None:
        self._open = ExitStack()
        self._running: dict[str, Server] = {}

    def of(self, make: str) -> Server:
        """The server of this make. Skips where it cannot be had."""
        if make not in self._running:
            self._running[make] = self._open.enter_context(running(make))
        return self._running[make]

    def close(self) -> None:
        """Stop them all."""
        self._open.close()


def need(make: str) -> None:
    """Skip, with the reason, where the program is not there."""
    if lacking := missing(make):
        pytest.skip(f"NOT PROVED on {make}: {lacking}")


def missing(make: str) -> str | None:
    """What must be done before this make can start."""
    if make == "radosgw":
        return radosgw.missing()
    stamp = CACHE / f"{make}.version"
    if (CACHE / make).is_file() and stamp.is_file() and stamp.read_text() == MODULES[make]:
        return None
    return "not built; make test-services builds it where there is a Go that can"


def build(make: str) -> str | None:
    """Fetch and build a server of its fixed version into the cache; the reason where that cannot be done."""
    go = shutil.which("go")
    if go is None:
        return f"there is no Go here to build it with ({'.'.join(map(str, GO_NEEDED))} or newer)"
    version = subprocess.run([go, "env", "GOVERSION"], capture_output=True, text=True).stdout.strip()
    found = re.match(r"go(\d+)\.(\d+)", version)
    if found is None or (int(found[1]), int(found[2])) < GO_NEEDED:
        return f"it needs Go {'.'.join(map(str, GO_NEEDED))} or newer, here is {version or 'none that answers'}"
    CACHE.mkdir(parents=True, exist_ok=True)
    environ = {**os.environ, "GOBIN": str(CACHE), "GOTOOLCHAIN": "local", "GOFLAGS": "-trimpath"}
    call = [go, "install", MODULES[make]]
    try:
        subprocess.run(call, env=environ, check=True, capture_output=True, timeout=BUILD_SECONDS)
    except subprocess.TimeoutExpired:
        return f"it was not built within {BUILD_SECONDS} s; what is compiled is kept, the next run goes on from there"
    except subprocess.SubprocessError as failed:
        said = (getattr(failed, "stderr", None) or b"").decode(errors="replace").strip().splitlines()
        return f"it could not be built ({said[-1] if said else type(failed).__name__})"
    (CACHE / f"{make}.version").write_text(MODULES[make])
    return None


def free_port() -> int:
    """A port nobody has."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def overwrite(store: S3Store) -> Callable[[str, bytes], None]:
    """Somebody with the service's own key writes over a content."""

    def act(key: str, whole: bytes) -> None:
        store.client.put_object(Bucket=store.place.bucket, Key=key, Body=whole)

    return act


def unfinished(store: S3Store) -> int:
    """Objects, versions and uploads in the bucket beside what the probe tried: after a failure there must be none."""
    bucket = {"Bucket": store.place.bucket}
    versions = store.client.list_object_versions(**bucket)
    uploads = store.client.list_multipart_uploads(**bucket)
    lists = (versions.get("Versions", ()), versions.get("DeleteMarkers", ()), uploads.get("Uploads", ()))
    return sum(not each["Key"].startswith(PREFIX) for found in lists for each in found)


def main() -> None:
    """Have every server ready before the tests, and say which makes will not be proved."""
    for make in MAKES:
        lacking = missing(make)
        if lacking and make in MODULES:
            print(f"Building {make} (once, some minutes)", flush=True)
            lacking = build(make)
        print(f"NOT PROVED on {make}: {lacking}" if lacking else f"{make}: ready", flush=True)


if __name__ == "__main__":
    main()
