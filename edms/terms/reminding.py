"""The cadence of internal control (Decree 414/1999, 42 and 44): when somebody must look at an open matter."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

from edms.terms.calendar import Calendar

BEFORE_DUE = 5
IN_MONTH = 10
YEARLY = (12, 1)  # the check of a matter that falls due in a later year


def reminders(due_on: date, today: date, calendar: Calendar | None = None) -> tuple[date, ...]:
    """The days from `today` (included) to `due_on` on which a matter under control is checked.

    Due in a later year: once a year. Due in a later month of the year: once a month. In the month itself: every 10
    days and 5 days before the due date. The due date is always one. Whether a day is in the list does not depend on
    `today`, so a daily job asks `today in reminders(due_on, today)`. With a calendar, a check that falls on a day off
    is made on the working day before it; the due date stays as it is.
    """
    days = {_worked(day, calendar) for day in _checks(due_on, today)} | {due_on}
    return tuple(sorted(day for day in days if today <= day <= due_on))


def _checks(due_on: date, today: date) -> Iterator[date]:
    for year in range(today.year, due_on.year):
        yield date(year, *YEARLY)
    for month in range(1, due_on.month + 1):
        yield date(due_on.year, month, 1)
    day = date(due_on.year, due_on.month, 1)
    while day < due_on:
        yield day
        day += timedelta(days=IN_MONTH)
    yield due_on - timedelta(days=BEFORE_DUE)


def _worked(day: date, calendar: Calendar | None) -> date:
    return calendar.previous_working(day) if calendar is not None else day
