"""Who goes first where all processors are busy: pages, then what machines do, last what they compute in children."""

from __future__ import annotations

import contextlib
import os
import threading
from pathlib import Path


def thread_behind(by: int) -> None:
    """This thread steps back to nice `by` (nice(2)); on Linux each has a rank of its own (sched(7)). No further than it is."""
    own = threading.get_native_id()
    with contextlib.suppress(OSError):
        os.setpriority(os.PRIO_PROCESS, own, max(by, os.getpriority(os.PRIO_PROCESS, own)))


def session_behind(by: int) -> None:
    """The session that this process leads steps back, if it leads one.

    Where the kernel shares the processors between sessions first (autogroup), nice counts only within one: the session's own
    rank is what others notice.
    """
    if os.getsid(0) == os.getpid():
        with contextlib.suppress(OSError):
            Path("/proc/self/autogroup").write_text(str(by))
