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
    """The first result that is not well. Nothing selected is well where the other half had tests."""
    if asked := sys.argv[1:]:
        return subprocess.run([*RUN, *asked], check=False).returncode
    with tempfile.TemporaryFile() as told:
        second = subprocess.Popen([*RUN, *HALVES[1]], stdout=told, stderr=subprocess.STDOUT)
        first = subprocess.run([*RUN, *HALVES[0]], check=False).returncode
        ended = second.wait()
        told.seek(0)
        sys.stdout.write(told.read().decode(errors="replace"))
    # One that was killed by a signal has a negative result; 5: nothing was selected.
    return next((code for code in (first, ended) if code not in (0, 5)), 0) or (5 if first == ended == 5 else 0)


if __name__ == "__main__":
    sys.exit(abs(main()))
