"""One's own key in a token, at a service or in a card: chosen with what it asks for, shown to its owner alone."""

from __future__ import annotations

import base64
import html
import io
import json
import re

import pytest
from sqlalchemy import select

from edms.events import Event, EventLine
from edms.signing.key_folder import Kind
from tests import signers
from tests.web.house_site import Site, house_site  # noqa: F401


@pytest.fixture
def listing(site: Site, tmp_path, monkeypatch):
    """What the operator lists."""

    def write(text: str) -> None:
        path = tmp_path / "devices.toml"
        path.write_text(text, encoding="utf-8")
        settings = site.house.settings.model_copy(update={"signing_devices": path})
        monkeypatch.setattr(site.house, "settings", settings)

    return write


def test_a_token_is_chosen_by_name_and_spared_after_two_wrong_pins(site: Site, listing) -> None:
    library = signers.softhsm()
    listing(f'[token.hall]\nlibrary = "{library}"\nname = "Reader of the hall"\n')
    client = site.client("davit", stepped_up=True)
    address = "/account/key?way=token"
    assert "Reader of the hall" in client.get(address).text
    asked = {"way": "token", "device": "hall", "token": "mayor card", "key": "sign"}
    for device in ("/usr/lib/evil.so", "other"):
        assert site.post(client, address, {**asked, "device": device, "pin": signers.PIN}).status_code == 422
    for wrong in ({"key": "none"}, {"token": "nobody's"}):
        assert site.post(client, address, {**asked, **wrong, "pin": signers.PIN}).status_code == 422
    assert site.post(client, address, {**asked, "pin": "0000"}).status_code == 422
    assert site.post(client, address, {**asked, "pin": signers.PIN}).status_code == 303
    held = site.house.signers.held(site.ids["mayor"])
    assert held.kind is Kind.TOKEN and held.card.fingerprint == signers.owner("mayor").card.fingerprint
    page = client.get("/account/key").text
    assert "Reader of the hall · mayor card · sign" in page and signers.PIN not in page
    for _ in range(2):
        assert site.post(client, address, {**asked, "pin": "0000"}).status_code == 422
    spared = site.post(client, address, {**asked, "pin": signers.PIN})  # the right one, but it could be wrong
    assert spared.status_code == 422 and site.house.signers.held(site.ids["mayor"]).kind is Kind.TOKEN
    packed = signers.authority().pkcs12("mayor").read_bytes()
    sent = {"way": "file", "pin": signers.authority().pin("mayor"), "file": (io.BytesIO(packed), "key.p12")}
    assert site.post(client, "/account/key", sent).status_code == 303  # another key is not in the token's way
    assert site.house.signers.held(site.ids["mayor"]).kind is Kind.FILE


def test_a_key_of_a_service_is_chosen_and_a_silent_service_says_so(site: Site, listing) -> None:
    with signers.own_service("v1") as (played, service):
        lines = [f'url = "{service.url}"', f'secret_file = "{service.secret_file}"', 'name = "Trust"', "seconds = 2"]
        listing("[service.trust]\n" + "\n".join(lines) + "\n")
        client = site.client("davit", stepped_up=True)
        address, asked = "/account/key?way=service", {"way": "service", "device": "trust", "credential": "demo/rsa"}
        played.fault = "silent"
        silent = site.post(client, address, asked)
        assert (
            silent.status_code == 422 and "Trust" in silent.text and site.house.signers.held(site.ids["mayor"]) is None
        )
        played.fault = ""
        assert site.post(client, address, {**asked, "credential": ""}).status_code == 422
        assert site.post(client, address, asked).status_code == 303
    held = site.house.signers.held(site.ids["mayor"])
    assert held.kind is Kind.SERVICE and "bearer-secret" not in client.get("/account/key").text


def test_a_card_becomes_ones_key_when_it_answered_its_trial(site: Site) -> None:
    client, other = site.client("davit", stepped_up=True), site.client("davit", stepped_up=True)
    assert send_certificate(site, client, b"no certificate").status_code == 422
    trial = offered(send_certificate(site, client, signers.authority().certificate("mayor")))
    answer = signers.middleware(trial, "mayor")
    for wrong, by in ((answer, other), ({**answer, "signatures": []}, client), (forged(trial), client), ("x", client)):
        assert bring(site, by, "/account/key/card", wrong).status_code == 422
    assert site.house.signers.held(site.ids["mayor"]) is None
    assert bring(site, client, "/account/key/card", answer).status_code == 303
    assert site.house.signers.held(site.ids["mayor"]).kind is Kind.CARD
    with site.transaction() as session:
        line = session.scalars(select(EventLine).where(EventLine.kind == Event.SIGNING_KEY_CHANGED)).one()
        assert line.detail["kind"] == "card"


def send_certificate(site: Site, client, raw: bytes):
    sent = {"way": "card", "certificate": (io.BytesIO(raw), "mine.cer")}
    return site.post(client, "/account/key?way=card", sent)


def offered(answer) -> dict:
    """The question, as a person would save it."""
    assert answer.status_code == 200, answer.text
    link = html.unescape(re.search(r'href="data:application/json;base64,([^"]+)"', answer.text)[1])
    return json.loads(base64.b64decode(link))


def bring(site: Site, client, address: str, answer: object):
    sent = {"answer": (io.BytesIO(json.dumps(answer).encode()), "answer.json")}
    return site.post(client, address, sent, "/account/key")


def forged(trial: dict) -> dict:
    """Somebody else's card that claims to be hers."""
    return {**signers.middleware(trial, "rsa"), "certificate": trial["certificate"]}
