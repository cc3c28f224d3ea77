"""`python -m tests.halves`: all tests that need no extra server, in two runs beside each other; with arguments, one run.

Each half has its own server and folders. What the second says is shown when it is over, below the first.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile

RUN = [sys.executable, "-m", "pytest", "-q", "-m", "not services"]
HALVES = (
    ["tests/web", "tests/browser"],
    ["tests/house", "tests/units", "tests/rooms", "tests/contracts", "tests/services"],
)


def main() -> int:
    """The worse of both results; 5 (nothing selected) is none, where the other half had tests."""
    if asked := sys.argv[1:]:
        return subprocess.run([*RUN, *asked], check=False).returncode
    with tempfile.TemporaryFile() as told:
        second = subprocess.Popen([*RUN, *HALVES[1]], stdout=told, stderr=subprocess.STDOUT)
        first = subprocess.run([*RUN, *HALVES[0]], check=False).returncode
        ended = second.wait()
        told.seek(0)
        sys.stdout.write(told.read().decode(errors="replace"))
    return max(code for code in (first, ended) if code != 5)


if __name__ == "__main__":
    sys.exit(main())
