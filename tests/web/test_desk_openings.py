"""Openings of letters: who, when, which, on the page and in tables; looking is itself written down; strangers get none."""

from __future__ import annotations

import csv
import io

from openpyxl import load_workbook

from edms.events import Event, EventLine

pytest_plugins = ["tests.web.desk_site"]

PLACES = ("/openings/", "/openings/openings.xlsx", "/openings/openings.csv")
REFUSED = ("registrar", "executor", "administrator")


def _table(desk, name: str, query: str) -> list[list[str]]:
    answer = desk.as_(name).client.get(f"/openings/openings.csv?{query}")
    assert answer.status_code == 200
    return list(csv.reader(io.StringIO(answer.get_data(as_text=True).lstrip("\ufeff")), delimiter=";"))[1:]


def test_every_opening_by_letter_and_by_person_and_the_look_itself_is_recorded(desk):
    one, _ = desk.given("executor", summary="გზის შეკეთება")
    other = desk.letter(summary="წყლის მილი")
    for name, ident in (("mayor", one), ("executor", one), ("mayor", other), ("mayor", other)):
        desk.as_(name).get(f"/letters/{ident}")
    desk.as_("executor").get(f"/letters/{other}", 404)  # what did not open is no opening
    opened = [(row[1], row[5]) for row in _table(desk, "mayor", "")]
    davit, gocha = "დავით მაისურაძე", "გოჩა კვარაცხელია"
    assert opened == [(davit, "წყლის მილი"), (gocha, "გზის შეკეთება"), (davit, "გზის შეკეთება")]
    assert [row[1] for row in _table(desk, "auditor", f"letter={one}")] == [gocha, davit]
    assert len(_table(desk, "mayor", f"person={desk.cast.executor.official_id}")) == 1
    page = desk.as_("mayor").get(f"/openings/?letter={one}")
    assert page.count("<tr>") == 3 and gocha in page
    book = load_workbook(io.BytesIO(desk.as_("mayor").client.get("/openings/openings.xlsx").data)).active
    assert book.max_row == 4
    assert f"/openings/?letter={one}" in desk.as_("mayor").get(f"/letters/{one}/history")
    with desk.house.transaction() as session:
        told = (
            session.query(EventLine).filter(EventLine.kind == Event.READINGS_SHOWN).order_by(EventLine.event_id).all()
        )
    assert [(line.document_id, line.detail["form"], line.detail["lines"]) for line in told] == [
        (None, "csv", 3), (one, "csv", 2), (None, "csv", 1), (one, "page", 2), (None, "xlsx", 3),
    ]  # fmt: skip
    assert _table(desk, "mayor", "first=01.01.2020&last=02.01.2020") == []


def test_strangers_see_no_openings(desk):
    ident = desk.letter()
    desk.as_("mayor").get(f"/letters/{ident}")
    for name in REFUSED:
        for place in PLACES:
            desk.as_(name).get(place, 403)
    for place in PLACES:
        assert desk.app.test_client().get(place).status_code == 303
    with desk.house.transaction() as session:
        assert session.query(EventLine).filter(EventLine.kind == Event.READINGS_SHOWN).count() == 0
    assert desk.as_("mayor").client.get("/openings/?first=x").status_code == 422
    assert desk.as_("mayor").client.get("/openings/?letter=99999").status_code == 404
