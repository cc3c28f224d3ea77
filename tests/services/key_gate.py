"""A gate before a node that lets in who shows the right API key, as the engine itself would.

The core distribution cannot keep API keys: the index it puts them in needs a module that it does not have.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

REFUSED = b'{"error":{"type":"security_exception"},"status":401}'


@contextmanager
def gate(port: int, key: str) -> Iterator[tuple[str, list[str]]]:
    """The address of the gate before the node's port, and what was shown at it, in turn."""
    shown: list[str] = []

    class Gate(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def pass_on(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            shown.append(self.headers.get("Authorization", ""))
            if shown[-1] != f"ApiKey {key}":
                self._answer(401, "application/json", REFUSED)
                return
            line = HTTPConnection("127.0.0.1", port)
            kept = {name: self.headers[name] for name in ("Content-Type", "Accept") if name in self.headers}
            line.request(self.command, self.path, body, kept)
            answer = line.getresponse()
            self._answer(answer.status, answer.getheader("Content-Type") or "application/json", answer.read())
            line.close()

        do_GET = do_POST = do_PUT = do_DELETE = do_HEAD = pass_on

        def _answer(self, status: int, kind: str, body: bytes) -> None:
            self.send_response(status)
            for name, value in (("Content-Type", kind), ("Content-Length", str(len(body))), ("X-Elastic-Product", "Elasticsearch")):  # fmt: skip
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *words: object) -> None:
            """Nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Gate)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}", shown
    finally:
        server.shutdown()
        server.server_close()
