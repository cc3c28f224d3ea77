"""Dates in letters, in figures (12.05.2025, 2025-05-12) and in words (2025 წლის 12 მაისი, 2025 թ. մայիսի 12, 12 мая 2025 г.)."""

from __future__ import annotations

import re
from datetime import date
from functools import lru_cache

_DAY_FIRST = re.compile(r"(\d{1,2})([./-])(\d{1,2})\2(\d{4})|(\d{1,2})\.(\d{1,2})\.(\d{2})")
_YEAR_FIRST = re.compile(r"(\d{4})([./-])(\d{1,2})\2(\d{1,2})")
_LEADING = re.compile(r"(\d{1,4})(?!\d)")
_BEGINNINGS = (
    "იანვ თებე მარტ აპრი მაის ივნი ივლი აგვი სექტ ოქტო ნოემ დეკე",
    "հունվ փետր մարտ ապրի մայի հունի հուլ օգոս սեպտ հոկտ նոյե դեկտ",
    "янва февр март апре мая июня июля авгу сент октя нояб дека",
    "januar februar march april may june july august septem octob novem decem",
)
_MONTHS = {start: month for line in _BEGINNINGS for month, start in enumerate(line.split(), 1)}
_MONTHS |= {
    "июнь": 6,
    "июль": 7,
    "май": 5,
    "марта": 3,
    "jan": 1,
    "feb": 2,
    "mar": 3,
    "apr": 4,
    "jun": 6,
    "jul": 7,
}
_MONTHS |= {"aug": 8, "sep": 9, "oct": 10, "nov": 11, "dec": 12}
_LONGEST = max(map(len, _MONTHS))
YEAR_WORDS = frozenset({"წლის", "წელი", "წ", "թվականի", "թվականին", "թ", "թվի", "года", "год", "г"})


@lru_cache(maxsize=32_768)
def month_of(word: str) -> int:
    """The month a normalised word names in any of its cases, 1 to 12; 0 for none."""
    if word in _MONTHS:
        return _MONTHS[word]
    if len(word) > 12:
        return 0
    for length in range(4, min(_LONGEST, len(word)) + 1):
        if (month := _MONTHS.get(word[:length])) is not None and not word[:length].isascii():
            return month
        if month is not None and len(word) <= 9:
            return month
    return 0


def in_figures(number: str) -> str | None:
    """The day that figures name, as YYYY-MM-DD; None for no date.

    The same sign stands twice (`01-11/77` is a number); two figures of a year (1950 to 2049) only after full stops.
    """
    if found := _DAY_FIRST.fullmatch(number):
        day, _, month, year, short_day, short_month, short_year = found.groups()
        if year:
            return in_numbers(int(year), int(month), int(day))
        century = 1900 if int(short_year) >= 50 else 2000
        return in_numbers(century + int(short_year), int(short_month), int(short_day))
    if found := _YEAR_FIRST.fullmatch(number):
        year, _, month, day = found.groups()
        return in_numbers(int(year), int(month), int(day))
    return None


def in_numbers(year: int, month: int, day: int) -> str | None:
    """The day as YYYY-MM-DD if the calendar has it and it is of an office's time (1800 to 2199)."""
    try:
        return date(year, month, day).isoformat() if 1800 <= year < 2200 else None
    except ValueError:
        return None


def leading(number: str) -> int:
    """The figures a number begins with ("2025წ" is 2025); 0 for none."""
    found = _LEADING.match(number)
    return int(found[1]) if found else 0
