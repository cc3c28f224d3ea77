"""Whoever asks of a letter, wherever, is told the same last day and whether it is over.

Pages, programs, notices and the citizen's page are asked on the last day, on the day after it, while the term stands,
after it went on, after it was extended, and where the day first counted was a day off. A term is over when its last day
is: at midnight of the town, in every country. What stands is late nowhere.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from edms import clock, terms, words
from edms.notices import notices
from edms.notices.models import Notice
from edms.registry import tracking
from edms.registry.models import Document
from edms.routing import control, prolonging, suspending
from edms.routing.naming import Executor
from edms.routing.resolution import issue
from edms.staff.calendars import calendar_of
from edms.staff.models import Organisation
from edms.staff.tokens import create_token
from tests.letters import letter as registered
from tests.letters import submitted
from tests.web.conftest import Program

pytest_plugins = ["tests.web.desk_site"]
DAY = timedelta(days=1)
LATE = re.compile("ვადაგადაცილებულია|და გავიდა")
Told = tuple[date | None, bool | None]


@contextmanager
def at(desk: Any, day: date, hour: int = 10) -> Iterator[None]:
    """That hour of that day in the town."""
    zone = ZoneInfo(desk.cast.organisation.time_zone)
    desk.readers.clear()  # nobody stays signed in over so many hours
    with clock.at(datetime.combine(day, time(hour), zone)):
        yield


def begun(desk: Any, day: date) -> int:
    """A letter registered on that day, given to the executor until its legal day and put on control."""

    def act(session, office):
        document = registered(session, office, case_index="12-05")
        lying = submitted(session, office, document, office.mayor)
        issue(
            session, office.mayor.actor(), lying, text="შეასრულეთ", executors=[Executor(office.executor.official_id)],
            due_on=document.due_on, not_before=clock.now(),
        )  # fmt: skip
        control.put(session, office.actor("controller"), document)
        return document.document_id

    with at(desk, day):
        return int(desk.do(act))


def moved_by_a_day_off(desk: Any) -> tuple[date, date]:
    """A coming day of registration whose term would end on a holiday or a weekend, and the last day it has instead."""
    calendar = desk.do(lambda s, o: calendar_of(s.get_one(Organisation, o.organisation.organisation_id)))
    day = clock.today(calendar.zone) + 30 * DAY
    while True:
        reached = terms.due(terms.named("ge.letter"), calendar, day)
        if calendar.is_working(day) and any(step.message == "terms.moved" for step in reached.steps):
            return day, reached.on
        day += DAY


def program(desk: Any, who: str) -> Program:
    def token(session, office):
        administrator, label = office.administrator.actor(stepped_up=True), secrets.token_hex(4)
        return create_token(session, administrator, getattr(office, who).official, label=label)

    return Program(desk.app.test_client(), desk.do(token)[1])


def told(desk: Any, ident: int) -> dict[str, Told]:
    """Every place that tells the term of the letter: the last day it tells (None: none, the term stands) and whether it
    says that it is over (None: it says nothing of that)."""
    document = desk.document(ident)
    number, found = document.number, {}
    day = r"(\d\d\.\d\d\.\d{4})"

    def page(who: str, address: str) -> Told:
        return document.due_on, bool(LATE.search(_text(desk.as_(who).get(address))))

    programs: dict[str, Program] = {}

    def api(who: str, path: str) -> Any:
        if who not in programs:
            programs[who] = program(desk, who)
        return programs[who].get(path)

    found["page of the letter"] = page("mayor", f"/letters/{ident}")
    found["executor's desk"] = page("executor", "/desk/")
    card = _text(desk.as_("controller").get(f"/letters/{ident}/on-control"))
    until = re.search(rf"{words.say('ka', 'control.until')}\s+{day}", card)
    found["control card"] = (_day(until[1]) if until else None, None)
    found["list of control"] = (document.due_on, number in desk.as_("controller").get("/control/?term=late"))
    shown = api("executor", "/desk")["to_execute"][0]
    work_day = None if shown["stands_since"] else _iso(shown["due_on"])
    found["desk by program"] = (work_day, shown["document"]["urgency"] == "late")
    today = clock.today(desk.cast.organisation.time_zone)
    (held,) = api("controller", "/control")["items"]
    found["letter by program"] = (_iso(held["document"]["due_on"]), held["document"]["urgency"] == "late")
    over = api("controller", f"/control?overdue_on={today}")["items"]
    found["control by program"] = (_iso(held["control"]["due_on"]) if document.due_on else None, bool(over))
    found["term by program"] = (_iso(api("mayor", f"/documents/{ident}/term")["due_on"]), found["letter by program"][1])
    steps = api("mayor", f"/documents/{ident}/course")["steps"]
    step = next(inner for each in steps for inner in each["steps"] if inner["assignment_id"])
    found["course by program"] = (None if step["stands_since"] else _iso(step["until"]), step["kind"] == "late")
    figures = api("controller", f"/reports/figures?first={today - 7 * DAY}&last={today}")
    counted = figures["all"]["now"]
    assert counted["open"] == 1 and counted["stands"] == (document.due_on is None)
    found["Monday page"] = (document.due_on, bool(counted["late"]))
    monday = number in desk.as_("controller").get("/reports/letters?period=this_week&figure=late")
    found["letters behind the figure"] = (document.due_on, monday)
    code = tracking.code(desk.house.tracking_key, ident, document.tracking_issue)
    citizen = Program(desk.app.test_client()).call("POST", "/tracking", {"number": number, "code": code}).get_json()
    found["citizen by program"] = (_iso(citizen["due_on"]), bool(LATE.search(citizen["until"])))
    portal = desk.app.test_client().get("/track", query_string={"n": number, "c": code, "lang": "ka"})
    said = _text(portal.get_data(as_text=True))
    until = re.search(day, citizen["until"])
    assert until is not None and until[1] in said
    found["citizen's page"] = (_day(until[1]) if document.due_on else None, bool(LATE.search(said)))
    for name, (on, late) in _reminded(desk, ident).items():
        found[name] = (on, late)
    return found


def _reminded(desk: Any, ident: int) -> dict[str, Told]:
    """What is told of it by notice today, undone afterwards."""
    with desk.house.sessions() as session:
        notices.tell_reminders(session, session.get_one(Organisation, desk.cast.organisation.organisation_id))
        rows = session.query(Notice).filter_by(document_id=ident).filter(Notice.source_key.like("remind:%")).all()
        found = {
            f"notice {row.message} to {row.official_id}": (_day(row.values["due_on"]), row.message.endswith("_late"))
            for row in rows
        }
        session.rollback()
    return found


def _text(page: str) -> str:
    return re.sub(r"<[^>]+>", " ", page)


def _day(text: str) -> date:
    return datetime.strptime(text, "%d.%m.%Y").date()  # noqa: DTZ007 - a day


def _iso(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


def agree(desk: Any, ident: int, day: date | None, *, late: bool, notices: int | None = None) -> None:
    found = told(desk, ident)
    assert {name: each for name, each in found.items() if each not in ((day, late), (day, None))} == {}
    if notices is not None:
        assert sum(name.startswith("notice") for name in found) == notices


@pytest.fixture
def letter(desk: Any) -> tuple[int, date]:
    """A letter whose last day was moved off a day off, and that day."""
    day, last = moved_by_a_day_off(desk)
    ident = begun(desk, day)
    assert desk.document(ident).due_on == last
    return ident, last


def test_on_its_last_day_it_is_late_nowhere_and_on_the_next_everywhere(desk: Any, letter: tuple[int, date]) -> None:
    ident, last = letter
    for hour in (0, 23):
        with at(desk, last, hour):
            agree(desk, ident, last, late=False, notices=3)  # of work, and of control to who watches and who has it
    with at(desk, last + DAY, 0):
        agree(desk, ident, last, late=True, notices=4)  # the author is told, too


def test_while_it_stands_it_is_late_nowhere_and_goes_on_to_one_day(desk: Any, letter: tuple[int, date]) -> None:
    ident, last = letter

    def stand(session, office):
        document = session.get_one(Document, ident)
        suspending.suspend(
            session, office.mayor.actor(), document, cause=terms.Cause.DEFICIENCY, since=None, reason="გეგმა"
        )

    def go_on(session, office):
        suspending.resume(session, office.mayor.actor(), session.get_one(Document, ident), until=None)

    with at(desk, last - 2 * DAY):
        desk.do(stand)
    with at(desk, last + 3 * DAY):
        agree(desk, ident, None, late=False, notices=0)
        desk.do(go_on)
        moved = desk.document(ident).due_on
        assert moved is not None and moved > last
        agree(desk, ident, moved, late=False)


def test_extended_it_has_one_new_day(desk: Any, letter: tuple[int, date]) -> None:
    ident, last = letter

    def extend(session, office):
        document = session.get_one(Document, ident)
        prolonging.extend(session, office.mayor.actor(), document, count=1, kind=terms.Kind.MONTH, reason="ექსპერტიზა")

    with at(desk, last - 5 * DAY):
        desk.do(extend)
        longer = desk.document(ident).due_on
    assert longer is not None and longer > last
    inner = {"executor's desk", "desk by program", "course by program"}  # a person's own day is prolonged by its author
    with at(desk, last + DAY):
        found = told(desk, ident)
        others = {
            n: each for n, each in found.items() if n not in inner and "notices.work" not in n and "staff" not in n
        }
        assert {each for name, each in others.items() if name != "page of the letter"} == {
            (longer, False),
            (longer, None),
        }
        assert words.date("ka", longer) in desk.as_("mayor").get(f"/letters/{ident}")
