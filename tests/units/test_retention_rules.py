"""How long what is kept: the count from 1 January, the schedule, and that no period is ever shortened."""

from __future__ import annotations

import json
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edms import words
from edms.errors import Invalid, RuleBroken
from edms.retention import (
    Action,
    KeepUntil,
    RetentionClass,
    Trigger,
    explain,
    keep_until,
    longer,
    retention_class,
    schedule,
)

LANGS = ("en", "ka", "hy", "ru")
FIVE = retention_class("correspondence")
DAYS = st.dates(date(1900, 1, 1), date(2100, 12, 31))


def test_closed_in_2001_and_kept_five_years_it_may_enter_an_act_from_2007() -> None:
    kept = keep_until(FIVE, date(2001, 6, 15))
    assert kept.until == date(2006, 12, 31)
    assert kept.act_from == date(2007, 1, 1)
    assert kept.action is Action.DESTROY


@pytest.mark.parametrize("closed", [date(2001, 1, 1), date(2001, 12, 31)])
def test_the_day_within_the_year_does_not_matter(closed: date) -> None:
    assert keep_until(FIVE, closed).until == date(2006, 12, 31)


def test_permanent_cases_have_no_end_but_a_day_for_the_archive() -> None:
    kept = keep_until(retention_class("council_acts"), date(2014, 3, 1))
    assert kept.permanent
    assert (kept.until, kept.act_from) == (None, None)
    assert kept.transfer_from == date(2025, 1, 1)


@pytest.mark.parametrize(("name", "years"), [("council_acts", 10), ("permits", 20), ("housing_privatization", 75)])
def test_the_archive_takes_what_is_kept_for_ever_after_its_years(name: str, years: int) -> None:
    kept = keep_until(retention_class(name), date(1950, 5, 3))
    assert kept.permanent and kept.transfer_from == date(1951 + years, 1, 1)
    assert keep_until(retention_class(name), None).transfer_from is None  # nobody knows the day yet


def test_personnel_files_go_to_the_archive_when_their_75_years_are_over() -> None:
    for country in ("GE", "AM"):
        kept = keep_until(retention_class("personnel", country), date(1950, 5, 3))
        assert (kept.permanent, kept.until) == (False, date(2025, 12, 31))
        assert kept.transfer_from == kept.act_from == date(2026, 1, 1)


def test_only_what_order_362_names_goes_to_the_archive() -> None:
    """Local bodies after 10 years, construction after 20, personnel and the privatization of housing after 75."""
    taken = {line.name: line.transfer_years for line in schedule("GE") if line.transfer_years is not None}
    assert {years for name, years in taken.items() if name in ("permits", "legalization")} == {20}
    assert {years for name, years in taken.items() if name in ("personnel", "housing_privatization")} == {75}
    others = {name for name in taken if name not in ("permits", "legalization", "personnel", "housing_privatization")}
    assert {taken[name] for name in others} == {10}
    assert all(retention_class(name).permanent for name in taken if name != "personnel")
    never = [line for line in schedule("GE") if line.permanent and line.transfer_years is None]
    assert [line.name for line in never] == ["nomenclature"]


def test_without_its_trigger_a_case_waits() -> None:
    kept = keep_until(retention_class("accounting"), None)
    assert (kept.until, kept.permanent, kept.reason) == (None, False, "retention.waits.audit_closed")


def test_what_belongs_to_a_record_is_kept_as_the_record() -> None:
    record = keep_until(FIVE, date(2001, 6, 15))
    kept = keep_until(retention_class("validation_data"), None, record=record)
    assert kept.until == record.until
    for name in ("validation_data", "access_logs"):
        assert keep_until(retention_class(name), None, record=keep_until(retention_class("orders"), None)).permanent
        with pytest.raises(Invalid):
            keep_until(retention_class(name), date(2001, 1, 1))


def test_a_period_of_the_list_is_lengthened_never_shortened() -> None:
    assert FIVE.lengthened(7).years == 7
    assert FIVE.lengthened(5) == FIVE
    assert FIVE.lengthened(None).permanent
    with pytest.raises(RuleBroken):
        FIVE.lengthened(4)
    with pytest.raises(RuleBroken):
        retention_class("orders").lengthened(75)


def test_a_date_once_computed_is_not_brought_forward() -> None:
    kept = keep_until(FIVE, date(2005, 1, 1))
    earlier, later = keep_until(FIVE, date(2003, 1, 1)), keep_until(FIVE, date(2006, 1, 1))
    assert longer(kept, earlier) == kept
    assert longer(kept, later) == later
    assert longer(None, earlier) == earlier
    permanent = keep_until(retention_class("orders"), None)
    assert longer(permanent, later) == permanent
    assert longer(kept, permanent) == permanent


def test_a_reopened_case_does_not_end_before_its_first_date() -> None:
    first = keep_until(FIVE, date(2005, 1, 1))
    reopened = longer(first, keep_until(FIVE, None))
    assert reopened.until is None
    assert longer(reopened, keep_until(FIVE, None)).floor == first.until
    again = longer(reopened, keep_until(FIVE, date(2003, 1, 1)))
    assert (again.until, again.reason) == (first.until, "retention.reason.not_shortened")
    assert longer(reopened, keep_until(FIVE, date(2008, 1, 1))).until == date(2013, 12, 31)


def test_the_schedule_holds_the_classes_of_practice() -> None:
    names = [line.name for line in schedule("GE")]
    assert len(names) == len(set(names)) >= 25
    assert retention_class("personnel").years == 75
    assert retention_class("applications").commission
    assert retention_class("for_reference").at_least
    assert retention_class("permits").transfer_years == 20
    assert retention_class("accounting", "GE").years == 10
    assert retention_class("accounting", "AM").years == 6
    assert not any(line.stated for line in schedule("AM"))
    assert not any(line.confirmed for line in (*schedule("GE"), *schedule("AM")))  # the office does that
    for name, country in (("nothing", "GE"), ("orders", "XX")):
        with pytest.raises(Invalid):
            retention_class(name, country)


def test_only_what_may_be_destroyed_has_an_end() -> None:
    for country in ("GE", "AM"):
        for line in schedule(country):
            assert line.permanent == (line.years is None and line.action is not Action.WITH_RECORD)
            if line.action is Action.DESTROY:
                assert line.years is not None
            if line.years is None:
                assert line.action in (Action.TRANSFER, Action.KEEP, Action.WITH_RECORD)


def said(lang: str, line: RetentionClass, kept: KeepUntil) -> list[str]:
    return [
        words.say(lang, message, **{n: v.isoformat() if isinstance(v, date) else v for n, v in values.items()})
        for message, values in explain(line, kept)
    ]


def test_a_case_says_why_it_is_kept_with_the_article() -> None:
    assert said("en", FIVE, keep_until(FIVE, date(2001, 6, 15))) == [
        "General correspondence",
        "The year ended on 2001-06-15.",
        "Kept for 5 years, counted from 2002-01-01, the first day of the next year; its last day is 2006-12-31.",
        "Afterwards it may enter a destruction act.",
        "The list states this period; before destruction your office confirms it, by its nomenclature or its expert commission.",
        "Sample list of documents with their retention periods.",
    ]


@pytest.mark.parametrize("lang", LANGS)
def test_every_class_has_its_words_in_every_state(lang: str) -> None:
    for country in ("GE", "AM"):
        for line in schedule(country):
            record = keep_until(FIVE, date(2001, 6, 15))
            for on in (None, date(2020, 5, 1)):
                kept = keep_until(line, on, record=record)
                assert all(said(lang, line, kept))
                assert all(said(lang, line, longer(longer(record, kept), kept)))
    for trigger in Trigger:
        assert words.say(lang, f"retention.triggered.{trigger}", day="1")
        assert words.say(lang, f"retention.waits.{trigger}", n=5)


@given(st.sampled_from(schedule("GE")), DAYS, DAYS)
def test_recomputing_never_shortens(line: RetentionClass, one: date, other: date) -> None:
    record = keep_until(FIVE, one)
    first, second = keep_until(line, one, record=record), keep_until(line, other, record=record)
    kept = longer(first, second)
    assert kept.permanent or kept.until is not None
    if kept.until is not None:
        assert kept.until == max(first.until or date.min, second.until or date.min)


@given(st.sampled_from(schedule("GE")), st.none() | DAYS)
def test_any_result_survives_storage(line: RetentionClass, on: date | None) -> None:
    kept = keep_until(line, on, record=keep_until(FIVE, on))
    assert KeepUntil.from_json(json.loads(json.dumps(kept.to_json()))) == kept
