"""A question as it is kept and asked again: the words, the filters, the order. Never an answer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from edms.search.port import NARROWING, RANGES, Filters, Order

LONGEST = 500
_DAYS = tuple(bound for _, *bounds in RANGES for bound in bounds)


@dataclass(frozen=True)
class Question:
    """What a person asks for; whose rights it is asked under is never part of it."""

    text: str = ""
    filters: Filters = field(default_factory=Filters)
    order: Order = Order.NEWEST
    any_script: bool = False

    @property
    def asks(self) -> bool:
        """Does it ask for anything at all?"""
        return bool(self.text or self.filters.names)

    def as_json(self) -> dict[str, Any]:
        """As it is kept: what is usual is left out."""
        kept: dict[str, Any] = {"q": self.text[:LONGEST]} if self.text else {}
        kept |= {name: sorted(values, key=str) for name, values in self.filters.chosen.items() if values}
        kept |= {day: at.isoformat() for day in _DAYS if (at := getattr(self.filters, day)) is not None}
        if self.order is not Order.NEWEST:
            kept["order"] = self.order.value
        return kept | ({"any_script": True} if self.any_script else {})

    @staticmethod
    def of(kept: Mapping[str, Any]) -> Question:
        """As it was kept."""
        chosen = {name: frozenset(kept[name]) for name in NARROWING if kept.get(name)}
        days = {day: date.fromisoformat(kept[day]) for day in _DAYS if kept.get(day)}
        order = Order(kept.get("order", Order.NEWEST))
        return Question(kept.get("q", ""), Filters(chosen, **days), order, bool(kept.get("any_script")))
