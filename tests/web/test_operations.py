"""Health, figures and the log: right over several processes, closed to strangers, and nothing in them of anybody."""

from __future__ import annotations

import io
import json
import logging
import os
import re
import signal
import subprocess
import sys
import time
import urllib.request
from contextlib import contextmanager
from pathlib import Path

import pytest
import structlog
from pydantic import SecretStr
from sqlalchemy.exc import OperationalError

from edms import logs
from edms.demo.running import free_port
from edms.storage.folder import FolderStore
from tests.applications import app_of
from tests.web.entry import PASSWORD
from tests.web.test_pages import Site, site  # noqa: F401

TOKEN = "a token of sixteen or more"


@pytest.fixture
def watched(site):  # noqa: F811
    """The same site with a token for monitoring."""
    site.house.settings = site.house.settings.model_copy(update={"metrics_token": SecretStr(TOKEN)})
    return Site(site.house, app_of(site.house)), site.letter


@contextmanager
def logged(level: str = "debug"):
    """What the process logs meanwhile."""
    into = io.StringIO()
    before = structlog.get_config()
    logs.configure(level, into)
    try:
        yield into
    finally:
        structlog.configure(**before)


def figures(text: str) -> dict[str, float]:
    return {
        line.rpartition(" ")[0]: float(line.rpartition(" ")[2])
        for line in text.splitlines()
        if line and not line.startswith("#")
    }


def test_without_a_token_there_is_no_metrics_page_at_all(site):  # noqa: F811
    assert site.client().get("/metrics").status_code == 404
    assert site.client("nino").get("/metrics").status_code == 404


def test_a_stranger_and_a_clerk_are_refused_the_figures(watched):
    here, _ = watched
    for client in (here.client(), here.client("nino"), here.client("maka")):
        assert client.get("/metrics").status_code == 401
        assert client.get("/metrics", headers={"Authorization": "Bearer wrong"}).status_code == 401
        assert client.get("/metrics", headers={"Authorization": f"Basic {TOKEN}"}).status_code == 401
        assert client.get("/metrics", headers={"Authorization": "Bearer ფარული"}).status_code in (400, 401)


def test_figures_say_what_waits_and_name_nobody(watched):
    here, (document_id, number, code) = watched
    clerk = here.client("nino")
    clerk.get(f"/letters/{document_id}")
    here.post(here.client(), "/track", {"n": number, "c": code})
    clerk.get("/no/such/ნინო")
    answer = here.client().get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"})
    assert answer.status_code == 200
    text = answer.get_data(as_text=True)
    found = figures(text)
    assert found['edms_requests_total{method="GET",route="/letters/<int:document_id>",status="200"}'] == 1
    assert found['edms_requests_total{method="GET",route="none",status="404"}'] == 1
    assert found['edms_request_seconds_count{route="/letters/<int:document_id>"}'] == 1
    assert found["edms_database_up"] == found["edms_store_up"] == 1
    assert found['edms_jobs{queue="desk",state="waiting"}'] == 2
    assert found["edms_index_waiting"] == 1
    assert found["edms_index_lag_seconds"] > 0
    assert found["edms_ledger_waiting"] > 0
    assert found['edms_arrivals_waiting{organisation="kvemo"}'] == 0
    assert "edms_jobs_oldest_seconds" in text
    assert 0 < found["edms_store_fullness"] < 1
    for private in (f"n={number}", f"/{document_id}", code, "ნინო", "nino", "script"):
        assert private not in text


def test_figures_are_told_while_the_database_is_away(watched, monkeypatch):
    here, _ = watched
    engine = here.house.engine
    monkeypatch.setattr(here.house, "sessions", _broken)
    answer = here.client().get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"})
    assert figures(answer.get_data(as_text=True))["edms_database_up"] == 0
    ready = here.client().get("/readyz")
    assert ready.status_code == 503
    assert ready.json["database"] is False
    assert engine is here.house.engine


def _broken():
    raise OperationalError("select 1", {}, Exception(), connection_invalidated=True)


def test_readiness_turns_red_before_the_disk_is_full(site, monkeypatch):  # noqa: F811
    assert site.client().get("/readyz").status_code == 200
    monkeypatch.setattr("edms.storage.folder.shutil.disk_usage", lambda _path: _Usage(100, 91, 9))
    site.house.store = FolderStore(site.house.store.root, reserve=1)
    answer = site.client().get("/readyz")
    assert (answer.status_code, answer.json["message"]) == (503, "storage.nearly_full")
    monkeypatch.undo()
    assert site.client().get("/readyz").status_code == 200


class _Usage:
    def __init__(self, total: int, used: int, free: int) -> None:
        self.total, self.used, self.free = total, used, free


def test_several_processes_give_one_sum(database, committed, tmp_path):
    """Two gunicorn processes: whichever is asked tells the requests of both."""
    port = free_port(0)
    environ = {
        **os.environ,
        "EDMS_DATA_DIR": str(tmp_path), "EDMS_DATABASE_URL": database.app_url, "EDMS_DATABASE_OWNER_URL": database.owner_url,
        "EDMS_LISTEN": f"127.0.0.1:{port}", "EDMS_WEB_WORKERS": "2", "EDMS_WEB_THREADS": "2",
        "EDMS_METRICS_TOKEN": TOKEN, "EDMS_SECURE_COOKIES": "false",
    }  # fmt: skip
    subprocess.run([sys.executable, "-m", "edms.cli", "setup"], env=environ, check=True, capture_output=True)
    server = subprocess.Popen([sys.executable, "-m", "edms.web.server"], env=environ, stderr=subprocess.PIPE)
    try:
        end = time.monotonic() + 60
        while _answer(port, "/track") is None:
            assert time.monotonic() < end
            time.sleep(0.2)
        for _ in range(39):
            assert _answer(port, "/track")
        sums = set()
        for _ in range(6):
            text = _answer(port, "/metrics") or ""
            sums.add(figures(text)['edms_requests_total{method="GET",route="/track",status="200"}'])
        assert sums == {40.0}
        _end_one(server.pid)
        assert (
            figures(_answer(port, "/metrics") or _answer(port, "/metrics"))[
                'edms_requests_total{method="GET",route="/track",status="200"}'
            ]
            == 40.0
        )  # what an ended process counted stays counted
    finally:
        server.terminate()
        said = server.communicate(timeout=40)[1].decode()
    lines = [json.loads(line) for line in said.splitlines()]
    asked = [line for line in lines if line["event"] == "request" and line["route"] == "/track"]
    assert len(asked) == 40
    assert {"at", "level", "request_id", "status", "ms", "actor_id", "method"} <= set(asked[0])


def _end_one(master: int) -> None:
    """One of the two processes ends as in a restart, and another comes."""
    below = [int(pid) for pid in Path(f"/proc/{master}/task/{master}/children").read_text().split()]
    below = [pid for pid in below if b"edms.sandbox.cradle" not in Path(f"/proc/{pid}/cmdline").read_bytes()]
    assert len(below) == 2
    os.kill(below[0], signal.SIGTERM)
    end = time.monotonic() + 30
    while str(below[0]) in Path(f"/proc/{master}/task/{master}/children").read_text().split():
        assert time.monotonic() < end
        time.sleep(0.1)
    time.sleep(1)


def _answer(port: int, path: str) -> str | None:
    request = urllib.request.Request(f"http://127.0.0.1:{port}{path}", headers={"Authorization": f"Bearer {TOKEN}"})
    try:
        with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=10) as answer:
            return answer.read().decode()
    except OSError:
        return None


def test_log_of_a_journey_holds_nothing_of_the_letter(site, monkeypatch):  # noqa: F811
    """A letter registered, searched, opened, tracked rightly and wrongly, an entry refused: ids in the log, no words."""
    _, number, code = site.letter
    with logged() as into:
        clerk = site.client("nino")
        html = clerk.get("/arrivals/new").get_data(as_text=True)
        book = re.search(r'name="register_id".*?value="(\d+)"', html, re.S)[1]
        card = {
            "key": "k1", "register_id": book, "channel": "counter", "correspondent_text": "თინათინ ხარაძე",
            "correspondent_address": "ჭავჭავაძის ქუჩა 17", "summary": "სახურავის შეკეთების თხოვნა", "language": "ka",
            "their_number": "77/ა-19",
        }  # fmt: skip
        made = site.post(clerk, "/arrivals/new", card)
        assert made.status_code == 303, made.get_data(as_text=True)
        assert site.post(clerk, "/arrivals/new", {**card, "key": "k2", "summary": ""}).status_code == 422
        assert clerk.get("/search/?q=სახურავის+შეკეთების").status_code == 200
        assert clerk.get(made.headers["Location"]).status_code == 200
        letter_id = re.search(r"\d+", made.headers["Location"])[0]
        assert clerk.get(f"/letters/{letter_id}/correct").status_code == 200
        visitor = site.client()
        site.post(visitor, "/track", {"n": number, "c": code})
        visitor.get(f"/track?n={number}&c={code}")
        site.post(visitor, "/track", {"n": number, "c": "0000-0000-0000-00000"})
        site.post(visitor, "/account/sign-in", {"login": "nino", "password": "wrong-password-9"})
        assert site.post(visitor, "/account/sign-in", {"login": "nino", "password": PASSWORD}).status_code == 303
        monkeypatch.setitem(site.app.view_functions, "healthz", _fails)
        assert visitor.get("/healthz?secret=query-secret").status_code == 500
    lines = [json.loads(line) for line in into.getvalue().splitlines()]
    assert sum(line["event"] == "request" for line in lines) > 12
    assert any(line.get("error") == "RuntimeError" for line in lines)
    assert all(line["request_id"] for line in lines if line["event"] == "request")
    assert max(len(line["route"]) for line in lines if line["event"] == "request") < 80
    told = "\n".join(json.dumps(line, ensure_ascii=False) for line in lines)
    private = (
        f"n={number}", code, "0000-0000", "თინათინ", "ხარაძე", "ჭავჭავაძის", "სახურავის", "77/ა-19", "nino", "ნინო",
        PASSWORD, "wrong-password-9", "query-secret", "letter text in an exception",
    )  # fmt: skip
    assert [each for each in private if each in told] == []


def _fails() -> str:
    raise RuntimeError("letter text in an exception")


def test_nobody_can_write_a_second_line_into_the_log():
    """T16: two hundred strings with control characters and separators; as many lines as events."""
    breaks = [chr(n) for n in (*range(32), 127, *range(128, 160), 0x2028, 0x2029, 0xFEFF, 0x202E)]
    strings = [f"{n}{breaks[n % len(breaks)]}" + '{"event": "forged"}\r\n"' for n in range(200)]
    with logged() as into:
        for text in strings:
            structlog.get_logger().warning("tried", value=text, logger=text)
        logging_of_a_library(strings)
    lines = into.getvalue().splitlines()
    assert len(lines) == 200 + 1
    assert [json.loads(line)["value"] for line in lines[:200]] == strings
    assert not any(ord(c) < 32 or ord(c) > 126 for c in into.getvalue().replace("\n", ""))


def logging_of_a_library(strings):
    logging.getLogger("some.library").warning("read %s", "".join(strings))


def test_a_library_may_quote_nothing():
    with logged() as into:
        logging.getLogger("some.library").warning("ready made: secret text")
        logging.getLogger("some.library").error("cannot parse %r", "secret text")
        logging.getLogger("some.library").info("chatter")
    lines = [json.loads(line) for line in into.getvalue().splitlines()]
    assert len(lines) == 2
    assert "secret" not in into.getvalue()
    assert lines[1]["sentence"] == "cannot parse %r"
