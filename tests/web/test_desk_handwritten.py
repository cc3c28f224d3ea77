"""The secretary's page for a handwritten resolution, the head's page about her, and the warning about who is away."""

from __future__ import annotations

import io
from datetime import timedelta

from sqlalchemy import select

from edms import clock
from edms.registry.models import Document
from edms.routing.models import Assignment, Resolution, Submission
from edms.staff.models import Entrustment, Substitution
from tests import letters

pytest_plugins = ["tests.web.desk_site"]


def rows(desk, table, *conditions):
    with desk.house.transaction() as session:
        return list(session.scalars(select(table).where(*conditions)))


def away(desk, absent: str, substitute: str) -> None:
    def act(session, office):
        today = clock.today("Asia/Tbilisi")
        session.add(
            Substitution(
                absent=getattr(office, absent).official, substitute=getattr(office, substitute).official, from_on=today,
                until_on=today + timedelta(days=5), reason="შვებულება", entered_by_id=office.mayor.official_id,
            )
        )  # fmt: skip

    desk.do(act)


def test_the_head_allows_and_the_secretary_enters_with_the_scan(desk):
    document_id = desk.letter()
    secretary, address = desk.as_("head_secretary"), f"/letters/{document_id}/handwritten"
    secretary.get(address, 403)
    mayor = desk.as_("mayor")
    mayor.post("/secretaries/", {"secretary": desk.cast.head_secretary.official_id})
    mayor.post("/secretaries/", {"secretary": desk.cast.head_secretary.official_id}, status=422)
    assert "სალომე ჯაფარიძე" in mayor.get("/secretaries/")
    assert "დავით მაისურაძე" in secretary.get("/secretaries/")
    assert "დავით მაისურაძე" not in desk.as_("stranger").get("/secretaries/")
    assert address in secretary.get(f"/letters/{document_id}")
    values = {"head": desk.cast.mayor.official_id, "more": desk.cast.unit_head.official_id, "text": "შეასრულეთ"}
    refused = secretary.post(address, values, status=422)
    assert 'href="#f-file"' in refused.get_data(as_text=True)
    secretary.post(address, {**values, "file": (io.BytesIO(b"sheet"), "რეზოლუცია.txt")})
    (made,) = rows(desk, Resolution)
    assert (made.author_id, made.entered_by_id) == (desk.cast.mayor.official_id, desk.cast.head_secretary.official_id)
    page = secretary.get(f"/letters/{document_id}")
    assert "შეიტანა: სალომე ჯაფარიძე" in page
    assert "რეზოლუცია.txt" in page
    (given,) = rows(desk, Entrustment)
    desk.as_("deputy").post(f"/secretaries/{given.entrustment_id}/end", status=404)
    mayor.post(f"/secretaries/{given.entrustment_id}/end")
    secretary.get(address, 403)


def test_nobody_else_enters_handwriting(desk):
    document_id = desk.letter()
    desk.as_("mayor").post("/secretaries/", {"secretary": desk.cast.head_secretary.official_id})
    for name, status in (("registrar", 403), ("deputy", 403), ("stranger", 404), ("foreigner", 404)):
        desk.as_(name).get(f"/letters/{document_id}/handwritten", status)


def test_who_is_away_is_said_and_the_substitute_is_one_touch(desk):
    document_id = desk.letter()
    desk.do(lambda s, o: letters.submitted(s, o, s.get_one(Document, document_id), o.mayor))
    away(desk, "executor", "second_executor")
    mayor, address = desk.as_("mayor"), f"/letters/{document_id}/resolve"
    given = {"more": desk.cast.executor.official_id, "text": "შეასრულეთ"}
    warned = mayor.post(address, given, status=422).get_data(as_text=True)
    assert "გოჩა კვარაცხელია არ იქნება" in warned
    assert 'name="away" value="instead"' in warned
    assert rows(desk, Resolution) == []
    mayor.post(address, {**given, "away": "instead"})
    assert [a.official_id for a in rows(desk, Assignment)] == [desk.cast.second_executor.official_id]


def test_it_is_given_to_who_is_away_all_the_same_when_that_is_said(desk):
    document_id = desk.letter()
    away(desk, "deputy", "mayor")
    registrar, address = desk.as_("registrar"), f"/letters/{document_id}/submit"
    warned = registrar.post(address, {"official": desk.cast.deputy.official_id}, status=422).get_data(as_text=True)
    assert "თამარ გელაშვილი არ იქნება" in warned
    registrar.post(address, {"official": desk.cast.deputy.official_id, "away": "anyway"})
    assert [s.official_id for s in rows(desk, Submission)] == [desk.cast.deputy.official_id]
    other = desk.letter()
    registrar.post(f"/letters/{other}/submit", {"official": desk.cast.deputy.official_id, "away": "instead"})
    assert rows(desk, Submission, Submission.document_id == other)[0].official_id == desk.cast.mayor.official_id
