"""Registration numbers from parts (D414 art. 28): pure, no database.

A pattern is a list of parts: {"part": "text", "text": "/"}, {"part": "serial", "width": 0}, {"part": "year",
"digits": 4}, {"part": "unit"}, {"part": "case"}, {"part": "class"}. A part that is empty for a letter (no case index
yet) takes the text before it away too, and at the beginning the text behind it, so that neither "417/" nor "/417" can
happen.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from edms.errors import Invalid

Pattern = Sequence[Mapping[str, Any]]

PARTS = ("text", "serial", "year", "unit", "case", "class")
LONGEST = 60


@dataclass(frozen=True)
class NumberFacts:
    """What a number is made of."""

    serial: int
    year: int
    unit: str = ""
    case: str = ""
    correspondent_class: str = ""


def check(pattern: Pattern) -> None:
    """Refuse a pattern that cannot give unique numbers. Errors: Invalid on "pattern"."""
    names = [part.get("part") for part in pattern]
    if any(name not in PARTS for name in names):
        raise Invalid(fields={"pattern": "registry.pattern_part_unknown"})
    if names.count("serial") != 1:
        raise Invalid(fields={"pattern": "registry.pattern_needs_one_serial"})
    for part in pattern:
        if part["part"] == "text" and not 1 <= len(str(part.get("text", ""))) <= 12:
            raise Invalid(fields={"pattern": "registry.pattern_text_length"})
        if part["part"] == "serial" and not 0 <= int(part.get("width", 0)) <= 9:
            raise Invalid(fields={"pattern": "registry.pattern_serial_width"})
        if part["part"] == "year" and int(part.get("digits", 4)) not in (2, 4):
            raise Invalid(fields={"pattern": "registry.pattern_year_digits"})
    variable = ("serial", "year", "unit", "case", "class")
    for left, right in pairwise(names):
        if left in variable and right in variable:  # "12" + "5" and "1" + "25" would be one number
            raise Invalid(fields={"pattern": "registry.pattern_parts_touch"})


def render(pattern: Pattern, facts: NumberFacts) -> str:
    """The number as printed."""
    written = ""
    waiting = ""  # text that stands only if the part after it has something to say
    orphaned = False  # nothing stands before it because the part there was empty: then it separates nothing
    for part in pattern:
        if part["part"] == "text":
            waiting += str(part["text"])
            continue
        value = _value(part, facts)
        if value:
            written += ("" if orphaned else waiting) + value
        orphaned = not written
        waiting = ""
    return (written + waiting)[:LONGEST]


def _value(part: Mapping[str, Any], facts: NumberFacts) -> str:
    match part["part"]:
        case "serial":
            return str(facts.serial).zfill(int(part.get("width", 0)))
        case "year":
            return str(facts.year)[-int(part.get("digits", 4)) :]
        case "unit":
            return facts.unit
        case "case":
            return facts.case
        case _:
            return facts.correspondent_class
