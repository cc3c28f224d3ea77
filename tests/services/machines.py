"""A house on several machines: each a data folder and processes of its own, and nothing in common but the settings.

What they share is what machines in a machine room share: the database, the bucket, the search engine, the keys folder.
Passwords are in files, each process knows the path alone.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

import requests

from edms.db.roles import APP, OWNER
from tests.services.elastic_nodes import USER, Node
from tests.services.postgres_server import Postgres
from tests.services.s3_servers import Server, free_port

WORKERS = {"capture": ("capture",), "signing": ("signing",), "desk": ("desk", "post"), "rounds": ("rounds",)}
"""The four workers, by the queues each serves."""
UP_SECONDS = 90


@dataclass
class Process:
    """One process of ours, in a session of its own, so that it can be killed with all its children."""

    name: str
    command: list[str]
    environ: dict[str, str]
    log: Path
    port: int | None = None
    started: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it; a web process is waited for until it is ready."""
        with self.log.open("ab") as log:
            self.started = subprocess.Popen(
                [sys.executable, "-m", *self.command], env=self.environ, stdout=log, stderr=log, start_new_session=True
            )
        if self.port is not None:
            self._wait()

    def kill(self) -> None:
        """As the kernel does when memory is short, or somebody at the plug."""
        if self.started is not None:
            os.killpg(self.started.pid, signal.SIGKILL)
            self.started.wait()
        self.started = None

    def _wait(self) -> None:
        end = time.monotonic() + UP_SECONDS
        while time.monotonic() < end:
            assert self.started is not None
            if self.started.poll() is not None:
                break
            try:
                if requests.get(f"http://127.0.0.1:{self.port}/healthz", timeout=5).ok:
                    return
            except requests.RequestException:
                time.sleep(0.2)
        raise RuntimeError(f"{self.name} did not start: {self.log.read_text()[-3000:]}")


@dataclass
class City:
    """The servers that others run, and our processes on two machines."""

    folder: Path
    postgres: Postgres
    bucket: Server
    elastic: Node
    settings: dict[str, str] = field(default_factory=dict)
    processes: dict[str, Process] = field(default_factory=dict)

    def furnish(self, **more: str) -> None:
        """The settings that all machines have, in files where they are secret; two web processes, four workers."""
        for name, secret in {
            "database_password": self.postgres.app, "database_owner_password": self.postgres.owner,
            "s3_secret_key": self.bucket.secret, "elastic_password": self.elastic.secret,
        }.items():  # fmt: skip
            (self.folder / name).write_text(secret + "\n")
            self.settings[f"EDMS_{name.upper()}_FILE"] = str(self.folder / name)
        cluster = self.elastic.cluster()
        self.settings |= {
            "EDMS_DATABASE_URL": self.postgres.url(APP), "EDMS_DATABASE_OWNER_URL": self.postgres.url(OWNER),
            "EDMS_STORE": "s3", "EDMS_S3_BUCKET": self.bucket.bucket(), "EDMS_S3_ENDPOINT": self.bucket.endpoint,
            "EDMS_S3_ACCESS_KEY": self.bucket.access, "EDMS_S3_TIMEOUT_SECONDS": "5",
            "EDMS_SEARCH": "elastic", "EDMS_ELASTIC_URL": self.elastic.url, "EDMS_ELASTIC_INDEX": cluster.name,
            "EDMS_ELASTIC_USER": USER, "EDMS_ELASTIC_CA_FILE": str(self.elastic.ca_file),
            "EDMS_KEYS_DIR": str(self.folder / "keys"), "EDMS_TRUSTED_PROXIES": "1", "EDMS_SECURE_COOKIES": "false",
            "EDMS_LOG_LEVEL": "info", "EDMS_WEB_THREADS": "4", **more,
        }  # fmt: skip
        for machine in ("a", "b"):
            port = free_port()
            self._add(f"web {machine}", ["edms.web.server"], machine, port=port, EDMS_LISTEN=f"127.0.0.1:{port}")
        for n, (name, queues) in enumerate(WORKERS.items()):
            self._add(f"worker {name}", ["workers", *(f"--queue={queue}" for queue in queues)], "ab"[n % 2])

    @property
    def ports(self) -> list[int]:
        """Where the web processes listen."""
        return [each.port for each in self.processes.values() if each.port is not None]

    def environ(self, machine: str) -> dict[str, str]:
        """What a process on that machine is told."""
        others = {name: value for name, value in os.environ.items() if not name.startswith("EDMS_")}
        return {**others, **self.settings, "EDMS_DATA_DIR": str(self.folder / f"machine-{machine}")}

    def run(self, *words: str, machine: str = "a") -> subprocess.CompletedProcess[str]:
        """A command on that machine."""
        return subprocess.run(
            [sys.executable, "-m", "edms.cli", *words], env=self.environ(machine), capture_output=True, text=True,
            timeout=240,
        )  # fmt: skip

    def stop(self) -> None:
        """Everything of ours ends."""
        for process in self.processes.values():
            process.kill()

    def rows(self, statement: str, *values: object) -> list[tuple[object, ...]]:
        """What the database says, asked as its superuser."""
        with self.postgres.connect() as line:
            return line.execute(statement, values or None).fetchall()  # type: ignore[arg-type]

    def _add(self, name: str, command: list[str], machine: str, *, port: int | None = None, **more: str) -> None:
        log = self.folder / f"{name.replace(' ', '-')}.log"
        self.processes[name] = Process(name, command, {**self.environ(machine), **more}, log, port)
