"""The demo's web server is waited for as long as it lives; when it falls, what it printed is told."""

from __future__ import annotations

import os
import sys
import threading

import pytest

from edms.demo import running
from edms.demo.browser import JourneyBroken
from edms.demo.running import Heard
from workers.watch import keep_running

SERVES = """
import http.server, sys, time
time.sleep(1)
class Ready(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200); self.end_headers()
http.server.HTTPServer(("127.0.0.1", int(sys.argv[1])), Ready).serve_forever()
"""


def _waited(program: str, seconds: float) -> None:
    port = running.free_port(0)
    web = Heard("web", [sys.executable, "-c", program, str(port)], dict(os.environ))
    stop = threading.Event()
    watch = threading.Thread(target=keep_running, args=([web], stop))
    watch.start()
    try:
        running._wait(f"http://127.0.0.1:{port}", web, seconds)
    finally:
        stop.set()
        watch.join()


def test_one_that_comes_up_late_is_waited_for() -> None:
    _waited(SERVES, 600)


def test_one_that_falls_is_not_waited_for_and_what_it_printed_is_told() -> None:
    with pytest.raises(JourneyBroken, match=r"fell before it answered[^$]*the port is taken"):
        _waited("import time; print('the port is taken', flush=True); time.sleep(0.5); raise SystemExit(1)", 600)


def test_one_that_never_answers_is_given_up() -> None:
    with pytest.raises(JourneyBroken, match="did not come up"):
        _waited("import time; time.sleep(600)", 0.5)
