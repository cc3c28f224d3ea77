"""One touch from the desk's row: took note, for information, to the case file; what came back says why."""

from __future__ import annotations

from sqlalchemy import select

from edms.registry.models import Document
from edms.registry.words import DocumentState
from edms.routing.models import Assignment, AssignmentState, Resolution
from tests import letters

pytest_plugins = ["tests.web.desk_site"]


def rows(desk, table, *conditions):
    with desk.house.transaction() as session:
        return list(session.scalars(select(table).where(*conditions)))


def lying(desk) -> int:
    document_id = desk.letter()
    desk.do(lambda s, o: letters.submitted(s, o, s.get_one(Document, document_id), o.mayor))
    return document_id


def test_a_letter_goes_to_the_case_file_or_is_noted_in_one_touch_and_can_be_taken_back(desk):
    first, second = lying(desk), lying(desk)
    mayor = desk.as_("mayor")
    page = mayor.get("/desk/")
    assert f'action="/letters/{first}/close"' in page
    assert 'data-row-key="KeyF"' in page
    answer = mayor.post(f"/letters/{first}/close", {"back": "desk", "do": "file"})
    assert answer.headers["Location"].startswith("/desk/?done=resolution-")
    assert desk.document(first).state is DocumentState.EXECUTED
    (made,) = rows(desk, Resolution, Resolution.document_id == first)
    assert (made.to_file, made.text) == (True, "საქმეში.")
    assert f"/undo/resolution/{made.resolution_id}" in mayor.get(answer.headers["Location"])
    mayor.post(f"/undo/resolution/{made.resolution_id}")
    assert desk.document(first).state is DocumentState.SUBMITTED
    letter = mayor.get(f"/letters/{second}")
    assert f'formaction="/letters/{second}/close"' in letter
    mayor.post(f"/letters/{second}/close", {"do": "noted"})
    assert rows(desk, Resolution, Resolution.document_id == second)[0].text == "ცნობისათვის."
    assert "ცნობისათვის." in mayor.get(f"/letters/{second}")


def test_nobody_else_closes_what_lies_before_the_mayor(desk):
    document_id = lying(desk)
    for name in ("deputy", "registrar", "executor", "stranger", "foreigner"):
        answer = desk.as_(name).post(f"/letters/{document_id}/close", {"do": "file"}, status=404)
        assert answer.status_code == 404
    assert desk.document(document_id).state is DocumentState.SUBMITTED


def test_taking_note_is_one_touch_and_leads_back_to_the_desk(desk):
    document_id = lying(desk)
    desk.as_("mayor").post(f"/letters/{document_id}/resolve", {"informed": desk.cast.lawyer.official_id})
    desk.ten_seconds_later()
    (work,) = rows(desk, Assignment)
    lawyer = desk.as_("lawyer")
    answer = lawyer.post(f"/letters/{document_id}/acquaint/{work.assignment_id}", {"back": "desk"})
    assert answer.headers["Location"] == "/desk/"
    assert rows(desk, Assignment)[0].state is AssignmentState.DONE
    desk.as_("stranger").post(f"/letters/{document_id}/acquaint/{work.assignment_id}", {"back": "desk"}, status=404)


def test_what_came_back_says_who_and_why_and_is_laid_before_another(desk):
    document_id = lying(desk)
    page = desk.as_("mayor").get(f"/letters/{document_id}")
    address = page.split(f'href="/letters/{document_id}/return/')[1].split('"')[0]
    desk.as_("mayor").post(f"/letters/{document_id}/return/{address}", {"reason": "მოადგილეს ეხება"})
    registrar = desk.as_("registrar")
    assert "დავით მაისურაძე აბრუნებს: მოადგილეს ეხება" in registrar.get("/desk/")
    assert "მოადგილეს ეხება" in registrar.get(f"/letters/{document_id}")
    assert "მოადგილეს ეხება" not in desk.as_("controller").get("/desk/")
    registrar.post(f"/letters/{document_id}/submit", {"official": desk.cast.deputy.official_id})
    assert "აბრუნებს" not in registrar.get("/desk/")


def test_the_old_text_of_a_resolution_stands_in_the_history(desk):
    document_id, _ = desk.given("executor")
    made = rows(desk, Resolution)[0].resolution_id
    given = {"more": desk.cast.second_executor.official_id, "text": "სხვა დავალება", "reason": "ახალი გარემოება"}
    desk.as_("mayor").post(f"/letters/{document_id}/change/{made}", given)
    page = desk.as_("mayor").get(f"/letters/{document_id}/history")
    assert "<del>შეასრულეთ და მომახსენეთ</del> <ins>სხვა დავალება</ins>" in page
    assert "<del>გოჩა კვარაცხელია</del> <ins>მარიამ წიკლაური</ins>" in page
