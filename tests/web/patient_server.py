"""A small application under our worker: `python -m tests.web.patient_server PORT THREADS GRACE RATE SILENT [PEM]`.

GET answers "served", POST how many bytes came, /endless sends until somebody stops taking, /large and /file send eight
million bytes, the latter from a file. PEM holds key and certificate.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable, Iterable
from typing import Any

from flask import Flask, Response, request, send_file
from gunicorn import util
from gunicorn.app.base import BaseApplication

from edms.web import patience
from edms.web.kit import problems

LARGE = 8_000_000


class Small(BaseApplication):
    """Gunicorn with our worker and this application."""

    def __init__(self, port: int, threads: int, pem: str = "") -> None:
        self._options = {
            "bind": f"127.0.0.1:{port}", "threads": threads, "workers": 1, "loglevel": "warning",
            "worker_class": "edms.web.patience.Worker", "control_socket_disable": True,
        }  # fmt: skip
        if pem:
            self._options |= {"certfile": pem, "keyfile": pem}
        super().__init__()

    def load_config(self) -> None:
        for name, value in self._options.items():
            self.cfg.set(name, value)

    def load(self) -> Callable[..., Iterable[bytes]]:
        app = Flask(__name__)

        @app.get("/")
        def served() -> str:
            return "served"

        @app.post("/")
        def taken() -> str:
            size = 0
            while data := request.stream.read(65_536):
                size += len(data)
            return f"{size} bytes"

        @app.errorhandler(408)
        def slow(error: Any) -> tuple[str, int]:
            return problems._of_http(error).message_id, 408

        @app.get("/endless")
        def endless() -> Response:
            return Response(b"x" * 65_536 for _ in iter(int, 1))

        @app.get("/large")
        def large() -> bytes:
            return b"x" * LARGE

        @app.get("/file")
        def from_file() -> Response:
            file = tempfile.TemporaryFile()  # noqa: SIM115 - closed by whoever sends it
            file.write(b"x" * LARGE)
            file.seek(0)
            answer = send_file(file, mimetype="text/plain")
            answer.content_length = LARGE
            return answer

        return app


if __name__ == "__main__":
    port, threads, grace, rate, silent, *pem = sys.argv[1:]
    patience.GRACE, patience.LOWEST_RATE, patience.SILENT_READER = float(grace), int(rate), int(silent)
    util.close_graceful.__defaults__ = (600.0, 65_536)  # waits for the other side: not in the main loop, with us
    Small(int(port), int(threads), *pem).run()
