"""EU DSS as the outside judge of signatures: fetched from Maven Central at a fixed version, compiled once, run offline.

Needs a JDK and Maven; where they are missing the tests that ask say so.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest

HERE = Path(__file__).parent / "dss"
CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "edms-test-servers" / "dss-6.4"
FETCH_SECONDS, JUDGE_SECONDS = 900, 600


def ready() -> Path:
    """The folder with its classes; fetched and compiled the first time."""
    for program in ("java", "javac", "mvn"):
        if shutil.which(program) is None:
            pytest.skip(f"no {program}: apt-get install default-jdk-headless maven")
    if not (CACHE / "Judge.class").exists():
        CACHE.mkdir(parents=True, exist_ok=True)
        fetch = ["mvn", "-q", "-B", "-f", str(HERE / "pom.xml"), "dependency:copy-dependencies", f"-DoutputDirectory={CACHE}"]  # fmt: skip
        done = subprocess.run(fetch, capture_output=True, text=True, timeout=FETCH_SECONDS, check=False)
        if done.returncode:
            pytest.skip(f"DSS cannot be fetched: {done.stdout[-300:]}")
        subprocess.run(["javac", "-cp", f"{CACHE}/*", "-d", str(CACHE), str(HERE / "Judge.java")], check=True)
    return CACHE


def judged(
    files: Mapping[str, bytes], root: bytes, folder: Path, *, beside: Mapping[str, bytes] | None = None
) -> dict[str, str]:
    """What it says of each file: "TOTAL_PASSED null PAdES-BASELINE-LTA;" for each signature, NONE, or ERROR and why."""
    classes = ready()
    trusted = folder / "root.der"
    trusted.write_bytes(root)
    asked, names = [], {}
    for number, (name, whole) in enumerate(files.items()):
        path = folder / f"file-{number}"
        path.write_bytes(whole)
        names[path.name] = name
        said = str(path)
        if beside and name in beside:
            other = folder / f"beside-{number}"
            other.write_bytes(beside[name])
            said += f"={other}"
        asked.append(said)
    call = ["java", "-cp", f"{classes}:{classes}/*", "Judge", str(trusted), *asked]
    done = subprocess.run(call, capture_output=True, text=True, timeout=JUDGE_SECONDS, check=True)
    lines = (line.split("\t", 1) for line in done.stdout.splitlines() if "\t" in line)
    return {names[name]: verdict for name, verdict in lines}
