"""Turns an error of any room into what a person reads: one sentence, and one for each field."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from edms.errors import EdmsError
from edms.words import dates, numbers
from edms.words.catalogue import known, say

_ZONE = "Asia/Tbilisi"


@dataclass(frozen=True)
class Problem:
    """What happened and what to do now; `fields` maps a field's name to what is wrong with it."""

    text: str
    fields: Mapping[str, str] = field(default_factory=dict)


def explain(lang: str, error: EdmsError, *, zone: str = _ZONE) -> Problem:
    """The error in `lang`. Days, instants, sums and numbers among its values are written as the language writes them.

    An error may bring values for single fields (`field_values`). A field whose value is a sentence of an outside library (settings at start) passes as it is.
    """
    values = {name: _shown(lang, value, zone) for name, value in error.values.items()}
    own: Mapping[str, Mapping[str, object]] = getattr(error, "field_values", {})
    fields = {
        name: say(lang, message, **{**values, **own.get(name, {})}) if known(message) or " " not in message else message
        for name, message in error.fields.items()
    }
    return Problem(text=say(lang, error.message, **values), fields=fields)


def told(lang: str, message: tuple[str, Mapping[str, object]], *, zone: str = _ZONE) -> str:
    """A message that a room returned, its days, instants and lists written as the language writes them."""
    name, values = message
    return say(lang, name, **{key: _shown(lang, value, zone) for key, value in values.items()})


def _shown(lang: str, value: object, zone: str) -> object:
    if isinstance(value, str) and ":" in value and known(value):
        return say(lang, value)  # the name of a permission
    if isinstance(value, numbers.Sum):
        return numbers.money(lang, *value)
    if isinstance(value, list | tuple | set | frozenset) and all(isinstance(v, str) for v in value):
        return numbers.list_of(lang, _in_order(value))
    return dates.civil(lang, value, lambda: zone)


def _in_order(values: Iterable[str]) -> list[str]:
    return sorted(values) if isinstance(values, set | frozenset) else list(values)
