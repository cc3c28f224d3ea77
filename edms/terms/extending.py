"""Whether a term may be extended, by how much, and until when that can be asked for."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

from edms.errors import RuleBroken
from edms.terms.counting import Due, due
from edms.terms.term import Extension, ExtensionRule, Interval, Kind, Term


def latest_request(reached: Due) -> date | None:
    """The last day on which an extension can be asked for; None when it never can, or while the clock stands."""
    rule = reached.term.extension
    if rule is None or reached.on is None:
        return None
    return reached.on - timedelta(days=rule.request_days)


def check_extension(
    reached: Due,
    extension: Extension,
    *,
    requested_on: date,
    intervals: Sequence[Interval] = (),
    earlier: Sequence[Extension] = (),
) -> Due:
    """The term with this extension added, when its rule allows it; the term as it was stays untouched.

    `earlier` are the extensions granted before, `intervals` those of the case. Errors: RuleBroken when the term cannot
    be extended, when it was asked for too late, and when it would become longer than the rule allows.
    """
    rule = reached.term.extension
    if rule is None:
        raise RuleBroken("terms.extension_not_known")
    latest = latest_request(reached)
    if latest is not None and requested_on > latest:
        raise RuleBroken("terms.extension_late", latest=latest, due=reached.on)
    if extension.count < 1:
        raise RuleBroken("terms.extension_empty", fields={"count": "terms.extension_empty"})
    granted = (*earlier, extension)
    extended = due(reached.term, reached.calendar, reached.started_on, intervals=intervals, extensions=granted)
    if _too_long(rule, reached, granted):
        raise RuleBroken(f"terms.extension_long.{rule.kind}", n=rule.limit, fields={"count": "terms.extension_long"})
    return extended


def _too_long(rule: ExtensionRule, reached: Due, granted: Sequence[Extension]) -> bool:
    """Compare on the calendar, without the intervals in which the clock stood: those are nobody's extension."""
    bare, calendar, start = reached.term, reached.calendar, reached.started_on
    whole = due(bare, calendar, start, extensions=granted).on
    if rule.from_start:
        limit = due(Term(rule.limit, rule.kind), calendar, start).on
    elif rule.kind is not Kind.FIXED:
        limit = due(bare, calendar, start, extensions=[Extension(rule.limit, rule.kind, start)]).on
    else:
        limit = None
    return whole is None or limit is None or whole > limit
