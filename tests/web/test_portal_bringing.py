"""A citizen whose application lacks something: told what and until when on her page, she sends it there, and is told more."""

from __future__ import annotations

import io
import re

import pytest
from sqlalchemy import select

from edms.events import Event, EventLine
from edms.notices import notices
from edms.notices.models import Notice
from edms.registry import tracking
from edms.registry.models import Arrival, Document
from edms.services.models import Case, CaseStep
from edms.staff.tokens import create_token
from tests.web.conftest import Program
from tests.web.service_walks import Service

pytest_plugins = ["tests.web.desk_site"]
LACKING = {"applicant_name": "ანა კალანდაძე", "assistance_kind": "treatment", "household_members": 3}


@pytest.fixture
def asked(desk):
    """Something was asked for, and handed over; the application waits for it."""
    case = Service(desk, "social_assistance", {"intake.completeness": "deficient"}, **LACKING)
    assert case.walk(until="intake.cure") is None
    return case


def the_arrival(desk):
    """The one that was sent to a letter."""
    return desk.do(lambda s, o: s.query(Arrival).filter(Arrival.meant_for_id.is_not(None)).one().arrival_id)


def sent(case, *, text="", files=(), code=None, status=200):
    def slip(session, office):
        document = session.get_one(Document, session.get_one(Case, case.case_id).document_id)
        return document.number, tracking.code(case.desk.house.tracking_key, document.document_id, 1)

    client = case.desk.app.test_client()
    number, own = case.desk.do(slip)
    page = client.get("/track", query_string={"n": number, "c": own, "lang": "en"}).get_data(as_text=True)
    token = re.search(r'name="csrf_token" value="([^"]+)"', page)[1]
    given = {"csrf_token": token, "n": number, "c": code or own, "text": text}
    attached = [(io.BytesIO(content), name) for name, content in files]
    answer = client.post("/track/bring", data={**given, "files": attached}, content_type="multipart/form-data")
    assert answer.status_code == status, answer.get_data(as_text=True)[-600:]
    return answer.get_data(as_text=True)


def test_what_was_asked_for_is_sent_joined_and_told_of(desk, asked):
    with asked.now():
        told = asked.citizen()
        due = desk.do(lambda s, o: s.query(CaseStep).filter_by(step="intake.cure").one().due_on)
        assert f"The last day for it is {due:%d.%m.%Y}" in told and "Bring what is missing: " in told
        assert "Last told to you on" in told and "Your application lacks something" in told
        sent(asked, status=422)
        sent(asked, text="აქ არის", code="AAAA-AAAA-AAAA", status=404)
        brought = {"text": "აქ არის", "files": [("ფორმა 100.pdf", b"%PDF-1.4 form")]}
        sent(asked, **brought)
        sent(asked, **brought)  # the same again is the same
        arrival_id = the_arrival(desk)
        assert "received, waits to be added" in asked.citizen()
        registrar = desk.as_("registrar")
        assert "for letter № 1" in registrar.get("/arrivals/?lang=en")
        given = desk.do(
            lambda s, o: create_token(s, o.administrator.actor(stepped_up=True), o.registrar.official, label="p")
        )
        (waits,) = Program(desk.app.test_client(), given[1]).get("/arrivals")["items"]
        assert waits["meant_for_id"] == desk.do(lambda s, o: s.get_one(Case, asked.case_id).document_id)
        card = registrar.get(f"/arrivals/{arrival_id}")
        document = re.search(r'name="document" value="(\d+)"', card)[1]
        registrar.post(f"/arrivals/{arrival_id}/join", {"document": document, "role": "later_paper"})
        assert "added to your letter" in asked.citizen()
    asked.answers["intake.cure"] = "cured"
    assert asked.walk(until="queries") is None
    with asked.now():
        told = asked.citizen()
        assert "The last day for it is" not in told and "You do not have to do anything now." in told


def test_whoever_has_the_letter_is_told_that_a_paper_came(desk, asked):
    with asked.now():
        sent(asked, text="აქ არის")
        arrival_id = the_arrival(desk)
        document_id = desk.do(lambda s, o: s.get_one(Case, asked.case_id).document_id)
        join = {"document": document_id, "role": "later_paper"}
        desk.as_("registrar").post(f"/arrivals/{arrival_id}/join", join)
        joined = select(EventLine.event_id).where(EventLine.kind == Event.ARRIVAL_JOINED)
        desk.do(lambda s, o: notices.tell_of(s, s.scalar(joined)))
        told = desk.do(
            lambda s, o: [n.official_id for n in s.query(Notice).filter_by(message="notices.arrival_joined")]
        )
        assert told == [desk.cast.stranger.official_id]


def test_nothing_is_taken_for_a_letter_that_is_over_or_to_strangers(desk):
    case = Service(desk, "social_assistance", **LACKING)
    with case.now():
        version = desk.do(lambda s, o: s.get_one(Case, case.case_id).version)
        assert "Send a paper to this letter" in case.citizen()
        desk.as_("mayor").post(f"/proceedings/{case.case_id}/withdraw", {"version": version, "how": "განცხადება 17"})
        told = case.citizen()
        assert "Your application was withdrawn at your wish" in told and "You do not have to do anything now." in told
        assert "Send a paper to this letter" not in told and "You will be answered by" not in told
        sent(case, text="კიდევ", status=404)
        assert desk.do(lambda s, o: s.query(Arrival).count()) == 0
