"""The holidays that the calendars start from, as data, and the Orthodox Easter they move with.

An organisation's own calendar is a copy that its administrator edits; the lists here are only the beginning.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache


@dataclass(frozen=True)
class Holiday:
    """A day off that returns every year: on a date, or at a distance from Easter.

    `name` ends a message id (`terms.holiday.<name>`); the name "titled" shows `title` as it is, for days that an
    administrator adds. `since` and `until` are the first and last year in which it is a day off.
    """

    name: str
    month: int = 0
    day: int = 0
    from_easter: int | None = None
    since: int | None = None
    until: int | None = None
    title: str = ""

    def on(self, year: int) -> date | None:
        """The day in `year`, or None in a year that does not know it."""
        if (self.since is not None and year < self.since) or (self.until is not None and year > self.until):
            return None
        if self.from_easter is not None:
            return easter(year) + timedelta(days=self.from_easter)
        if (self.month, self.day) == (2, 29) and not (year % 4 == 0 and (year % 100 or year % 400 == 0)):
            return None
        return date(year, self.month, self.day)


@lru_cache(maxsize=512)
def easter(year: int) -> date:
    """Orthodox Easter Sunday in the civil (Gregorian) calendar.

    Meeus' Julian computus, then the Julian calendar's lag of that century (13 days from 1900 to 2099).
    """
    golden = (19 * (year % 19) + 15) % 30
    weekday = (2 * (year % 4) + 4 * (year % 7) - golden + 34) % 7
    month, day = divmod(golden + weekday + 114, 31)
    lag = year // 100 - year // 400 - 2
    return date(year, month, day + 1) + timedelta(days=lag)


# Labour Code of Georgia, Article 30.
GEORGIAN = (
    Holiday("new_year", 1, 1),
    Holiday("new_year", 1, 2),
    Holiday("christmas", 1, 7),
    Holiday("epiphany", 1, 19),
    Holiday("mothers", 3, 3),
    Holiday("women", 3, 8),
    Holiday("unity", 4, 9),
    Holiday("good_friday", from_easter=-2),
    Holiday("holy_saturday", from_easter=-1),
    Holiday("easter", from_easter=0),
    Holiday("easter_monday", from_easter=1),
    Holiday("victory", 5, 9),
    Holiday("saint_andrew", 5, 12),
    Holiday("family", 5, 17, since=2024),
    Holiday("independence", 5, 26),
    Holiday("dormition", 8, 28),
    Holiday("svetitskhovloba", 10, 14),
    Holiday("saint_george", 11, 23),
)

# The days off of Armenia's law on holidays and memorial days, as of 2022.
ARMENIAN = (
    Holiday("new_year", 1, 1),
    Holiday("new_year", 1, 2),
    Holiday("christmas", 1, 6),
    Holiday("army", 1, 28),
    Holiday("women", 3, 8),
    Holiday("genocide_remembrance", 4, 24),
    Holiday("labour", 5, 1),
    Holiday("victory_and_peace", 5, 9),
    Holiday("republic", 5, 28),
    Holiday("constitution", 7, 5),
    Holiday("independence", 9, 21),
    Holiday("new_year_eve", 12, 31),
)
