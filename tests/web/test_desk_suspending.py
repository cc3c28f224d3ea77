"""The legal term stands until what is missing comes, at the desk and by program; control and tracking follow."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from edms import clock
from edms.overview.tracking import tracked
from edms.registry.models import Document
from edms.routing import control, control_counts, recounting, reminding, suspending
from edms.routing.models import Control, Resolution
from edms.staff.models import Organisation
from edms.terms import Cause
from tests.letters import resolved, submitted

pytest_plugins = ["tests.web.desk_site"]
ASKED = {"cause": "deficiency", "since": "", "reason": "აკლია საკადასტრო გეგმა"}


@pytest.fixture
def letter(desk):
    """A letter before the mayor, on control until its legal day."""
    return _before_the_mayor(desk)


def _before_the_mayor(desk, *, controlled=True):
    with clock.at(clock.now() - timedelta(days=15)):
        ident = desk.letter()

    def act(session, office):
        document = session.get_one(Document, ident)
        submitted(session, office, document, office.mayor)
        if controlled:
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
        f"/letters/{letter}/suspend",
        {**ASKED, "since": f"{clock.today('Asia/Tbilisi') + timedelta(days=3):%d.%m.%Y}"},
        status=422,
    )
    mayor.post(
        f"/letters/{letter}/suspend", {**ASKED, "since": f"{clock.today('Asia/Tbilisi') - timedelta(days=10):%d.%m.%Y}"}
    )
    assert desk.document(letter).due_on is None
    assert _until(desk, letter)[0] == "overview.track.stopped.deficiency"
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


def _stood(desk, letter, days, *, day=None):
    """The letter's term stands since so many days; control's own day, where one is given, is that far from today."""

    def act(session, office):
        document = session.get_one(Document, letter)
        since = clock.today("Asia/Tbilisi") - timedelta(days=days)
        if day is not None:
            held = session.query(Control).filter_by(document_id=letter).one()
            held.due_on = clock.today("Asia/Tbilisi") + timedelta(days=day)
        suspending.suspend(session, office.mayor.actor(), document, cause=Cause.DEFICIENCY, since=since, reason="გეგმა")

    desk.do(act)


def test_while_it_stands_control_is_not_late_anywhere_and_says_since_when_and_why(desk, letter):
    """Its day on control, two days ago, was the controller's own; the term stands since five."""
    _stood(desk, letter, 5, day=-2)
    since = f"{clock.today('Asia/Tbilisi') - timedelta(days=5):%d.%m.%Y}"
    said = f"ვადა შეჩერებულია {since}-დან: განმცხადებელი ხარვეზს ასწორებს"
    controller = desk.as_("controller")
    page = controller.get("/control/")
    groups = re.findall(r'<section class="group">.*?</section>', page, re.S)
    assert [said in group for group in groups] == [True] and "ვადაგადაცილებული" not in groups[0]
    assert desk.document(letter).number not in controller.get("/control/?term=late")
    assert desk.document(letter).number in controller.get("/control/?term=stands")
    for place in ("/desk/", f"/letters/{letter}/on-control", f"/letters/{letter}"):
        assert "ვადაგადაცილებულია" not in controller.get(place), place
    assert said in controller.get(f"/letters/{letter}/on-control") and said in controller.get(f"/letters/{letter}")
    assert said in controller.get("/reports/letters?figure=stands&period=this_week")
    you = desk.do(lambda s, o: tracked(s, s.get_one(Document, letter), "ka"))
    assert (you.you[0], you.sms[0]) == ("overview.track.bring_missing", "overview.sms.stopped")

    def counts(session, office):
        who, today = office.actor("controller"), clock.today("Asia/Tbilisi")
        month = control_counts.summary(session, who, clock.now() - timedelta(days=40), clock.now(), today)
        standing = control_counts.standing(session, who).all
        late = control.count_controlled(session, who, overdue_on=today)
        return sum(row.overdue for row in month), standing[control_counts.Due.STANDS], sum(standing.values()), late

    assert desk.do(counts) == (0, 1, 1, 0)
    # Nobody is told that it is late; every ten days somebody looks whether what is missing came.
    seen = []
    for days in (0, 5, 6, 15):
        with clock.at(clock.now() + timedelta(days=days)):

            def remind(session, office):
                here = session.get_one(Organisation, office.organisation.organisation_id)
                return [(r.message, r.due_on) for r in reminding.remind(session, here)]

            seen.append({m for m, _ in desk.do(remind) if "control" in m})
    assert seen == [set(), {"notices.control_stands.deficiency"}, set(), {"notices.control_stands.deficiency"}]
    for who in ("stranger", "foreigner"):
        desk.as_(who).get(f"/letters/{letter}/on-control", 404)


def test_when_it_goes_on_a_day_that_control_had_of_its_own_moves_as_far_unless_it_was_over_before(desk, letter):
    other, early = _before_the_mayor(desk), _before_the_mayor(desk)
    before = desk.document(letter).due_on
    _stood(desk, letter, 8, day=2)
    _stood(desk, early, 8, day=-10)
    late = clock.today("Asia/Tbilisi") - timedelta(days=10)
    for ident in (letter, early):
        desk.as_("registrar").post(f"/letters/{ident}/resume", {"until": ""})
    moved = desk.document(letter).due_on - before
    days = desk.do(lambda s, o: {h.document_id: h.due_on for h in s.query(Control)})
    own = clock.today("Asia/Tbilisi") + timedelta(days=2) + moved
    assert own <= days[letter] <= own + timedelta(days=4)  # moved off a day off
    assert days[early] == late and days[other] == desk.document(other).due_on


def test_put_on_control_while_it_stands_it_waits_for_the_day_that_the_term_gets(desk, letter):
    ident = _before_the_mayor(desk, controlled=False)
    before = desk.document(ident).due_on
    _stood(desk, ident, 3)
    desk.do(lambda s, o: control.put(s, o.actor("controller"), s.get_one(Document, ident)))
    assert desk.do(lambda s, o: s.query(Control).filter_by(document_id=ident).one().due_on) == before
    desk.as_("registrar").post(f"/letters/{ident}/resume", {"until": ""})
    after = desk.document(ident).due_on
    assert after > before and desk.do(lambda s, o: s.query(Control).filter_by(document_id=ident).one().due_on) == after


def test_the_executor_reads_that_her_work_stands_and_until_when_it_goes_on(desk):
    """Due two days ago; the letter's term stands since five, and goes on today."""
    today = clock.today("Asia/Tbilisi")
    with clock.at(clock.now() - timedelta(days=15)):
        ident = desk.letter()
        made = desk.do(
            lambda s, o: resolved(s, o, s.get_one(Document, ident), o.executor, due_on=today - timedelta(days=2))
        )
    _stood(desk, ident, 5)
    executor, late, since = desk.as_("executor"), "ვადაგადაცილებულია", f"{today - timedelta(days=5):%d.%m.%Y}"
    for place in ("/desk/", f"/letters/{ident}"):
        page = executor.get(place)
        assert late not in page and f"ვადა შეჩერებულია {since}-დან" in page, place
    (work,) = desk.do(lambda s, o: [a.due_on for a in s.get_one(Resolution, made.resolution_id).assignments])
    assert work == today - timedelta(days=2)
    desk.as_("registrar").post(f"/letters/{ident}/resume", {"until": ""})
    (work,) = desk.do(lambda s, o: [a.due_on for a in s.get_one(Resolution, made.resolution_id).assignments])
    assert today + timedelta(days=3) <= work <= today + timedelta(days=7)  # five days on, off days off
    page = executor.get(f"/letters/{ident}")
    assert late not in page and f"{work:%d.%m.%Y}" in page and f"ვადა შეჩერებულია {since}-დან" not in page
