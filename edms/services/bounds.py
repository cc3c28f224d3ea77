"""Until when a case can be decided at all, counted from what is known of it. Pure: rows are in `limiting.py`."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date, timedelta
from typing import Any

from edms.services.case_rules import Limit
from edms.services.conditions import holds
from edms.services.definition import Route
from edms.terms import Calendar, Due, due


def limit_of(route: Route, values: Mapping[str, Any]) -> Limit | None:
    """The limit of this case: the first of the route whose condition holds."""
    return next((each for each in route.limits if holds(each.when, route.fields, values)), None)


def reached(limit: Limit, values: Mapping[str, Any], calendar: Calendar) -> Due | None:
    """Its last day, by the legal clock; None while the day that it runs from is not known."""
    day = day_of(values.get(limit.field))
    return due(limit.term, calendar, day) if day is not None else None


def wakes(limit: Limit, on: date, warned: Collection[int]) -> date:
    """The first civil day on which the clock acts: a warning that was not given, or the day after the last."""
    return min([on - timedelta(days=n) for n in limit.warns if n not in warned] + [on + timedelta(days=1)])


def day_of(value: Any) -> date | None:
    """The day that a field holds; None where it has none, or something that is no day."""
    try:
        return date.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None
