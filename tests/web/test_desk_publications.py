"""What a case makes public: the step does not end before it was entered where and when; by program too; no strangers."""

from __future__ import annotations

from datetime import timedelta

import pytest

from edms.events import Event, EventLine
from edms.registry import dispatch, lifecycle
from edms.registry.models import Document
from edms.registry.words import Channel, DocumentState
from edms.services.models import CaseDocument, CaseStep
from edms.services.publishing import CasePublication
from edms.staff.tokens import create_token
from tests.web.conftest import Program
from tests.web.service_walks import Service

pytest_plugins = ["tests.web.desk_site"]
PLOT = {"building_purpose": "house", "object_class": "class_3", "plot_owner": "applicant"}


@pytest.fixture
def posting(desk):
    """The paper that is to be posted is there, and named."""
    case = Service(desk, "land_terms", {}, **PLOT)
    assert case.walk(until="posting") is None
    with case.now():
        desk.readers.clear()
        ident = case.open()[0][0]
        for document, number in desk.do(lambda s, o: case.asked(s, o, ident))[3]:
            desk.as_("registrar").post(f"/proceedings/steps/{ident}/name", {"document": document, "number": number})
    return case, ident


def sent_for_publication(session, office, step_id, where):
    """The paper that the step brought forth went to be published there."""
    made = session.query(CaseDocument).filter_by(case_step_id=step_id).one()
    document, nino = session.get_one(Document, made.document_id), office.registrar.actor()
    if document.state is DocumentState.REGISTERED:
        lifecycle.step(document, DocumentState.SIGNED)
    sending = dispatch.ask(session, nino, document, channel=Channel.PUBLICATION, correspondent=None, address=where)
    dispatch.sent(session, nino, sending)


def test_a_step_that_posts_ends_with_the_day_on_which_it_could_be_read(desk, posting):
    case, ident = posting
    at = f"/proceedings/{case.case_id}/publications"
    said = {"step": ident, "document": "web_posting", "place": "kvemo.example/17"}
    opened = case.day
    case.day += timedelta(days=2)
    with case.now():
        desk.readers.clear()
        clerk = desk.as_("stranger")

        def end(status):
            version = desk.do(lambda s, o: s.get_one(CaseStep, ident).version)
            return clerk.post(f"/proceedings/steps/{ident}/do", {"version": version}, status=status)

        page = clerk.get(f"/proceedings/{case.case_id}?lang=en")
        assert "sent for publication" not in page
        for where in ("kvemo.example/17", "მერიის დაფა"):
            desk.do(lambda s, o, where=where: sent_for_publication(s, o, ident, where))
        page = clerk.get(f"/proceedings/{case.case_id}?lang=en")
        assert page.count("it was sent for publication: look whether it can be read there") == 2
        assert page.count(f'name="on" maxlength="20" value="{case.day:%d.%m.%Y}"') == 2
        assert page.index('value="kvemo.example/17"') < page.index('value="მერიის დაფა"')  # the page is of the site
        assert "Enter first, below, where and when it was made public." in page and page.count(f'action="{at}"') == 2
        assert "this step ends once it was entered where and when" in end(409).get_data(as_text=True)
        refused = clerk.post(at, {**said, "channel": "site", "place": ""}, status=422).get_data(as_text=True)
        assert refused.count("field wrong") == 1
        clerk.post(at, {**said, "channel": "site", "on": (opened - timedelta(days=2)).isoformat()}, status=422)
        clerk.post(at, {**said, "channel": "site", "on": opened.isoformat()})
        clerk.post(at, {**said, "channel": "site"}, status=409)  # once
        clerk.post(at, {**said, "channel": "newspaper"}, status=409)  # the route asks for no newspaper
        end(409)
        desk.as_("registrar").post(at, {**said, "channel": "board", "place": "მერიის დაფა", "on": opened.isoformat()})
        end(303)
        ended = desk.do(lambda s, o: s.get_one(CaseStep, ident).ended_on)
        assert ended == opened  # and not the day on which somebody came to enter it
        page = clerk.get(f"/proceedings/{case.case_id}?lang=en")
        assert "kvemo.example/17" in page and "მერიის დაფა" in page and "ნინო ბერიძე" in page

    def lines(session, office):
        found = session.query(EventLine).filter_by(kind=Event.CASE_PUBLISHED).order_by(EventLine.event_id)
        return [(line.detail["place"], line.detail["channel"], line.official_id) for line in found]

    clerk_id, registrar_id = desk.cast.stranger.official_id, desk.cast.registrar.official_id
    assert desk.do(lines) == [("kvemo.example/17", "site", clerk_id), ("მერიის დაფა", "board", registrar_id)]


def test_a_program_enters_it_and_strangers_do_not(desk, posting):
    case, ident = posting
    at, said = (
        f"/proceedings/{case.case_id}/publications",
        {"step": ident, "document": "web_posting", "channel": "site", "place": "x"},
    )
    with case.now():
        desk.readers.clear()
        desk.as_("executor").post(at, said, status=404)
        desk.as_("foreigner").post(at, said, status=404)
        for who in ("archivist", "auditor", "controller"):
            assert f'action="{at}"' not in desk.as_(who).get(f"/proceedings/{case.case_id}")
            desk.as_(who).post(at, said, status=403)
        assert desk.do(lambda s, o: s.query(CasePublication).count()) == 0

        def token(session, office):
            return create_token(
                session, office.administrator.actor(stepped_up=True), office.stranger.official, label="p"
            )

        program = Program(desk.app.test_client(), desk.do(token)[1])
        body = {"case_step_id": ident, "document": "web_posting", "channel": "board", "place": "დაფა"}
        answer = program.call("POST", at, body)
        assert answer.status_code in (200, 201), answer.get_data(as_text=True)
        desk.do(lambda s, o: sent_for_publication(s, o, ident, "kvemo.example/17"))
        items = program.get(at)["items"]
        assert (items[0]["sent_place"], items[0]["sent_on"]) == ("kvemo.example/17", case.day.isoformat())
        assert [(each["channel"], each["place"]) for each in items] == [("site", None), ("board", "დაფა")]
