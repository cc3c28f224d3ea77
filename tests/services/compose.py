"""The compose CLI of a fixed version, built once from its Go module: it checks docker-compose.yml without an engine."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from tests.services.s3_servers import BUILD_SECONDS, CACHE, GO_NEEDED

MODULE, VERSION = "github.com/docker/compose/v2", "v2.40.3"
PROGRAM = CACHE / "docker-compose"


def missing() -> str | None:
    """Why it cannot be run."""
    stamp = CACHE / "docker-compose.version"
    if PROGRAM.is_file() and stamp.is_file() and stamp.read_text() == VERSION:
        return None
    return "not built; make test-services builds it where there is a Go that can"


def build() -> str | None:
    """Build it into the cache; the reason where that cannot be done."""
    go = shutil.which("go")
    if go is None:
        return f"there is no Go here to build it with ({'.'.join(map(str, GO_NEEDED))} or newer)"
    CACHE.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=CACHE) as folder:
        Path(folder, "go.mod").write_text(f"module check\n\ngo {'.'.join(map(str, GO_NEEDED))}\n")
        environ = {**os.environ, "GOTOOLCHAIN": "local", "GOFLAGS": "-trimpath"}
        for call in (["get", f"{MODULE}/cmd@{VERSION}"], ["build", "-o", str(PROGRAM), f"{MODULE}/cmd"]):
            done = subprocess.run(
                [go, *call], cwd=folder, env=environ, capture_output=True, text=True, timeout=BUILD_SECONDS
            )
            if done.returncode != 0:
                return f"it could not be built ({done.stderr.strip().splitlines()[-1] if done.stderr.strip() else call[0]})"
    (CACHE / "docker-compose.version").write_text(VERSION)
    return None


def main() -> None:
    """Have it ready before the tests, or say what will not be proved."""
    lacking = missing()
    if lacking:
        print("Building the compose CLI (once, some minutes)", flush=True)
        lacking = build()
    print(f"NOT PROVED: docker-compose.yml: {lacking}" if lacking else "compose: ready", flush=True)


if __name__ == "__main__":
    main()
