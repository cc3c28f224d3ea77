"""Scans are mended and numbers kept for a downtime by a program, under the same rights as at the desk."""

from __future__ import annotations

import secrets

from edms import clock
from edms.capture import reading
from edms.registry.words import ArrivalState
from tests.rooms.scans import NO_ENGINE, pages_pdf
from tests.web.conftest import Api


def test_a_program_divides_a_scan_and_takes_it_back(api: Api) -> None:
    nino = api.program("registrar")
    scan = nino.upload(pages_pdf("p1", "p2"), "scan.pdf").get_json()
    here = f"/arrivals/{scan['arrival_id']}"
    reading.look_inside(api.house.transaction, api.house.store, scan["content"]["content_id"], engine=NO_ENGINE)
    pages = [{"arrival_id": scan["arrival_id"], "page": n} for n in (1, 2)]
    body = {"scans": [[pages[0]], [pages[1]]]}
    for who, status in (("executor", 403), ("stranger", 403), ("foreigner", 404)):
        assert api.program(who).call("POST", f"{here}/remake", body, If_Match=f'"{scan["etag"]}"').status_code == status
    assert nino.call("POST", f"{here}/remake", {"scans": [pages]}, If_Match=f'"{scan["etag"]}"').status_code == 422
    made = nino.change(scan, f"{here}/remake", body)
    assert made["kind"] == "divided" and made["sources"] == [scan["arrival_id"]] and len(made["made"]) == 2
    assert nino.get(here)["state"] == ArrivalState.REMADE
    assert api.program("foreigner").call("GET", f"/remakings/{made['remaking_id']}").status_code == 404
    assert nino.change(made, f"/remakings/{made['remaking_id']}/undo")["undone_at"] is not None
    assert nino.get(here)["state"] == ArrivalState.WAITING
    assert nino.call("GET", f"{here}/label").status_code == 404


def test_a_program_keeps_a_sheet_and_enters_a_letter_under_its_number(api: Api) -> None:
    nino, book = api.program("registrar"), api.office.incoming.register_id
    today = clock.today("Asia/Tbilisi").isoformat()
    sheet = nino.make(f"/registers/{book}/number-sheets", {"count": 2, "reason": "გათიშვა", "written_until": today})
    assert api.program("executor").call(
        "POST", f"/registers/{book}/number-sheets", {"count": 1, "reason": "x", "written_until": today},
        Idempotency_Key=secrets.token_hex(8),
    ).status_code == 403  # fmt: skip
    assert api.program("foreigner").call("GET", f"/number-sheets/{sheet['number_sheet_id']}").status_code == 404
    number, _ = nino.get(f"/number-sheets/{sheet['number_sheet_id']}/numbers")["items"]
    card = {"register_id": book, "summary": "თხოვნა", "correspondent_name": "ანა", "number_id": number["number_id"]}
    refused = nino.call("POST", "/documents", card, Idempotency_Key=secrets.token_hex(8))
    assert refused.status_code == 422 and "written_on" in refused.get_data(as_text=True)
    letter = nino.make("/documents", {**card, "written_on": today})
    assert letter["number"] == number["text"] and letter["waiting_scan"]
    assert [each["register_id"] for each in nino.get(f"/registers/{book}/number-sheets")["items"]] == [book]
