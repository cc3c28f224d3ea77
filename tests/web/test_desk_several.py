"""Several signers at the desk and through the API: named, asked, left to another, refused; the level that may leave."""

from __future__ import annotations

import re

from sqlalchemy import select

from edms.drafting.models import Draft, DraftState, SignatoryState
from edms.registry.models import Document
from edms.signing.models import SignatureRequest, SignatureState, SigningRule
from edms.signing.raising import Level
from tests import signatures as s
from tests.web.conftest import Api
from workers import signing

pytest_plugins = ["tests.web.desk_site"]
SHOWN = re.compile(r'name="(shown-\d+)" value="([0-9a-f]+)"')


def _key(desk, name: str, code: str) -> None:
    official_id = getattr(desk.cast, name).official_id
    desk.house.signers.install(official_id, s.authority().pkcs12(code).read_bytes(), pin=s.PIN)


def _pile(desk, name: str) -> str:
    reader = desk.as_(name)
    reader.post("/account/step-up", {"password": desk.password})
    return reader.get("/sign/")


def _work(desk) -> None:
    """What the workers do with every request, one step after another."""
    for kind in (signing.embed, signing.raise_signature, signing.prepare):
        for request_id in desk.do(
            lambda session, _: session.scalars(select(SignatureRequest.signature_request_id)).all()
        ):
            kind(desk.house, request_id)


def _draft(desk) -> Draft:
    def read(session, _):
        draft = session.scalars(select(Draft)).one()
        assert draft.signatories and draft.versions
        return draft

    return desk.do(read)


def test_named_in_the_draft_asked_in_turn_left_to_another_and_signed(desk, monkeypatch):
    monkeypatch.setattr(type(desk.house), "roots", property(lambda _: s.roots()))
    desk.house.__dict__["outside"] = s.Inside(s.authority())
    for name, code in (("mayor", "mayor"), ("deputy", "clerk"), ("unit_head", "clerk")):
        _key(desk, name, code)
    office = desk.cast
    typed = {
        "version": 0, "subject": "ხელშეკრულება", "addressee": "ანა", "address": "ქ. ქვემო", "channel": "post",
        "language": "ka", "signer": office.mayor.official_id, "text": "ვადა ერთი თვეა.", "do": "send",
        "cosigners": [office.registrar.official_id, office.deputy.official_id], "sign_by": "01.01.2020",
    }  # fmt: skip
    executor = desk.as_("executor")
    past = executor.post("/drafts/new?kind=letter", typed, status=422).get_data(as_text=True)
    assert "გასულია" in past
    place = executor.post("/drafts/new?kind=letter", {**typed, "sign_by": ""}).headers["Location"]
    desk.print_drafts()
    page = executor.get(place)
    assert "ეთხოვა" in page and "ელოდება რიგს" in page
    draft_id = _draft(desk).draft_id
    assert 'name="marked"' not in _pile(desk, "deputy")
    assert desk.as_("archivist").client.get(f"/sign/{draft_id}/paper").status_code == 404
    desk.as_("archivist").post(f"/sign/{draft_id}/delegate", {f"to-{draft_id}": 1, f"why-{draft_id}": "x"}, status=404)
    first = _pile(desk, "mayor")
    wrong = desk.as_("mayor").post(
        f"/sign/{draft_id}/delegate", {f"to-{draft_id}": office.unit_head.official_id}, status=422
    )
    assert f'href="#f-why-{draft_id}"' in wrong.get_data(as_text=True)
    desk.as_("mayor").post("/sign/", {**dict(SHOWN.findall(first)), "marked": [draft_id], "pin": s.PIN})
    _work(desk)
    second = _pile(desk, "registrar")
    assert "ხელი მოაწერა" in second and "თქვენს ხელმოწერას" in second
    assert desk.as_("registrar").client.get(f"/sign/{draft_id}/paper").data.startswith(b"%PDF")
    desk.as_("registrar").post(
        f"/sign/{draft_id}/delegate",
        {f"to-{draft_id}": office.unit_head.official_id, f"why-{draft_id}": "მივლინება"},
    )
    assert 'name="marked"' not in desk.as_("registrar").get("/sign/")
    for name in ("unit_head", "deputy"):
        lies = _pile(desk, name)
        assert 'name="marked"' in lies, name
        desk.as_(name).post("/sign/", {**dict(SHOWN.findall(lies)), "marked": [draft_id], "pin": s.PIN})
        _work(desk)
    draft = _draft(desk)
    assert draft.state is DraftState.SIGNED
    assert [each.state for each in draft.signatories] == [SignatoryState.SIGNED] * 3
    page = executor.get(place)
    assert "ვის ნაცვლად" in page and office.registrar.official.name("ka") in page
    letter = desk.do(lambda session, _: session.scalars(select(Document)).one().document_id)
    assert "B-LTA" in desk.as_("unit_head").get(f"/letters/{letter}")


def test_a_large_pile_is_prepared_first_and_a_bad_one_stops_no_other(desk, monkeypatch):
    monkeypatch.setattr("edms.web.desk.signing.AT_ONCE", 1)
    _key(desk, "mayor", "mayor")
    card = {"subject": "პასუხი", "addressee": "ანა", "channel": "post", "language": "ka", "text": "დიახ.", "version": 0}
    for _ in range(3):
        desk.as_("executor").post(
            "/drafts/new?kind=letter", {**card, "signer": desk.cast.mayor.official_id, "do": "send"}
        )
    desk.print_drafts()
    page = _pile(desk, "mayor")
    assert 'value="prepare"' in page and 'name="pin"' not in page
    shown = dict(SHOWN.findall(page))
    marked = [int(name.removeprefix("shown-")) for name in shown]
    answer = desk.as_("mayor").post("/sign/", {**shown, "marked": marked, "do": "prepare"})
    waits = desk.as_("mayor").client.get(answer.headers["Location"])
    assert waits.headers["Refresh"] and "მზადდება" in waits.get_data(as_text=True)
    _work(desk)
    ready = desk.as_("mayor").client.get(answer.headers["Location"])
    assert "Refresh" not in ready.headers and 'name="pin"' in ready.get_data(as_text=True)
    bad = {**shown, f"shown-{marked[1]}": "00" * 32}
    told = desk.as_("mayor").post("/sign/", {**bad, "marked": marked, "pin": s.PIN}, status=422)
    assert told.get_data(as_text=True).count("patch-check") >= 2
    states = desk.do(
        lambda session, _: list(
            session.scalars(select(SignatureRequest.state).order_by(SignatureRequest.signature_request_id))
        )
    )
    assert states == [SignatureState.SIGNED, SignatureState.PREPARED, SignatureState.SIGNED]


def test_the_administrator_says_from_which_level_letters_may_leave(desk):
    giorgi = desk.as_("administrator")
    assert "B-LTA" in giorgi.get("/house/signing")
    giorgi.post("/house/signing/level", {"least": "B-T", "register": desk.cast.outgoing.register_id})
    giorgi.post("/house/signing/level", {"least": "B-B"}, status=422)
    assert "B-T" in giorgi.get("/house/signing")
    (rule,) = desk.do(lambda session, _: session.scalars(select(SigningRule)).all())
    assert (rule.register_id, rule.least) == (desk.cast.outgoing.register_id, Level.T)
    desk.as_("mayor").post("/house/signing/level", {"least": "B-T"}, status=403)
    giorgi.post(
        "/house/signing/level", {"least": "B-T", "register": desk.cast.foreign_incoming.register_id}, status=404
    )
    giorgi.post("/house/signing/level", {"register": desk.cast.outgoing.register_id})
    assert desk.do(lambda session, _: session.scalars(select(SigningRule)).all()) == []


def test_a_program_names_signers_leaves_the_signature_to_another_and_refuses(api: Api) -> None:
    office = api.office
    given = {
        "kind": "letter", "subject": "ხელშეკრულება", "signer_id": office.mayor.official_id, "addressee": "ანა",
        "text": "ვადა ერთი თვეა.", "cosigners": [office.registrar.official_id], "signing_order": "at_once",
        "sign_by": "2099-01-31",
    }  # fmt: skip
    executor, mayor = api.program("executor"), api.program("mayor")
    draft = executor.make("/drafts", given)
    place = f"/drafts/{draft['draft_id']}"
    sent = executor.change(draft, f"{place}/send", {})
    assert [each["state"] for each in sent["signatories"]] == ["asked", "asked"]
    left = {"official_id": office.unit_head.official_id, "reason": "მივლინება"}
    assert api.program("stranger").call("POST", f"{place}/delegate", left, If_Match='"x"').status_code == 404
    after = mayor.change(mayor.get(place), f"{place}/delegate", left)
    seat = after["signatories"][0]
    assert (seat["official_id"], seat["named_id"]) == (office.unit_head.official_id, office.mayor.official_id)
    registrar = api.program("registrar")
    refused = registrar.change(registrar.get(place), f"{place}/refuse", {"reason": "თანხა სხვაა"})
    assert refused["state"] == "writing" and [each["state"] for each in refused["signatories"]] == ["ended", "refused"]
