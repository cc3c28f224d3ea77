"""Numbers, sizes and enumerations as each language writes them."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import NamedTuple

from babel.lists import format_list
from babel.numbers import format_decimal, format_percent

from edms.words.catalogue import locale, say

_STEP = 1024
_SIZES = ("size.bytes", "size.kb", "size.mb", "size.gb", "size.tb")


def number(lang: str, value: int | float | Decimal) -> str:
    """A count or measure, grouped as the language groups it. Not for years and registered numbers."""
    return str(format_decimal(value, locale=locale(lang)))


class Sum(NamedTuple):
    """A sum among the values of a message: it is told with its money by name."""

    amount: Decimal
    currency: str


def money(lang: str, amount: Decimal, currency: str) -> str:
    """A sum with its hundredths and its money by name, not by code (ISO 4217): "1 234,50 ლარი"."""
    return say(lang, f"money.{currency}", sum=format_decimal(amount, format="#,##0.00", locale=locale(lang)))


def percent(lang: str, share: float) -> str:
    """A share between 0 and 1 as whole per cent."""
    return str(format_percent(share, locale=locale(lang)))


def size(lang: str, octets: int) -> str:
    """A size of bytes in the largest unit that keeps it above one, with one decimal below ten."""
    amount, unit = float(octets), 0
    while amount >= _STEP and unit < len(_SIZES) - 1:
        amount, unit = amount / _STEP, unit + 1
    rounded = round(amount, 1) if unit and amount < 10 else round(amount)
    return say(lang, _SIZES[unit], amount=number(lang, rounded))


def list_of(lang: str, items: Iterable[str], *, either: bool = False) -> str:
    """ "a, b and c" in the language; `either` joins by "or"."""
    return format_list(list(items), style="or" if either else "standard", locale=locale(lang))
