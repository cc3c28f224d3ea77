"""Accelerated service: the tariffs of a council written out as what the engine knows already. Pure.

A tariff becomes a choice of the form (`pace`), a term in the place of the usual one, and a part of the fee.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from edms.services.case_rules import Express
from edms.services.definition import Instead, RouteTerm
from edms.services.forms import Choice, Fee, Field
from edms.services.kinds import FieldKind

PACE, USUAL = "pace", "usual"
FEE = "express"


def term_name(tariff: str) -> str:
    """The name of the term that a tariff brings."""
    return f"express_{tariff}"


def fields(rule: Express) -> tuple[Field, ...]:
    """The question how fast it shall go; none where there is no tariff."""
    if not rule.tariffs:
        return ()
    names = (USUAL, *(tariff.name for tariff in rule.tariffs))
    choices = tuple(Choice(name, f"services.choice.{PACE}.{name}") for name in names)
    return (Field(PACE, FieldKind.CHOICE, f"services.field.{PACE}", required="True", choices=choices),)


def terms(known: Mapping[str, RouteTerm], rule: Express) -> Mapping[str, RouteTerm]:
    """The terms with those of the tariffs. A rule of the route that is shorter still, where it holds, stays before them."""
    base = known.get(rule.term)
    if base is None or not rule.tariffs:
        return known
    made = {
        term_name(tariff.name): RouteTerm(
            term_name(tariff.name),
            replace(base.term, count=tariff.days, law=rule.laws[0] if rule.laws else base.term.law),
            base.extended_by,
            base.extension_act,
            base.extension_within,
            doubt=base.doubt,
        )
        for tariff in rule.tariffs
    }
    instead = list(base.instead)
    for tariff in sorted(rule.tariffs, key=lambda each: -each.days):
        longer = (n for n, each in enumerate(instead) if _days({**known, **made}, each) > tariff.days)
        at = next(longer, len(instead))
        instead.insert(at, Instead(f"{PACE} == '{tariff.name}'", term_name(tariff.name)))
    return {**known, rule.term: replace(base, instead=tuple(instead)), **made}


def fees(known: tuple[Fee, ...], rule: Express, currency: str) -> tuple[Fee, ...]:
    """The fees with what the tariffs add; a fee of its own where the route knows none."""
    if not rule.tariffs:
        return known
    more = "0"
    for tariff in reversed(rule.tariffs):
        more = f"{tariff.fee} if {PACE} == '{tariff.name}' else {more}"
    if not known:
        when = f"given({PACE}) and {PACE} != '{USUAL}'"
        return (Fee(FEE, f"services.fee.{FEE}", more, currency, when, before=rule.before, laws=rule.laws),)
    return tuple(replace(fee, amount=f"({fee.amount}) + ({more})", laws=(*fee.laws, *rule.laws)) for fee in known)


def _days(known: Mapping[str, RouteTerm], instead: Instead) -> int:
    other = known.get(instead.term)
    return other.term.count if other is not None else 0
