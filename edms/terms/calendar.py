"""The calendar of an organisation: which days are worked, and when an official day ends.

A value that an administrator edits and an organisation stores as JSON: the country's holidays, the days off and the
worked days that a government declares for one year.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from edms.errors import Invalid
from edms.terms.decisions import DECIDED, DeclaredDay
from edms.terms.holidays import ARMENIAN, GEORGIAN, Holiday

SATURDAY, SUNDAY = 5, 6
_LOOKAHEAD = 366


@dataclass(frozen=True)
class Calendar:
    """Days off and worked days of a country, with the time zone and the hour at which a term's last day ends.

    `day_ends` None means 24:00 (CPC 61); in Armenia the office's 18:00.
    """

    country: str
    zone: str
    holidays: tuple[Holiday, ...]
    declared: tuple[DeclaredDay, ...] = ()
    weekend: tuple[int, ...] = (SATURDAY, SUNDAY)
    day_ends: time | None = None
    _years: dict[int, dict[date, Holiday]] = field(default_factory=dict, init=False, compare=False, repr=False)

    def holidays_of(self, year: int) -> dict[date, Holiday]:
        """The yearly holidays that fall in `year`."""
        known = self._years.get(year)
        if known is None:
            known = {day: holiday for holiday in self.holidays if (day := holiday.on(year)) is not None}
            self._years[year] = known
        return known

    def declared_on(self, day: date) -> DeclaredDay | None:
        """What was declared about this one day, the later declaration before the earlier."""
        return next((d for d in reversed(self.declared) if d.day == day), None)

    def is_working(self, day: date) -> bool:
        """Whether the day is worked. A declaration stands before the weekend and the yearly holidays."""
        if (declared := self.declared_on(day)) is not None:
            return declared.works
        return day.weekday() not in self.weekend and day not in self.holidays_of(day.year)

    def next_working(self, day: date) -> date:
        """The day itself when it is worked, else the first worked day after it. Errors: Invalid without any."""
        return self._seek(day, 1)

    def previous_working(self, day: date) -> date:
        """The day itself when it is worked, else the last worked day before it. Errors: Invalid without any."""
        return self._seek(day, -1)

    def _seek(self, day: date, step: int) -> date:
        for distance in range(_LOOKAHEAD):
            at = day + timedelta(days=step * distance)
            if self.is_working(at):
                return at
        raise Invalid("terms.calendar_without_working_days")

    def working_days(self, after: date, through: date) -> int:
        """How many worked days lie after `after`, up to and with `through`."""
        return sum(self.is_working(after + timedelta(days=n)) for n in range(1, (through - after).days + 1))

    def end_of(self, day: date) -> datetime:
        """The instant (UTC) before which an act still belongs to `day`: 24:00, or the office's closing hour."""
        zone = ZoneInfo(self.zone)
        if self.day_ends is None:
            return datetime.combine(day + timedelta(days=1), time(), zone).astimezone(UTC)
        return datetime.combine(day, self.day_ends, zone).astimezone(UTC)

    def declaring(self, days: Iterable[DeclaredDay]) -> Calendar:
        """A calendar in which these days are declared besides; a newer word on the same day replaces the older."""
        new = tuple(days)
        kept = tuple(d for d in self.declared if d.day not in {n.day for n in new})
        return replace(self, declared=tuple(sorted(kept + new, key=lambda d: d.day)))

    def to_json(self) -> dict[str, Any]:
        """The calendar as JSON values, for an organisation's row."""
        return {
            "country": self.country,
            "zone": self.zone,
            "weekend": list(self.weekend),
            "day_ends": self.day_ends.isoformat("minutes") if self.day_ends else None,
            "holidays": [_holiday_to_json(h) for h in self.holidays],
            "declared": [{"day": d.day.isoformat(), "works": d.works, "note": d.note} for d in self.declared],
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Calendar:
        """The calendar that `to_json` wrote. Errors: Invalid when it is not one."""
        try:
            calendar = cls(
                country=str(data["country"]),
                zone=str(data["zone"]),
                weekend=tuple(int(d) for d in data["weekend"]),
                day_ends=time.fromisoformat(data["day_ends"]) if data["day_ends"] else None,
                holidays=tuple(Holiday(**h) for h in data["holidays"]),
                declared=tuple(
                    DeclaredDay(date.fromisoformat(d["day"]), bool(d["works"]), str(d.get("note", "")))
                    for d in data["declared"]
                ),
            )
            ZoneInfo(calendar.zone)
            calendar.holidays_of(2024)  # a 31 June is found here, not on the day somebody registers a letter
        except (KeyError, TypeError, ValueError) as error:
            raise Invalid("terms.calendar_unreadable", detail=str(error)) from None
        return calendar


def _holiday_to_json(holiday: Holiday) -> dict[str, Any]:
    shown: dict[str, Any] = {"name": holiday.name}
    if holiday.from_easter is None:
        shown |= {"month": holiday.month, "day": holiday.day}
    else:
        shown["from_easter"] = holiday.from_easter
    for name in ("since", "until", "title"):
        if (value := getattr(holiday, name)) not in (None, ""):
            shown[name] = value
    return shown


GEORGIA = Calendar("GE", "Asia/Tbilisi", GEORGIAN, DECIDED["GE"])
ARMENIA = Calendar("AM", "Asia/Yerevan", ARMENIAN, DECIDED["AM"], day_ends=time(18))


def for_country(country: str) -> Calendar:
    """The calendar an organisation of this country (GE, AM) starts from. Errors: Invalid for another one."""
    for calendar in (GEORGIA, ARMENIA):
        if calendar.country == country:
            return calendar
    raise Invalid("terms.country_unknown", fields={"country": "terms.country_unknown"}, country=country)
