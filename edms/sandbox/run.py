"""The parent's side: starts a child for one piece of work on untrusted bytes, listens, and ends it with all it started.

Whatever happens in there, crash, loop, bomb or lie, comes out as a reason (a message id), never as an exception.
"""

from __future__ import annotations

import contextlib
import json
import os
import select
import shutil
import signal
import socket
import stat
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO

from edms.errors import Corrupt
from edms.sandbox.limits import USUAL, Limits
from edms.sandbox.nursery import NURSERY, environment

_CHECK = Limits(cpu_seconds=5, wall_seconds=20.0)


@dataclass(frozen=True)
class Outcome:
    """How it ended: `reason` is None when all went well; `detail` is for the log, never for a page."""

    reason: str | None = None
    values: Mapping[str, str] = field(default_factory=dict)
    detail: str = ""
    wall: str | None = None
    files_shut: bool = False


class Child:
    """One child at work: iterate over what it says, look into `folder` for what it made, then read `outcome`.

    `function` is "module:name", called in the child as `name(inputs, folder, **arguments)`; it yields dicts of JSON.
    Nothing but `inputs`, `readable` and system folders can be read where the kernel allows to forbid it.
    """

    def __init__(
        self,
        function: str,
        inputs: Sequence[Path],
        arguments: Mapping[str, Any] | None = None,
        *,
        limits: Limits = USUAL,
        readable: Sequence[Path] = (),
        wall: str | None = None,
    ) -> None:
        self.limits = limits
        self.folder = Path(tempfile.mkdtemp(prefix="edms-sandbox-"))
        self.outcome = Outcome("sandbox.crashed")
        self._ear = -1
        self._leash: socket.socket | None = None
        self._deadline = time.monotonic() + limits.wall_seconds
        self._heard = 0
        asked = {
            "function": function,
            "inputs": [str(path.resolve()) for path in inputs],
            "folder": str(self.folder),
            "arguments": dict(arguments or {}),
            "limits": limits.as_json(),
            "readable": [str(path) for path in readable],
            "wall": wall,
            "environment": environment(self.folder),
        }
        try:
            self._ear, self._leash = NURSERY.child(asked)
        except OSError as error:
            self.outcome = Outcome("sandbox.not_started", detail=str(error))

    def __enter__(self) -> Child:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.end()
        shutil.rmtree(self.folder, ignore_errors=True)

    def __iter__(self) -> Iterator[dict[str, Any]]:
        wall, files_shut = None, False
        for message in self._messages():
            if "wall" in message:
                wall, files_shut = message["wall"], message["files_shut"]
                if wall is None:
                    self.outcome = Outcome("sandbox.no_walls")
                    break
            elif "part" in message:
                yield message["part"]
            else:
                self.outcome = Outcome(
                    message["ended"], message.get("values", {}), message.get("detail", ""), wall, files_shut
                )
        self.end()

    def open(self, name: str) -> BinaryIO:
        """A file that the child made in its folder. Whatever it laid there instead, a link to our keys say, is not read.

        Errors: Corrupt for anything but a plain file of its own.
        """
        try:
            handle = os.open(self.folder / Path(name).name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        except OSError as error:
            raise Corrupt("sandbox.not_understood", name=name) from error
        made = os.fstat(handle)
        if not stat.S_ISREG(made.st_mode) or made.st_nlink != 1 or made.st_size > self.limits.file_bytes:
            os.close(handle)
            raise Corrupt("sandbox.not_understood", name=name)
        return os.fdopen(handle, "rb")

    def end(self) -> None:
        """End the child and all that it started, and wait until it has; harmless when it has ended."""
        if self._leash is None:
            return
        with contextlib.suppress(OSError):
            self._leash.shutdown(socket.SHUT_WR)  # its minder sees it and ends it
            while self._leash.recv(64):
                pass
        self._leash.close()
        os.close(self._ear)
        self._leash = None

    def _messages(self) -> Iterator[dict[str, Any]]:
        rest = b""
        while self._leash is not None:
            left = self._deadline - time.monotonic()
            if left <= 0 or not select.select([self._ear], [], [], left)[0]:
                self.outcome = Outcome("sandbox.too_long")
                return
            heard = os.read(self._ear, 1 << 18)
            if not heard:
                self._died()
                return
            self._heard += len(heard)
            if self._heard > self.limits.answer_bytes or self._folder_bytes() > self.limits.folder_bytes:
                self.outcome = Outcome("sandbox.too_much_output")
                return
            *lines, rest = (rest + heard).split(b"\n") if b"\n" in heard else (rest + heard,)
            for line in lines:
                try:
                    message = json.loads(line)
                except ValueError:
                    self.outcome = Outcome("sandbox.crashed", detail="garbled answer")
                    return
                yield message
                if "ended" in message:
                    return

    def _died(self) -> None:
        """The pipe was closed without a last word: the exit status says why."""
        assert self._leash is not None
        self._leash.settimeout(max(0.1, self._deadline - time.monotonic()))
        told = b""
        try:
            while piece := self._leash.recv(64):
                told += piece
        except OSError:
            self.outcome = Outcome("sandbox.too_long")
            return
        status = int(told or -signal.SIGKILL)
        reason = {
            -signal.SIGXCPU: "sandbox.too_long",
            -signal.SIGPROF: "sandbox.too_long",
            -signal.SIGXFSZ: "sandbox.too_much_output",
        }
        self.outcome = Outcome(reason.get(status, "sandbox.crashed"), detail=f"status {status}")

    def _folder_bytes(self) -> int:
        with contextlib.suppress(OSError):
            return sum(entry.stat(follow_symlinks=False).st_size for entry in os.scandir(self.folder))
        return 0


def run(
    function: str,
    inputs: Sequence[Path],
    arguments: Mapping[str, Any] | None = None,
    *,
    limits: Limits = USUAL,
    readable: Sequence[Path] = (),
) -> tuple[list[dict[str, Any]], Outcome]:
    """Run to the end: all that it said, and how it ended. For work whose files are not needed afterwards."""
    with Child(function, inputs, arguments, limits=limits, readable=readable) as child:
        return list(child), child.outcome


@cache
def confinement() -> str | None:
    """Why children cannot be confined on this machine (a message id), or None: they can. Tried once per process."""
    said, outcome = run("edms.sandbox.probe:try_to_get_out", [], limits=_CHECK)
    if outcome.reason is not None:
        return outcome.reason
    return None if said == [{"reached": False}] else "sandbox.no_walls"
