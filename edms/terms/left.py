"""How much of a term is left on a day, in the term's own days, and whether it is over.

A term is over when its last day is: at midnight in the town's time zone, in every country. The hour until which an
Armenian office takes papers on that day (`Due.last_moment`) is told with the term; by it no letter turns late in the
evening. So every list, paper and notice compares days, and all agree (tests/web/test_one_day.py).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from edms.terms.counting import Due
from edms.terms.term import Kind


@dataclass(frozen=True)
class Remaining:
    """What is left: `days` of `kind` (working or calendar) to go, or past the last day when `late`.

    `stands` is true while the clock stands; `days` is then what will remain when it goes on.
    """

    days: int
    kind: Kind
    late: bool = False
    stands: bool = False


def remaining(due: Due, today: date) -> Remaining:
    """The days left after `today`; 0 on the last day itself.

    Terms in working days are told in working days; weeks, months and fixed dates in calendar days. A term that ended
    on Friday is late on Saturday, with 0 working days gone since.
    """
    kind = Kind.WORKING if due.term.kind is Kind.WORKING else Kind.CALENDAR
    if due.on is None:
        return Remaining(due.left or 0, kind, stands=True)
    first, last = sorted((today, due.on))
    days = due.calendar.working_days(first, last) if kind is Kind.WORKING else (last - first).days
    return Remaining(days, kind, late=today > due.on)


def say(left: Remaining) -> tuple[str, dict[str, object]]:
    """The remaining time as one short message, for a line of a list."""
    if left.stands:
        return f"terms.left.stands.{left.kind}", {"n": left.days}
    if left.late and left.days == 0:  # due on Friday, today is Saturday
        return "terms.left.late", {}
    if left.late:
        return f"terms.left.late.{left.kind}", {"n": left.days}
    if left.days == 0:
        return "terms.left.today", {}
    return f"terms.left.{left.kind}", {"n": left.days}
