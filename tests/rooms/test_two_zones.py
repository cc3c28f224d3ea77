"""Two towns on one server, in Tbilisi's time and in that of Paris: every round comes by the town's own day and hour."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from edms import clock
from edms.access.roles import Role
from edms.notices import mailing, notices
from edms.notices.models import Notice, Rhythm
from edms.registry.models import Document
from edms.reports.period import Period
from edms.retention import holds
from edms.staff.models import RoleGrant
from edms.staff.organisations import main_zone
from tests.cast import HIRED_ON, Office, Person
from tests.letters import letter, resolved
from workers.nights import at_night

PARIS = "Europe/Paris"
DUE = date(2027, 6, 10)  # a Thursday


@pytest.fixture
def paris(session: Session, office: Office) -> Office:
    """The neighbouring town, which keeps the time of Paris; its cast by the same names."""
    office.neighbour.time_zone = PARIS
    for person, role in ((office.foreign_administrator, Role.HEAD), (office.foreigner, Role.CONTROLLER)):
        session.add(granted(person, role))
    session.flush()
    session.expire_all()
    return replace(
        office, organisation=office.neighbour, incoming=office.foreign_incoming, registrar=office.foreigner,
        mayor=office.foreign_administrator, executor=office.foreigner, controller=office.foreigner,
    )  # fmt: skip


def granted(person: Person, role: Role) -> RoleGrant:
    there = person.official.organisation_id
    return RoleGrant(official_id=person.official_id, role=role, organisation_id=there, from_on=HIRED_ON)


def given(session: Session, town: Office) -> Document:
    document = letter(session, town)
    resolved(session, town, document, town.executor, due_on=DUE)
    return document


def reminded(session: Session, town: Office) -> set[str]:
    """The messages of work that the round writes now for this town."""
    before = set(session.scalars(select(Notice.notice_id)))
    notices.tell_reminders(session, town.organisation)
    found = select(Notice).where(Notice.notice_id.not_in(before))
    return {row.message for row in session.scalars(found)}


def test_reminders_come_by_each_towns_own_day(session: Session, office: Office, paris: Office) -> None:
    with clock.at(datetime(2027, 5, 20, 8, tzinfo=UTC)):
        for town in (office, paris):
            given(session, town)
    for at, here, there in (
        (
            datetime(2027, 6, 9, 20, 8, tzinfo=UTC),
            {"notices.work_near"},
            {"notices.work_near"},
        ),  # there five days before, made up
        (datetime(2027, 6, 9, 22, 8, tzinfo=UTC), set(), {"notices.work_near"}),  # midnight in Paris, in summer
        (datetime(2027, 6, 10, 20, 8, tzinfo=UTC), {"notices.work_late", "notices.staff_late"}, set()),
        (datetime(2027, 6, 10, 22, 8, tzinfo=UTC), set(), {"notices.work_late", "notices.staff_late"}),
    ):
        with clock.at(at):
            assert (reminded(session, office), reminded(session, paris)) == (here, there), at


def test_digests_go_from_eight_of_each_towns_morning(session: Session, office: Office, paris: Office) -> None:
    for person in (office.executor, paris.executor):
        person.official.email = f"{person.official.login}@example.ge"
        session.add(
            Notice(
                official_id=person.official_id, message="notices.work_near", values={}, at=clock.now(),
                source_key=f"test:{person.official_id}", rhythm=Rhythm.DAILY,
            )
        )  # fmt: skip
    session.flush()
    for hour, here, there in ((3, 0, 0), (4, 1, 0), (5, 0, 0), (6, 0, 1), (7, 0, 0)):
        with clock.at(datetime(2027, 6, 10, hour, 20, tzinfo=UTC)):
            posted = tuple(mailing.digests(session, town.organisation) for town in (office, paris))
        assert posted == (here, there), hour


def test_numbers_begin_anew_with_each_towns_own_year(session: Session, office: Office, paris: Office) -> None:
    with clock.at(datetime(2026, 12, 31, 10, tzinfo=UTC)):
        letter(session, office), letter(session, paris)
    with clock.at(datetime(2026, 12, 31, 20, 30, tzinfo=UTC)):  # half past midnight in Tbilisi, evening in Paris
        ours, theirs = letter(session, office), letter(session, paris)
    assert (ours.year, ours.serial, ours.registered_on) == (2027, 1, date(2027, 1, 1))
    assert (theirs.year, theirs.serial, theirs.registered_on) == (2026, 2, date(2026, 12, 31))
    with clock.at(datetime(2026, 12, 31, 23, 30, tzinfo=UTC)):
        theirs = letter(session, paris)
    assert (theirs.year, theirs.serial, theirs.registered_on) == (2027, 1, date(2027, 1, 1))


def test_a_term_counts_days_of_the_town_also_over_the_night_with_a_changed_clock(
    session: Session, office: Office, paris: Office
) -> None:
    """On 28 March 2027 Paris has 23 hours. Registered at half past eleven of the evening before, in Tbilisi already then."""
    with clock.at(datetime(2027, 3, 27, 22, 30, tzinfo=UTC)):
        ours, theirs = (letter(session, town) for town in (office, paris))
        for town, document in ((office, ours), (paris, theirs)):
            resolved(session, town, document, town.executor)  # the term is counted when it is submitted
    assert (ours.registered_on, theirs.registered_on) == (date(2027, 3, 28), date(2027, 3, 27))
    assert (ours.due_on, theirs.due_on) == (date(2027, 4, 28), date(2027, 4, 27))
    begins, ends = Period(date(2027, 3, 28), date(2027, 3, 28)).moments(PARIS)
    assert ends.astimezone(UTC) - begins.astimezone(UTC) == timedelta(hours=23)
    begins, ends = Period(date(2027, 10, 31), date(2027, 10, 31)).moments(PARIS)
    assert ends.astimezone(UTC) - begins.astimezone(UTC) == timedelta(hours=25)


def test_holds_end_after_the_last_day_of_their_town(session: Session, office: Office, paris: Office) -> None:
    made = []
    with clock.at(datetime(2027, 5, 20, 8, tzinfo=UTC)):
        for town, who in ((office, office.archivist), (paris, paris.foreigner)):
            document = letter(session, town)
            session.add(granted(who, Role.ARCHIVIST))
            session.flush()
            session.expire_all()
            made.append(holds.place(session, who.actor(), document, reason="დავა", ground="სასამართლო", until=DUE))
    for at, ended in (
        (datetime(2027, 6, 10, 19, 59, tzinfo=UTC), 0),
        (datetime(2027, 6, 10, 20, 0, tzinfo=UTC), 1),
        (datetime(2027, 6, 10, 21, 59, tzinfo=UTC), 0),
        (datetime(2027, 6, 10, 22, 0, tzinfo=UTC), 1),
    ):
        with clock.at(at):
            assert holds.end_past(session) == ended, at
    assert all(hold.lifted_at is not None for hold in made)


def test_the_night_of_the_house_is_that_of_most_of_its_towns(session: Session, office: Office, paris: Office) -> None:
    @contextmanager
    def transaction() -> Any:
        yield session

    asked: list[datetime] = []
    house: Any = SimpleNamespace(transaction=transaction)
    nightly = at_night(4, lambda _house, _subject: asked.append(clock.now()))

    def nights(first: datetime, hours: int) -> list[datetime]:
        asked.clear()
        for hour in range(hours):
            with clock.at(first + timedelta(hours=hour, minutes=17)):
                nightly(house, None)
        return list(asked)

    assert main_zone(session) == "Asia/Tbilisi"
    assert nights(datetime(2027, 6, 9, tzinfo=UTC), 48) == [
        datetime(2027, 6, day, 0, 17, tzinfo=UTC) for day in (9, 10)
    ]
    office.organisation.time_zone = PARIS
    session.flush()
    assert main_zone(session) == PARIS
    # Once on each night, also on those on which the clock is put forward and back.
    assert nights(datetime(2027, 3, 27, 12, tzinfo=UTC), 48) == [
        datetime(2027, 3, day, 2, 17, tzinfo=UTC) for day in (28, 29)
    ]
    assert nights(datetime(2027, 10, 30, 12, tzinfo=UTC), 48) == [
        datetime(2027, 10, 31, 3, 17, tzinfo=UTC), datetime(2027, 11, 1, 3, 17, tzinfo=UTC)
    ]  # fmt: skip
