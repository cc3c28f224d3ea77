"""Whether the conditions of a route can be decided, and its fields, papers and fees be asked for."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from edms.errors import Invalid
from edms.services.conditions import amount, holds, parsed, parts_fit
from edms.services.definition import Field, Route
from edms.services.kinds import FieldKind

Found = Iterator[tuple[str, str, Mapping[str, object]]]


def form_faults(route: Route) -> Found:
    """Fields told apart, conditions over known names of fitting kinds, fees that come to a sum under their ceiling."""
    asked = [*route.form.fields, *(f for s in route.steps.values() for f in s.asks)]
    fields = route.fields
    for field in asked:
        if field != fields[field.name]:
            yield field.name, "field_twice", {"name": field.name}
        if field.low is not None and field.high is not None and field.low > field.high:
            yield field.name, "bounds", {}
    names = [p.name for p in route.form.papers]
    yield from ((n, "field_twice", {"name": n}) for n in dict.fromkeys(names) if names.count(n) > 1)
    form = {f.name: f for f in route.form.fields}
    for path, condition in _of_form(route):
        yield from _condition(path, condition, form)
    for step in route.steps.values():
        texts = [b.when for b in step.branches] + [b.when for b in step.bodies]
        texts += [c for f in step.asks for c in (f.required, f.shown)]
        for condition in dict.fromkeys(texts):
            yield from _condition(step.id, condition, fields)
    for name, term in route.terms.items():
        for instead in term.instead:
            yield from _condition(f"terms.{name}", instead.when, fields)
    for limit in route.limits:
        yield from _condition(f"limits.{limit.name}", limit.when, fields)
    yield from _fees(route, fields)


def _of_form(route: Route) -> Iterator[tuple[str, str]]:
    for field in route.form.fields:
        yield from ((f"form.fields.{field.name}", c) for c in dict.fromkeys((field.required, field.shown)))
    for paper in route.form.papers:
        yield from ((f"form.papers.{paper.name}", c) for c in dict.fromkeys((paper.required, paper.shown)))


def _condition(path: str, text: str, fields: Mapping[str, Field]) -> Found:
    """A condition that cannot be read, names what is not there, compares what does not compare, or a choice unknown."""
    try:
        condition = parsed(text)
        holds(text, fields, {})
        for sample in _samples(fields):
            parts_fit(text, fields, sample)
            holds(text, fields, sample)
    except Invalid as error:
        yield path, error.message.removeprefix("services."), error.values
        return
    for name, value in _compared(condition.tree):
        field = fields.get(name)
        if field is not None and field.kind is FieldKind.CHOICE and value not in {c.name for c in field.choices}:
            yield path, "choice_unknown", {"name": str(value), "field": name}


def _compared(tree: ast.expr) -> Iterator[tuple[str, object]]:
    """The constants that fields are compared with."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Compare):
            sides = [node.left, *node.comparators]
            names = [s.id for s in sides if isinstance(s, ast.Name)]
            constants = [c for s in sides for c in ast.walk(s) if isinstance(c, ast.Constant)]
            yield from ((name, c.value) for name in names for c in constants)


def _samples(fields: Mapping[str, Field]) -> Iterator[dict[str, Any]]:
    """Two sets of values, all of the right kind."""
    for number, yes in (("0", False), ("7.5", True)):
        yield {n: number if f.kind.is_number else yes if f.kind is FieldKind.YES_NO else "a" for n, f in fields.items()}


def _fees(route: Route, fields: Mapping[str, Field]) -> Found:
    for fee in route.fees:
        at = f"fees.{fee.name}"
        yield from _condition(at, fee.when, fields)
        try:
            needed = parsed(fee.amount).names - {"rate"}
            for sample in _samples(fields):
                parts_fit(fee.amount, fields, sample, fee.rate or fee.ceiling or Decimal(1))
                amount(fee.amount, fields, sample, fee.rate or fee.ceiling or Decimal(1))
        except Invalid as error:
            yield at, error.message.removeprefix("services."), error.values
            continue
        yield from (
            (at, "condition.name_unknown", {"condition": fee.amount, "name": n}) for n in needed - fields.keys()
        )
        if fee.rate is not None and fee.ceiling is not None and fee.rate > fee.ceiling:
            yield at, "fee_above_ceiling", {}
        if not fee.laws and fee.doubt is None:
            yield at, "fee_without_law", {}
        known = {*route.outcomes, "withdrawn", "broken_off"}
        yield from ((at, "fee_repaid", {"name": name}) for name in fee.repaid if name not in known)
