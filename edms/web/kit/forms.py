"""Reads forms and JSON bodies into pydantic models; what is wrong comes back as Invalid with our own message ids.

Texts are normalised once, here: NFC, no control characters, no spaces around. Days are read as clerks type them.
"""

from __future__ import annotations

import datetime as dt
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Annotated, Any, TypeVar, get_origin

from flask import request
from pydantic import BaseModel, BeforeValidator, ValidationError
from pydantic_core import PydanticCustomError
from werkzeug.datastructures import MultiDict
from werkzeug.exceptions import BadRequest

from edms import words
from edms.errors import EdmsError, Invalid
from edms.language import straight
from edms.web.kit.language import COOKIE as LANGUAGE
from edms.web.kit.language import explained, language, today

M = TypeVar("M", bound=BaseModel)


class FormInvalid(Invalid):
    """Invalid with values of its own for each field: two texts may be too long by different measures."""

    def __init__(
        self, fields: Mapping[str, str], field_values: Mapping[str, Mapping[str, object]] | None = None
    ) -> None:
        super().__init__("error.invalid", fields=fields)
        self.field_values = dict(field_values or {})


def _plain(value: object, *, lines: bool) -> object:
    if not isinstance(value, str):
        return value
    kept = "\n\t" if lines else "\t"
    text = unicodedata.normalize("NFC", straight(value).replace("\r\n", "\n").replace("\r", "\n"))
    if not lines:
        text = text.replace("\n", " ").replace("\t", " ")
    # Zero-width joiners stay: some scripts need them. Lone surrogates cannot be stored at all, and nothing turns the line.
    return "".join(c for c in text if c in kept or unicodedata.category(c) not in ("Cc", "Cs")).strip()


def _day(value: object) -> object:
    if not isinstance(value, str):
        return value
    day = words.read_date(value, today())
    if day is None:
        raise PydanticCustomError("not_a_date", "not a date")
    return day


OneLine = Annotated[str, BeforeValidator(lambda v: _plain(v, lines=False))]
"""Text of one line."""
Paragraphs = Annotated[str, BeforeValidator(lambda v: _plain(v, lines=True))]
"""Text of several lines."""
Day = Annotated[dt.date, BeforeValidator(_day)]
"""A civil day as typed, against the reader's today."""


def read(model: type[M], form: MultiDict[str, str] | None = None) -> M:
    """The form (the request's own by default) as `model`. An empty field counts as not given.

    Errors: FormInvalid, by field.
    """
    source = request.form if form is None else form
    given: dict[str, Any] = {}
    for name, about in model.model_fields.items():
        key = about.alias or name
        filled = [value for value in source.getlist(key) if value.strip()]
        if _many(about.annotation):
            given[key] = filled
        elif filled:
            given[key] = filled[-1]
    return answers(model, given)


def marked(name: str = "marked") -> list[int]:
    """The numbers of the lines that are marked in the form, in its order; what is no number was not marked by our page."""
    return [int(value) for value in request.form.getlist(name) if value.isascii() and value.isdigit()]


def answers(model: type[M], given: object) -> M:
    """Anything parsed (a JSON body, a form's fields) as `model`.

    Errors: FormInvalid, by field; nested fields are named with dots.
    """
    try:
        return model.model_validate(given)
    except ValidationError as error:
        raise _wrong(error) from None


def read_json(model: type[M], raw: bytes) -> M:
    """A JSON body as `model`, strictly: no number for a day, no text for a number, no field that is not known.

    Errors: 400 for what is no JSON; FormInvalid, by field.
    """
    try:
        return model.model_validate_json(raw, strict=True)
    except ValidationError as error:
        if any(line["type"] == "json_invalid" for line in error.errors(include_url=False, include_input=False)):
            raise BadRequest from None
        raise _wrong(error) from None


def read_question(model: type[M]) -> M:
    """The question in the address (?limit=…) as `model`; several values only where a list is wanted.

    Errors: FormInvalid, by field, also for one that is not known.
    """
    given: dict[str, Any] = {}
    for name, values in request.args.lists():
        about = model.model_fields.get(name)
        if name != LANGUAGE:
            given[name] = values if about is not None and _many(about.annotation) else values[-1]
    return answers(model, given)


def _many(annotation: object) -> bool:
    return get_origin(annotation) in (list, tuple, set, frozenset)


_IDS = {
    "missing": "field.missing",
    "string_type": "field.missing",
    "string_too_long": "field.too_long",
    "string_too_short": "field.too_short",
    "too_long": "field.too_long",
    "too_short": "field.too_short",
    "not_a_date": "field.not_a_date",
    "enum": "field.not_a_choice",
    "literal_error": "field.not_a_choice",
    "bool_parsing": "field.not_a_choice",
    "uuid_parsing": "field.not_a_choice",
    "extra_forbidden": "field.unknown",
    "greater_than": "field.too_small",
    "greater_than_equal": "field.too_small",
    "less_than": "field.too_large",
    "less_than_equal": "field.too_large",
}
_FAMILIES = {
    "date": "field.not_a_date",
    "int": "field.not_a_number",
    "float": "field.not_a_number",
    "decimal": "field.not_a_number",
}
_CONTEXT = {"ge": "least", "gt": "least", "le": "most", "lt": "most"}


def _wrong(error: ValidationError) -> FormInvalid:
    fields: dict[str, str] = {}
    values: dict[str, dict[str, object]] = {}
    for line in error.errors(include_url=False, include_input=False):
        name = ".".join(str(part) for part in line["loc"]) or "form"
        if name in fields:
            continue
        context = line.get("ctx", {})
        fields[name] = _id(line["type"], context)
        values[name] = {
            _CONTEXT.get(key, key): value
            for key, value in context.items()
            if isinstance(value, int | float | str | Decimal)
        }
    return FormInvalid(fields, values)


def _id(kind: str, context: Mapping[str, Any]) -> str:
    said = str(context.get("error", ""))
    if kind in ("value_error", "assertion_error") and words.known(said):
        return said
    if kind in ("string_too_short", "too_short") and context.get("min_length") == 1:
        return "field.missing"
    return _IDS.get(kind) or _FAMILIES.get(kind.split("_")[0], "field.wrong")


@dataclass(frozen=True)
class Filled:
    """A form as the page shows it: the values typed, and what is wrong with them in the reader's language."""

    values: Mapping[str, list[str]] = field(default_factory=dict)
    errors: Mapping[str, str] = field(default_factory=dict)
    text: str = ""
    failed: bool = False
    labels: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, **values: object) -> Filled:
        """A fresh form with these values; days are written as the page writes them."""
        return cls(values={name: _typed(value) for name, value in values.items() if value is not None})

    @classmethod
    def again(cls, error: EdmsError, labels: Mapping[str, str] | None = None) -> Filled:
        """The form just sent, with its errors. `labels` name the fields in the summary."""
        problem = explained(error)
        sent = {name: list(values) for name, values in request.form.lists()}
        return cls(sent, problem.fields, problem.text, True, labels or {})

    def at(self, name: str) -> Filled:
        """The same, an error that names no field standing at this one."""
        return self if self.errors or not self.failed else replace(self, errors={name: self.text})

    def value(self, name: str) -> str:
        """What stands in the field."""
        return (self.values.get(name) or [""])[-1]

    def has(self, name: str, value: object) -> bool:
        """Whether this choice is made."""
        return str(value) in self.values.get(name, ())

    def error(self, name: str) -> str | None:
        """What is wrong with the field."""
        return self.errors.get(name)


def _typed(value: object) -> list[str]:
    if isinstance(value, dt.date):
        return [words.date(language(), value)]
    if isinstance(value, bool):
        return ["yes"] if value else []
    if isinstance(value, Iterable) and not isinstance(value, str):
        return [str(each) for each in value]
    return [str(value)]
