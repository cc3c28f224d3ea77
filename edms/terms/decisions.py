"""What governments decided about single days, as far as it is known to this version: data, each day with its source.

Only what was found published is here; a year without a line is a year of which nothing is known, and the calendar's
page says so. An office declares what is missing, and overrules what does not bind it, for itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType


@dataclass(frozen=True)
class DeclaredDay:
    """A single day that a decree made a day off (`works` false) or a worked day; `note` names the decree."""

    day: date
    works: bool
    note: str = ""


# Days off of those employed in administrative bodies, Labour Code of Georgia, Article 30(3).
_DECREE = "საქართველოს მთავრობის დადგენილება, „საკანონმდებლო მაცნე“, {published}"
# Working days moved under Article 19 of Armenia's law on holidays and memorial days.
_DECISION = "ՀՀ կառավարության որոշում, {decided}-ի նիստ"

DECIDED: Mapping[str, tuple[DeclaredDay, ...]] = MappingProxyType(
    {
        "GE": (
            DeclaredDay(date(2025, 8, 29), False, _DECREE.format(published="25.08.2025")),
            DeclaredDay(date(2025, 10, 3), False, _DECREE.format(published="02.10.2025")),
            DeclaredDay(date(2026, 1, 5), False, _DECREE.format(published="23.12.2025")),
            DeclaredDay(date(2026, 1, 6), False, _DECREE.format(published="23.12.2025")),
        ),
        "AM": (
            DeclaredDay(date(2026, 4, 18), True, _DECISION.format(decided="29.01.2026")),  # instead of 4 May
            DeclaredDay(date(2026, 5, 4), False, _DECISION.format(decided="29.01.2026")),
        ),
    }
)


def decided(country: str, year: int) -> list[DeclaredDay]:
    """What is known of one year in a country (GE, AM); nothing known is an empty list, not a year without decisions."""
    return [each for each in DECIDED.get(country, ()) if each.day.year == year]
