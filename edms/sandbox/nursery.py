"""The worker's side of the cradle: starts it at the first need, and anew when it has died, and asks it for children.

A server whose processes are forked starts one for all of them (`share`): what it has loaded for one is there for each.
"""

from __future__ import annotations

import atexit
import json
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

PASSED_ON = ("PATH", "TESSDATA_PREFIX", "LD_LIBRARY_PATH", "SSL_CERT_FILE")
BEHIND = 10
"""How far the children of one who works for nobody that waits step back (nice(2)): a tenth of what a page gets."""


class Nursery:
    """The one cradle of this process (`cradle.py`), or of all that are forked from it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._owner, self._shared, self._behind = 0, False, 0
        self._process: subprocess.Popen[bytes] | None = None
        self._orders: socket.socket | None = None
        atexit.register(self._stop)

    def child(self, asked: Mapping[str, Any]) -> tuple[int, socket.socket]:
        """A new child at work: the pipe it speaks through, and its leash. Errors: OSError."""
        ear, voice = os.pipe()
        leash, held = socket.socketpair()
        try:
            with held, os.fdopen(os.memfd_create("order"), "w+b") as order, self._lock:
                order.write(json.dumps(asked).encode())
                order.seek(0)
                handles = [order.fileno(), voice, held.fileno()]
                orders = self._orders if self._shared or self._owner == os.getpid() else None
                try:
                    socket.send_fds(orders or self._start(), [b"!"], handles)
                except OSError:
                    socket.send_fds(self._start(), [b"!"], handles)
        except BaseException:
            os.close(ear)
            leash.close()
            raise
        finally:
            os.close(voice)
        return ear, leash

    def step_back(self) -> None:
        """Nobody waits for what children of this process do from now on: they give way to pages (`BEHIND`)."""
        with self._lock:
            self._stop()
            self._behind = BEHIND

    def share(self) -> None:
        """Start the cradle now, for this process and those forked from it later. One that finds it dead has its own then."""
        with self._lock:
            self._start()
            self._shared = True

    def _start(self) -> socket.socket:
        self._stop()
        self._orders, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._owner = os.getpid()
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-P", "-m", "edms.sandbox.cradle", str(theirs.fileno()), str(self._behind)],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                cwd="/",
                env=environment(Path("/nonexistent")),
                pass_fds=[theirs.fileno()],
                start_new_session=True,
            )
        return self._orders

    def _stop(self) -> None:
        if self._orders is not None:
            self._orders.close()
        if self._process is not None and self._owner == os.getpid():
            self._process.kill()
            self._process.wait()
        self._orders = self._process = None
        self._shared = False


NURSERY = Nursery()


def environment(folder: Path) -> dict[str, str]:
    """Nothing of ours but where programs and our code are: no addresses, no passwords."""
    kept = {name: os.environ[name] for name in PASSED_ON if name in os.environ}
    code = os.pathsep.join([str(Path(__file__).parents[2]), *filter(None, [os.environ.get("PYTHONPATH")])])
    own = {"HOME": str(folder), "TMPDIR": str(folder), "LC_ALL": "C.UTF-8", "PYTHONPATH": code, "OMP_THREAD_LIMIT": "1"}
    return {**kept, **own, "PYTHONDONTWRITEBYTECODE": "1"}
