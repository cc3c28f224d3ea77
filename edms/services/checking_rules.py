"""Whether the rules for a case as a whole make sense: its limits, repetition, accelerated service, the year it is for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal

from edms.services.definition import Route
from edms.services.express import USUAL
from edms.services.kinds import FieldKind, StepKind

Found = Iterator[tuple[str, str, Mapping[str, object]]]


def rule_faults(route: Route) -> Found:
    """Days and names that fields of the form hold, ends that are there, tariffs that are sooner and rest on an article."""
    form = {field.name: field.kind for field in route.form.fields}
    for limit in route.limits:
        at = f"limits.{limit.name}"
        if form.get(limit.field) is not FieldKind.DATE:
            yield at, "not_a_day", {"name": limit.field}
        if limit.term.law is None and limit.doubt is None:
            yield at, "term_without_law", {}
        if route.steps[limit.to].kind is StepKind.JOIN:
            yield at, "enters_parallel", {"name": limit.to}
    if (rule := route.repeats) is not None:
        if rule.day is not None and form.get(rule.day) is not FieldKind.DATE:
            yield "repeats", "not_a_day", {"name": rule.day}
        if rule.same not in form:
            yield "repeats", "condition.name_unknown", {"condition": "same", "name": rule.same}
        yield from (("repeats", "outcome_unknown", {"name": n}) for n in rule.outcomes if n not in route.outcomes)
        if rule.term.law is None and rule.doubt is None:
            yield "repeats", "term_without_law", {}
    if route.opens.for_year is not None and form.get(route.opens.for_year) is not FieldKind.NUMBER:
        yield "opens", "not_a_number", {"name": route.opens.for_year}
    yield from _express(route)


def _express(route: Route) -> Found:
    rule = route.express
    if rule is None:
        return
    base = route.terms.get(rule.term)
    if base is None:
        yield "express", "term_unknown", {"name": rule.term}
        return
    names = [tariff.name for tariff in rule.tariffs]
    for tariff in rule.tariffs:
        at = f"express.{tariff.name}"
        if tariff.days >= base.term.count:
            yield at, "express_not_sooner", {"n": base.term.count}
        if names.count(tariff.name) > 1 or tariff.name == USUAL:
            yield at, "field_twice", {"name": tariff.name}
        if tariff.fee < Decimal(0):
            yield at, "bounds", {}
