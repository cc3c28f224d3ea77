"""What goes wrong in an office and a machine room (docs/faults.md): nothing acknowledged is lost, nothing is there twice."""

from __future__ import annotations

import http.client
import os
import re
import subprocess
import sys
import threading
import time
from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode

import pytest
from pydantic import SecretStr
from sqlalchemy import func, select, text, update
from sqlalchemy.exc import OperationalError
from sqlalchemy.pool import NullPool
from structlog.testing import capture_logs

from edms import clock
from edms.access.actor import Actor
from edms.db.embedded import start
from edms.db.engine import Urls, engine_for, sessions_of, transaction
from edms.db.roles import APP, OWNER
from edms.db.upgrade import upgrade
from edms.demo.running import free_port
from edms.errors import Unavailable
from edms.events import Event, EventLine
from edms.ledger.models import LedgerLeaf
from edms.registry import registration
from edms.registry.card import Card
from edms.registry.models import Arrival, Content, Correspondent, Counter, Document, Number, Register
from edms.registry.words import Channel
from edms.staff.credentials import give_password
from edms.storage.folder import FolderStore
from edms.storage.s3 import S3Store
from edms.storage.s3_client import Place
from tests.cast import office
from tests.web.entry import PASSWORD
from tests.web.test_pages import site  # noqa: F401

# Seven marks of one registration: locked, asked for the key, sender, number, everything written, before and after the
# commit.
MARKS = (
    "pg_advisory_xact_lock", "document.idempotency_key =", "INSERT INTO correspondent ", "INSERT INTO counter",
    "INSERT INTO document", "commit", "committed",
)  # fmt: skip
CSRF = re.compile(r'name="csrf_token" value="([^"]+)"')


class Browser:
    """A browser that survives its server's death."""

    def __init__(self, port: int) -> None:
        self.port, self.cookies = port, {}

    def ask(self, method: str, path: str, values: dict | None = None) -> tuple[int, str]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        headers = {"Cookie": "; ".join(f"{k}={v}" for k, v in self.cookies.items()), "Accept-Language": "ka"}
        if values is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        try:
            connection.request(method, path, urlencode(values) if values is not None else None, headers)
            answer = connection.getresponse()
            for name, value in answer.getheaders():
                if name.lower() == "set-cookie":
                    key, _, rest = value.partition("=")
                    self.cookies[key] = rest.split(";")[0]
            return answer.status, answer.read().decode()
        finally:
            connection.close()

    def insist(self, method: str, path: str, values: dict | None = None) -> tuple[int, str]:
        """Again and again, as a clerk does who saw no answer."""
        end = time.monotonic() + 40
        while True:
            try:
                return self.ask(method, path, values)
            except (OSError, http.client.HTTPException):
                assert time.monotonic() < end
                time.sleep(0.1)


@pytest.mark.timeout(240)
def test_f1_web_process_killed_at_seven_marks_leaves_a_whole_letter_or_nothing(database, committed, tmp_path):
    port = free_port(0)
    environ = {
        **os.environ, "EDMS_DATA_DIR": str(tmp_path), "EDMS_DATABASE_URL": database.app_url,
        "EDMS_DATABASE_OWNER_URL": database.owner_url, "EDMS_LISTEN": f"127.0.0.1:{port}", "EDMS_WEB_THREADS": "2",
        "EDMS_SECURE_COOKIES": "false",
    }  # fmt: skip
    subprocess.run([sys.executable, "-m", "edms.cli", "setup"], env=environ, check=True, capture_output=True)
    with transaction(committed) as session:
        stage = office(session)
        give_password(session, Actor.system(), stage.registrar.official, PASSWORD)
        book_id = stage.internal.register_id
    mark = tmp_path / "mark"
    server = subprocess.Popen(
        [sys.executable, "-m", "tests.web.faulty_server", str(mark)], env=environ, stderr=subprocess.DEVNULL
    )
    try:
        clerk = Browser(port)
        page = clerk.insist("GET", "/account/sign-in")[1]
        entered = clerk.ask(
            "POST", "/account/sign-in", {"csrf_token": CSRF.search(page)[1], "login": "nino", "password": PASSWORD}
        )
        assert entered[0] == 303
        token = CSRF.search(clerk.ask("GET", "/arrivals/new")[1])[1]
        for key, where in enumerate(MARKS * 2):
            card = {"csrf_token": token, "key": key, "register_id": book_id, "channel": "counter", "summary": "ბარათი",
                    "correspondent_text": f"მოქალაქე {key}", "language": "ka"}  # fmt: skip
            mark.write_text(where)
            with pytest.raises((OSError, http.client.HTTPException)):
                clerk.ask("POST", "/arrivals/new", card)
            assert not mark.exists(), f"{where} was not reached"
            assert clerk.insist("POST", "/arrivals/new", card)[0] == 303
            assert clerk.insist("POST", "/arrivals/new", card)[0] == 303
    finally:
        server.terminate()
        server.wait(40)
    whole(committed, book_id, len(MARKS) * 2)


def whole(sessions, book_id: int, count: int) -> None:
    """1..count without gap or double, each with its number, one history line, one leaf and one arrival."""
    with transaction(sessions) as session:
        documents = list(session.scalars(select(Document).where(Document.register_id == book_id)))
        assert sorted(d.serial for d in documents) == list(range(1, count + 1))
        ids = {d.document_id for d in documents}
        assert set(session.scalars(select(Number.document_id).where(Number.register_id == book_id))) == ids
        lines = select(EventLine.document_id).where(EventLine.kind == Event.DOCUMENT_REGISTERED)
        assert sorted(line for line in session.scalars(lines) if line in ids) == sorted(ids)
        leaves = set(session.scalars(select(LedgerLeaf.leaf_id)))
        assert all(d.leaf_id in leaves for d in documents)
        assert session.scalar(select(Counter.last_serial).where(Counter.register_id == book_id)) == count
        arrived = list(session.scalars(select(Arrival.document_id)))
        assert sorted(arrived, key=str) in (sorted(ids, key=str), [])


def test_f3_database_stopped_and_started_again_is_503_with_a_hint_and_then_works(site, data_dir):  # noqa: F811
    """A server that others run, as in a region: nobody here can start it."""
    home = data_dir / "f3"
    server = start(home, "edms")
    try:
        upgrade(server.url(OWNER), app_role=APP)
        urls = Urls(server.url(APP), server.url(OWNER))
        engine = engine_for(urls.app, pool_size=4)
        site.house.engine, site.house.sessions, site.house.urls = engine, sessions_of(engine), urls
        with site.house.transaction() as session:
            stage = office(session)
            book = stage.internal
        register(site.house, book, "before")
        server.cluster.stop()
        began = time.monotonic()
        ready = site.client().get("/readyz")
        assert (ready.status_code, ready.json["database"]) == (503, False)
        with pytest.raises(Unavailable):
            register(site.house, book, "meanwhile")
        assert time.monotonic() - began < 20
        server.cluster.start()
        assert site.client().get("/readyz").status_code == 200
        register(site.house, book, "meanwhile")
        register(site.house, book, "before")
        whole(site.house.sessions, book.register_id, 2)
        engine.dispose()
    finally:
        server.stop()


def test_unavailable_tells_programs_when_to_come_again(site, monkeypatch):  # noqa: F811
    def away():
        raise OperationalError("select 1", {}, Exception(), connection_invalidated=True)

    clerk = site.client("nino")
    monkeypatch.setattr(site.house, "sessions", away)
    answer = clerk.get("/registers/")
    assert answer.status_code == 503
    assert int(answer.headers["Retry-After"]) > 0
    monkeypatch.undo()
    assert clerk.get("/registers/").status_code == 200


def register(house, book, key: str) -> str:
    with house.transaction() as session:
        row = session.get_one(Register, book.register_id)
        card = Card(summary="ბარათი", channel=Channel.INTERNAL)
        return registration.register(session, Actor.system(row.organisation_id), row, card, idempotency_key=key).number


def test_f4_lock_on_one_register_is_told_within_five_seconds_and_others_go_on(site):  # noqa: F811
    house = site.house
    with house.transaction() as session:
        held = session.scalars(select(Register).where(Register.code == "int")).first()
        free = session.scalars(
            select(Register).where(Register.organisation_id == held.organisation_id, Register.code == "ord")
        ).one()
    register(house, held, "held 1")
    register(house, free, "first of the other")
    holding, release = threading.Event(), threading.Event()

    def hold() -> None:
        with house.transaction() as session:
            session.execute(select(Counter).where(Counter.register_id == held.register_id).with_for_update())
            holding.set()
            release.wait(30)

    keeper = threading.Thread(target=hold)
    keeper.start()
    assert holding.wait(10)
    waited: list[float] = []

    def wait() -> None:
        began = time.monotonic()
        with pytest.raises(Unavailable) as refused:
            register(house, held, "held 2")
        assert refused.value.message == "db.busy"
        waited.append(time.monotonic() - began)

    waiting = threading.Thread(target=wait)
    waiting.start()
    others: list[float] = []
    while waiting.is_alive():
        began = time.monotonic()
        register(house, free, f"other {len(others)}")
        others.append(time.monotonic() - began)
        time.sleep(0.05)
    waiting.join()
    release.set()
    keeper.join()
    assert 4 < waited[0] < 6.5
    assert sorted(others)[int(len(others) * 0.95)] < 1
    assert register(house, held, "held 2").endswith("2")


def test_letters_of_one_sender_do_not_wait_for_each_other(site):  # noqa: F811
    """One clerk's act is still open when another registers a letter of the same sender in another register."""
    house = site.house
    with house.transaction() as session:
        sender = session.scalars(select(Correspondent).limit(1)).one()
        session.execute(update(Correspondent).values(used_at=None))
        books = session.scalars(
            select(Register).where(Register.organisation_id == sender.organisation_id, Register.code.in_(["in", "app"]))
        ).all()

    def enter(session, book, key: str) -> None:
        card = Card(summary="-", correspondent_id=sender.correspondent_id)
        registration.register(session, Actor.system(sender.organisation_id), book, card, idempotency_key=key)

    with house.transaction() as first:
        enter(first, books[0], "one")
        with house.transaction() as second:
            second.execute(text("SET LOCAL lock_timeout = '500ms'"))
            enter(second, books[1], "other")
    with house.transaction() as session:
        assert session.get_one(Correspondent, sender.correspondent_id).used_at is not None


def test_f7_while_the_object_store_is_away_uploads_are_refused_and_nothing_is_registered(site, tmp_path):  # noqa: F811
    clerk = site.client("nino")
    token = CSRF.search(clerk.get("/arrivals/").get_data(as_text=True))[1]
    place = Place("letters", "http://127.0.0.1:9", "us-east-1", SecretStr("key"), SecretStr("secret"), seconds=1)
    there, site.house.store = site.house.store, S3Store(place, spool=tmp_path / "spool")
    answer = clerk.put("/arrivals/upload/a.txt", data=b"letter", headers={"X-CSRFToken": token})
    assert answer.status_code == 503 and int(answer.headers["Retry-After"]) > 0
    ready = site.client().get("/readyz")
    assert (ready.status_code, ready.json["message"]) == (503, "storage.unavailable")
    with site.house.transaction() as session:
        assert session.scalar(select(func.count()).select_from(Arrival)) == 0
    site.house.store = there
    assert clerk.put("/arrivals/upload/a.txt", data=b"letter", headers={"X-CSRFToken": token}).status_code == 201


def test_f9_flipped_byte_is_refused_with_an_alarm_and_never_served(site):  # noqa: F811
    clerk = site.client("nino")
    html = clerk.get("/arrivals/").get_data(as_text=True)
    token = CSRF.search(html)[1]
    sent = clerk.put("/arrivals/upload/scan.txt", data=b"the original bytes" * 1000, headers={"X-CSRFToken": token})
    arrival = sent.json["arrival"]
    with site.house.transaction() as session:
        content = session.get_one(Content, session.get_one(Arrival, arrival).content_id)
    path = site.house.store.root / content.store_key
    path.chmod(0o600)
    raw = bytearray(path.read_bytes())
    raw[777] ^= 1
    path.write_bytes(raw)
    for headers in ({}, {"Range": "bytes=0-10"}):
        with capture_logs() as lines:
            answer = clerk.get(f"/arrivals/{arrival}/bytes", headers=headers)
        assert answer.status_code == 500
        assert b"original bytes" not in answer.data
        assert any(line["log_level"] == "critical" for line in lines)


def test_f11_full_store_and_full_database_say_so_leave_nothing_and_recover(site, database):  # noqa: F811
    clerk = site.client("nino")
    token = CSRF.search(clerk.get("/arrivals/").get_data(as_text=True))[1]
    roomy = site.house.store

    def send() -> int:
        return clerk.put("/arrivals/upload/a.txt", data=b"letter", headers={"X-CSRFToken": token}).status_code

    def rows() -> tuple[int, int]:
        with site.house.transaction() as session:
            return tuple(session.scalar(select(func.count()).select_from(t)) for t in (Arrival, Document))

    before = rows()
    site.house.store = FolderStore(roomy.root, reserve=1 << 60)
    assert send() == 503
    assert site.client().get("/readyz").status_code == 503
    assert rows() == before
    assert not any(path.is_file() for path in roomy.root.rglob("*"))
    site.house.store = roomy
    assert send() == 201

    with site.house.transaction() as session:
        book = session.scalars(select(Register).where(Register.code == "int")).first()
    owner = engine_for(database.owner_url, poolclass=NullPool)
    full = "RAISE EXCEPTION 'no space left on device' USING ERRCODE = '53100'"
    with owner.begin() as connection:
        connection.exec_driver_sql(
            f"CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN {full.replace(chr(39), chr(39) * 2)}; END'"
        )
        connection.exec_driver_sql(
            "CREATE TRIGGER full_disk BEFORE INSERT ON number FOR EACH ROW EXECUTE FUNCTION full_disk()"
        )
    try:
        before = rows()
        with pytest.raises(Unavailable) as refused:
            register(site.house, book, "full")
        assert refused.value.message == "db.disk_full"
        assert rows() == before
    finally:
        with owner.begin() as connection:
            connection.exec_driver_sql("DROP TRIGGER full_disk ON number")
            connection.exec_driver_sql("DROP FUNCTION full_disk()")
    assert register(site.house, book, "full").endswith("1")


def test_f12_clock_that_jumps_leaves_the_order_and_raises_an_alarm(site):  # noqa: F811
    with site.house.transaction() as session:
        book = session.scalars(select(Register).where(Register.code == "int")).first()
    now = datetime(2026, 6, 10, 9, tzinfo=UTC)
    jumps = (0, 60, -3600, -86400, -30, 120, 86400, 86300)
    alarms = 0
    for number, jump in enumerate(jumps):
        with clock.at(now + timedelta(seconds=jump)), capture_logs() as lines:
            register(site.house, book, f"jump {number}")
        alarms += any(line["event"] == "clock.went_back" for line in lines)
    with site.house.transaction() as session:
        made = list(
            session.scalars(select(Document).where(Document.register_id == book.register_id).order_by(Document.serial))
        )
    assert [d.serial for d in made] == list(range(1, len(jumps) + 1))
    assert [d.registered_at for d in made] == sorted(d.registered_at for d in made)
    assert [d.registered_on for d in made] == sorted(d.registered_on for d in made)
    assert alarms == 4


def test_f23_connection_cut_around_the_commit_is_resolved_by_the_same_key(site):  # noqa: F811
    """Cut before the server saw the commit, or after it did and before we heard: nobody here can tell the two apart."""
    house = site.house
    with house.transaction() as session:
        book = session.scalars(select(Register).where(Register.code == "int")).first()
    dialect = house.engine.dialect
    commit = dialect.do_commit
    cuts = iter([cut for _ in range(15) for cut in ("before", "after")])
    armed = [""]

    def cut(connection):
        now, armed[0] = armed[0], ""
        if now == "after":
            commit(connection)
        if now:
            with engine_for(site.house.urls.app, poolclass=NullPool).connect() as other:
                pid = connection.dbapi_connection.info.backend_pid
                other.execute(text("SELECT pg_terminate_backend(:pid)"), {"pid": pid})
                other.rollback()
            connection.dbapi_connection.execute("SELECT 1")
        commit(connection)

    dialect.do_commit = cut
    try:
        for number, when in enumerate(cuts):
            armed[0] = when
            with pytest.raises(Unavailable):
                register(house, book, f"cut {number}")
            first = register(house, book, f"cut {number}")
            assert register(house, book, f"cut {number}") == first
    finally:
        dialect.do_commit = commit
    whole(house.sessions, book.register_id, 30)
