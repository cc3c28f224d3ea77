"""The monthly sums: whatever is done to letters, a page of any period equals the count of the letters one by one."""

from __future__ import annotations

import random
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import text

from edms import clock
from edms.registry import lifecycle, readers
from edms.registry.card import Card
from edms.registry.models import Document
from edms.registry.older import migration
from edms.registry.older.migration import OldEntry
from edms.registry.words import DocumentState, Grade
from edms.reports import sums
from edms.reports.figures import Asked, Figure, Group, letters, sheet
from edms.reports.period import Period
from tests.letters import letter, own_letter

FIRST = date(2025, 11, 20)
NOW = datetime(2026, 3, 17, 8, tzinfo=UTC)
WHO = ("mayor", "deputy", "controller", "unit_head", "auditor", "foreigner")


def _act(session, office, chance: random.Random, made: list[Document]) -> None:
    """One act of those that move a letter between sums, on a letter that has entered them or not."""
    one = chance.choice(made)
    what = chance.randrange(9)
    if what == 0:
        one.unit_id = chance.choice((None, office.roads.unit_id, office.social.unit_id))
        readers.regrade(one)
    elif what == 1:
        one.responsible_id = chance.choice((None, office.executor.official_id, office.stranger.official_id))
    elif what == 2:
        one.grade = chance.choice(list(Grade))
        readers.regrade(one)
    elif what == 3:
        one.due_on = chance.choice((None, FIRST + timedelta(days=chance.randrange(130))))
    elif what == 4:
        one.over_at = chance.choice((None, _moment(chance)))
    elif what == 5:
        readers.grant(one, [office.deputy.official_id, office.controller.official_id])
    elif what == 6:
        one.on_control = not one.on_control
    elif what == 7:
        entry = OldEntry(f"o-{chance.random()}", chance.randrange(1, 10**6), _moment(chance).date(), Card(summary="ძველი", correspondent_name="ა. ბ."))  # fmt: skip
        made.append(migration.migrate(session, office.actor("administrator"), office.incoming, entry))
    else:
        sums.enter(session, most=chance.choice((1, 3, 100)))
        if chance.random() < 0.5:
            sums.fold(session)
    session.flush()


def _moment(chance: random.Random) -> datetime:
    return datetime(2025, 11, 20, 20, tzinfo=UTC) + timedelta(minutes=chance.randrange(116 * 24 * 60))


def _equal(session, office, chance: random.Random) -> None:
    """For a random period, everybody's page is the number of the letters behind each of its figures."""
    first = FIRST + timedelta(days=chance.randrange(110))
    period = chance.choice((Period(first, first + timedelta(days=chance.randrange(118))), Period(date(2026, 1, 1), date(2026, 2, 28)), Period(date(2025, 12, 1), date(2025, 12, 31))))  # fmt: skip
    asked = chance.choice((Asked(), Asked(Group.INCOMING), Asked(unit=office.roads.unit_id), Asked(unit=0), Asked(person=office.executor.official_id)))  # fmt: skip
    for name in WHO:
        found = sheet(session, office.actor(name), period, asked)
        for counts, span in ((found.all, period), (found.before, period.before)):
            for figure in Figure:
                if span is period or figure.of_period:
                    one_by_one = letters(session, office.actor(name), figure, span, asked, limit=1000)
                    assert counts[figure] == len(one_by_one), (name, figure, span, asked)


@pytest.mark.parametrize("seed", range(3))
def test_whatever_is_done_sums_and_letters_are_equal(session, office, seed):
    chance, made = random.Random(seed), []
    for moment in sorted(_moment(chance) for _ in range(14)):
        with clock.at(moment):
            make = chance.choice((letter, own_letter))
            made.append(
                make(session, office, unit_id=chance.choice((None, office.roads.unit_id, office.social.unit_id)))
            )
    with clock.at(NOW):
        for turn in range(60):
            _act(session, office, chance, made)
            if turn % 6 == 5:
                _equal(session, office, chance)
        _enter_all(session)
        assert _wrong(session, office) == []
        office.organisation.time_zone = "Asia/Yerevan" if seed % 2 else "America/Lima"  # ended days move
        session.flush()
        assert _wrong(session, office) == []


def test_a_letter_of_today_costs_nothing_and_enters_when_its_day_is_over(session, office):
    with clock.at(NOW):
        made = letter(session, office)
        assert (sums.enter(session), session.execute(text("SELECT count(*) FROM letter_sum")).scalar_one()) == (0, 0)
        lifecycle.step(made, DocumentState.EXECUTED)
        session.flush()
        assert session.execute(text("SELECT count(*) FROM letter_sum")).scalar_one() == 0
    with clock.at(NOW + timedelta(days=1)):
        assert (sums.enter(session), sums.enter(session)) == (1, 0)


def test_a_sum_that_was_tampered_with_is_found_and_mended(session, office):
    with clock.at(NOW - timedelta(days=40)):
        letter(session, office)
    with clock.at(NOW):
        _enter_all(session)
        session.execute(text("UPDATE letter_sum SET received = received + 5"))
        (wrong,) = _wrong(session, office)
        assert (wrong.month, wrong.received) == (date(2026, 2, 1), -5)
        assert sums.mend(session, office.organisation.organisation_id, date(2026, 2, 1), date(2026, 3, 1)) == 1
        assert _wrong(session, office) == []
        sums.fold(session)
        assert session.execute(text("SELECT received FROM letter_sum")).scalar_one() == 1


def test_removing_letters_leaves_no_sum_behind(session, office):
    """Nothing removes letters today; whatever will, the sums follow."""
    with clock.at(NOW - timedelta(days=40)):
        letter(session, office)
    with clock.at(NOW):
        _enter_all(session)
        session.execute(text("UPDATE number SET document_id = NULL"))
        session.execute(text("DELETE FROM document"))
        sums.fold(session)
        assert session.execute(text("SELECT count(*) FROM letter_sum")).scalar_one() == 0


def _enter_all(session) -> None:
    while sums.enter(session, most=5):
        pass


def _wrong(session, office):
    return sums.differences(session, office.organisation.organisation_id, date(2025, 1, 1), date(2027, 1, 1))
