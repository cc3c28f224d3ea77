"""What a reverse proxy does before several web processes: each request to the next one that takes it.

No process sees the same person twice in a row, so that whatever one keeps to itself shows. A request that could not be
delivered goes to the next; one that was delivered and not answered is answered 502, as by Caddy or nginx: nobody knows
what became of it.
"""

from __future__ import annotations

import contextlib
import http.client
import itertools
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

HOP = {"connection", "keep-alive", "transfer-encoding", "te", "upgrade", "proxy-connection", "host", "content-length"}


class RoundRobin:
    """Listens on the loopback before the web processes on these ports."""

    def __init__(self, ports: list[int]) -> None:
        self.ports = ports
        self.lose: Callable[[str, str], bool] = lambda _method, _path: False
        """Is this answer, already made by the web process, to be lost on its way?"""
        self.on_lost: Callable[[int], None] = lambda _port: None
        """What happens to the process at the moment when its answer is lost."""
        self.lost = 0
        self.served: dict[int, int] = dict.fromkeys(ports, 0)
        self._turns = itertools.count()
        proxy = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do(self) -> None:
                proxy._pass(self)

            do_GET = do_POST = do_PUT = do_HEAD = do

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    @property
    def base(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def _pass(self, asked: BaseHTTPRequestHandler) -> None:
        body = asked.rfile.read(int(asked.headers.get("Content-Length") or 0))
        headers = {name: value for name, value in asked.headers.items() if name.lower() not in HOP}
        headers |= {
            "Host": asked.headers["Host"], "X-Forwarded-For": asked.client_address[0], "X-Forwarded-Proto": "http",
            "X-Forwarded-Host": asked.headers["Host"],
        }  # fmt: skip
        turn = next(self._turns)
        for n in range(len(self.ports)):
            port = self.ports[(turn + n) % len(self.ports)]
            line = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
            try:
                line.connect()
            except OSError:
                continue
            try:
                line.request(asked.command, asked.path, body or None, headers)
                answer = line.getresponse()
                whole = answer.read()
            except (OSError, http.client.HTTPException):
                self._answer(asked, 502, [], b"nobody knows")
                return
            finally:
                line.close()
            self.served[port] += 1
            if self.lose(asked.command, asked.path):
                self.lost += 1
                self.on_lost(port)
                self._answer(asked, 502, [], b"lost")
                return
            self._answer(asked, answer.status, answer.getheaders(), whole)
            return
        self._answer(asked, 503, [("Retry-After", "1")], b"nobody there")

    @staticmethod
    def _answer(asked: BaseHTTPRequestHandler, status: int, headers: list[tuple[str, str]], whole: bytes) -> None:
        with contextlib.suppress(OSError):
            asked.send_response_only(status)
            for name, value in headers:
                if name.lower() not in HOP:
                    asked.send_header(name, value)
            asked.send_header("Content-Length", str(len(whole)))
            asked.end_headers()
            if asked.command != "HEAD":
                asked.wfile.write(whole)
