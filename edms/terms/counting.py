"""What a term comes to: its last day and last moment, and each step of the count with its reason.

Georgia: count from the next day; working days skip holidays and rest days; a month ends on the same date or the last
one; a last day that is off moves to the next working day; acts until 24:00 (GAC 15 and 94, CPC 59-61). Armenia: the
same, in calendar days, until 18:00 of the last working day.
"""

from __future__ import annotations

import calendar as months
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from edms.terms.calendar import Calendar
from edms.terms.term import Cause, Extension, Interval, Kind, Law, Term

DAY = timedelta(days=1)
COUNTING_LAW = {"GE": (Law("gac", "15, 94"), Law("cpc", "59–61")), "AM": (Law("am_apl"),)}


@dataclass(frozen=True)
class Step:
    """One reason in the count of a term: a message id, its values (days as dates, numbers as ints), the articles."""

    message: str
    values: Mapping[str, object]
    laws: tuple[Law, ...] = ()


@dataclass(frozen=True)
class Due:
    """What a term comes to. While the clock stands `on`, `last_moment` and `silence_on` are None and `left` says what
    remains (in the term's own days; calendar days for weeks, months and fixed dates)."""

    term: Term
    calendar: Calendar
    started_on: date
    on: date | None
    last_moment: datetime | None
    silence_on: date | None
    stands_since: date | None
    left: int | None
    steps: tuple[Step, ...]

    def to_json(self) -> dict[str, Any]:
        """The result as JSON values, its steps with it: an explanation given once stays what it was."""
        return {
            "term": self.term.to_json(),
            "started_on": self.started_on.isoformat(),
            "on": self.on and self.on.isoformat(),
            "last_moment": self.last_moment and self.last_moment.isoformat(),
            "silence_on": self.silence_on and self.silence_on.isoformat(),
            "stands_since": self.stands_since and self.stands_since.isoformat(),
            "left": self.left,
            "steps": [
                {"message": s.message, "values": _plain(s.values), "laws": [law.to_json() for law in s.laws]}
                for s in self.steps
            ],
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any], calendar: Calendar) -> Due:
        """The result that `to_json` wrote, under the organisation's present calendar."""
        return cls(
            term=Term.from_json(data["term"]),
            calendar=calendar,
            started_on=date.fromisoformat(data["started_on"]),
            on=_day(data["on"]),
            last_moment=datetime.fromisoformat(data["last_moment"]).astimezone(UTC) if data["last_moment"] else None,
            silence_on=_day(data["silence_on"]),
            stands_since=_day(data["stands_since"]),
            left=data["left"],
            steps=tuple(
                Step(s["message"], _values(s["values"]), tuple(Law(**law) for law in s["laws"])) for s in data["steps"]
            ),
        )


def due(
    term: Term,
    calendar: Calendar,
    started_on: date,
    *,
    intervals: Sequence[Interval] = (),
    extensions: Sequence[Extension] = (),
) -> Due:
    """Count the term that began on `started_on` through the intervals of its case.

    `intervals` may be all those of the case: only causes that the term names are heeded. Extensions of the term's own
    kind lengthen the count from its start, so that two months are two months; others count from the date reached.
    """
    laws = COUNTING_LAW.get(calendar.country, ())
    steps = [Step(f"terms.length.{term.kind}", _length(term), (term.law,) if term.law else ())]
    steps.append(Step(f"terms.from.{term.start}", {"day": started_on}, laws))
    since, restarts = _begin(term, started_on, intervals)
    steps += restarts
    stops = _stops(term, since, intervals) if term.kind is not Kind.FIXED else []
    own = [e for e in extensions if e.kind is term.kind and term.kind is not Kind.FIXED]
    other = [e for e in extensions if e not in own]
    count = term.count + sum(e.count for e in own)
    end = _end(count, term.kind, calendar, since, _closed(stops))
    for extension in other:
        end = _end(extension.count, extension.kind, calendar, calendar.next_working(end), _closed(stops))
    if term.kind is not Kind.WORKING:
        end = _held_off_a_day_off(calendar, end, _closed(stops))
    on = calendar.next_working(end)
    within = end if term.kind is Kind.WORKING else on
    steps += _stop_steps(stops, within)
    steps += [Step(f"terms.extended.{e.kind}", {"n": e.count, "day": e.decided_on}) for e in extensions]
    open_since = min((s.since for s in stops if s.until is None and s.since < within), default=None)
    if open_since is not None:
        left = _left(term.kind, calendar, max(open_since, since), end if open_since < end else within, _closed(stops))
        steps.append(Step("terms.stands", {"n": left, "since": open_since}))
        return Due(term, calendar, started_on, None, None, None, open_since, left, tuple(steps))
    steps += _skipped(term.kind, calendar, since, end)
    if term.kind is Kind.MONTH and not own and not stops and end.day != since.day and term.count:
        steps.append(Step("terms.month_end", {"day": end}, laws))
    if on != end:
        steps += _days_off(calendar, end, on - DAY, weekends=True)
        steps.append(Step("terms.moved", {"was": end, "day": on}, laws))
    steps.append(_result(calendar, on))
    if term.silence != "none":
        silence_laws = (term.silence_law,) if term.silence_law else ()
        steps.append(Step(f"terms.silence.{term.silence}", {"day": on + DAY}, silence_laws))
    silence_on = on + DAY if term.silence != "none" else None
    return Due(term, calendar, started_on, on, calendar.end_of(on), silence_on, None, None, tuple(steps))


def days_stood(term: Term, intervals: Iterable[Interval], after: date) -> int:
    """How many calendar days after `after` the term's clock stood, in the intervals that have ended."""
    causes: frozenset[Cause] = term.excludes | term.suspended_by | term.restarted_by
    ended = sorted((i for i in intervals if i.cause in causes and i.until is not None), key=lambda i: i.since)
    return sum(max(0, (until - max(since, after)).days) for since, until in _closed(ended))


def _length(term: Term) -> dict[str, object]:
    if term.kind is Kind.FIXED:
        return {"day": date(2000, *divmod(term.count, 100)).strftime("%d.%m")}
    return {"n": term.count}


def _begin(term: Term, started_on: date, intervals: Iterable[Interval]) -> tuple[date, list[Step]]:
    """The day the count runs from: the start, or the end of the last interval that begins it anew."""
    since, steps = started_on, []
    for interval in sorted(intervals, key=lambda i: i.since):
        if interval.cause in term.restarted_by and interval.until is not None and interval.until > since:
            since = interval.until
            steps.append(Step(f"terms.restarted.{interval.cause}", {"day": since}))
    return since, steps


def _stops(term: Term, since: date, intervals: Iterable[Interval]) -> list[Interval]:
    """The intervals in which this term's clock stands, in order, cut at its start."""
    causes: frozenset[Cause] = term.excludes | term.suspended_by
    heeded = [i for i in intervals if i.cause in causes or (i.cause in term.restarted_by and i.until is None)]
    cut = [Interval(i.cause, max(i.since, since), i.until) for i in heeded if i.until is None or i.until > since]
    return sorted(cut, key=lambda i: i.since)


def _closed(stops: Iterable[Interval]) -> list[tuple[date, date]]:
    """The closed intervals, merged where they overlap, as (day before the first, last day)."""
    merged: list[tuple[date, date]] = []
    for stop in stops:
        if stop.until is None:
            continue
        if merged and stop.since <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(merged[-1][1], stop.until))
        else:
            merged.append((stop.since, stop.until))
    return merged


def _end(count: int, kind: Kind, calendar: Calendar, since: date, stops: list[tuple[date, date]]) -> date:
    """The last day of the count, before it is moved off a day off."""
    if kind is Kind.FIXED:
        month, day = divmod(count, 100)
        return min(on for year in (since.year, since.year + 1) if (on := _in_month(year, month, day)) >= since)
    if kind is Kind.WORKING:
        day_, counted = since, 0
        while counted < count:
            day_ = calendar.next_working(day_ + DAY)
            counted += not any(a < day_ <= b for a, b in stops)
        return day_
    if kind is Kind.MONTH:
        months_on = since.year * 12 + since.month - 1 + count
        base = _in_month(months_on // 12, months_on % 12 + 1, since.day)
    else:
        base = since + DAY * (count * 7 if kind is Kind.WEEK else count)
    end = base
    while (longer := base + DAY * _standing(since, end, stops)) != end:
        end = longer
    return end


def _held_off_a_day_off(calendar: Calendar, end: date, stops: list[tuple[date, date]]) -> date:
    """The end of a count that came to a day off, when the clock stopped before the working day that it is moved to: the
    days up to that one are left then."""
    on = calendar.next_working(end)
    for since, until in stops:
        if end <= since < on:
            end = until + (on - since)
            on = calendar.next_working(end)
    return end


def _in_month(year: int, month: int, day: int) -> date:
    return date(year, month, min(day, months.monthrange(year, month)[1]))


def _standing(after: date, through: date, stops: list[tuple[date, date]]) -> int:
    """How many days after `after`, up to and with `through`, the clock stood."""
    return sum(max(0, (min(b, through) - max(a, after)).days) for a, b in stops)


def _left(kind: Kind, calendar: Calendar, after: date, end: date, stops: list[tuple[date, date]]) -> int:
    days = [after + DAY * n for n in range(1, (end - after).days + 1)]
    running = [d for d in days if not any(a < d <= b for a, b in stops)]
    return sum(kind is not Kind.WORKING or calendar.is_working(d) for d in running)


def _stop_steps(stops: Iterable[Interval], end: date) -> list[Step]:
    steps = []
    for stop in stops:
        if stop.since >= end:
            continue
        if stop.until is None:
            steps.append(Step(f"terms.open.{stop.cause}", {"since": stop.since}))
        else:
            days = (stop.until - stop.since).days
            values: dict[str, object] = {"since": stop.since, "until": stop.until, "n": days}
            steps.append(Step(f"terms.stopped.{stop.cause}", values))
    return steps


def _skipped(kind: Kind, calendar: Calendar, since: date, end: date) -> list[Step]:
    """The named days that a count in working days passed over. Plain weekends go without saying."""
    return _days_off(calendar, since + DAY, end, weekends=False) if kind is Kind.WORKING else []


def _days_off(calendar: Calendar, first: date, last: date, *, weekends: bool) -> list[Step]:
    """The named days among these; holidays that fall on a weekend only where `weekends` asks for them."""
    steps = []
    for n in range((last - first).days + 1):
        day = first + DAY * n
        holiday, declared = calendar.holidays_of(day.year).get(day), calendar.declared_on(day)
        if declared is not None:
            message = "terms.declared.worked" if declared.works else "terms.declared.off"
            steps.append(Step(message, {"day": day, "note": declared.note}))
        elif holiday is not None and (weekends or day.weekday() not in calendar.weekend):
            steps.append(Step(f"terms.holiday.{holiday.name}", {"day": day, "title": holiday.title}))
    return steps


def _result(calendar: Calendar, on: date) -> Step:
    if calendar.day_ends is None:
        return Step("terms.last_day", {"day": on})
    return Step("terms.last_day_until", {"day": on, "time": calendar.day_ends.isoformat("minutes")})


def _plain(values: Mapping[str, object]) -> dict[str, object]:
    return {name: {"date": value.isoformat()} if isinstance(value, date) else value for name, value in values.items()}


def _values(values: Mapping[str, Any]) -> dict[str, object]:
    return {n: date.fromisoformat(v["date"]) if isinstance(v, dict) else v for n, v in values.items()}


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None
