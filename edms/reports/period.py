"""The period that figures are of: whole civil days, and the same number of days before it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from edms.errors import Invalid

LONGEST = 3_660  # days: ten years


class Named(StrEnum):
    """The periods a person asks for by name; every other one is given by its first and last day."""

    THIS_WEEK = "this_week"  # weeks begin on Monday
    LAST_WEEK = "last_week"
    MONTH = "month"
    LAST_MONTH = "last_month"
    YEAR = "year"
    LAST_YEAR = "last_year"  # its registered letters are the yearly volume of documents (D414 art. 36)


@dataclass(frozen=True)
class Period:
    """From the first day to the last, both counted."""

    first: date
    last: date

    @property
    def days(self) -> int:
        """How many days."""
        return (self.last - self.first).days + 1

    @property
    def before(self) -> Period:
        """As many days, ending on the day before the first."""
        return Period(self.first - timedelta(days=self.days), self.first - timedelta(days=1))

    @property
    def whole_months(self) -> Period | None:
        """From the first day of its first whole month to the last of its last; None where it holds no whole month."""
        begins = self.first if self.first.day == 1 else month_after(self.first)
        ends = (
            month_after(self.last)
            if month_after(self.last) == self.last + timedelta(days=1)
            else self.last.replace(day=1)
        )
        return Period(begins, ends - timedelta(days=1)) if begins < ends else None

    @property
    def edges(self) -> tuple[Period, ...]:
        """Its days before and after its whole months."""
        whole = self.whole_months
        if whole is None:
            return (self,)
        before, after = (
            Period(self.first, whole.first - timedelta(days=1)),
            Period(whole.last + timedelta(days=1), self.last),
        )
        return tuple(part for part in (before, after) if part.days > 0)

    def moments(self, zone: str) -> tuple[datetime, datetime]:
        """Its first moment and the one after its last, in the civil time of `zone`."""
        there = ZoneInfo(zone)
        begins, ends = (datetime.combine(day, time(), there) for day in (self.first, self.last + timedelta(days=1)))
        return begins, ends


def month_after(day: date) -> date:
    """The first day of the month after that of `day`."""
    return (day.replace(day=28) + timedelta(days=4)).replace(day=1)


def named(name: Named, today: date) -> Period:
    """The period called so, seen from `today`. Weeks, months and years that still run end today."""
    monday = today - timedelta(days=today.weekday())
    match name:
        case Named.THIS_WEEK:
            return Period(monday, today)
        case Named.LAST_WEEK:
            return Period(monday - timedelta(days=7), monday - timedelta(days=1))
        case Named.MONTH:
            return Period(today.replace(day=1), today)
        case Named.LAST_MONTH:
            end = today.replace(day=1) - timedelta(days=1)
            return Period(end.replace(day=1), end)
        case Named.YEAR:
            return Period(today.replace(month=1, day=1), today)
        case Named.LAST_YEAR:
            return Period(date(today.year - 1, 1, 1), date(today.year - 1, 12, 31))


def between(first: date, last: date) -> Period:
    """From day to day. Errors: Invalid when it ends before it begins, is longer than ten years or of no century of ours."""
    if last < first:
        raise Invalid("reports.ends_before", fields={"last": "reports.ends_before"})
    if (last - first).days >= LONGEST or not 1900 <= first.year <= last.year < 2200:
        raise Invalid("reports.too_long", fields={"last": "reports.too_long"})
    return Period(first, last)
