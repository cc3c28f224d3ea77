"""The research of budget priorities opened by the calendar: once a year and organisation, whatever happens around it."""

from __future__ import annotations

from datetime import UTC, date, datetime
from threading import Barrier, Thread

import pytest
from sqlalchemy import func, select

from edms import clock
from edms.db.engine import transaction
from edms.errors import Conflict, Forbidden, Invalid, RuleBroken, Unavailable
from edms.events import Event, EventLine
from edms.notices import notices
from edms.notices.models import Notice
from edms.registry.models import Document
from edms.services import cases, facts, timing
from edms.services.models import Case
from edms.services.yearly import opening
from edms.services.yearly.models import ServiceYear
from tests import cast, letters

SERVICE = "budget_priorities"


class Killed(BaseException):
    """What no handler catches."""


def on(day: int, month: int = 1, year: int = 2026):
    return clock.at(datetime(year, month, day, 9, tzinfo=UTC))


def choose(session, office, who="administrator", **more):
    given = {"official_id": office.executor.official_id, "version": 0, **more}
    return opening.choose(session, office.actor(who), office.organisation, SERVICE, **given)


def begin(session, office):
    return opening.begin(session, office.organisation, SERVICE)


def due(session, office):
    return opening.due(session, office.organisation)


@pytest.fixture
def chosen(session, office):
    with on(10):
        choose(session, office)
    return office


def test_it_opens_on_its_day_and_not_again(session, chosen):
    with on(14):
        assert due(session, chosen) == []
    with on(15):
        assert due(session, chosen) == [SERVICE]
        assert opening.due(session, chosen.organisation, by=date(2026, 1, 14)) == []  # not yet late
        case = begin(session, chosen)
        document = session.get_one(Document, case.document_id)
        assert document.register_id == chosen.internal.register_id and "2026" in document.summary
        assert document.responsible_id == chosen.executor.official_id
        assert facts.values(session, case) == {"budget_year": 2027}
        assert [row.step for row in timing.open_rows(case)] == ["start_act"]
        assert timing.open_rows(case)[0].due_on == date(2026, 3, 2)  # 1 March is a Sunday
        assert due(session, chosen) == [] and begin(session, chosen) is None
        line = session.scalars(select(EventLine).where(EventLine.kind == Event.CASE_OPENED_YEARLY)).one()
        assert notices.tell_of(session, line.event_id) == 2
        told = set(session.scalars(select(Notice.official_id).where(Notice.message == "notices.case_opened_yearly")))
        assert told == {chosen.executor.official_id, chosen.mayor.official_id}
    with on(14, year=2027):
        assert due(session, chosen) == []
    with on(15, year=2027):
        assert due(session, chosen) == [SERVICE]


def test_days_that_were_missed_are_caught_up_within_their_year_alone(session, chosen):
    with on(20, month=4):  # the machine was off for three months
        assert due(session, chosen) == [SERVICE]
        assert begin(session, chosen) is not None
    with on(3, year=2028):  # it was off over all of 2027
        assert due(session, chosen) == []


def test_what_was_asked_for_after_its_day_begins_the_year_after(session, office):
    with on(16):
        row = choose(session, office)
        assert due(session, office) == []
        route = opening.routes(session, office.organisation)[0]
        assert opening.next_day(session, office.organisation, route, row) == date(2027, 1, 15)


def test_one_that_a_clerk_opened_by_hand_is_that_of_the_year(session, chosen):
    registrar = chosen.registrar.actor()
    with on(12):
        mine = letters.letter(session, chosen, chosen.internal, summary="ბიუჯეტის პრიორიტეტები")
        case = cases.begin(session, registrar, mine, SERVICE)
        second = letters.letter(session, chosen, chosen.internal, summary="კიდევ ერთხელ")
        with pytest.raises(RuleBroken, match="opened_this_year"):
            cases.begin(session, registrar, second, SERVICE)
    with on(15):
        assert due(session, chosen) == [] and begin(session, chosen) is None
        cases.break_off(session, chosen.mayor.actor(), case, version=case.version, reason="შეცდომით")
        assert due(session, chosen) == []  # whoever broke it off opens the next
        third = letters.letter(session, chosen, chosen.internal, summary="თავიდან")
        again = cases.begin(session, registrar, third, SERVICE)
    assert session.scalar(select(ServiceYear.case_id)) == again.case_id


def test_only_an_administrator_chooses_and_only_among_her_own(session, office):
    with on(10):
        for who in ("mayor", "registrar", "foreigner", "foreign_administrator"):
            with pytest.raises(Forbidden):
                choose(session, office, who)
        with pytest.raises(Invalid):
            choose(session, office, official_id=office.foreigner.official_id)
        with pytest.raises(Invalid):
            opening.choose(
                session, office.administrator.actor(), office.organisation, "land_terms",
                official_id=office.executor.official_id, version=0,
            )  # fmt: skip
        with pytest.raises(Invalid):  # it keeps no internal register
            opening.choose(
                session, office.foreign_administrator.actor(), office.neighbour, SERVICE,
                official_id=office.foreigner.official_id, version=0,
            )  # fmt: skip
        row = choose(session, office)
        with pytest.raises(Conflict):
            choose(session, office, official_id=None)
        choose(session, office, official_id=None, version=row.version)
    with on(15):
        assert due(session, office) == [] and opening.due(session, office.neighbour) == []


def test_two_workers_at_once_and_one_that_is_killed(committed):
    with transaction(committed) as session:
        office = cast.office(session)
        with on(10):
            choose(session, office)
    with pytest.raises(Killed), transaction(committed) as session, on(15):
        begin(session, office)
        raise Killed  # before the commit: nothing of it is left
    with transaction(committed) as session:
        assert session.scalar(select(func.count()).select_from(ServiceYear)) == 0
        assert session.scalar(select(func.count()).select_from(Document)) == 0
    made, together = [], Barrier(2)

    def work():
        with on(15), transaction(committed) as session:
            together.wait(60)
            try:
                made.append(begin(session, office))
            except Unavailable:  # waited too long for the other: the round comes again
                made.append(None)

    threads = [Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    assert sorted(each is None for each in made) == [False, True]
    with transaction(committed) as session:
        assert session.scalar(select(func.count()).select_from(Case)) == 1
        assert session.scalar(select(Document.serial)) == 1
