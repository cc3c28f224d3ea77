"""A line between a client and a real server that can be slow, break, or change a byte on its way."""

from __future__ import annotations

import contextlib
import socket
import threading
import time

BODY_CHUNK = 4_096
"""An answer's chunk of at least this size is taken for bytes of a content; its first part may be the head."""
HEAD = 1_024


class Line:
    """Listens on the loopback and passes everything on, but for the fault that is set."""

    def __init__(self, port: int) -> None:
        self.target = port
        self.dead = False
        """Every connection is closed at once."""
        self.wait = 0.0
        """Seconds before each chunk of an answer."""
        self.cut_request_after: int | None = None
        """Bytes of requests, on one connection, after which it breaks."""
        self.cut_answer_after: int | None = None
        """The same of answers."""
        self.breaks_left = 1 << 30
        """How many more times it breaks."""
        self.flip_at: int | None = None
        """Place in a content's chunk where one bit is turned."""
        self.flips = self.breaks = 0
        self._listener = socket.create_server(("127.0.0.1", 0))
        threading.Thread(target=self._listen, daemon=True).start()

    @property
    def endpoint(self) -> str:
        return f"http://127.0.0.1:{self._listener.getsockname()[1]}"

    def heal(self) -> None:
        """No fault any more."""
        self.dead, self.wait, self.flip_at = False, 0.0, None
        self.cut_request_after = self.cut_answer_after = None

    def close(self) -> None:
        """Stop listening."""
        self._listener.close()

    def _listen(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._connect, args=(client,), daemon=True).start()

    def _connect(self, client: socket.socket) -> None:
        if self.dead:
            client.close()
            return
        server = socket.create_connection(("127.0.0.1", self.target))
        threading.Thread(target=self._pump, args=(client, server, False), daemon=True).start()
        self._pump(server, client, True)

    def _pump(self, source: socket.socket, target: socket.socket, answers: bool) -> None:
        passed = 0
        with contextlib.suppress(OSError):
            while chunk := source.recv(65_536):
                limit = self.cut_answer_after if answers else self.cut_request_after
                passed += len(chunk)
                if self.dead or (limit is not None and passed > limit and self.breaks_left > 0):
                    self.breaks, self.breaks_left = self.breaks + 1, self.breaks_left - 1
                    break
                target.sendall(self._through(chunk) if answers else chunk)
        for end in (source, target):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()

    def _through(self, chunk: bytes) -> bytes:
        if self.wait:
            time.sleep(self.wait)
        if self.flip_at is None or len(chunk) < BODY_CHUNK:
            return chunk
        changed = bytearray(chunk)
        changed[HEAD + self.flip_at % (len(chunk) - HEAD)] ^= 1
        self.flips += 1
        return bytes(changed)
