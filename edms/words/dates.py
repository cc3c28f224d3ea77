"""Days and instants as people say them: "today 14:05", then dates as dd.mm.yyyy in every language.

Reads dates as clerks type them. Instants are UTC; the organisation's time zone makes them civil time.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_skeleton, format_timedelta

from edms import clock
from edms.words.catalogue import locale, say

_NEAR = {-1: "time.yesterday_at", 0: "time.today_at", 1: "time.tomorrow_at"}
_NEAR_DAYS = {-1: "time.yesterday", 0: "time.today", 1: "time.tomorrow"}


def date(lang: str, day: dt.date, *, today: dt.date | None = None) -> str:
    """A day as dd.mm.yyyy, the same in every language; with `today`, the days around it in words."""
    if today is not None and (word := _NEAR_DAYS.get((day - today).days)):
        return say(lang, word)
    return f"{day:%d.%m.}{day.year:04d}"


# As offices write it, where that is not what CLDR has.
_LONG = {"ka": "d MMMM y", "hy": "y 'թ.' MMMM d"}
_MONTH = {"ka": "LLLL y", "hy": "y 'թ.' LLLL"}


def long_date(lang: str, day: dt.date) -> str:
    """A day with its month in words, for letters and citizens."""
    return str(format_date(day, format=_LONG.get(lang, "long"), locale=locale(lang)))


def month(lang: str, day: dt.date) -> str:
    """The month and year of a day, as a heading."""
    if written := _MONTH.get(lang):
        return str(format_date(day, format=written, locale=locale(lang)))
    return str(format_skeleton("yMMMM", day, locale=locale(lang)))


def clock_time(instant: dt.datetime, zone: str) -> str:
    """The civil time of an instant, as hh:mm."""
    return f"{instant.astimezone(ZoneInfo(zone)):%H:%M}"


def datetime(lang: str, instant: dt.datetime, zone: str) -> str:
    """An instant in civil time: "today 14:05", "yesterday 09:30", else "21.11.2026 14:05"."""
    time, day = clock_time(instant, zone), clock.day_of(instant, zone)
    near = _NEAR.get((day - clock.today(zone)).days)
    return say(lang, near, time=time) if near else f"{date(lang, day)} {time}"


def civil(lang: str, value: object, zone: Callable[[], str]) -> object:
    """A day or an instant among the values of a message as people say it, also an instant that was kept as text;
    else the value.

    A text that looks like a day alone stays: letters have such numbers. The zone is asked for only where there is an instant.
    """
    if isinstance(value, str) and _KEPT.fullmatch(value):
        try:
            value = dt.datetime.fromisoformat(value)
        except ValueError:
            return value
    if isinstance(value, dt.datetime):
        return datetime(lang, value, zone())
    return date(lang, value) if isinstance(value, dt.date) else value


_KEPT = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d+)?\+\d\d:\d\d", re.ASCII)


def age(lang: str, instant: dt.datetime) -> str:
    """How long ago an instant was, in its largest unit: "5 minutes", "3 days"."""
    return str(format_timedelta(max(clock.now() - instant, dt.timedelta(minutes=1)), locale=locale(lang)))


# The word, its first letter, and what the key T writes in each layout.
_TODAY = {"t", "today", "დ", "ტ", "თ", "დღეს", "ა", "տ", "այսօր", "с", "е", "сегодня"}
_PARTS = re.compile(r"(\d{1,2})(?:[.\-/ ]+(\d{1,2})(?:[.\-/ ]+(\d{4}|\d{2}))?)?[.]?", re.ASCII)


def read_date(text: str, today: dt.date) -> dt.date | None:
    """The day that a clerk typed, or None when it is none.

    "21.11.2026", "21/11/26", "21112026", "2026-11-21"; "5" and "5.11" fall in the present month and year; "t" is
    today, "-3" three days ago, "+10" in ten days. Two-digit years are of this century.
    """
    typed = text.strip().casefold()
    if typed in _TODAY:
        return today
    try:
        if re.fullmatch(r"[+-][0-9]{1,4}", typed):
            return today + dt.timedelta(days=int(typed))
        if re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", typed):
            return dt.date.fromisoformat(typed)
        if re.fullmatch(r"[0-9]{8}", typed):
            return dt.date(int(typed[4:]), int(typed[2:4]), int(typed[:2]))
        if found := _PARTS.fullmatch(typed):
            day, month_, year = found.groups()
            return dt.date(_year(year, today), int(month_ or today.month), int(day))
    except (ValueError, OverflowError):
        return None
    return None


def _year(typed: str | None, today: dt.date) -> int:
    if typed is None:
        return today.year
    return int(typed) + (today.year // 100 * 100 if len(typed) == 2 else 0)
