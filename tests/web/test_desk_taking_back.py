"""A wrong end of an arrival is taken back: with its reason, its old state in sight, its day's sum right; not by strangers."""

from __future__ import annotations

import pytest

from tests.web.test_desk_endings import GIVEN, waits

pytest_plugins = ["tests.web.desk_site"]


@pytest.mark.parametrize("state", ["forwarded", "defective"])
def test_it_waits_again_and_may_end_anew_with_the_old_end_in_sight(desk, state):
    nino, ident = desk.as_("registrar"), waits(desk)
    place = f"/arrivals/{ident}"
    nino.post(f"{place}/take-back", {"reason": "ჯერ არ დასრულებულა"}, status=422)
    nino.post(f"{place}/end/{state}", GIVEN[state])
    for name, status in (("executor", 403), ("auditor", 403), ("foreigner", 404)):
        desk.as_(name).post(f"{place}/take-back", {"reason": "x"}, status=status)
    assert "take-back" not in desk.as_("auditor").get(place)
    assert 'id="f-reason-error"' in nino.post(f"{place}/take-back", {"reason": " "}, status=422).text
    nino.post(f"{place}/take-back", {"reason": "სხვა კონვერტი იყო"})
    html = nino.get(place)
    assert 'id="card"' in html and "სხვა კონვერტი იყო" in html
    for said in (GIVEN[state].get("reason"), GIVEN[state].get("body"), GIVEN[state].get("sender_name")):
        assert said is None or said in html
    assert place in nino.get("/arrivals/")
    nino.post(f"{place}/take-back", {"reason": "ორჯერ"}, status=422)
    nino.post(f"{place}/end/returned", GIVEN["returned"])  # it may end again, otherwise
    assert "სხვა კონვერტი იყო" in nino.get(place) and "papers/return" in nino.get(place)


def test_a_program_takes_back(api):
    nino = api.program("registrar")
    made = nino.upload(b"x", "x.txt").get_json()
    place = f"/arrivals/{made['arrival_id']}"
    ended = nino.change(made, f"{place}/end", {"state": "forwarded", **GIVEN["forwarded"]})
    for who, status in (("executor", 403), ("auditor", 403), ("foreigner", 404)):
        assert api.program(who).call("POST", f"{place}/take-back", {"reason": "x"}, If_Match="*").status_code == status
    back = nino.change(ended, f"{place}/take-back", {"reason": "შეცდომა"})
    assert (back["state"], back["end"], back["ended_at"]) == ("waiting", None, None)
    assert nino.get("/desk")["to_tell"] == []
