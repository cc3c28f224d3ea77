"""The collector of garbage comes rarely where a process lives long, and leaves alone what was loaded."""

from __future__ import annotations

import subprocess
import sys

SETTLED = """
import gc
from edms import collector
loaded = [object() for _ in range(10)]
collector.settle()
assert gc.get_threshold() == collector.RARELY and gc.get_freeze_count() > 0
"""


def test_a_long_lived_process_settles() -> None:
    subprocess.run([sys.executable, "-c", SETTLED], check=True, timeout=60)
