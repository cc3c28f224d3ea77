"""How an office has its services, by program: units and commissions of the routes, what begins each year, what is offered."""

from __future__ import annotations


def seat(shown, name):
    return next(each for each in shown["seats"] if each["seat"] == name)


def test_an_administrator_says_which_unit_a_commission_is_and_for_whom_a_year_begins(api):
    administrator = api.program("administrator")
    before = administrator.get("/services")
    assert seat(before, "social_commission") == {"seat": "social_commission", "unit_id": None, "version": 0}
    unit = api.office.social.unit_id
    wanted = {"seat": "social_commission", "unit_id": unit, "version": 0}
    shown = administrator.call("PUT", "/services/seats", wanted).get_json()
    assert seat(shown, "social_commission") == {"seat": "social_commission", "unit_id": unit, "version": 1}
    assert (
        administrator.call("PUT", "/services/seats", {**wanted, "unit_id": None}).status_code == 409
    )  # seen too early
    for wrong in ({"seat": "nowhere"}, {"seat": "social", "unit_id": 10**9}):
        answer = administrator.call("PUT", "/services/seats", {**wanted, **wrong})
        assert answer.status_code == 422, wrong
    year = {"service": "budget_priorities", "official_id": api.ids["executor"], "version": 0}
    (shown,) = administrator.call("PUT", "/services/yearly", year).get_json()["yearly"]
    assert (shown["official_id"], shown["version"], bool(shown["next_on"])) == (api.ids["executor"], 1, True)
    assert administrator.call("PUT", "/services/yearly", {**year, "official_id": None}).status_code == 409
    foreign = {**year, "version": 1, "official_id": api.ids["foreigner"]}
    assert administrator.call("PUT", "/services/yearly", foreign).status_code == 422
    (shown,) = administrator.call("PUT", "/services/yearly", {**year, "official_id": None, "version": 1}).get_json()[
        "yearly"
    ]
    assert (shown["official_id"], shown["version"], shown["next_on"]) == (None, 0, None)
    offered = administrator.call("PUT", "/services/offers", {"services": ["social_assistance"]}).get_json()
    assert offered["offered"] == ["social_assistance"] and "land_terms" in offered["may_be_offered"]
    assert administrator.call("PUT", "/services/offers", {"services": ["nothing"]}).status_code == 422


def test_nobody_else_does(api):
    unit = {"seat": "social", "unit_id": api.office.social.unit_id, "version": 0}
    for who in ("mayor", "registrar", "executor", "auditor"):
        program = api.program(who)
        assert program.call("GET", "/services").status_code == 403, who
        assert program.call("PUT", "/services/seats", unit).status_code == 403, who
    theirs = api.program("foreign_administrator")
    assert theirs.call("PUT", "/services/seats", unit).status_code == 422  # a unit of another office
