"""Makes the values of forms, papers and fees, and what every part of a route is read with: articles, sums, conditions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from edms.services.composing import Composed
from edms.services.forms import Choice, Fee, Field, Paper
from edms.services.kinds import FieldKind, Source
from edms.terms.term import Law

CURRENCY = {"GE": "GEL", "AM": "AMD"}
Plain = Mapping[str, Any]


def all_of(make: Any, items: Iterable[Plain] | None) -> Any:
    """Each of the items, made by `make`."""
    return tuple(make(item) for item in items or ())


def law_of(text: str | None) -> Law | None:
    """The act and article that a citation names."""
    if text is None:
        return None
    act, _, article = text.partition(" ")
    return Law(act, article)


def laws_of(plain: Plain) -> tuple[Law, ...]:
    """All that a part cites."""
    said = plain.get("law", [])
    return tuple(law for text in ([said] if isinstance(said, str) else said) if (law := law_of(text)) is not None)


def decimal_of(value: object) -> Decimal | None:
    """A number as it was written."""
    return None if value is None else Decimal(str(value))


def condition_of(value: object) -> str:
    """A condition as text; one that is always or never so too."""
    return value.strip() if isinstance(value, str) else str(value)


def field_of(f: Plain) -> Field:
    """A question."""
    name = f["field"]
    return Field(
        name,
        FieldKind(f["kind"]),
        f"services.field.{name}",
        f"services.hint.{name}" if f.get("hint") else None,
        condition_of(f.get("required", False)),
        condition_of(f.get("shown", True)),
        f.get("personal", False),
        tuple(Choice(c, f"services.choice.{name}.{c}") for c in f.get("choices", ())),
        decimal_of(f.get("low")),
        decimal_of(f.get("high")),
        f.get("longest", 1000),
        f.get("of"),
        f.get("reason"),
        tuple(f.get("needed_for", ())),
        f.get("anew", False),
    )


def paper_of(p: Plain) -> Paper:
    """A paper to attach."""
    return Paper(
        p["paper"],
        f"services.paper.{p['paper']}",
        condition_of(p.get("required", False)),
        condition_of(p.get("shown", True)),
        Source(p.get("source", "applicant")),
        p.get("copies", 1),
        laws_of(p),
        p.get("reason"),
    )


def fee_of(f: Plain, country: str, composed: Composed) -> Fee:
    """A fee rule."""
    return Fee(
        f["fee"],
        f"services.fee.{f['fee']}",
        f["amount"],
        CURRENCY[country],
        condition_of(f.get("when", True)),
        decimal_of(f.get("rate")),
        decimal_of(f.get("ceiling")),
        composed.resolved(f["before"]) if "before" in f else None,
        tuple(f.get("repaid", ())),
        laws_of(f),
        f.get("reason"),
    )
