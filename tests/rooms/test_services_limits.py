"""An offence that nobody decides in its time: told before, stopped after, ended by an end of its own; and one repeated."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from sqlalchemy import select

from edms import clock
from edms.access.actor import Actor
from edms.events import Event, EventLine
from edms.notices import notices
from edms.notices.models import Notice
from edms.overview.case_steps import steps_of
from edms.registry.registers import open_register
from edms.registry.words import RegisterKind
from edms.services import cases, entering, facts, following, repeating, steps, tending, texts, timing
from edms.services.models import CaseState, StepState
from tests import letters

OFFENCE, LAST = "2026-02-27", date(2026, 5, 27)  # three months by the calendar; the 26th is a holiday, the 27th is none
ASKED = {"track": "general", "offender_name": "გია თავაძე", "offender_number": "01001099999", "offence_date": OFFENCE}


def on(month: int, day: int, year: int = 2026):
    return clock.at(datetime(year, month, day, 9, tzinfo=UTC))


@pytest.fixture
def protocols(session, office):
    return open_register(
        session, Actor.system(office.organisation.organisation_id), office.organisation, kind=RegisterKind.PROTOCOLS,
        code="prt", names={"ka": "ოქმები"}, pattern=[{"part": "serial"}],
    )  # fmt: skip


@pytest.fixture
def begin(session, office, protocols):
    def made(**values):
        document = letters.letter(session, office, protocols)
        return cases.begin(
            session, office.registrar.actor(), document, "administrative_offences", values={**ASKED, **values}
        )

    return made


@pytest.fixture
def case(begin):
    with on(3, 2):
        return begin()


def opened(case):
    return sorted(row.step for row in timing.open_rows(case))


def due(session, office):
    return tending.due(session, office.organisation)


def told(session, kind):
    """The people on whose desks a line about this came to stand, the events told once more as the queue may."""
    for line in session.scalars(select(EventLine).where(EventLine.kind == kind)).all():
        notices.tell_of(session, line.event_id)
    name = f"notices.{kind.value.replace(':', '_').replace('-', '_')}"
    return sorted(session.scalars(select(Notice.official_id).where(Notice.message == name)))


def test_those_who_have_it_and_the_head_are_told_as_often_as_the_route_says(session, office, case):
    assert (case.limit_on, opened(case)) == (LAST, ["preparing"])
    explained = timing.limit_of(session, case)
    assert [each.message for each in explained.steps][:2] == ["terms.length.mo", "terms.from.offence"]
    with on(4, 26):
        assert due(session, office) == []
    for month, day, times in ((4, 27, 1), (4, 28, 1), (5, 17, 2), (5, 24, 3), (5, 27, 3)):
        with on(month, day):
            for _ in range(2):  # the round comes again
                for each in due(session, office):
                    tending.tend(session, each)
            people = told(session, Event.CASE_LIMIT_NEAR)
            assert people == sorted([office.mayor.official_id, office.lawyer.official_id] * times), (month, day)
            assert case.lapsed_at is None and opened(case) == ["preparing"]
    with on(5, 24):
        mine = steps_of(session, office.lawyer.actor())
        assert [(work.limit_on, work.line.kind) for work in mine] == [(LAST, "late")]  # its own three days are over
        assert steps_of(session, office.executor.actor()) == []


def test_a_town_back_after_weeks_is_told_once_of_what_it_missed(session, office, case):
    with on(5, 25):
        tending.tend(session, case.case_id)
        assert told(session, Event.CASE_LIMIT_NEAR) == sorted([office.mayor.official_id, office.lawyer.official_id])
        assert case.limit_wakes_on == date(2026, 5, 28)


def test_once_it_is_over_all_stops_and_only_its_end_is_left(session, office, case):
    with on(5, 28):
        assert due(session, office) == [case.case_id]
        tending.tend(session, case.case_id)
        assert opened(case) == ["time_barred"] and case.lapsed_at is not None and case.decided_on is None
        assert {row.state for row in case.steps if row.step == "preparing"} == {StepState.LEFT}
        before = [(row.step, row.state) for row in case.steps]
        tending.tend(session, case.case_id)
        assert [(row.step, row.state) for row in case.steps] == before and due(session, office) == []
        assert set(told(session, Event.CASE_LAPSED)) == {office.mayor.official_id, office.lawyer.official_id}
    with on(5, 29):
        row = timing.open_rows(case)[0]
        order = letters.letter(session, office, office.orders, summary="წარმოების შეწყვეტა")
        entering.name_document(session, office.registrar.actor(), row, "termination_decision", order.number)
        following.follow(session, case)
        for who, step in (("registrar", "time_barred_told"), ("archivist", "time_barred_filed.filed")):
            here = next(each for each in timing.open_rows(case) if each.step == step)
            steps.do(session, office.actor(who), here, version=here.version)
    assert (case.state, case.outcome) == (CaseState.ENDED, "time_barred")


def test_a_day_that_was_past_when_it_was_entered_stops_nothing_until_it_is_corrected(session, office, begin):
    with on(6, 1):
        case = begin()
        assert case.limit_on == LAST and due(session, office) == []
        tending.tend(session, case.case_id)
        assert opened(case) == ["preparing"] and case.lapsed_at is None
        facts.write(session, office.lawyer.actor(), case, {"offence_date": "2026-05-27"})
        following.follow(session, case)
        assert case.limit_on == date(2026, 8, 27) and case.limit_wakes_on == date(2026, 7, 28)


def test_what_was_decided_in_time_does_not_lapse(session, office, case):
    with on(5, 20):
        row = timing.open_rows(case)[0]
        steps.do(session, office.lawyer.actor(), row, version=row.version, answer="excluded")
        row = timing.open_rows(case)[0]
        order = letters.letter(session, office, office.orders, summary="წარმოების შეწყვეტა")
        entering.name_document(session, office.registrar.actor(), row, "termination_decision", order.number)
        following.follow(session, case)
        assert case.decided_on == date(2026, 5, 20) and case.limit_wakes_on is None
    with on(6, 20):
        tending.tend(session, case.case_id)
        assert case.lapsed_at is None and opened(case) == ["termination_told"]


def test_another_day_of_the_offence_counts_it_anew_and_construction_has_none(session, office, case, begin):
    with on(3, 3):
        facts.write(session, office.lawyer.actor(), case, {"offence_date": "2026-01-05"})
        following.follow(session, case)
        assert case.limit_on == date(2026, 4, 6)  # the 5th is a Sunday
        facts.write(session, office.lawyer.actor(), case, {"offence_date": None})
        following.follow(session, case)
        assert case.limit_on is case.limit_wakes_on is None
        assert begin(track="construction").limit_on is None


def test_an_earlier_decision_within_a_year_is_seen_by_whoever_may_read_it(session, office, begin):
    made = {}
    for name, number, decided, outcome in (
        ("within", "01001099999", date(2025, 2, 27), "fine_paid"),
        ("too long ago", "01001099999", date(2025, 2, 20), "fine_paid"),
        ("after the offence", "01001099999", date(2026, 2, 28), "fine_paid"),
        ("terminated", "01001099999", date(2025, 6, 2), "terminated"),
        ("another person", "01001088888", date(2025, 6, 2), "fine_paid"),
        ("still carried out", "01001099999", date(2025, 12, 1), None),
    ):
        with on(2, 1, 2025):
            made[name] = begin(offender_number=number, offence_date="2025-01-20")
        made[name].decided_on, made[name].outcome = decided, outcome
        made[name].state = CaseState.ENDED if outcome else CaseState.RUNNING
    with on(3, 2):
        case = begin()
    route = texts.route_of(session, case)
    seen = repeating.earlier(session, office.mayor.actor(), case, route)
    assert [each.case for each in seen] == [made["still carried out"], made["within"]]
    assert [each.outcome for each in seen] == [None, "fine_paid"]
    assert repeating.earlier(session, office.executor.actor(), case, route) == []
    assert repeating.earlier(session, office.foreigner.actor(), case, route) == []
