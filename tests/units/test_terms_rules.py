"""Terms in general: explanation in words, extension, cadence of control, storage, and what holds for any dates."""

from __future__ import annotations

import json
from datetime import date, timedelta
from itertools import cycle, pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edms import words
from edms.errors import Invalid, RuleBroken
from edms.terms import (
    ARMENIA,
    GEORGIA,
    TABLE,
    Calendar,
    Cause,
    DeclaredDay,
    Due,
    Extension,
    ExtensionRule,
    Interval,
    Kind,
    Law,
    Silence,
    Start,
    Term,
    check_extension,
    default_term,
    due,
    explain,
    for_country,
    latest_request,
    named,
    remaining,
    reminders,
    say,
)

MAY_2 = date(2025, 5, 2)
LANGS = ("en", "ka", "hy", "ru")


def said(lang: str, reached: Due) -> list[str]:
    """The explanation as a page shows it: days formatted, the count a number."""
    return [
        words.say(lang, message, **{n: v.isoformat() if isinstance(v, date) else v for n, v in values.items()})
        for message, values in explain(reached)
    ]


# ---- Explanation -----------------------------------------------------------------------------------------------------


def test_a_due_date_explains_itself_with_its_articles() -> None:
    case = [Interval(Cause.DEFICIENCY, date(2025, 5, 7), date(2025, 5, 22))]
    told = said("en", due(named("ge.decision_alone"), GEORGIA, date(2025, 5, 2), intervals=case))
    assert told == [
        "The term is 15 working days.",
        "General Administrative Code of Georgia, Article 100.",
        "It runs from registration on 2025-05-02; the count begins the next day.",
        "General Administrative Code of Georgia, Article 15, 94.",
        "Civil Procedure Code of Georgia, Article 59–61.",
        "After 2025-05-07 and through 2025-05-22 the term was suspended while a deficiency was being cured (15 days).",
        "2025-05-09 is a day off: Victory Day.",
        "2025-05-12 is a day off: Saint Andrew's Day.",
        "2025-05-26 is a day off: Independence Day.",
        "The last day is 2025-06-10, until 24:00.",
        "Without a decision it counts as refused from 2025-06-11; the refusal can be appealed.",
        "General Administrative Code of Georgia, Article 177.",
    ]


def test_a_moved_end_says_what_day_it_was() -> None:
    told = said("en", due(Term(1, Kind.MONTH), GEORGIA, date(2025, 4, 17)))
    assert "2025-05-17 is a day off, so the next working day counts: 2025-05-19." in told
    assert any("Family" in line for line in told)
    short = said("en", due(Term(1, Kind.MONTH), GEORGIA, date(2025, 1, 31)))
    assert "That month has no such date, so the term ends on its last day, 2025-02-28." in short


def test_a_standing_clock_says_what_it_waits_for() -> None:
    told = said(
        "en", due(Term(10, Kind.WORKING), GEORGIA, MAY_2, intervals=[Interval(Cause.DEFICIENCY, date(2025, 5, 7))])
    )
    assert "Since 2025-05-07 the term is suspended until a deficiency is cured." in told
    assert told[-1] == "The term is suspended; 7 days will remain when it goes on."


EVERY_TERM = [
    *TABLE.values(),
    *(Term(3, kind, start, silence=silence, law=Law("titled", "7", "Local rules"))
      for kind in (Kind.WORKING, Kind.CALENDAR, Kind.WEEK, Kind.MONTH)
      for start, silence in zip(Start, cycle(Silence), strict=False)),
    Term(1115, Kind.FIXED),
    *(Term(30, Kind.CALENDAR, excludes=frozenset(Cause)) for _ in range(1)),
    *(Term(30, Kind.CALENDAR, restarted_by=frozenset(Cause), suspended_by=frozenset()) for _ in range(1)),
]  # fmt: skip


@pytest.mark.parametrize("lang", LANGS)
def test_every_step_of_every_term_has_its_words(lang: str) -> None:
    declared = GEORGIA.declaring([DeclaredDay(date(2025, 5, 6), works=False, note="decree 7")])
    for term in EVERY_TERM:
        for calendar in (declared, ARMENIA):
            for until in (None, date(2025, 5, 8)):
                for started in (MAY_2, date(2024, 12, 30), date(2025, 1, 31)):
                    case = [Interval(cause, date(2025, 5, 5), until) for cause in Cause]
                    more = [Extension(2, kind, MAY_2) for kind in Kind if kind is not Kind.FIXED]
                    reached = due(term, calendar, started, intervals=case, extensions=more)
                    assert all(said(lang, reached))
                    message, values = say(remaining(reached, date(2025, 6, 1)))
                    assert words.say(lang, message, **values)


@pytest.mark.parametrize("lang", LANGS)
def test_every_holiday_term_and_kind_has_its_name(lang: str) -> None:
    for holiday in (*GEORGIA.holidays, *ARMENIA.holidays):
        assert words.say(lang, f"terms.holiday.{holiday.name}", day="1", title="x")
    for name in TABLE:
        assert words.say(lang, f"terms.name.{name}")
    for kind in Kind:
        assert words.say(lang, f"terms.kind.{kind}")


# ---- The table -------------------------------------------------------------------------------------------------------


def test_each_named_term_cites_its_article() -> None:
    assert all(term.law is not None for term in TABLE.values())


def test_a_country_has_its_own_term_for_a_letter() -> None:
    assert (default_term("GE", "letter").count, default_term("GE", "letter").kind) == (1, Kind.MONTH)
    assert (default_term("AM", "letter").count, default_term("AM", "letter").kind) == (30, Kind.CALENDAR)
    assert default_term("GE", "information").count == 10
    for country in ("GE", "AM"):
        for what in ("letter", "information", "complaint_filing", "draft_answer", "assignment"):
            default_term(country, what)


def test_what_is_not_known_is_said() -> None:
    with pytest.raises(Invalid):
        named("ge.unknown")
    with pytest.raises(Invalid):
        for_country("XX")
    with pytest.raises(Invalid):
        Interval(Cause.APPEAL, date(2025, 5, 2), date(2025, 5, 1))
    for count, kind in ((-1, Kind.WORKING), (10_001, Kind.CALENDAR), (1332, Kind.FIXED), (0, Kind.FIXED)):
        with pytest.raises(Invalid):
            Term(count, kind)


# ---- Extension -------------------------------------------------------------------------------------------------------


def test_an_extension_must_be_asked_for_three_days_before() -> None:
    reached = due(named("ge.draft_answer_studied"), GEORGIA, MAY_2)
    assert reached.on == date(2025, 5, 13)
    assert latest_request(reached) == date(2025, 5, 10)
    week = Extension(7, Kind.CALENDAR, date(2025, 5, 9))
    assert check_extension(reached, week, requested_on=date(2025, 5, 10)).on == date(2025, 5, 19)
    with pytest.raises(RuleBroken) as late:
        check_extension(reached, week, requested_on=date(2025, 5, 11))
    assert late.value.message == "terms.extension_late"


def test_a_term_is_not_extended_beyond_its_rule() -> None:
    letter = due(named("ge.letter"), GEORGIA, MAY_2)
    two, three = Extension(2, Kind.MONTH, MAY_2), Extension(3, Kind.MONTH, MAY_2)
    assert check_extension(letter, two, requested_on=MAY_2).on == date(2025, 8, 4)
    with pytest.raises(RuleBroken) as long:
        check_extension(letter, three, requested_on=MAY_2)
    assert long.value.message == "terms.extension_long.mo"
    with pytest.raises(RuleBroken):
        check_extension(letter, Extension(1, Kind.MONTH, MAY_2), requested_on=MAY_2, earlier=[two])
    with pytest.raises(RuleBroken):
        check_extension(letter, Extension(0, Kind.MONTH, MAY_2), requested_on=MAY_2)


def test_a_term_without_a_rule_is_not_extended() -> None:
    reached = due(named("ge.information"), GEORGIA, MAY_2)
    assert latest_request(reached) is None
    with pytest.raises(RuleBroken):
        check_extension(reached, Extension(1, Kind.WORKING, MAY_2), requested_on=MAY_2)


def test_standing_time_is_nobodys_extension() -> None:
    case = [Interval(Cause.DEFICIENCY, date(2025, 5, 7), date(2025, 9, 22))]
    letter = due(named("ge.letter"), GEORGIA, MAY_2, intervals=case)
    two = Extension(2, Kind.MONTH, MAY_2)
    assert check_extension(letter, two, requested_on=MAY_2, intervals=case).on == date(2025, 12, 18)


# ---- Cadence of control ----------------------------------------------------------------------------------------------


def test_in_the_month_itself_every_ten_days_and_five_before() -> None:
    assert reminders(date(2026, 11, 28), date(2026, 11, 3)) == (
        date(2026, 11, 11),
        date(2026, 11, 21),
        date(2026, 11, 23),
        date(2026, 11, 28),
    )


def test_earlier_months_once_each_and_earlier_years_once_each() -> None:
    days = reminders(date(2028, 3, 20), date(2026, 11, 24))
    assert days == (
        date(2026, 12, 1),
        date(2027, 12, 1),
        date(2028, 1, 1),
        date(2028, 2, 1),
        date(2028, 3, 1),
        date(2028, 3, 11),
        date(2028, 3, 15),
        date(2028, 3, 20),
    )


def test_five_days_before_may_lie_in_the_month_before() -> None:
    assert reminders(date(2026, 11, 3), date(2026, 10, 10)) == (
        date(2026, 10, 29),
        date(2026, 11, 1),
        date(2026, 11, 3),
    )


def test_checks_are_made_on_working_days() -> None:
    days = reminders(date(2025, 5, 30), date(2025, 4, 28), GEORGIA)
    assert all(GEORGIA.is_working(day) for day in days)
    assert date(2025, 5, 23) in days  # the 25th, five days before, is a Sunday


def test_after_the_due_date_there_is_nothing_to_remind_of() -> None:
    assert reminders(date(2025, 5, 1), date(2025, 5, 2)) == ()


DAYS = st.dates(date(2015, 1, 1), date(2045, 12, 31))


@given(DAYS, st.integers(0, 1500), st.integers(0, 1500))
def test_whether_a_day_is_a_check_does_not_depend_on_when_one_asks(today: date, ahead: int, later: int) -> None:
    due_on, asked = today + timedelta(days=ahead), today + timedelta(days=later)
    for calendar in (None, GEORGIA):
        whole = reminders(due_on, today, calendar)
        assert reminders(due_on, asked, calendar) == tuple(day for day in whole if day >= asked)


@given(DAYS, st.integers(0, 1500))
def test_the_cadence_has_no_holes(today: date, ahead: int) -> None:
    due_on = today + timedelta(days=ahead)
    days = (today, *reminders(due_on, today))
    assert days[-1] == due_on
    for one, other in pairwise(days):
        gap = (other - one).days
        assert gap <= 366
        if other.year == due_on.year and one.year == due_on.year:
            assert gap <= 31
        if (one.year, one.month) == (due_on.year, due_on.month) and one != today:
            assert gap <= 10
    if ahead >= 5:
        assert due_on - timedelta(days=5) in days


# ---- Storage ---------------------------------------------------------------------------------------------------------


def through_json(data: Any) -> Any:
    return json.loads(json.dumps(data))


def test_terms_and_calendars_survive_storage() -> None:
    for term in EVERY_TERM:
        assert Term.from_json(through_json(term.to_json())) == term
    edited = GEORGIA.declaring([DeclaredDay(MAY_2, works=False, note="decree")])
    for calendar in (edited, ARMENIA):
        assert Calendar.from_json(through_json(calendar.to_json())) == calendar
    rule = ExtensionRule(1, Kind.MONTH, from_start=True, request_days=3, law=Law("gac", "100"))
    term = Term(1, Kind.MONTH, extension=rule)
    assert Term.from_json(through_json(term.to_json())) == term


def test_a_result_keeps_its_explanation() -> None:
    case = [Interval(Cause.DEFICIENCY, date(2025, 5, 7), date(2025, 5, 22))]
    for intervals in (case, [Interval(Cause.DEFICIENCY, date(2025, 5, 7))], []):
        reached = due(named("am.letter"), ARMENIA, MAY_2, intervals=intervals)
        assert Due.from_json(through_json(reached.to_json()), ARMENIA) == reached
        kept = [Interval.from_json(through_json(i.to_json())) for i in intervals]
        assert kept == intervals
    extension = Extension(2, Kind.WEEK, MAY_2)
    assert Extension.from_json(through_json(extension.to_json())) == extension


@pytest.mark.parametrize(
    "damage",
    [
        {"zone": "Nowhere/City"},
        {"holidays": [{"name": "x", "month": 6, "day": 31}]},
        {"holidays": [{"name": "x", "hour": 6}]},
        {"declared": [{"day": "tomorrow", "works": True}]},
        {"day_ends": "25:00"},
        {"weekend": "no"},
    ],
)
def test_a_damaged_calendar_is_refused(damage: dict[str, Any]) -> None:
    with pytest.raises(Invalid):
        Calendar.from_json({**GEORGIA.to_json(), **damage})


@pytest.mark.parametrize("damage", [{"count": "many"}, {"kind": "yd"}, {"law": {"chapter": 1}}, {"excludes": ["rain"]}])
def test_a_damaged_term_is_refused(damage: dict[str, Any]) -> None:
    with pytest.raises(Invalid):
        Term.from_json({**named("ge.letter").to_json(), **damage})


# ---- What holds for any dates ----------------------------------------------------------------------------------------

KINDS = st.sampled_from([Kind.WORKING, Kind.CALENDAR, Kind.WEEK, Kind.MONTH])
CALENDARS = st.sampled_from([GEORGIA, ARMENIA])
COUNTS = st.integers(0, 40)
SPANS = st.lists(st.tuples(st.integers(-20, 60), st.integers(0, 40)), max_size=4)


def course(started: date, spans: list[tuple[int, int]]) -> list[Interval]:
    begin = [started + timedelta(days=offset) for offset, _ in spans]
    return [Interval(Cause.DEFICIENCY, b, b + timedelta(days=n)) for b, (_, n) in zip(begin, spans, strict=True)]


@given(COUNTS, KINDS, CALENDARS, DAYS, SPANS)
def test_a_term_ends_on_a_working_day_not_before_its_start(
    count: int, kind: Kind, calendar: Calendar, started: date, spans: list[tuple[int, int]]
) -> None:
    reached = due(Term(count, kind), calendar, started, intervals=course(started, spans))
    assert reached.on is not None
    assert reached.on >= started
    assert calendar.is_working(reached.on)


@given(COUNTS, KINDS, CALENDARS, DAYS, SPANS)
def test_a_longer_term_and_a_standing_clock_never_end_earlier(
    count: int, kind: Kind, calendar: Calendar, started: date, spans: list[tuple[int, int]]
) -> None:
    case = course(started, spans)
    plain, longer = due(Term(count, kind), calendar, started).on, due(Term(count + 1, kind), calendar, started).on
    stood = due(Term(count, kind), calendar, started, intervals=case).on
    assert plain is not None
    assert longer is not None
    assert stood is not None
    assert plain <= longer
    assert plain <= stood


@given(COUNTS, CALENDARS, DAYS, SPANS)
def test_working_days_between_start_and_end_are_the_count(
    count: int, calendar: Calendar, started: date, spans: list[tuple[int, int]]
) -> None:
    case = course(started, spans)
    on = due(Term(count, Kind.WORKING), calendar, started, intervals=case).on
    assert on is not None
    days = [started + timedelta(days=n) for n in range(1, (on - started).days + 1)]
    counted = [d for d in days if calendar.is_working(d) and not any(i.since < d <= (i.until or d) for i in case)]
    assert len(counted) == count or (count == 0 and len(counted) <= 1)


@given(COUNTS, KINDS, CALENDARS, DAYS)
def test_what_is_left_reaches_zero_on_the_last_day(count: int, kind: Kind, calendar: Calendar, started: date) -> None:
    reached = due(Term(count, kind), calendar, started)
    assert reached.on is not None
    assert remaining(reached, reached.on).days == 0
    assert not remaining(reached, reached.on).late
    assert remaining(reached, reached.on + timedelta(days=1)).late
    if kind is Kind.WORKING and count:
        assert remaining(reached, started).days == count


@given(COUNTS, KINDS, CALENDARS, DAYS)
def test_any_result_survives_storage(count: int, kind: Kind, calendar: Calendar, started: date) -> None:
    reached = due(Term(count, kind), calendar, started)
    assert Due.from_json(through_json(reached.to_json()), calendar) == reached
