"""The Monday figures: what is counted in which period, apart by group, and that figure and list are the same letters."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from edms import clock
from edms.errors import Forbidden, Invalid
from edms.registry import lifecycle
from edms.registry.words import DocumentState, Grade
from edms.reports.figures import Asked, Figure, Group, letters, sheet
from edms.reports.period import Named, Period, between, named
from tests.letters import letter, own_letter

MONDAY = datetime(2026, 6, 8, 6, tzinfo=UTC)
WEEK = Period(date(2026, 6, 8), date(2026, 6, 14))
EVERYBODY = ("mayor", "deputy", "controller", "auditor", "archivist", "registrar", "unit_head")


def on(days: float):
    """So many days after that Monday morning."""
    return clock.at(MONDAY + timedelta(days=days))


@pytest.fixture
def made(session, office):
    """A week: two citizens' letters, one answered in term and one late; one open and overdue; one created here."""
    with on(-3):
        old = letter(session, office, office.applications)  # the week before
        overdue = letter(session, office, unit_id=office.social.unit_id)
    with on(0):
        quick = letter(session, office, office.applications, unit_id=office.roads.unit_id)
        slow = letter(session, office, office.applications)
    with on(1):
        own = own_letter(session, office)
        lifecycle.step(own, DocumentState.SIGNED)
        lifecycle.step(quick, DocumentState.EXECUTED)
    with on(2):
        lifecycle.step(slow, DocumentState.EXECUTED)
        lifecycle.step(old, DocumentState.EXECUTED)
    quick.due_on, slow.due_on, old.due_on, overdue.due_on = (date(2026, 6, day) for day in (9, 9, 30, 10))
    overdue.on_control = True
    session.flush()
    return {"old": old, "overdue": overdue, "quick": quick, "slow": slow, "own": own}


def numbers(counts) -> list[int]:
    return [counts[figure] for figure in Figure]


def test_a_week_is_counted_apart_by_group_and_beside_the_week_before(session, office, made):
    with on(4):
        found = sheet(session, office.actor("mayor"), WEEK)
    # received, answered, in term, open, late, standing, on control
    assert numbers(found.all) == [3, 4, 3, 1, 1, 0, 1]
    assert numbers(found.before) == [2, 0, 0, 0, 0, 0, 0]
    assert numbers(found.groups[Group.CITIZENS][0]) == [2, 3, 2, 0, 0, 0, 0]
    assert numbers(found.groups[Group.CREATED][0]) == [1, 1, 1, 0, 0, 0, 0]
    assert numbers(found.groups[Group.INCOMING][0]) == [0, 0, 0, 1, 1, 0, 1]
    assert numbers(found.groups[Group.INCOMING][1]) == [1, 0, 0, 0, 0, 0, 0]
    assert numbers(found.units[office.roads.unit_id][0]) == [1, 1, 1, 0, 0, 0, 0]
    assert numbers(found.units[office.social.unit_id][0]) == [0, 0, 0, 1, 1, 0, 1]


def test_a_letter_is_not_late_on_the_day_it_is_due_and_is_on_the_next(session, office, made):
    for days, late in ((2, 0), (3, 1)):
        with on(days):
            assert sheet(session, office.actor("mayor"), WEEK).all[Figure.LATE] == late


def test_the_last_minute_of_a_day_in_tbilisi_belongs_to_that_day(session, office):
    """Twenty to midnight there is an earlier day in UTC; twenty past midnight there is still yesterday in UTC."""
    with clock.at(datetime(2026, 6, 14, 19, 40, tzinfo=UTC)):
        sunday = letter(session, office)
        lifecycle.step(sunday, DocumentState.EXECUTED)
        sunday.due_on = date(2026, 6, 14)
    with clock.at(datetime(2026, 6, 14, 20, 20, tzinfo=UTC)):
        monday = letter(session, office)
        lifecycle.step(monday, DocumentState.EXECUTED)
        monday.due_on = date(2026, 6, 14)
    session.flush()
    with on(8):
        assert numbers(sheet(session, office.actor("mayor"), WEEK).all)[:3] == [1, 1, 1]
        after = Period(date(2026, 6, 15), date(2026, 6, 15))
        assert numbers(sheet(session, office.actor("mayor"), after).all)[:3] == [1, 1, 0]


def test_every_figure_is_the_number_of_the_letters_behind_it_for_everybody(session, office, made):
    made["quick"].grade, made["quick"].readers = Grade.PERSONAL, [f"org:{office.organisation.organisation_id}:personal"]
    session.flush()
    seen = {}
    with on(4):
        for name in EVERYBODY:
            actor = office.actor(name)
            for span in (WEEK, WEEK.before):
                for group in (None, *Group):
                    for unit in (None, 0, office.roads.unit_id, office.social.unit_id):
                        asked = Asked(group, unit)
                        found = sheet(session, actor, span, asked)
                        for figure in Figure:
                            rows = letters(session, actor, figure, span, asked)
                            assert len(rows) == found.all[figure], (name, span, asked, figure)
            seen[name] = sheet(session, actor, WEEK).all[Figure.RECEIVED]
    assert seen["mayor"] == 3
    assert seen["controller"] == 2  # a personal letter is not hers, and not in her figures either
    assert seen["unit_head"] == 0


def test_what_is_reopened_is_open_again_and_no_longer_answered(session, office, made):
    with on(3):
        lifecycle.step(made["quick"], DocumentState.IN_EXECUTION)
        session.flush()
        assert numbers(sheet(session, office.actor("mayor"), WEEK).all) == [3, 3, 2, 2, 1 + 1, 0, 1]
    with on(5):
        lifecycle.step(made["quick"], DocumentState.EXECUTED)
        ended = made["quick"].over_at
    with on(9):
        lifecycle.step(made["quick"], DocumentState.FILED)
    assert made["quick"].over_at == ended == MONDAY + timedelta(days=5)  # filing later does not make it later


def test_pages_of_a_list_have_every_letter_once(session, office):
    with on(0):
        made = {letter(session, office).document_id for _ in range(5)}
    with on(1):
        actor, before, seen = office.actor("registrar"), None, []
        while rows := letters(session, actor, Figure.RECEIVED, WEEK, before=before, limit=2):
            seen += [row.document.document_id for row in rows]
            before = (rows[-1].document.registered_at, rows[-1].document.document_id)
    assert sorted(seen) == sorted(made)


@pytest.mark.parametrize("name", ["executor", "stranger", "administrator", "lawyer", "foreign_administrator"])
def test_who_does_not_answer_for_the_register_has_no_figures(session, office, made, name):
    with pytest.raises(Forbidden):
        sheet(session, office.actor(name), WEEK)
    with pytest.raises(Forbidden):
        letters(session, office.actor(name), Figure.OPEN, WEEK)


def test_another_organisation_counts_its_own_letters_only(session, office, made):
    with on(4):
        assert not +sheet(session, office.actor("foreigner"), WEEK).all
        assert letters(session, office.actor("foreigner"), Figure.RECEIVED, WEEK) == []


def test_periods():
    wednesday = date(2026, 3, 4)
    assert named(Named.THIS_WEEK, wednesday) == Period(date(2026, 3, 2), wednesday)
    assert named(Named.LAST_WEEK, wednesday) == Period(date(2026, 2, 23), date(2026, 3, 1))
    assert named(Named.LAST_WEEK, date(2026, 3, 2)) == named(Named.LAST_WEEK, date(2026, 3, 8))
    assert named(Named.MONTH, wednesday) == Period(date(2026, 3, 1), wednesday)
    assert named(Named.LAST_MONTH, wednesday) == Period(date(2026, 2, 1), date(2026, 2, 28))
    assert named(Named.YEAR, wednesday) == Period(date(2026, 1, 1), wednesday)
    assert named(Named.LAST_YEAR, date(2024, 2, 29)) == Period(date(2023, 1, 1), date(2023, 12, 31))
    assert Period(date(2026, 3, 1), date(2026, 3, 4)).before == Period(date(2026, 2, 25), date(2026, 2, 28))
    for first, last in ((date(2026, 3, 2), date(2026, 3, 1)), (date(2010, 1, 1), date(2026, 1, 1)), (date(1, 1, 1), date(1, 1, 2))):  # fmt: skip
        with pytest.raises(Invalid):
            between(first, last)
