"""By a program: letters by a list, and letters signed with a pen; each under the rights of the desk."""

from __future__ import annotations

import secrets

from edms.db.engine import transaction
from edms.drafting import drafts, pages, visas
from edms.drafting.by_hand import signing
from edms.drafting.models import DraftKind
from edms.registry.models import Number
from edms.staff.actors import actor_for
from edms.staff.models import Official, Organisation
from workers import mailing


def test_letters_by_a_list(api):
    executor = api.program("executor")
    body = {"subject": "გადასახადი: {თანხა}", "text": "გადაიხადეთ {თანხა} ლარი.", "signer_id": api.ids["mayor"]}
    wrong = [{"name": "ანა", "address": "გორი", "თანხა": "1"}, {"name": "", "address": "გორი", "თანხა": "2"}]
    refused = executor.call("POST", "/mailings", {**body, "rows": wrong}, Idempotency_Key="wrong")
    assert refused.status_code == 422 and "rows.2.name" in refused.get_data(as_text=True)
    unknown = executor.call(
        "POST", "/mailings", {**body, "rows": [{"name": "ა", "address": "გ"}]}, Idempotency_Key="un"
    )
    assert unknown.status_code == 422 and "თანხა" in str(unknown.get_json())
    assert executor.get("/mailings")["items"] == []
    good = [{"name": name, "address": "გორი", "თანხა": str(n)} for n, name in enumerate(("ანა", "ბესო"), 1)]
    made = executor.make("/mailings", {**body, "rows": good})
    assert (made["waiting"], made["made"], made["failed"], made["ended_at"]) == (2, 0, 0, None)
    mailing.make(api.house, made["mailing_id"])
    place = f"/mailings/{made['mailing_id']}"
    assert executor.get(place)["made"] == 2 and executor.get("/mailings")["items"][0]["ended_at"]
    rows = executor.get(f"{place}/rows")["items"]
    assert [(row["place"], row["name"], row["state"], row["trouble"]) for row in rows] == [
        (1, "ანა", "made", None), (2, "ბესო", "made", None),
    ]  # fmt: skip
    assert executor.get(f"/drafts/{rows[1]['draft_id']}")["subject"] == "გადასახადი: 2"
    for who in ("stranger", "registrar", "mayor", "foreigner"):
        for path in (place, f"{place}/rows"):
            assert api.program(who).call("GET", path).status_code == 404
        assert api.program(who).call("POST", f"{place}/retry").status_code == 404
        assert api.program(who).get("/mailings")["items"] == []


def printed(api) -> int:
    """A letter that the mayor had printed for the pen, at the desk and with her password."""
    with transaction(api.house.sessions) as session:
        author = actor_for(session, session.get_one(Official, api.ids["executor"]))
        mayor = actor_for(session, session.get_one(Official, api.ids["mayor"]), stepped_up=True)
        card = drafts.DraftCard("გზა", api.ids["mayor"], addressee="ანა", address="გორი")
        draft = drafts.begin(session, author, kind=DraftKind.LETTER, card=card, text="ტექსტი")
        page = pages.make(session, author, draft, store=api.house.store)
        session.flush()
        visas.ask(session, author, draft, [], version=draft.version)
        shown = pages.content_of(session, page)
        assert shown is not None
        return signing.ask(session, mayor, draft, shown_sha256=shown.sha256).hand_signing_id


def test_a_letter_signed_with_a_pen_comes_back_by_its_code_or_is_given_up(api):
    registrar, one, other = api.program("registrar"), printed(api), printed(api)
    assert [row["hand_signing_id"] for row in registrar.get("/hand-signings")["items"]] == [one, other]
    assert [row["state"] for row in api.program("executor").get("/hand-signings")["items"]] == ["waiting"] * 2
    place = f"/hand-signings/{one}"
    scan = registrar.upload(b"%PDF-1.7 signed", "signed.pdf").get_json()["arrival_id"]
    for who in ("stranger", "lawyer", "foreigner", "administrator"):
        assert api.program(who).get("/hand-signings")["items"] == []
        assert api.program(who).call("GET", place).status_code == 404
        assert api.program(who).call("GET", f"{place}/paper").status_code == 404
        for act, body in (("bring", {"arrival_id": scan, "code": "x"}), ("give-up", {"reason": "x"})):
            assert api.program(who).call("POST", f"{place}/{act}", body, If_Match="*").status_code == 404
    assert registrar.call("GET", f"{place}/paper").data.startswith(b"%PDF")
    hand = registrar.get(place)
    for code in ("", "not this one"):
        wrong = registrar.call("POST", f"{place}/bring", {"arrival_id": scan, "code": code}, If_Match="*")
        assert wrong.status_code == 422, code
    with transaction(api.house.sessions) as session:
        number = session.scalars(Number.__table__.select().where(Number.text == hand["number"])).one()
        row = session.get_one(Number, number)
        home = session.get_one(Organisation, api.office.organisation.organisation_id)
        code = signing.label_of(home, row, api.house.label_key)
    back = registrar.change(hand, f"{place}/bring", {"arrival_id": scan, "code": code})
    assert (back["state"], back["compared"]) == ("signed", "typed") and back["document_id"]
    assert registrar.get(f"/documents/{back['document_id']}")["number"] == hand["number"]
    assert registrar.get(f"/arrivals/{scan}")["document_id"] == back["document_id"]
    again = registrar.call("POST", f"{place}/bring", {"arrival_id": scan, "code": code}, If_Match="*")
    assert again.status_code == 409
    given = registrar.change(registrar.get(f"/hand-signings/{other}"), f"/hand-signings/{other}/give-up", {"reason": "აღარ გვჭირდება"})  # fmt: skip
    assert (given["state"], given["reason"]) == ("given_up", "აღარ გვჭირდება")
    assert registrar.get("/hand-signings")["items"] == []
    key = {"Idempotency_Key": secrets.token_hex(4)}
    assert api.program("mayor").call("POST", "/hand-signings", {"draft_id": 1}, **key).status_code in (404, 405)
