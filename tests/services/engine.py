"""A Docker engine of our own, where no other one runs: started as root for a test, its images kept in the user's cache.

It has nothing to do with an engine that may serve this machine: own socket, own folders, no bridge of its own.
"""

from __future__ import annotations

import os
import resource
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.services import compose, image

CACHE = image.CACHE / "engine"
WANTED_FILES = 1048576
"""How many files an engine lets its containers open."""
WITHIN_LIMITS = """#!/usr/bin/python3 -IS
import json, os, sys
words = sys.argv[1:]
for flag, inside in (("--bundle", "/config.json"), ("--process", "")):
    if flag in words:
        path = words[words.index(flag) + 1] + inside
        said = json.load(open(path))
        said.get("process", said).pop("rlimits", None)
        json.dump(said, open(path, "w"))
os.execv("RUNC", ["runc", *words])
"""
"""Where a machine lets nobody raise the number of open files, containers live with what it gives."""
START_SECONDS = 40


def missing() -> str | None:
    """What must be had before it can start."""
    if os.getuid() != 0:
        return "only root starts a Docker engine"
    lacking = [each for each in ("dockerd", "docker") if shutil.which(each) is None]
    return "apt install docker.io" if lacking else compose.missing()


@dataclass
class Engine:
    """An engine that answers at its socket."""

    socket: Path

    @property
    def environ(self) -> dict[str, str]:
        """What programs are told that speak with it."""
        return {**os.environ, "DOCKER_HOST": f"unix://{self.socket}", "DOCKER_BUILDKIT": "0"}

    def docker(self, *words: str, seconds: float = 300, check: bool = True) -> str:
        """One call of the docker program; what it says. Errors: RuntimeError."""
        return self._run("docker", *words, seconds=seconds, check=check)

    def compose(self, folder: Path, *words: str, seconds: float = 600, check: bool = True) -> str:
        """One call of compose for the project of a folder; what it says. Errors: RuntimeError."""
        return self._run(str(compose.PROGRAM), *words, seconds=seconds, check=check, folder=folder)

    def has(self, name: str) -> bool:
        """Whether it has this image."""
        return bool(self.docker("images", "-q", name).strip())

    def _run(self, *call: str, seconds: float, check: bool, folder: Path | None = None) -> str:
        done = subprocess.run(call, env=self.environ, cwd=folder, capture_output=True, text=True, timeout=seconds)
        if check and done.returncode != 0:
            raise RuntimeError(f"{' '.join(call[:6])}: {done.stdout[-2000:]} {done.stderr[-3000:]}")
        return done.stdout


@contextmanager
def running(folder: Path) -> Iterator[Engine]:
    """The engine; `folder` is for what lives no longer than it does. Errors: RuntimeError where it does not start."""
    CACHE.mkdir(parents=True, exist_ok=True)
    socket = folder / "docker.sock"
    call = ["dockerd", "--data-root", str(CACHE), "--exec-root", str(folder / "exec"), "--pidfile", str(folder / "pid"), "--host", f"unix://{socket}", "--bridge", "none"]  # fmt: skip
    if resource.getrlimit(resource.RLIMIT_NOFILE)[1] not in (resource.RLIM_INFINITY, WANTED_FILES):
        runtime = folder / "within-limits"
        runtime.write_text(WITHIN_LIMITS.replace("RUNC", shutil.which("runc") or "/usr/sbin/runc"))
        runtime.chmod(0o755)
        call += ["--add-runtime", f"here={runtime}", "--default-runtime", "here"]
    with (folder / "engine.log").open("ab") as log:
        process = subprocess.Popen(call, stdout=log, stderr=log, start_new_session=True)
    made = Engine(socket)
    try:
        end = time.monotonic() + START_SECONDS
        while not socket.exists() or not made.docker("version", check=False).strip():
            if process.poll() is not None or time.monotonic() > end:
                raise RuntimeError(f"the engine did not start: {(folder / 'engine.log').read_text()[-3000:]}")
            time.sleep(0.2)
        yield made
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(60)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        for line in Path("/proc/mounts").read_text().splitlines():  # its name spaces stay mounted
            if (mounted := line.split()[1]).startswith(f"{folder}/"):
                subprocess.run(["umount", mounted], check=False)
