"""Inside a child that does many acts (page after page): no single act may eat the time of all."""

from __future__ import annotations

import signal

ACT_SECONDS = 20.0


def next_act(seconds: float = ACT_SECONDS) -> None:
    """Begin an act: this process dies, as one that took too long, if it computes for `seconds` without beginning another.

    Also while a native library does not come back; the time of programs it started does not count.
    """
    signal.setitimer(signal.ITIMER_PROF, seconds)
