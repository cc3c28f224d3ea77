"""The legal term stands until what is missing comes, at the desk and by program; control and tracking follow."""

from __future__ import annotations

from datetime import timedelta

import pytest

from edms import clock
from edms.overview.tracking import tracked
from edms.registry.models import Document
from edms.routing import control, recounting, suspending
from edms.staff.models import Organisation
from edms.terms import Cause
from tests.letters import submitted

pytest_plugins = ["tests.web.desk_site"]
ASKED = {"cause": "deficiency", "since": "", "reason": "აკლია საკადასტრო გეგმა"}


@pytest.fixture
def letter(desk):
    """A letter before the mayor, on control until its legal day."""
    with clock.at(clock.now() - timedelta(days=15)):
        ident = desk.letter()

    def act(session, office):
        document = session.get_one(Document, ident)
        submitted(session, office, document, office.mayor)
        control.put(session, office.actor("controller"), document)

    desk.do(act)
    return ident


def _until(desk, ident):
    return desk.do(lambda s, o: tracked(s, s.get_one(Document, ident), "ka").until)


def _controlled(desk):
    return desk.do(lambda s, o: [held.due_on for held, _ in control.list_controlled(s, o.actor("controller"))])


def test_it_stands_and_goes_on_with_the_days_that_were_left(desk, letter):
    before, mayor = desk.document(letter).due_on, desk.as_("mayor")
    assert f"/letters/{letter}/suspend" in mayor.get(f"/letters/{letter}")
    mayor.post(f"/letters/{letter}/suspend", {**ASKED, "reason": ""}, status=422)
    mayor.post(f"/letters/{letter}/suspend", {**ASKED, "cause": "appeal"}, status=422)  # this term knows no such cause
    mayor.post(
        f"/letters/{letter}/suspend", {**ASKED, "since": f"{clock.now() + timedelta(days=3):%d.%m.%Y}"}, status=422
    )
    mayor.post(f"/letters/{letter}/suspend", {**ASKED, "since": f"{clock.now() - timedelta(days=10):%d.%m.%Y}"})
    assert desk.document(letter).due_on is None
    assert _until(desk, letter)[0] == "overview.track.stopped"
    mayor.post(f"/letters/{letter}/suspend", ASKED, status=409)
    page = desk.as_("registrar").get(f"/letters/{letter}")
    assert f"/letters/{letter}/resume" in page and f"/letters/{letter}/suspend" not in page
    desk.as_("registrar").post(f"/letters/{letter}/resume", {"until": ""})
    after = desk.document(letter).due_on
    assert timedelta(days=6) <= after - before <= timedelta(days=14)  # ten days; either end may lie on a day off
    assert _controlled(desk) == [after]
    assert _until(desk, letter)[0] == "overview.track.until"
    desk.as_("registrar").post(f"/letters/{letter}/resume", {"until": ""}, status=409)
    # What is counted again later does not forget the days in which it stood.
    desk.as_("mayor").post(f"/letters/{letter}/prolong", {"count": 1, "kind": "mo", "reason": "ექსპერტიზა"})
    longer = desk.document(letter).due_on
    assert longer >= after + timedelta(days=28)

    def recounted(session, office):
        here = session.get_one(Organisation, office.organisation.organisation_id)
        return recounting.recount(session, office.administrator.actor(), here, longer - timedelta(days=1))

    assert desk.do(recounted) == 0
    history = mayor.get(f"/letters/{letter}/history")
    assert "აკლია საკადასტრო გეგმა" in history and "კანონით დადგენილი ვადა განახლდა" in history


def test_only_a_leader_lets_it_stand_and_only_who_has_it_lets_it_go_on(desk, letter):
    before = desk.document(letter).due_on
    for who, status in (("stranger", 404), ("foreigner", 404), ("controller", 403), ("registrar", 403)):
        desk.as_(who).post(f"/letters/{letter}/suspend", ASKED, status=status)
    assert desk.document(letter).due_on == before
    desk.do(
        lambda s, o: suspending.suspend(
            s, o.mayor.actor(), s.get_one(Document, letter), cause=Cause.DEFICIENCY, since=None, reason="გეგმა"
        )
    )
    for who, status in (("stranger", 404), ("foreigner", 404), ("controller", 403)):
        desk.as_(who).post(f"/letters/{letter}/resume", {"until": ""}, status=status)
    assert desk.document(letter).due_on is None
