"""Keeping for programs: dates, due cases, an act proposed and withdrawn, holds; approving is no program's, strangers get no."""

from __future__ import annotations

import secrets

from edms.db.engine import transaction
from tests import disposals
from tests.web.conftest import Api

REFUSED = ("executor", "registrar", "stranger", "administrator", "foreigner", "foreign_administrator")


def staged(api: Api) -> int:
    """A case file of 2020 that is due; its id."""
    with transaction(api.house.sessions) as session:
        office = type(api.office)(**{
            name: type(value)(session, session.merge(value.official)) if hasattr(value, "official") else session.merge(value)
            for name, value in vars(api.office).items()
        })  # fmt: skip
        disposals.confirmed(session, office)
        return int(disposals.closed_case(session, office).case_file_id)


def test_a_case_is_due_proposed_taken_back_and_held(api: Api) -> None:
    case = staged(api)
    archivist = api.program("archivist")
    kept = archivist.get(f"/case-files/{case}/keeping")
    assert (kept["until"], kept["state"]) == ("2025-12-31", "kept") and len(kept["why"]) > 2
    assert archivist.get("/disposal-due?year=2026")["items"][0]["obstacles"] == []
    act = archivist.make("/disposal-acts", {"case_file_ids": [case], "ground": "ოქმი №1"})
    assert act["cases"][0]["letters"] == 2 and act["approved_by_ids"] == []
    assert archivist.get("/disposal-due?year=2026")["items"][0]["obstacles"] == ["in_act"]
    for who in REFUSED:
        program = api.program(who)
        for path in ("/disposal-due?year=2026", "/disposal-acts", "/holds"):
            assert program.call("GET", path).status_code == 403, (who, path)
        expected = 404 if who.startswith("foreign") else 403
        assert program.call("GET", f"/disposal-acts/{act['disposal_act_id']}").status_code == expected
        answer = program.call(
            "POST", f"/disposal-acts/{act['disposal_act_id']}/withdraw", {"reason": "არა"}, If_Match="*"
        )
        assert answer.status_code == expected, who
        answer = program.call("POST", "/holds", {"case_file_id": case, "reason": "დ", "ground": "წ"}, Idempotency_Key=secrets.token_hex(4))  # fmt: skip
        assert answer.status_code == expected, who
    ended = archivist.change(act, f"/disposal-acts/{act['disposal_act_id']}/withdraw", {"reason": "შემოწმდება"})
    assert ended["state"] == "withdrawn" and ended["cases"][0]["state"] == "taken_out"
    hold = archivist.make("/holds", {"case_file_id": case, "reason": "დავა", "ground": "წერილი"})
    assert archivist.get(f"/holds/{hold['hold_id']}")["lifted_at"] is None
    assert [row["hold_id"] for row in archivist.get("/holds")["items"]] == [hold["hold_id"]]
    assert archivist.get("/disposal-due?year=2026")["items"][0]["obstacles"] == ["held"]
    body = {"reason": "დ", "ground": "წ"}
    assert archivist.call("POST", "/holds", body, Idempotency_Key="two").status_code == 422
    made = archivist.make("/retention-classes", {"retention_class": "surveys", "ground": "ნუსხა", "years": 8})
    assert made["years"] == 8
    assert api.program("foreigner").call("GET", f"/case-files/{case}/keeping").status_code == 404
