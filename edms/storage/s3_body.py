"""The bytes of one object as a stream that outlives a broken line: it asks again from where it stopped.

It proves nothing; whoever reads compares hashes, so a store that answers with other bytes the second time is found out.
"""

from __future__ import annotations

import io
from typing import Any

from edms.errors import Unavailable
from edms.storage.s3_client import answering

TRIES = 2
"""Breaks of the line in a row before we give up; each waits for the time-out of the client at most."""


class Body(io.RawIOBase):
    """Bytes `start` to `stop` (not included) of an object; None: to its end. Errors: NotFound, Unavailable."""

    def __init__(self, client: Any, bucket: str, key: str, start: int = 0, stop: int | None = None) -> None:
        self._client, self._bucket, self._key = client, bucket, key
        self._at, self._stop = start, stop
        self._stream: Any = None
        self._ask()

    def _ask(self) -> None:
        """Ask for the rest."""
        end = "" if self._stop is None else str(self._stop - 1)
        # An empty object has no byte 0: without need there is no Range.
        part = {"Range": f"bytes={self._at}-{end}"} if self._at or end else {}
        with answering(self._key):
            answer = self._client.get_object(Bucket=self._bucket, Key=self._key, **part)
        self._stream = answer["Body"]
        if self._stop is None:
            self._stop = int(answer["ContentLength"])

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        """At most `size` bytes, as they came from the line: without a copy."""
        return self.readall() if size < 0 else self._next(size)

    def readinto(self, buffer: memoryview | bytearray) -> int:  # type: ignore[override]
        piece = self._next(len(buffer))
        buffer[: len(piece)] = piece
        return len(piece)

    def _next(self, count: int) -> bytes:
        broken = 0
        while self._at < (self._stop or 0):
            try:
                if self._stream is None:
                    self._ask()
                with answering(self._key):
                    piece: bytes = self._stream.read(min(count, (self._stop or 0) - self._at))
                if piece:
                    self._at += len(piece)
                    return piece
                raise Unavailable("storage.unavailable")  # it closed in the middle without a word
            except Unavailable:
                broken += 1
                self._drop()
                if broken == TRIES:
                    raise
        return b""

    def _drop(self) -> None:
        stream, self._stream = self._stream, None
        if stream is not None:
            stream.close()

    def close(self) -> None:
        if not self.closed:
            self._drop()
        super().close()
