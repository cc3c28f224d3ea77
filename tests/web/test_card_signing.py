"""A card at her own computer, played by a program with a real key: two requests, bound to her, to those letters, to now."""

from __future__ import annotations

import base64
import hashlib
import html
import io
import json
import logging
import re
from datetime import timedelta

import pytest
from sqlalchemy import inspect, text

from edms import clock
from edms.drafting import drafts, pages, visas
from edms.drafting.models import DraftKind
from edms.errors import Unavailable
from edms.signing import choosing, embedding, lots
from edms.signing.devices import Devices, TokenLibrary
from edms.signing.key_folder import Held, Kind
from edms.signing.models import SignatureRequest, SignatureState
from tests import letters, signers
from tests.cast import within
from tests.signatures import PIN

pytest_plugins = ["tests.web.desk_site"]
PASSWORD = "a long reading room sentence"


def _to_sign(desk, count: int) -> None:
    def act(session, office):
        for _ in range(count):
            document = letters.letter(session, office)
            letters.resolved(session, office, document, office.executor)
            card = drafts.DraftCard("პასუხი", office.mayor.official_id, addressee="ანა")
            draft = drafts.begin(session, office.executor.actor(), kind=DraftKind.REPLY, card=card, text="ტექსტი", in_reply_to=document)  # fmt: skip
            pages.make(session, office.executor.actor(), draft, store=desk.house.store)
            session.flush()
            visas.ask(session, office.executor.actor(), draft, [], version=draft.version)

    desk.do(act)


def _mayor(desk):
    mayor = desk.as_("mayor")
    mayor.post("/account/step-up", {"password": PASSWORD})
    return mayor


def _with_card(desk, code: str = "mayor") -> None:
    mayor_id = desk.do(lambda session, office: office.mayor.official_id)
    desk.house.signers.put(mayor_id, choosing.from_card(signers.owner(code)))


def _marked(desk, mayor) -> str:
    """Everything on the pile marked and sent; where that leads."""
    page = mayor.get("/sign/")
    shown = dict(re.findall(r'name="(shown-\d+)" value="([0-9a-f]+)"', page))
    ids = [name.removeprefix("shown-") for name in shown]
    return mayor.post("/sign/", {**shown, "marked": ids}).headers["Location"]


def _offered(page: str) -> dict:
    link = html.unescape(re.search(r'href="data:application/json;base64,([^"]+)"', page)[1])
    return json.loads(base64.b64decode(link))


def _bring(mayor, address: str, answer: object, status: int = 303):
    sent = {"answer": (io.BytesIO(json.dumps(answer).encode()), "answer.json")}
    return mayor.post(address.replace("/sign/card/", "/sign/card/answer"), sent, status=status)


def _rows(desk) -> list[SignatureRequest]:
    return desk.do(lambda session, _: session.query(SignatureRequest).order_by("signature_request_id").all())


def _states(desk) -> list[str]:
    return [row.state.value for row in _rows(desk)]


def test_a_pile_is_signed_by_a_card_in_two_requests(desk, monkeypatch) -> None:
    _with_card(desk)
    _to_sign(desk, 3)
    mayor = _mayor(desk)
    assert 'name="pin"' not in mayor.get("/sign/")
    place = _marked(desk, mayor)
    offer = _offered(mayor.get(place))
    assert len(offer["items"]) == 3 and _states(desk) == ["prepared"] * 3
    good = signers.middleware(offer, "mayor")

    flipped = json.loads(json.dumps(good))
    raw = base64.b64decode(flipped["signatures"][0]["signature"])
    flipped["signatures"][0]["signature"] = base64.b64encode(raw[:-1] + bytes([raw[-1] ^ 1])).decode()
    swapped = json.loads(json.dumps(good))
    for at, other in ((0, 1), (1, 0)):
        swapped["signatures"][at]["signature"] = good["signatures"][other]["signature"]
    forged = {**signers.middleware(offer, "rsa"), "certificate": offer["certificate"]}
    for wrong in (forged, {**good, "signatures": []}, {**good, "state": good["state"][:-8] + "AAAAAAA="}, ["?"], {}):
        _bring(mayor, place, wrong, 422)
        assert _states(desk) == ["prepared"] * 3
    other_visit = desk.as_("deputy")
    other_visit.post("/account/step-up", {"password": PASSWORD})
    _bring(other_visit, place, good, 404)  # she has no card, and knows nothing of these letters
    other_visit.get(place, 200)
    assert "data:application/json" not in other_visit.get(place)
    real = clock.now
    monkeypatch.setattr(clock, "now", lambda: real() + timedelta(minutes=16))
    late = mayor.post("/account/step-up", {"password": PASSWORD})
    assert late.status_code == 303
    _bring(mayor, place, good, 422)
    monkeypatch.setattr(clock, "now", real)
    mayor.post("/account/step-up", {"password": PASSWORD})  # that one was in the future
    assert _states(desk) == ["prepared"] * 3

    _bring(mayor, place, swapped, 422)  # each is checked by itself: two belong to one another's letters
    assert sorted(_states(desk)) == ["prepared", "prepared", "signed"]
    rest = _offered(mayor.get(place))
    assert len(rest["items"]) == 2
    _bring(mayor, place, flipped, 422)  # of the old offer: one is signed already, one is broken, one is good
    assert sorted(_states(desk)) == ["prepared", "signed", "signed"]
    last = signers.middleware(_offered(mayor.get(place)), "mayor")
    assert "/sign/?done=" in _bring(mayor, place, last).headers["Location"]
    assert _states(desk) == ["signed"] * 3
    again = _bring(mayor, place, last, 422)
    assert again.status_code == 422 and {row.certificate["name"] for row in _rows(desk)} == {"დავით მაისურაძე"}
    first = _rows(desk)[0]
    work = desk.do(lambda session, _: embedding.to_embed(session, first.signature_request_id))
    assert embedding.embed(work, store=desk.house.store).size > 0


def test_a_program_in_the_browser_fetches_the_offer_and_brings_the_answer_as_json(desk) -> None:
    _with_card(desk, "rsa")
    _to_sign(desk, 1)
    mayor = _mayor(desk)
    place = _marked(desk, mayor)
    asked = mayor.client.get(place.replace("/sign/card/", "/sign/card/offer")).json
    assert asked["signature_algorithm"] == "RSASSA-PKCS1-v1_5"
    answer = signers.middleware(asked, "rsa")
    unguarded = mayor.client.post("/sign/card/answer", json=answer)
    assert unguarded.status_code in (400, 403) and _states(desk) == ["prepared"]
    told = mayor.client.post("/sign/card/answer", json=answer, headers={"X-CSRFToken": asked["csrf_token"]})
    assert told.json["items"][0]["signed"] is True and _states(desk) == ["signed"]
    assert desk.as_("registrar").client.get("/sign/card/").status_code == 303  # the password first


def test_no_dump_and_no_log_holds_pin_or_key(desk, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    mayor = _mayor(desk)
    mayor_id = desk.do(lambda session, office: office.mayor.official_id)
    packed, owner = signers.authority().pkcs12("mayor").read_bytes(), signers.owner("mayor")
    with signers.own_service() as (_, listed):
        tokens = {"hall": TokenLibrary(library=signers.softhsm())} if signers.SOFTHSM else {}
        desk.house.signers._devices = lambda: Devices(tokens, {"trust": listed})
        kinds = {
            Kind.FILE: (choosing.from_file(packed, PIN), PIN),
            Kind.SERVICE: (Held(Kind.SERVICE, owner, {"device": "trust", "credential": "demo/mayor"}), signers.PIN),
            Kind.CARD: (choosing.from_card(owner), ""),
        }
        if tokens:
            place = {"device": "hall", "token": "mayor card", "key": "sign"}
            kinds[Kind.TOKEN] = (Held(Kind.TOKEN, owner, place), signers.PIN)
        for held, pin in kinds.values():
            desk.house.signers.put(mayor_id, held)
            _to_sign(desk, 1)
            shown = dict(re.findall(r'name="(shown-\d+)" value="([0-9a-f]+)"', mayor.get("/sign/")))
            newest = max(int(name.removeprefix("shown-")) for name in shown)
            form = {f"shown-{newest}": shown[f"shown-{newest}"], "marked": [newest]}
            if pin:
                mayor.post("/sign/", {**form, "pin": pin + "0"}, status=422)
            place = mayor.post("/sign/", {**form, "pin": pin}).headers["Location"]
            if held.kind is Kind.CARD:
                _bring(mayor, place, signers.middleware(_offered(mayor.get(place)), "mayor"))
    assert _states(desk) == ["signed"] * len(kinds)
    found = desk.do(lambda session, _: _dump(session)) + caplog.text.encode()
    assert "დავით მაისურაძე".encode() in found  # it is the dump that we think it is
    for secret in [*signers.key_bytes("mayor"), PIN.encode(), signers.PIN.encode(), b"bearer-secret"]:
        assert secret not in found


def _dump(session) -> bytes:
    """All rows of all tables as text, bytes as they are written there and as they are."""
    found = []
    for table in inspect(session.connection()).get_table_names():
        found += [str(row).encode() for (row,) in session.execute(text(f'SELECT t::text FROM "{table}" t'))]
    plain = b"\n".join(found)
    return plain + b"".join(bytes.fromhex(each.decode()) for each in re.findall(rb"\\x((?:[0-9a-f]{2})+)", plain))


def test_requests_stop_cleanly_where_a_token_was_lost(desk) -> None:
    class Lost:
        card = signers.owner("mayor").card

        def sign(self, digests, *, pin, at):
            first = signers.owner("mayor").cms(digests[0], signers.raw("mayor", _hash(digests[0])))
            return [first, *([Unavailable("signing.token_gone")] * (len(digests) - 1))]

    def _hash(digest: bytes) -> bytes:
        return hashlib.sha256(signers.owner("mayor").to_sign(digest)).digest()

    _with_card(desk)
    _to_sign(desk, 3)
    _marked(desk, _mayor(desk))

    def act(session, office):
        rows = session.query(SignatureRequest).all()
        shown = {row.signature_request_id: row.shown_sha256 for row in rows}
        actor = office.mayor.actor(stepped_up=True)
        made = lots.sign(
            within(session), actor, list(shown), shown=shown, pin="x", signer=Lost(), store=desk.house.store
        )
        state = {row.signature_request_id: row.state for row in rows}
        return [(state[each.request_id], each.error.message if each.error else "") for each in made]

    told = desk.do(act)
    assert told.count((SignatureState.SIGNED, "")) == 1
    assert told.count((SignatureState.PREPARED, "signing.token_gone")) == 2
