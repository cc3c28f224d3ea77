"""`python -m tests.parts`: all tests that need no extra server, in parts beside each other; with arguments, one run.

Each part has its own server and folders. As many run at once as there are processors, two at the least, because tests
wait for servers too; whoever is done takes the next part. The first, the longest, is heard while it runs, the others
when they are over.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

RUN = [sys.executable, "-m", "pytest", "-q", "-m", "not services"]
WEB = sorted(map(str, Path("tests/web").glob("test_*.py")))
# The longest first: what is left at the end, with the other processors idle, is short.
PARTS = (
    ["tests/rooms"],
    WEB[::2],
    WEB[1::2],
    ["tests/browser"],
    ["tests/units"],
    ["tests/contracts", "tests/services"],
    ["tests/house"],
)


def main() -> int:
    """The first result that is not well. Nothing selected is well where another part had tests."""
    if asked := sys.argv[1:]:
        return subprocess.run([*RUN, *asked], check=False).returncode
    with ThreadPoolExecutor(max(2, len(os.sched_getaffinity(0)))) as beside:
        first = beside.submit(lambda: subprocess.run([*RUN, *PARTS[0]], check=False).returncode)
        others = [beside.submit(_told, part) for part in PARTS[1:]]
        codes = [first.result()]
        for part, other in zip(PARTS[1:], others, strict=True):
            code, said = other.result()
            print(_name(part), said, sep="\n", flush=True)
            codes.append(code)
    # One that was killed by a signal has a negative result; 5: nothing was selected.
    return next((code for code in codes if code not in (0, 5)), 0 if 0 in codes else 5)


def _name(part: list[str]) -> str:
    return " ".join(part) if len(part) < 3 else f"{part[0]} … {part[-1]} ({len(part)} files)"


def _told(part: list[str]) -> tuple[int, str]:
    with tempfile.TemporaryFile() as told:
        code = subprocess.run([*RUN, *part], check=False, stdout=told, stderr=subprocess.STDOUT).returncode
        told.seek(0)
        return code, told.read().decode(errors="replace")


if __name__ == "__main__":
    sys.exit(abs(main()))
