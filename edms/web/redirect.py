"""Sends those who come by plain HTTP on to HTTPS. `python -m edms.web.redirect` runs it; it knows nothing and takes nothing in."""

from __future__ import annotations

import re
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from edms import logs
from edms.config import Settings, load
from edms.https.serving import shown
from edms.keeper import end_with_keeper

_HOST = re.compile(r"[A-Za-z0-9.-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\]")


def server_of(settings: Settings) -> ThreadingHTTPServer:
    """The server, bound and not yet serving. Errors: OSError when the port is taken."""
    port = settings.listen.rpartition(":")[2]
    first = shown(settings).names[0] if shown(settings).names else "localhost"

    class Onward(BaseHTTPRequestHandler):
        """Answers every look with the same address under HTTPS."""

        server_version, sys_version = "edms", ""
        timeout = 10

        def do_GET(self) -> None:
            """The way on."""
            given = re.sub(r":\d*$", "", self.headers.get("Host", ""))
            host = given if _HOST.fullmatch(given) else first
            path = self.path if self.path.startswith("/") else "/"
            self.send_response(301)
            self.send_header("Location", f"https://{host}{'' if port == '443' else f':{port}'}{path}")
            self.send_header("Content-Length", "0")
            self.end_headers()

        do_HEAD = do_GET  # noqa: N815 - the library's names

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            """Addresses stay out of the log."""

    host, _, own = (settings.http_redirect or "").rpartition(":")
    server = ThreadingHTTPServer((host.strip("[]") or "0.0.0.0", int(own)), Onward)  # noqa: S104 - the office's network
    server.daemon_threads = True
    return server


def main() -> None:
    """Serve until told to stop."""
    end_with_keeper()
    settings = load()
    logs.configure(settings.log_level)
    server_of(settings).serve_forever()


if __name__ == "__main__":
    main()
