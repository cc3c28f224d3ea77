"""Beside the letter on its page: opinions, acquaintance sheet, comments, following, conflicts, and who has the paper."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from edms.routing.models import Assignment, AssignmentState
from edms.routing.opinions.models import Opinion, OpinionState
from edms.routing.originals.models import PaperOriginal
from edms.routing.talk.models import Comment, Conflict, Follow

pytest_plugins = ["tests.web.desk_site"]


def rows(desk, table, *conditions):
    with desk.house.transaction() as session:
        return list(session.scalars(select(table).where(*conditions)))


def test_an_opinion_is_asked_given_and_read_beside_the_letter(desk):
    document_id, _ = desk.given("executor")
    executor, lawyer = desk.as_("executor"), desk.as_("lawyer")
    address = f"/letters/{document_id}/ask-opinion"
    assert address in executor.get(f"/letters/{document_id}")
    refused = executor.post(address, {"people": desk.cast.lawyer.official_id, "text": ""}, status=422)
    assert 'href="#f-text"' in refused.get_data(as_text=True)
    assert "ზურაბ ხარაიშვილი" in refused.get_data(as_text=True)  # who was chosen is still chosen
    executor.post(address, {"people": desk.cast.lawyer.official_id, "text": "კანონიერია?"})
    (asked,) = rows(desk, Opinion)
    assert f"/letters/{document_id}" in lawyer.get("/desk/")
    give = f"/letters/{document_id}/opinion/{asked.opinion_id}"
    assert "კანონიერია?" in lawyer.get(f"/letters/{document_id}")
    desk.as_("mayor").post(give, {"text": "x"}, status=403)
    desk.as_("stranger").post(give, {"text": "x"}, status=404)
    lawyer.post(give, {"text": "დიახ, კანონიერია"})
    assert rows(desk, Opinion)[0].state is OpinionState.GIVEN
    assert "დიახ, კანონიერია" in executor.get(f"/letters/{document_id}")
    desk.as_("stranger").get(f"/letters/{document_id}", 404)


def test_the_acquaintance_sheet_of_a_unit_is_printed_and_reminded(desk):
    document_id = desk.letter()
    registrar = desk.as_("registrar")
    address = f"/letters/{document_id}/acquaintance"
    registrar.post(address, {"units": desk.cast.infrastructure.unit_id, "text": "გასაცნობად"})
    works = rows(desk, Assignment)
    assert len(works) == 3
    mine = next(a for a in works if a.official_id == desk.cast.executor.official_id)
    desk.as_("lawyer").get(address, 404)
    with desk.house.transaction() as session:  # the ten seconds are over
        session.get_one(Assignment, mine.assignment_id).resolution.not_before = None
    desk.as_("executor").post(f"/letters/{document_id}/acquaint/{mine.assignment_id}", {"back": "desk"})
    assert rows(desk, Assignment, Assignment.state == AssignmentState.DONE)[0].official_id == mine.official_id
    sheet = registrar.get(f"/letters/{document_id}/readers")
    assert "გაეცნო 1, სულ 3" in sheet
    assert "გოჩა კვარაცხელია" in sheet
    for name in ("stranger", "foreigner", "administrator"):
        desk.as_(name).get(f"/letters/{document_id}/readers", 404)
    registrar.post(f"/letters/{document_id}/remind")
    registrar.post(f"/letters/{document_id}/remind", status=409)


def test_a_comment_calls_somebody_and_leaves_no_trace_in_the_letters_papers(desk):
    document_id, _ = desk.given("executor")
    address = f"/letters/{document_id}/comment"
    desk.as_("executor").post(address, {"text": "ნახეთ მეორე გვერდი", "people": desk.cast.stranger.official_id})
    assert "ნახეთ მეორე გვერდი" in desk.as_("stranger").get(f"/letters/{document_id}")
    refused = desk.as_("stranger").post(
        address, {"text": "და თქვენც", "people": desk.cast.lawyer.official_id}, status=422
    )
    assert "ზურაბ ხარაიშვილი ამ წერილს ვერ ხედავს" in refused.get_data(as_text=True)
    (made,) = rows(desk, Comment)
    desk.as_("stranger").post(f"/letters/{document_id}/withdraw-comment/{made.comment_id}", status=404)
    desk.as_("executor").post(f"/letters/{document_id}/withdraw-comment/{made.comment_id}")
    page = desk.as_("stranger").get(f"/letters/{document_id}")
    assert "ნახეთ მეორე გვერდი" not in page
    assert "ავტორმა გააუქმა" in page
    for name in ("second_executor", "foreigner"):
        desk.as_(name).post(address, {"text": "x"}, status=404)


def test_following_is_ones_own_choice(desk):
    document_id = desk.letter()
    registrar = desk.as_("registrar")
    registrar.post(f"/letters/{document_id}/follow")
    assert [f.official_id for f in rows(desk, Follow)] == [desk.cast.registrar.official_id]
    assert f"/letters/{document_id}/unfollow" in registrar.get(f"/letters/{document_id}")
    registrar.post(f"/letters/{document_id}/unfollow")
    assert rows(desk, Follow) == []
    desk.as_("stranger").post(f"/letters/{document_id}/follow", status=404)


def test_a_conflict_is_declared_from_the_letter(desk):
    document_id, _ = desk.given("executor")
    address = f"/letters/{document_id}/conflict"
    assert address in desk.as_("executor").get(f"/letters/{document_id}")
    desk.as_("registrar").get(address, 403)
    desk.as_("executor").post(address, {"reason": ""}, status=422)
    desk.as_("executor").post(address, {"reason": "ძმის წერილია"})
    (made,) = rows(desk, Conflict)
    assert made.official_id == desk.cast.executor.official_id
    assert "ძმის წერილია" in desk.as_("mayor").get("/desk/")


def test_who_has_the_paper_is_on_the_letter_and_its_receiver_confirms(desk):
    document_id, _ = desk.given("executor")
    registrar, executor = desk.as_("registrar"), desk.as_("executor")
    registrar.post(f"/letters/{document_id}/place-paper", {"place": "კარადა 2"})
    registrar.post(f"/letters/{document_id}/hand-paper", {"to": desk.cast.executor.official_id})
    assert "კარადა 2" in executor.get(f"/letters/{document_id}")
    assert f'action="/letters/{document_id}/receive-paper"' in executor.get("/desk/")
    desk.as_("mayor").post(f"/letters/{document_id}/receive-paper", {"do": "yes"}, status=409)
    executor.post(f"/letters/{document_id}/receive-paper", {"do": "yes", "back": "desk"})
    (row,) = rows(desk, PaperOriginal)
    assert (row.holder_id, row.receiver_id) == (desk.cast.executor.official_id, None)
    assert 'id="papers"' in executor.get("/desk/")
    assert f'value="paper-{document_id}"' in desk.as_("unit_head").get(f"/handover/{row.holder_id}")
    for name in ("stranger", "foreigner"):
        desk.as_(name).post(f"/letters/{document_id}/hand-paper", {"to": row.holder_id}, status=404)


@pytest.mark.parametrize("speaks", ["ka", "hy", "en"])
def test_every_form_opens_in_every_language(desk, speaks):
    document_id, _ = desk.given("executor")
    for name, acts in (
        ("executor", ("ask-opinion", "comment", "conflict")),
        ("registrar", ("acquaintance", "remind", "hand-paper", "place-paper")),
    ):
        for act in acts:
            assert f'lang="{speaks}"' in desk.as_(name).get(f"/letters/{document_id}/{act}?lang={speaks}")
