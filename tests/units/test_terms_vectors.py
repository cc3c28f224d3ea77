"""The dated examples of law and practice, and each rule they stand for."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from edms.terms import (
    ARMENIA,
    GEORGIA,
    Calendar,
    Cause,
    DeclaredDay,
    Extension,
    Interval,
    Kind,
    Silence,
    Start,
    Term,
    decided,
    due,
    named,
    remaining,
    say,
)
from edms.terms.holidays import easter

MAY_2 = date(2025, 5, 2)  # a Friday
BODIES = frozenset({Cause.OTHER_BODY})


def wd(count: int, **more: object) -> Term:
    return Term(count, Kind.WORKING, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("term", "started", "on"),
    [
        (wd(3), MAY_2, date(2025, 5, 7)),
        (wd(10), MAY_2, date(2025, 5, 20)),
        (wd(20), MAY_2, date(2025, 6, 4)),
        (wd(5), date(2025, 4, 17), date(2025, 4, 28)),  # Good Friday to Easter Monday inside
        (Term(1, Kind.MONTH), date(2025, 4, 17), date(2025, 5, 19)),  # 17 May is a holiday and a Saturday
        (Term(1, Kind.MONTH), date(2025, 1, 31), date(2025, 2, 28)),
        (named("ge.information"), MAY_2, date(2025, 5, 20)),
        (named("ge.deficiency"), date(2025, 5, 7), date(2025, 5, 16)),  # 9 and 12 May inside
        (Term(30, Kind.CALENDAR, Start.PROTOCOL), MAY_2, date(2025, 6, 2)),  # 1 June is a Sunday
        (named("ge.forwarding"), date(2025, 8, 27), date(2025, 9, 5)),  # 28 August, and 29 by decree
        (named("ge.forwarding"), date(2025, 12, 30), date(2026, 1, 13)),  # 1, 2, 7 January, and 5 and 6 by decree
        (named("ge.court_return"), date(2025, 10, 1), date(2025, 10, 9)),  # 3 October by decree
        (named("ge.forwarding_notice"), MAY_2, date(2025, 5, 6)),
        (Term(2, Kind.WEEK), MAY_2, date(2025, 5, 16)),
        (Term(1, Kind.MONTH), date(2024, 1, 31), date(2024, 2, 29)),
        (Term(3, Kind.MONTH), date(2025, 11, 30), date(2026, 3, 2)),  # 28 February is a Saturday
        (wd(0), MAY_2, MAY_2),
        (wd(0), date(2025, 5, 3), date(2025, 5, 5)),
        (wd(1), date(2025, 5, 3), date(2025, 5, 5)),  # registered on a Saturday: Monday is the first day
        (Term(301, Kind.FIXED), date(2025, 1, 10), date(2025, 3, 4)),  # 1 March Saturday, 3 March Mother's Day
        (Term(301, Kind.FIXED), date(2025, 3, 2), date(2026, 3, 2)),  # of the next year, a Sunday
        (Term(1115, Kind.FIXED), date(2024, 11, 15), date(2024, 11, 15)),
        (Term(1, Kind.MONTH), date(2028, 1, 31), date(2028, 2, 29)),  # a Tuesday
        (Term(1, Kind.MONTH), date(2028, 2, 29), date(2028, 3, 29)),
        (Term(12, Kind.MONTH), date(2028, 2, 29), date(2029, 2, 28)),
        (Term(229, Kind.FIXED), date(2027, 1, 11), date(2027, 3, 1)),  # 28 February is a Sunday
        (Term(1, Kind.MONTH), date(2026, 12, 31), date(2027, 2, 1)),  # 31 January is a Sunday
        (wd(3), date(2026, 12, 29), date(2027, 1, 4)),  # 1 January a Friday, 2 January a Saturday
        (wd(5), date(2026, 12, 31), date(2027, 1, 11)),  # 7 January inside
        (wd(1), date(2027, 4, 29), date(2027, 5, 4)),  # Easter from Friday to Monday
    ],
)
def test_georgian_terms_end_on_their_dates(term: Term, started: date, on: date) -> None:
    assert due(term, GEORGIA, started).on == on


@pytest.mark.parametrize(
    ("name", "started", "on"),
    [
        ("am.forwarding", date(2025, 5, 5), date(2025, 5, 8)),
        ("am.forwarding", date(2026, 5, 1), date(2026, 5, 5)),  # 4 May, a Monday, was moved
        ("am.forwarding", date(2026, 4, 15), date(2026, 4, 18)),  # to this Saturday
        ("am.forwarding_notice", date(2025, 12, 29), date(2026, 1, 5)),  # 1 and 2 January, then the weekend
        ("am.letter", date(2026, 12, 1), date(2027, 1, 4)),  # 31 December, 1 and 2 January, then a Sunday
        ("am.letter", date(2028, 1, 30), date(2028, 2, 29)),
    ],
)
def test_armenian_terms_end_on_their_dates(name: str, started: date, on: date) -> None:
    assert due(named(name), ARMENIA, started).on == on


def test_a_day_that_a_government_declared_names_its_source_and_an_office_may_overrule_it() -> None:
    for calendar in (GEORGIA, ARMENIA):
        assert all(each.note and not calendar.holidays_of(each.day.year).get(each.day) for each in calendar.declared)
        assert all(calendar.is_working(each.day) is each.works for each in calendar.declared)
        assert decided(calendar.country, 2026) and decided(calendar.country, 2027) == []
    fifth = date(2026, 1, 5)
    assert GEORGIA.declaring([DeclaredDay(fifth, works=True, note="our order")]).is_working(fifth)


def test_a_georgian_day_ends_at_midnight_of_tbilisi() -> None:
    assert due(wd(3), GEORGIA, MAY_2).last_moment == datetime(2025, 5, 7, 20, 0, tzinfo=UTC)


def test_an_armenian_term_is_in_calendar_days_until_six_in_the_evening() -> None:
    reached = due(named("am.letter"), ARMENIA, MAY_2)
    assert reached.on == date(2025, 6, 2)
    assert reached.last_moment == datetime(2025, 6, 2, 14, 0, tzinfo=UTC)
    assert not remaining(reached, date(2025, 6, 2)).late and remaining(reached, date(2025, 6, 3)).late


def test_a_deficiency_suspends_and_the_rest_runs_from_the_day_after_the_cure() -> None:
    case = [Interval(Cause.DEFICIENCY, date(2025, 5, 7), date(2025, 5, 22))]
    assert due(wd(10), GEORGIA, MAY_2, intervals=case).on == date(2025, 6, 3)


def test_while_a_deficiency_is_not_cured_the_clock_stands() -> None:
    reached = due(wd(10), GEORGIA, MAY_2, intervals=[Interval(Cause.DEFICIENCY, date(2025, 5, 7))])
    assert (reached.on, reached.last_moment, reached.left) == (None, None, 7)
    assert reached.stands_since == date(2025, 5, 7)
    assert not remaining(reached, date(2030, 1, 1)).late
    assert say(remaining(reached, date(2025, 5, 20))) == ("terms.left.stands.wd", {"n": 7})


def test_a_clock_stopped_on_the_days_off_before_the_moved_last_day_stands_too() -> None:
    """Registered on 17 April, the month ends on Saturday 17 May, a holiday, and is moved to the 19th."""
    month, saturday = Term(1, Kind.MONTH), date(2025, 5, 17)
    stands = due(month, GEORGIA, date(2025, 4, 17), intervals=[Interval(Cause.DEFICIENCY, saturday)])
    assert (stands.on, stands.stands_since, stands.left) == (None, saturday, 2)
    for since, until, on in (
        (saturday, date(2025, 5, 27), date(2025, 5, 29)),
        (date(2025, 5, 18), date(2025, 5, 22), date(2025, 5, 23)),
        (saturday, date(2025, 5, 18), date(2025, 5, 20)),
        (date(2025, 5, 19), date(2025, 5, 27), date(2025, 5, 19)),  # the last day itself: nothing is left to stand
    ):
        case = [Interval(Cause.DEFICIENCY, since, until)]
        assert due(month, GEORGIA, date(2025, 4, 17), intervals=case).on == on, since


def test_an_outside_opinion_is_not_counted() -> None:
    term = wd(10, excludes=BODIES, silence=Silence.APPROVED)
    assert due(term, GEORGIA, MAY_2).silence_on == date(2025, 5, 21)
    opinion = due(wd(20), GEORGIA, MAY_2).on
    reached = due(term, GEORGIA, MAY_2, intervals=[Interval(Cause.OTHER_BODY, MAY_2, opinion)])
    assert reached.on == date(2025, 6, 18)


def test_an_opinion_asked_on_a_later_day_shifts_the_end_as_far() -> None:
    term = wd(10, excludes=BODIES)
    asked = date(2025, 5, 13)
    opinion = due(wd(20), GEORGIA, asked).on
    reached = due(term, GEORGIA, MAY_2, intervals=[Interval(Cause.OTHER_BODY, asked, opinion)])
    assert reached.on == due(wd(30), GEORGIA, MAY_2).on


def test_causes_that_the_term_does_not_name_do_not_stop_it() -> None:
    case = [Interval(Cause.OTHER_BODY, date(2025, 5, 5), date(2025, 5, 30)), Interval(Cause.DEFICIENCY, MAY_2)]
    assert due(wd(10, suspended_by=frozenset()), GEORGIA, MAY_2, intervals=case).on == date(2025, 5, 20)


def test_overlapping_intervals_are_not_counted_twice() -> None:
    one = [Interval(Cause.DEFICIENCY, date(2025, 5, 7), date(2025, 5, 22))]
    two = [*one, Interval(Cause.OTHER_BODY, date(2025, 5, 13), date(2025, 5, 20))]
    term = wd(10, excludes=BODIES)
    assert due(term, GEORGIA, MAY_2, intervals=two).on == due(term, GEORGIA, MAY_2, intervals=one).on


def test_an_interval_after_the_end_changes_nothing() -> None:
    case = [
        Interval(Cause.DEFICIENCY, date(2025, 5, 20), date(2025, 6, 20)),
        Interval(Cause.DEFICIENCY, date(2025, 7, 1)),
    ]
    assert due(wd(10), GEORGIA, MAY_2, intervals=case).on == date(2025, 5, 20)


def test_a_month_that_was_suspended_ends_later_by_the_days_it_stood() -> None:
    case = [Interval(Cause.DEFICIENCY, date(2025, 5, 7), date(2025, 5, 22))]
    assert due(Term(1, Kind.MONTH), GEORGIA, MAY_2, intervals=case).on == date(2025, 6, 17)


def test_a_second_suspension_in_the_added_days_counts_too() -> None:
    case = [
        Interval(Cause.DEFICIENCY, date(2025, 5, 7), date(2025, 5, 22)),
        Interval(Cause.DEFICIENCY, date(2025, 6, 10), date(2025, 6, 12)),
    ]
    assert due(Term(1, Kind.MONTH), GEORGIA, MAY_2, intervals=case).on == date(2025, 6, 19)


def test_a_survey_restarts_the_term_when_its_time_is_over() -> None:
    term = Term(30, Kind.CALENDAR, restarted_by=frozenset({Cause.SURVEY}))
    case = [Interval(Cause.SURVEY, date(2025, 5, 12), date(2025, 6, 2))]
    assert due(term, GEORGIA, MAY_2, intervals=case).on == date(2025, 7, 2)
    assert due(term, GEORGIA, MAY_2, intervals=[Interval(Cause.SURVEY, date(2025, 5, 12))]).on is None


def test_extensions_of_the_same_kind_lengthen_from_the_start() -> None:
    month = [Extension(1, Kind.MONTH, date(2025, 2, 3))]
    assert due(Term(1, Kind.MONTH), GEORGIA, date(2025, 1, 31), extensions=month).on == date(2025, 3, 31)
    days = [Extension(5, Kind.WORKING, date(2025, 2, 3))]
    assert due(Term(1, Kind.MONTH), GEORGIA, date(2025, 1, 31), extensions=days).on == date(2025, 3, 10)


def test_silence_follows_the_day_after_the_last_one() -> None:
    assert due(named("ge.letter"), GEORGIA, date(2025, 4, 17)).silence_on == date(2025, 5, 20)
    assert due(named("ge.completeness"), GEORGIA, MAY_2).silence_on is None


@pytest.mark.parametrize(
    ("year", "day"),
    [
        (1900, date(1900, 4, 22)),
        (1999, date(1999, 4, 11)),
        (2000, date(2000, 4, 30)),
        (2010, date(2010, 4, 4)),
        (2021, date(2021, 5, 2)),
        (2024, date(2024, 5, 5)),
        (2025, date(2025, 4, 20)),
        (2026, date(2026, 4, 12)),
        (2027, date(2027, 5, 2)),
    ],
)
def test_orthodox_easter(year: int, day: date) -> None:
    assert easter(year) == day


def test_declared_days_stand_before_weekend_and_holiday() -> None:
    edited = GEORGIA.declaring(
        [DeclaredDay(date(2025, 5, 5), works=False, note="decree 7"), DeclaredDay(date(2025, 5, 10), works=True)]
    )
    assert due(wd(3), edited, MAY_2).on == date(2025, 5, 8)
    assert due(wd(5), edited, MAY_2).on == date(2025, 5, 13)  # 6, 7, 8, worked Saturday 10, 13
    again = edited.declaring([DeclaredDay(date(2025, 5, 5), works=True)])
    assert due(wd(3), again, MAY_2).on == date(2025, 5, 7)


def test_a_holiday_knows_its_years() -> None:
    assert not GEORGIA.is_working(date(2027, 5, 17))
    assert GEORGIA.is_working(date(2023, 5, 17))


def test_calendars_of_both_countries_differ() -> None:
    day = date(2025, 4, 24)
    assert GEORGIA.is_working(day)
    assert not ARMENIA.is_working(day)


def test_what_is_left_is_told_in_the_terms_own_days() -> None:
    reached = due(wd(10), GEORGIA, MAY_2)
    assert say(remaining(reached, date(2025, 5, 16))) == ("terms.left.wd", {"n": 2})
    assert say(remaining(reached, date(2025, 5, 20))) == ("terms.left.today", {})
    assert say(remaining(reached, date(2025, 5, 22))) == ("terms.left.late.wd", {"n": 2})
    month = due(Term(1, Kind.MONTH), GEORGIA, MAY_2)
    assert say(remaining(month, MAY_2)) == ("terms.left.cd", {"n": 31})
    assert say(remaining(month, date(2025, 6, 5))) == ("terms.left.late.cd", {"n": 3})


def test_a_term_of_friday_is_late_on_saturday() -> None:
    friday = due(wd(10), GEORGIA, date(2025, 5, 7))
    assert friday.on == date(2025, 5, 23)
    left = remaining(friday, date(2025, 5, 24))
    assert (left.late, left.days) == (True, 0)
    assert say(left) == ("terms.left.late", {})


def test_a_calendar_without_working_days_is_refused_not_searched_for_ever() -> None:
    idle = Calendar("GE", "Asia/Tbilisi", (), weekend=tuple(range(7)))
    with pytest.raises(Exception, match="without_working_days"):
        due(Term(1, Kind.MONTH), idle, MAY_2)
    with pytest.raises(Exception, match="without_working_days"):
        due(wd(1), idle, MAY_2)
