"""Where children come from: one process per worker that has loaded our code and has read nothing else.

Starting an interpreter and loading the parsers costs more than reading a letter. So one process loads them once and is
forked for every piece of work; it never sees an untrusted byte, and each child puts up its own walls after the fork.
Between the two stands a minder: it alone ends the child, with all that the child left behind, also when the worker is
gone and nobody holds the other end of the leash.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import json
import mimetypes
import os
import select
import signal
import socket
import sys
from typing import Any

from edms import rank
from edms.sandbox.child import work


def main() -> None:
    """Fork a child for each order that comes through the socket, until the worker closes it or dies."""
    orders = socket.socket(fileno=int(sys.argv[1]))
    os.nice(int(sys.argv[2]))
    rank.session_behind(int(sys.argv[2]))
    mimetypes.init()  # libraries that load in a child ask for its tables, whose files a child may not read
    while True:
        said, handles, _, _ = socket.recv_fds(orders, 1, 3)
        if not said:
            return
        order, *others = handles
        with os.fdopen(order, "rb") as written:
            asked = json.load(written)
        _load(asked["function"].partition(":")[0])
        _bury()
        if os.fork() == 0:
            orders.close()
            try:
                _mind(asked, *others)
            finally:
                os._exit(1)
        for handle in others:
            os.close(handle)


def _bury() -> None:
    """Wait for the minders that have ended, so that what they cost is counted as this process's."""
    with contextlib.suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass


def _load(module: str) -> None:
    """Our own code, before the fork, so that the next child has it too; what fails to load fails again in the child."""
    if module not in sys.modules:
        with contextlib.suppress(Exception):
            importlib.import_module(module)
            gc.freeze()


def _mind(asked: dict[str, Any], voice: int, leash: int) -> None:
    """Start the child, wait for its end or for the leash to be let go, say how it ended."""
    child = os.fork()
    if child == 0:
        os.close(leash)
        os.setpgid(0, 0)
        try:
            work(asked, voice)
            os._exit(0)
        finally:
            os._exit(1)
    os.close(voice)
    with contextlib.suppress(OSError):
        os.setpgid(child, child)
    with socket.socket(fileno=leash) as worker, contextlib.suppress(BrokenPipeError, ConnectionResetError):
        ended = os.pidfd_open(child)
        either: list[Any] = [ended, worker]
        if ended in select.select(either, [], [])[0]:
            # Not waited for yet: its number, which is also that of its group, cannot be anybody else's.
            status = os.waitid(os.P_PID, child, os.WEXITED | os.WNOWAIT)
            assert status is not None
            number = status.si_status if status.si_code == os.CLD_EXITED else -status.si_status
            worker.sendall(str(number).encode())
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(child, signal.SIGKILL)
        os.waitpid(child, 0)
    os._exit(0)


if __name__ == "__main__":
    main()
