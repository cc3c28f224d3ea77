"""Makes the rules that hold for a case as a whole: its beginning, its limits, repetition, accelerated service."""

from __future__ import annotations

from decimal import Decimal

from edms.registry.words import RegisterKind
from edms.services.building_forms import Plain, condition_of, law_of, laws_of
from edms.services.case_rules import Express, Limit, OpensBy, Repeats, Tariff
from edms.services.composing import Composed
from edms.services.kinds import Opening
from edms.terms.term import Kind, Start, Term


def opens_of(plain: Plain) -> OpensBy:
    """What begins a case."""
    ways = tuple(map(Opening, plain["by"]))
    return OpensBy(ways, RegisterKind(plain["register"]), plain.get("yearly"), plain.get("for_year"))


def limits_of(plain: Plain, composed: Composed) -> tuple[Limit, ...]:
    """Until when a case can be decided at all."""
    return tuple(_limit(each, composed) for each in plain.get("limits", ()))


def repeats_of(plain: Plain) -> Repeats | None:
    """What is a repetition."""
    rule = plain.get("repeats")
    if rule is None:
        return None
    term = Term(rule["count"], Kind(rule["kind"]), Start.DECIDED, suspended_by=frozenset(), law=law_of(rule.get("law")))
    return Repeats(rule["same"], rule.get("day"), term, tuple(rule["outcomes"]), rule.get("reason"))


def express_of(plain: Plain, composed: Composed) -> Express | None:
    """What may be had sooner."""
    rule = plain.get("express")
    if rule is None:
        return None
    tariffs = tuple(Tariff(t["tariff"], t["days"], Decimal(str(t["fee"]))) for t in rule.get("tariffs", ()))
    before = composed.resolved(rule["before"]) if "before" in rule else None
    return Express(rule["term"], tariffs, before, laws_of(rule))


def _limit(rule: Plain, composed: Composed) -> Limit:
    term = Term(rule["count"], Kind(rule["kind"]), Start.OFFENCE, suspended_by=frozenset(), law=law_of(rule.get("law")))
    return Limit(
        name=rule["limit"],
        field=rule["from"],
        term=term,
        to=composed.resolved(rule["to"]),
        when=condition_of(rule.get("when", True)),
        warns=tuple(sorted(rule.get("warns", ()), reverse=True)),
        doubt=rule.get("reason"),
    )
