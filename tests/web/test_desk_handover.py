"""The page of all that a person holds: chosen or all of it given, what cannot go says why, strangers see nothing."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select

from edms import clock
from edms.registry.models import Document
from edms.routing.models import Assignment, Submission
from tests import letters

pytest_plugins = ["tests.web.desk_site"]


def rows(desk, table, *conditions):
    with desk.house.transaction() as session:
        return list(session.scalars(select(table).where(*conditions)))


def test_chosen_things_go_to_one_and_the_rest_to_another(desk):
    first, (one,) = desk.given("executor", summary="პირველი საქმე")
    _, (other,) = desk.given("executor", summary="მეორე საქმე")
    giver, address = desk.cast.executor.official_id, f"/handover/{desk.cast.executor.official_id}"
    head = desk.as_("unit_head")
    page = head.get(address)
    assert f'value="assignment-{one}"' in page
    assert "მეორე საქმე" in page
    nobody = head.post(address, {"to": desk.cast.second_executor.official_id, "reason": "შვებულება"}, status=422)
    assert "მონიშნეთ" in nobody.get_data(as_text=True)
    head.post(address, {"marked": f"assignment-{one}", "to": giver, "reason": "x"}, status=422)
    given = {"to": desk.cast.second_executor.official_id, "reason": "შვებულება"}
    done = head.post(address, {**given, "marked": f"assignment-{one}"})
    assert "moved=1" in done.headers["Location"]
    head.post(address, {"to": desk.cast.unit_head.official_id, "reason": "შვებულება", "all": "true"})
    owners = {a.assignment_id: a.official_id for a in rows(desk, Assignment)}
    assert owners == {one: desk.cast.second_executor.official_id, other: desk.cast.unit_head.official_id}
    course = head.get(f"/letters/{first}")
    assert "გადააბარა" in course
    assert "გოჩა კვარაცხელია" in course
    assert "პირველი საქმე" not in head.get(address)


def test_the_part_on_the_page_is_hers_who_holds_it_not_of_who_looks(desk):
    desk.given("executor", due_on=clock.today("Asia/Tbilisi") + timedelta(days=3))
    address = f"/handover/{desk.cast.executor.official_id}"
    theirs, own = desk.as_("unit_head").get(address), desk.as_("executor").get(address)
    assert ("მისი ნაწილი" in theirs, "თქვენი ნაწილი" in theirs) == (True, False)
    assert ("მისი ნაწილი" in own, "თქვენი ნაწილი" in own) == (False, True)


def test_what_cannot_go_stays_and_says_why(desk):
    document_id = desk.letter()
    desk.do(lambda s, o: letters.submitted(s, o, s.get_one(Document, document_id), o.deputy))
    (lying,) = rows(desk, Submission)
    filed = desk.do(lambda s, o: letters.submitted(s, o, letters.letter(s, o), o.deputy).document_id)
    with desk.house.transaction() as session:
        session.get_one(Document, filed).state = "filed"
    given = {"to": desk.cast.unit_head.official_id, "reason": "ავადაა", "all": "true"}
    answer = desk.as_("mayor").post(f"/handover/{desk.cast.deputy.official_id}", given, status=409)
    page = answer.get_data(as_text=True)
    assert "გადაბარებულია: 1" in page
    assert "საქმეშია ჩადებული" in page
    owners = {s.submission_id: s.official_id for s in rows(desk, Submission)}
    assert owners[lying.submission_id] == desk.cast.unit_head.official_id


def test_strangers_see_no_handover(desk):
    desk.given("executor", summary="მხოლოდ მისი")
    address = f"/handover/{desk.cast.executor.official_id}"
    for name, status in (("stranger", 403), ("registrar", 403), ("administrator", 403), ("foreigner", 404)):
        assert "მხოლოდ მისი" not in desk.as_(name).get(address, status)
        desk.as_(name).post(address, {"to": 1, "reason": "x", "all": "true"}, status=status)
    assert "მხოლოდ მისი" in desk.as_("executor").get(address)
