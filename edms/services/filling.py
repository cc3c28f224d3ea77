"""What was typed into the fields of a route, read into values that conditions and papers understand. Pure.

Days are kept as ISO text and amounts as decimal text, so that what was typed is what is reckoned with.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from edms import words
from edms.errors import Invalid
from edms.registry.card import clean
from edms.services.conditions import holds
from edms.services.definition import Field
from edms.services.kinds import FieldKind as K

YES = "yes"
LONGEST_NUMBER = 15
"""Characters of a number: more than any sum or area has, and less than what cannot be reckoned with to the tetri."""
_EMAIL = re.compile(r"[^\s@<>,;\"]{1,64}@[^\s@<>,;\"]{1,190}\.[^\s@<>,;\".]{2,}")
_PHONE = re.compile(r"\+?[0-9][0-9 ()-]{4,24}")
_PERSONAL = re.compile(r"[0-9]{8,11}")  # Georgia: eleven digits, nine of a company; Armenia: ten, eight of a company
_CADASTRAL = re.compile(r"[0-9]{1,5}([.-][0-9]{1,5}){1,8}")
_IBAN = re.compile(r"[A-Z]{2}[0-9]{2}[A-Z0-9]{10,30}")


def shown(fields: Sequence[Field], every: Mapping[str, Field], values: Mapping[str, Any]) -> list[Field]:
    """The fields that are asked, as things stand."""
    return [each for each in fields if holds(each.shown, every, values)]


def of_applicants(fields: Sequence[Field], every: Mapping[str, Field]) -> list[Field]:
    """Without those that are asked only where nobody applied (how the office itself came upon the matter)."""
    somebody = {each.name: each.name for each in fields if each.kind is K.PERSON_NAME and each.required == "True"}
    return [each for each in fields if holds(each.shown, every, somebody) or not holds(each.shown, every, {})]


def read(
    fields: Sequence[Field], given: Mapping[str, str], every: Mapping[str, Field], known: Mapping[str, Any], *,
    today: date, needed: bool = True,
) -> dict[str, Any]:  # fmt: skip
    """The values of these fields, an empty one as None; `every` and `known` are all fields of the route and what is known.

    A field that is not shown for what was typed has no value. With `needed` those that are required must be there.
    Errors: Invalid, all fields at once.
    """
    typed: dict[str, Any] = {}
    wrong: dict[str, str] = {}
    for each in fields:
        text = clean(given.get(each.name)) or ""
        typed[each.name] = None
        if not text:
            continue
        value = _longest(each, text) and _READ.get(each.kind, _line)(each, text, today)
        if value is None:
            wrong[each.name] = (
                f"proceedings.field.{each.kind.value}" if len(text) <= each.longest else "proceedings.field.long"
            )
            continue
        typed[each.name] = value
    # What a field hangs on may stand after it: decided when all were read.
    seen = {each.name for each in shown(fields, every, {**known, **typed})}
    values = {name: value if name in seen else None for name, value in typed.items()}
    if needed:
        now = {**known, **values}
        missing = [f for f in fields if f.name in seen and values[f.name] is None and f.name not in wrong]
        wrong |= {f.name: "field.missing" for f in missing if holds(f.required, every, now)}
    wrong = {name: message for name, message in wrong.items() if name in seen}
    if wrong:
        raise Invalid(fields=wrong)
    return values


def typed(field: Field, value: Any, language: str) -> str:
    """A value as it stands in its field again."""
    if value is None:
        return ""
    if field.kind is K.DATE:
        return words.date(language, date.fromisoformat(value))
    if field.kind is K.YES_NO:
        return YES if value else "no"
    return str(value)


def decimal_of(text: str) -> Decimal | None:
    """A number as people here type it, with spaces within and a comma or point; None where it is none."""
    plain = text.replace("\u00a0", "").replace(" ", "").replace(",", ".")
    fits = len(plain) <= LONGEST_NUMBER and re.fullmatch(r"-?[0-9]+(\.[0-9]+)?", plain)
    return Decimal(plain) if fits else None


def _longest(field: Field, text: str) -> bool | None:
    return True if len(text) <= field.longest else None


def _line(field: Field, text: str, today: date) -> str | None:
    return " ".join(text.split()) or None


def _lines(field: Field, text: str, today: date) -> str | None:
    return text


def _number(field: Field, text: str, today: date) -> int | str | None:
    number = decimal_of(text)
    if number is None:
        return None
    if (field.low is not None and number < field.low) or (field.high is not None and number > field.high):
        return None
    if field.kind is K.NUMBER:
        return int(number) if number == number.to_integral_value() else None
    return str(number)


def _day(field: Field, text: str, today: date) -> str | None:
    day = words.read_date(text, today)
    return day.isoformat() if day is not None and day.year >= 1900 else None


def _yes_no(field: Field, text: str, today: date) -> bool | None:
    return {YES: True, "no": False}.get(text)


def _choice(field: Field, text: str, today: date) -> str | None:
    return text if any(each.name == text for each in field.choices) else None


def _fits(pattern: re.Pattern[str]) -> Callable[[Field, str, date], str | None]:
    return lambda field, text, today: text if pattern.fullmatch(text) else None


def _account(field: Field, text: str, today: date) -> str | None:
    """An IBAN whose check digits are right: a slip of one figure would send the money elsewhere."""
    plain = re.sub(r"[\s-]", "", text).upper()
    if not _IBAN.fullmatch(plain):
        return None
    figures = "".join(str(int(c, 36)) for c in plain[4:] + plain[:4])
    return plain if int(figures) % 97 == 1 else None


_READ: Mapping[K, Callable[[Field, str, date], Any]] = {
    K.LONG_TEXT: _lines,
    K.NUMBER: _number,
    K.DECIMAL: _number,
    K.MONEY: _number,
    K.AREA: _number,
    K.LENGTH: _number,
    K.DATE: _day,
    K.YES_NO: _yes_no,
    K.CHOICE: _choice,
    K.PERSONAL_NUMBER: _fits(_PERSONAL),
    K.PHONE: _fits(_PHONE),
    K.EMAIL: _fits(_EMAIL),
    K.ACCOUNT: _account,
    K.CADASTRAL_CODE: _fits(_CADASTRAL),
}
