"""The fields of a route as fields of a page, for officials at a step and for citizens who apply: names, words, values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from flask import request

from edms import words
from edms.services import filling
from edms.services.building_forms import CURRENCY
from edms.services.definition import Field, Route
from edms.services.kinds import FieldKind as K
from edms.services.messages import title
from edms.web.kit import Filled, language, t

PREFIX = "v_"
"""Before the names of a route's fields, so that none is taken for a field of the page itself."""
_KINDS = {K.LONG_TEXT: "area", K.DATE: "day", K.YES_NO: "chips", K.CHOICE: "select"}
_INPUTS = {K.EMAIL: "email", K.PHONE: "tel"}
_MEASURES = (K.DECIMAL, K.AREA, K.LENGTH)
_SHORT = (K.NUMBER, K.MONEY, *_MEASURES, K.PERSONAL_NUMBER, K.CADASTRAL_CODE)


def said(route: Route, message: str) -> str:
    """The route's own words for this id, or the catalogue's."""
    return title(route, language(), message) if message in route.words or words.known(message) else message


def shown(route: Route, fields: Sequence[Field], for_some: str | None = None) -> list[dict[str, Any]]:
    """The fields as the template draws them; `for_some` is said at those that are asked of some only."""
    return [
        {
            "name": PREFIX + each.name,
            "label": said(route, each.title),
            "hint": said(route, each.hint) if each.hint else None,
            "kind": _KINDS.get(each.kind, "text"),
            "input": _INPUTS.get(each.kind, "text"),
            "size": "short" if each.kind in _SHORT else "",
            "options": _options(route, each),
            "required": each.required == "True" or (for_some if _for_some(each) else False),
            "max": each.longest,
        }
        for each in fields
    ]


def _for_some(field: Field) -> bool:
    return field.shown != "True" or field.required not in ("True", "False")


def given(fields: Sequence[Field]) -> dict[str, str]:
    """What was typed into them."""
    return {each.name: request.form.get(PREFIX + each.name, "") for each in fields}


def filled(fields: Sequence[Field], values: Mapping[str, Any], **more: object) -> Filled:
    """A fresh form with what is known already."""
    typed = {PREFIX + f.name: filling.typed(f, values.get(f.name), language()) for f in fields}
    return Filled.of(**{name: text for name, text in typed.items() if text}, **more)


def labels(route: Route, fields: Sequence[Field]) -> dict[str, str]:
    """The names of the fields, for the summary of errors."""
    return {PREFIX + each.name: said(route, each.title) for each in fields}


def named(fields: Mapping[str, str], route: Route) -> dict[str, str]:
    """Errors by the names that the fields have on the page."""
    return {PREFIX + name if name in route.fields else name: text for name, text in fields.items()}


def in_words(route: Route, field: Field, value: Any) -> str:
    """A value as a reader reads it."""
    if value is None:
        return ""
    if field.kind is K.YES_NO:
        return t("proceedings.yes" if value else "proceedings.no")
    if field.kind is K.CHOICE:
        return next((said(route, c.title) for c in field.choices if c.name == value), str(value))
    if field.kind is K.MONEY:
        return words.money(language(), Decimal(str(value)), CURRENCY[route.country])
    if field.kind in _MEASURES:
        return words.number(language(), Decimal(str(value)))
    return filling.typed(field, value, language())


def _options(route: Route, field: Field) -> list[tuple[str, str]]:
    if field.kind is K.YES_NO:
        return [(filling.YES, t("proceedings.yes")), ("no", t("proceedings.no"))]
    return [(choice.name, said(route, choice.title)) for choice in field.choices]
