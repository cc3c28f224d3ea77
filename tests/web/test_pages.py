"""The desk's pages on a real database: who may, what a stranger sees, what an attacker's text becomes."""

from __future__ import annotations

import re

import pytest

from edms import bootstrap
from edms.access import keys
from edms.config import Settings
from edms.db.engine import Urls, transaction
from edms.registry import registration, tracking
from edms.registry.card import Card
from edms.storage.folder import FolderStore
from tests.applications import app_of
from tests.cast import office
from tests.house.test_house import PUBLIC
from tests.web.entry import enter


class Site:
    """The application with the cast."""

    def __init__(self, house, app) -> None:
        self.house, self.app = house, app

    def client(self, login: str | None = None):
        client = self.app.test_client()
        if login:
            enter(self.house, client, login)
        return client

    def post(self, client, address: str, values: dict, page: str | None = None):
        html = client.get(page or address).get_data(as_text=True)
        token = re.search(r'name="csrf_token" value="([^"]+)"', html)[1]
        return client.post(address, data={"csrf_token": token, **values})


@pytest.fixture
def site(database, committed, tmp_path):
    settings = Settings(data_dir=tmp_path, secure_cookies=False, public_url="http://kvemo.example")
    keys.create(settings.keys_dir)
    bootstrap.ledger.make_key(settings.keys_dir / "ledger.pem")
    urls = Urls(database.app_url, database.owner_url)
    house = bootstrap.House(settings, urls, database.engine, database.sessions, FolderStore(settings.contents_dir))
    with transaction(committed) as session:
        cast = office(session)
        made = registration.register(
            session, cast.registrar.actor(), cast.incoming,
            Card(summary="<script>alert(1)</script>", correspondent_name="<b>ნინო</b>", addressee_id=cast.mayor.official_id),
            idempotency_key="first",
        )  # fmt: skip
        letter = (made.document_id, made.number, tracking.code(house.tracking_key, made.document_id, 1))
    site = Site(house, app_of(house))
    site.letter = letter
    return site


def test_every_page_is_behind_the_sign_in_or_public_by_name(site):
    visitor = site.client()
    for rule in site.app.url_map.iter_rules():
        if rule.endpoint in PUBLIC or rule.endpoint.startswith(("kit.", "look", "static")) or "GET" not in rule.methods:
            continue
        address = re.sub(r"<[^>]+>", "1", rule.rule)
        answer = visitor.get(address)
        assert answer.status_code in (303, 401, 404, 405), f"{address} {answer.status_code}"
        if answer.status_code == 303:
            assert "/account/sign-in" in answer.headers["Location"], address


@pytest.mark.parametrize(
    "address",
    [
        "/desk/",
        "/registers/",
        "/arrivals/",
        "/arrivals/new",
        "/search/?q=x",
        "/drafts/",
        "/drafts/new",
        "/sending/",
        "/account/",
    ],
)
def test_registrar_opens_her_pages(site, address):
    assert site.client("nino").get(address).status_code == 200


def test_letter_is_read_by_its_people_only_and_its_text_is_escaped(site):
    document_id, number, _ = site.letter
    page = site.client("nino").get(f"/letters/{document_id}")
    assert page.status_code == 200
    html = page.get_data(as_text=True)
    assert number in html
    assert "<script>alert(1)" not in html
    assert "<b>ნინო</b>" not in html
    for login in ("lali", "maka", "gocha"):
        assert site.client(login).get(f"/letters/{document_id}").status_code == 404


def test_trays_are_for_registrars(site):
    assert site.client("gocha").get("/arrivals/").status_code == 403


def test_post_without_token_is_refused(site):
    client = site.client("nino")
    assert client.post(f"/letters/{site.letter[0]}/submit", data={"official": "1"}).status_code in (400, 403)


def test_wrong_field_is_named_and_nothing_typed_is_lost(site):
    client = site.client("nino")
    html = client.get("/arrivals/new").get_data(as_text=True)
    book = re.search(r'name="register_id".*?value="(\d+)"', html, re.S)[1]
    answer = site.post(
        client, "/arrivals/new",
        {"key": "k", "register_id": book, "channel": "counter", "correspondent_text": "ვინმე", "summary": "", "language": "ka"},
    )  # fmt: skip
    assert answer.status_code == 422
    assert "ვინმე" in answer.get_data(as_text=True)


def test_citizen_follows_with_number_and_code_and_sees_nobody(site):
    _, number, code = site.letter
    visitor = site.client()
    found = site.post(visitor, "/track", {"n": number, "c": code.lower().replace("-", " ")})
    assert found.status_code == 200
    assert "ნინო" not in found.get_data(as_text=True)
    wrong = site.post(visitor, "/track", {"n": number, "c": "0000-0000-0000-00000"})
    nobody = site.post(visitor, "/track", {"n": "99/99999", "c": "0000-0000-0000-00000"})
    assert wrong.status_code == nobody.status_code == 404


def test_guessing_codes_is_slowed(site):
    visitor = site.client()
    answers = [
        site.post(visitor, "/track", {"n": site.letter[1], "c": f"0000-0000-0000-{n:05}"}).status_code
        for n in range(18)
    ]
    assert answers[0] == 404
    assert answers[-1] == 503


def test_upload_keeps_bytes_and_name(site):
    client = site.client("nino")
    html = client.get("/arrivals/").get_data(as_text=True)
    token = re.search(r'name="csrf_token" value="([^"]+)"', html)[1]
    made = client.put("/arrivals/upload/წერილი № 5.txt", data="გამარჯობა".encode(), headers={"X-CSRFToken": token})
    assert made.status_code == 201
    assert "წერილი № 5.txt" in client.get("/arrivals/").get_data(as_text=True)
