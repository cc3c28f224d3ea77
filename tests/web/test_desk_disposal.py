"""Keeping and destruction in the browser: the due list, the act through two members, holds, stubs, closed doors."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import select, update

from edms import clock, words
from edms.registry.models import Document
from edms.retention import acts
from edms.retention.act_models import ActState, DisposalAct
from edms.retention.models import CaseKeeping, Hold, KeepingState
from tests import disposals
from workers import disposal

pytest_plugins = ["tests.web.desk_site"]


@pytest.fixture
def due(desk):
    """The desk with two case files of 2020 that are due, and a commission; the ids of the case files."""

    def act(session, office):
        disposals.commission(session, office)
        disposals.confirmed(session, office)
        return [disposals.closed_case(session, office, index=f"12-0{n}").case_file_id for n in (5, 6)]

    return desk, desk.do(act)


def stepped(desk, name: str):
    """The reader after she gave her password again."""
    reader = desk.as_(name)
    reader.post("/account/step-up", {"password": desk.password})
    return reader


def proposed(desk, cases: list[int]) -> int:
    answer = desk.as_("archivist").post("/cases/disposal/", {"case": cases, "ground": disposals.GROUND})
    return int(answer.headers["Location"].rsplit("/", 1)[1])


def text_of(page: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", page).split())


def test_from_the_due_list_through_two_members_to_the_stub(due) -> None:
    desk, cases = due
    page = desk.as_("archivist").get("/cases/disposal/")
    assert all(f'value="{case}"' in page for case in cases)
    desk.as_("archivist").post("/cases/disposal/", {"case": cases}, status=422)
    ident = proposed(desk, cases)
    address = f"/cases/disposal/acts/{ident}"
    assert "12-05" in desk.as_("archivist").get("/cases/disposal/")  # in its act, no more to be marked
    assert words.say("ka", "disposal.in_act") in desk.as_("archivist").get(f"/cases/{cases[0]}")
    lawyer = desk.as_("lawyer")
    assert lawyer.client.get(f"{address}/approve").headers["Location"].startswith("/account/step-up")
    lawyer = stepped(desk, "lawyer")
    lawyer.post(f"{address}/approve", {"cases": "7"}, status=422)
    lawyer.post(f"{address}/approve", {"cases": "2"})
    lawyer.post(f"{address}/approve", {"cases": "2"}, status=422)
    desk.as_("controller").post(f"{address}/cases/{cases[1]}", {"reason": "", "until": "31.12.2040"}, status=422)
    desk.as_("controller").post(f"{address}/cases/{cases[1]}", {"reason": "ისტორიული", "until": "31.12.2040"})
    assert "31.12.2040" in desk.as_("executor").get(f"/cases/{cases[1]}")
    stepped(desk, "controller").post(f"{address}/approve", {"cases": "1"})
    assert desk.as_("archivist").client.get(f"{address}/act.pdf").data.startswith(b"%PDF")
    with desk.house.transaction() as session:
        act = session.get_one(DisposalAct, ident)
        assert act.state is ActState.APPROVED
        document = session.get_one(Document, act.document_id)
        number, day = document.number, words.date("ka", document.registered_on)
        stub = words.say("ka", "retention.stub_summary", number=number, date=day)
        session.execute(update(DisposalAct).values(erase_from=clock.day_of(act.approved_at, "Asia/Tbilisi")))
        ids = session.scalars(select(Document.document_id).where(Document.case_file_id == cases[0])).all()
    assert number in desk.as_("archivist").get(address)
    disposal.tend(desk.house, None)
    disposal.erase(desk.house, ident)
    disposal.print_act(desk.house, ident)
    page = text_of(desk.as_("registrar").get(f"/letters/{ids[0]}"))
    assert "ანა კალანდაძე" not in page and stub in page
    desk.as_("stranger").get(f"/letters/{ids[0]}", 404)
    page = desk.as_("archivist").get(address)
    assert words.say("ka", "retention.act_state.done") in page
    certificate = re.search(rf'href="([^"]+)">{words.say("ka", "paper.disposal_certificate")}<', page)
    assert certificate and desk.as_("archivist").client.get(certificate[1]).data.startswith(b"%PDF")
    register = f"/registers/{desk.cast.incoming.register_id}"
    for page in (desk.as_("archivist").get(f"/cases/{cases[0]}"), desk.as_("registrar").get(register)):
        assert stub in page
    assert number in text_of(desk.as_("archivist").get("/cases/disposal/acts"))


def test_a_hold_is_placed_and_lifted_on_pages_and_seen_where_it_stands(due) -> None:
    desk, cases = due
    with desk.house.transaction() as session:
        letter = session.scalars(select(Document.document_id).where(Document.case_file_id == cases[0])).first()
    archivist, values = desk.as_("archivist"), {"reason": "სასამართლო დავა", "ground": "წერილი №5"}
    archivist.post(f"/letters/{letter}/hold", {"reason": "დავა"}, status=422)
    archivist.post(f"/letters/{letter}/hold", values)
    for address in (f"/letters/{letter}", f"/cases/{cases[0]}", "/cases/holds"):
        assert "სასამართლო დავა" in archivist.get(address)
    assert words.say("ka", "retention.obstacle.held") in archivist.get("/cases/disposal/")
    archivist.post("/cases/disposal/", {"case": [cases[0]], "ground": "ოქმი"}, status=422)
    with desk.house.transaction() as session:
        hold = session.scalars(select(Hold)).one().hold_id
        session.execute(update(Document).where(Document.document_id == letter).values(readers=["official:1"]))
    assert "სასამართლო დავა" not in desk.as_("executor").get(f"/cases/{cases[0]}")
    with desk.house.transaction() as session:
        readers = [f"org:{desk.cast.organisation.organisation_id}:open"]
        session.execute(update(Document).where(Document.document_id == letter).values(readers=readers))
    archivist.get(f"/cases/holds/{hold}/lift", 403)
    mayor = stepped(desk, "mayor")
    mayor.post(f"/cases/holds/{hold}/lift", {"reason": ""}, status=422)
    mayor.post(f"/cases/holds/{hold}/lift", {"reason": "დავა დასრულდა"})
    assert "სასამართლო დავა" not in archivist.get("/cases/holds")
    assert "დავა დასრულდა" in archivist.get("/cases/holds?lifted=1")
    archivist.post(f"/cases/{cases[1]}/hold", values)
    with desk.house.transaction() as session:
        index = session.get_one(CaseKeeping, cases[1]).case_file.case_index_id
    archivist.post(f"/cases/plan/{index}/hold", values)
    assert "12-06" in archivist.get("/cases/holds")


def test_the_schedule_is_confirmed_and_a_trigger_entered(due) -> None:
    desk, _ = due
    case = desk.do(lambda s, o: disposals.closed_case(s, o, index="12-07", kind="accounting").case_file_id)
    archivist = desk.as_("archivist")
    assert words.say("ka", "disposal.trigger") in archivist.get(f"/cases/{case}")
    assert words.say("ka", "retention.obstacle.no_trigger") in archivist.get("/cases/disposal/")
    archivist.post(f"/cases/{case}/trigger", {"on": "", "proof": ""}, status=422)
    archivist.post(f"/cases/{case}/trigger", {"on": "3.3.2015", "proof": "აუდიტის აქტი"})
    assert "31.12.2025" in archivist.get(f"/cases/{case}")
    archivist.post("/cases/schedule/surveys", {"ground": "ნუსხა", "years": "3"}, status=422)
    archivist.post("/cases/schedule/surveys", {"ground": "ნუსხა, 12", "years": "7"})
    assert "ნუსხა, 12" in archivist.get("/cases/schedule")
    archivist.get("/cases/schedule/no_such", 404)
    archivist.post("/cases/schedule", {"cooling_days": "6"}, status=422)
    archivist.post("/cases/schedule", {"cooling_days": "14"})
    with desk.house.transaction() as session:
        assert acts.cooling_days(session, desk.cast_in(session).organisation) == 14


def test_those_who_do_not_keep_and_other_offices_meet_closed_doors(due) -> None:
    desk, cases = due
    ident = proposed(desk, cases)
    with desk.house.transaction() as session:
        assert session.get_one(CaseKeeping, cases[0]).state is KeepingState.IN_ACT
    own = ["/cases/disposal/", "/cases/disposal/acts", "/cases/holds", "/cases/schedule"]
    one = [f"/cases/disposal/acts/{ident}", f"/cases/disposal/acts/{ident}/act.pdf"]
    for name in ("executor", "registrar", "stranger", "administrator"):
        for address in (*own, *one):
            desk.as_(name).get(address, 403)
    for address in one:
        desk.as_("foreigner").get(address, 404)
    for name in ("executor", "registrar"):
        desk.as_(name).post("/cases/disposal/", {"case": cases, "ground": "ოქმი"}, status=403)
        desk.as_(name).post(f"/cases/{cases[0]}/hold", {"reason": "დ", "ground": "წ"}, status=403)
        desk.as_(name).post(f"{one[0]}/withdraw", {"reason": "არა"}, status=403)
        desk.as_(name).get(f"{one[0]}/approve", 403)
        desk.as_(name).get("/cases/schedule/surveys", 403)
        desk.as_(name).get(f"/cases/{cases[0]}/trigger", 403)
    desk.as_("foreigner").post(f"/cases/{cases[0]}/hold", {"reason": "დ", "ground": "წ"}, status=404)
    desk.as_("auditor").get("/cases/disposal/")
    desk.as_("auditor").post("/cases/disposal/", {"case": cases, "ground": "ოქმი"}, status=403)
    desk.as_("mayor").post(f"{one[0]}/withdraw", {"reason": "შემოწმდება"})
    assert "შემოწმდება" in desk.as_("archivist").get(one[0])
