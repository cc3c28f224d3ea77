"""Dates as letters write them, in four languages: 12.05.2025, 12 მაისი 2025, «12» մայիսի 2025թ., 2025 წლის 12 მაისი. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from typing import NamedTuple

_MONTHS = (
    ("იანვ", "հունվար", "январ", "jan"),
    ("თებერვ", "փետրվար", "феврал", "feb"),
    ("მარტ", "մարտ", "март", "mar"),
    ("აპრილ", "ապրիլ", "апрел", "apr"),
    ("მაის", "մայիս", "мая", "may"),
    ("ივნის", "հունիս", "июн", "jun"),
    ("ივლის", "հուլիս", "июл", "jul"),
    ("აგვისტ", "օգոստոս", "август", "aug"),
    ("სექტემბ", "սեպտեմբեր", "сентябр", "sep"),
    ("ოქტომბ", "հոկտեմբեր", "октябр", "oct"),
    ("ნოემბ", "նոյեմբեր", "ноябр", "nov"),
    ("დეკემბ", "դեկտեմբեր", "декабр", "dec"),
)
_YEAR = r"(?P<year>(?:19|20)\d\d)"
_DAY = r"[«\"“„]?\s?(?P<day>[0-3]?\d)\s?[»\"”“]?"
_NAME = r"(?P<name>[^\W\d_]{3,12})"
_FORMS = tuple(
    re.compile(form)
    for form in (
        rf"(?<![\d./-])(?P<day>[0-3]?\d)(?P<apart>\s?[./-]\s?)(?P<month>[01]?\d)(?P=apart){_YEAR}(?!\d)",
        rf"(?<![\d./-]){_YEAR}-(?P<month>[01]\d)-(?P<day>[0-3]\d)(?!\d)",
        rf"(?<!\d){_DAY}\s+{_NAME}\.?,?\s+{_YEAR}(?!\d)",
        rf"(?<!\d){_YEAR}\s?წლის\s+{_DAY}\s+{_NAME}",
        rf"(?<!\d){_YEAR}\s?(?:թ\.|թ|թվականի)\s*{_NAME}\s+{_DAY}(?!\d)",
        rf"\b{_NAME}\s+{_DAY},\s+{_YEAR}(?!\d)",
    )
)


class Dated(NamedTuple):
    """A date and where it stands in its line."""

    day: date
    start: int
    end: int


def dates_in(line: str) -> Iterator[Dated]:
    """The dates of a line, in the order of their forms; what is no day of the calendar is no date."""
    for form in _FORMS:
        for found in form.finditer(line):
            said = found.groupdict()
            month = int(said["month"]) if said.get("month") else _month(said["name"])
            if month is None:
                continue
            try:
                yield Dated(date(int(said["year"]), month, int(said["day"])), found.start(), found.end())
            except ValueError:
                continue


def _month(name: str) -> int | None:
    said = name.casefold()
    return next((n for n, names in enumerate(_MONTHS, start=1) if said.startswith(names)), None)
