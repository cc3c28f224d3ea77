"""The figures for programs are those of the page, and the letters behind each are as many; strangers get neither."""

from __future__ import annotations

from edms import clock
from edms.db.engine import transaction
from edms.registry.models import Document
from edms.reports.figures import Figure
from edms.routing import control
from tests.letters import letter, own_letter, resolved
from tests.web.conftest import Api

REFUSED = ("executor", "stranger", "administrator", "lawyer", "foreign_administrator")


def _days() -> str:
    today = clock.today("Asia/Tbilisi").isoformat()
    return f"first={today}&last={today}"


def test_figures_and_the_letters_behind_them(api: Api) -> None:
    with transaction(api.house.sessions) as session:
        office = type(api.office)(**{
            name: type(value)(session, session.merge(value.official)) if hasattr(value, "official") else session.merge(value)
            for name, value in vars(api.office).items()
        })  # fmt: skip
        letter(session, office, office.applications)
        resolved(session, office, letter(session, office), office.executor)
        own_letter(session, office)
        unit, executor = office.roads.unit_id, office.executor.official_id
    mayor = api.program("mayor")
    found = mayor.get(f"/reports/figures?{_days()}")
    assert found["all"]["now"] == {
        "received": 3,
        "ended": 0,
        "in_term": 0,
        "open": 3,
        "late": 0,
        "stands": 0,
        "control": 0,
    }
    assert {row["group"]: row["now"]["received"] for row in found["groups"]} == {
        "incoming": 1,
        "created": 1,
        "citizens": 1,
    }
    assert next(row for row in found["officials"] if row["official_id"] == executor)["now"]["open"] == 1
    assert unit in {row["unit_id"] for row in found["units"]}
    for figure in Figure:
        rows = mayor.get(f"/reports/letters?{_days()}&figure={figure.value}")["items"]
        assert len(rows) == found["all"]["now"][figure.value], figure
    mine = mayor.get(f"/reports/letters?{_days()}&figure=open&official_id={executor}")["items"]
    assert [row["responsible_id"] for row in mine] == [executor]
    assert api.program("foreigner").get(f"/reports/figures?{_days()}")["all"]["now"]["received"] == 0
    for who in REFUSED:
        for path in (f"/reports/figures?{_days()}", f"/reports/letters?{_days()}&figure=open"):
            assert api.program(who).call("GET", path).status_code == 403, who


def test_a_page_of_letters_is_followed_by_the_next_and_a_bad_period_is_refused(api: Api) -> None:
    with transaction(api.house.sessions) as session:
        office = type(api.office)(**{
            name: type(value)(session, session.merge(value.official)) if hasattr(value, "official") else session.merge(value)
            for name, value in vars(api.office).items()
        })  # fmt: skip
        made = {letter(session, office).document_id for _ in range(3)}
    mayor, path, seen = api.program("mayor"), f"/reports/letters?{_days()}&figure=received&limit=2", []
    while path:
        part = mayor.get(path)
        seen += [row["document_id"] for row in part["items"]]
        path = part["next"]
    assert sorted(seen) == sorted(made)
    for bad in ("first=2026-02-01&last=2026-01-01", "first=2026-02-01", "first=2000-01-01&last=2026-01-01", ""):
        assert mayor.call("GET", f"/reports/figures?{bad}").status_code == 422, bad


def test_openings_volume_and_control_counts_are_those_of_the_pages(api: Api) -> None:
    with transaction(api.house.sessions) as session:
        office = type(api.office)(**{
            name: type(value)(session, session.merge(value.official)) if hasattr(value, "official") else session.merge(value)
            for name, value in vars(api.office).items()
        })  # fmt: skip
        ident = letter(session, office, unit_id=office.roads.unit_id).document_id
        control.put(
            session, office.actor("controller"), session.get_one(Document, ident), due_on=clock.today("Asia/Tbilisi")
        )
    mayor = api.program("mayor")
    mayor.get(f"/documents/{ident}")
    (opened,) = mayor.get(f"/openings?{_days()}")["items"]
    assert (opened["official_id"], opened["document_id"]) == (api.ids["mayor"], ident)
    assert mayor.get(f"/openings?{_days()}&official_id={api.ids['registrar']}")["items"] == []
    year = clock.today("Asia/Tbilisi").year
    (book,) = mayor.get(f"/reports/volume?year={year}")["registers"]
    assert (book["register_id"], book["group"], book["all"]) == (api.office.incoming.register_id, "incoming", 1)
    counts = api.program("controller").get("/control/counts")
    assert sum(counts["all"]["due"].values()) == 1
    assert [row["unit_id"] for row in counts["units"]] == [api.office.roads.unit_id]
    for who in REFUSED:
        for path in (f"/openings?{_days()}", f"/reports/volume?year={year}", "/control/counts"):
            assert api.program(who).call("GET", path).status_code == 403, (who, path)
    assert api.program("foreigner").get(f"/reports/volume?year={year}")["registers"] == []
