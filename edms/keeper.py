"""A process that is kept running by another ends with it, also when that one is killed without a word."""

from __future__ import annotations

import ctypes
import os
import signal
from collections.abc import Mapping

_KEPT_BY = "EDMS_KEPT_BY"
_PR_SET_PDEATHSIG = 1  # prctl(2): the signal that a process gets when the thread that started it is gone
_PR_SET_NAME = 15  # and what ps and top call it


def kept_environ(environ: Mapping[str, str]) -> dict[str, str]:
    """The environment for a process that this one keeps."""
    return {**environ, _KEPT_BY: str(os.getpid())}


def end_with_keeper() -> None:
    """Called first by a process that may be kept: ask the kernel for SIGTERM when the keeper is gone."""
    keeper = os.environ.pop(_KEPT_BY, "")
    if not keeper.isdigit():
        return
    ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)
    if os.getppid() != int(keeper):  # it went before we could ask
        os.kill(os.getpid(), signal.SIGTERM)


def named(name: str) -> None:
    """Tell the system what to call this process where it has no command line of its own; 15 letters are shown."""
    ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_NAME, name.encode(), 0, 0, 0)
