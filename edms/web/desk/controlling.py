"""The controller's desk: how much waits for the word to close, then the rest by term, unit and person, last that whose
legal term stands.

How often to look is said with the term (domain rules of office, D414 art. 42): later years once a year, later months once
a month, the present month every ten days and five days before the day.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, timedelta
from itertools import groupby
from typing import Any, TypedDict
from urllib.parse import urlencode

from flask import Blueprint, render_template, request
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from edms import clock
from edms.access.actor import Actor
from edms.overview.line import LetterLine, lines_of, on_control
from edms.registry.models import Document
from edms.routing import control, control_counts
from edms.routing.control_counts import Due
from edms.routing.models import Control
from edms.staff.officials import officials
from edms.staff.units import units
from edms.web.desk import showing
from edms.web.kit import language, t
from edms.web.kit.house import house
from edms.web.kit.session import actor

bp = Blueprint("controlling", __name__, url_prefix="/control")
PAGE = 50
CHUNK = 500
BY = ("term", "unit", "person")
TERMS = ("all", "late", "five_days", "ten_days", "month", "later", "years", *Due)
LOOK = {"month": "control.look_days", "ten_days": "control.look_days", "later": "control.look_months", "years": "control.look_years"}  # fmt: skip
Row = tuple[Control, Document]


@bp.get("/")
def page() -> str:
    """By term: the list in its groups, above its first page how much is proposed for removal, below it what stands. By
    unit and person: counts."""
    who, asked = actor(), request.args
    today = clock.today(who.time_zone)
    by = asked.get("by", "term") if asked.get("by") in BY else "term"
    term, unit, person = chosen(asked)
    after = _after(asked.get("after", ""))
    with house().transaction() as session:
        standing = control_counts.standing(session, who, unit_id=unit, official_id=person)
        rows = [] if by != "term" else listed(session, who, asked, today, after=after, limit=PAGE + 1, **_group(term))
        shown, last = rows[:PAGE], rows[PAGE - 1][0] if len(rows) > PAGE else None
        first = term == "all" and by == "term" and not after
        if first:
            shown = [*shown, *listed(session, who, asked, today, limit=PAGE, **_group(Due.STANDS))]
        named = {"unit": unit_names(session, who), "person": people_names(session, who)}
        return render_template(
            "desk/control.html",
            proposed=standing.all[Due.ANSWERED] if first else 0,
            more={due: _with(asked, term=due) for due in (Due.STANDS,) if first and standing.all[due] > PAGE},
            groups=_grouped(lined(session, shown, today), today),
            standing=standing,
            dues=list(Due),
            by=by,
            table=_table(standing.units if by == "unit" else standing.people, named.get(by, []), by),
            views=[(t(f"control.view.{name}"), _with(asked, by=name, after=None), name == by) for name in BY],
            term=term,
            unit=unit,
            person=person,
            query=urlencode({k: v for k, v in (("term", term), ("unit", unit), ("person", person)) if v}),
            look_often=LOOK.get(term),
            terms=[
                (str(name), t(f"control.{name}" if name not in set(Due) else f"control.due.{name}")) for name in TERMS
            ],
            units=named["unit"],
            people=named["person"],
            older=_with(asked, after=f"{last.due_on.isoformat()}.{last.control_id}") if last else None,
            newer=_with(asked, after=None) if after else None,
        )


def chosen(asked: MultiDict[str, str]) -> tuple[str, int | None, int | None]:
    """The term, unit and person that the address asks for."""
    term = asked.get("term", "all")
    return term if term in TERMS else "all", asked.get("unit", type=int), asked.get("person", type=int)


def listed(
    session: Session, who: Actor, asked: MultiDict[str, str], today: date, *, answered: bool | None = None,
    stands: bool | None = None, after: tuple[date, int] | None = None, limit: int,
) -> list[Row]:  # fmt: skip
    """What is under control under the address's filters, the most urgent first; of all of it, with `answered` or `stands`,
    only what was answered, or whose legal term stands, or what was and does not."""
    which = _which(asked, today)
    if answered is not None:
        which["answered"] = answered
    if stands is not None:
        which["stands"] = stands
    return control.list_controlled(session, who, after=after, limit=limit, **which)


class _Group(TypedDict, total=False):
    answered: bool
    stands: bool


def _group(term: str) -> _Group:
    """What a page of the list holds: what was answered and what stands are groups of their own."""
    return {"answered": True} if term == Due.ANSWERED else {"answered": False, "stands": term == Due.STANDS}


def count(session: Session, who: Actor, asked: MultiDict[str, str], today: date) -> int:
    """How many that list has in all."""
    return control.count_controlled(session, who, **_which(asked, today))


def _which(asked: MultiDict[str, str], today: date) -> control.Which:
    term, unit, person = chosen(asked)
    which: control.Which = {"unit_id": unit, "official_id": person}
    if term == Due.ANSWERED:
        return {**which, "answered": True}
    if term == Due.STANDS:
        return {**which, "answered": False, "stands": True}
    if term == "all":
        return which
    overdue_on, since, until = _days(term, today)
    return {**which, "answered": False, "overdue_on": overdue_on, "since": since, "until": until}


def every(session: Session, who: Actor, asked: MultiDict[str, str], today: date) -> Iterator[tuple[Row, LetterLine]]:
    """All of them with their lines, chunk by chunk."""
    after = None
    while rows := listed(session, who, asked, today, after=after, limit=CHUNK):
        yield from lined(session, rows, today)
        after = (rows[-1][0].due_on, rows[-1][0].control_id)
        session.expunge_all()


def lined(session: Session, rows: Sequence[Row], today: date) -> list[tuple[Row, LetterLine]]:
    """The rows with their lines."""
    lines = lines_of(session, [document for _, document in rows], today)
    return [(row, on_control(line, row[0], today)) for row, line in zip(rows, lines, strict=True)]


def unit_names(session: Session, who: Actor) -> list[tuple[int, str]]:
    """The units of the office by id."""
    return [(u.unit_id, f"{u.index} {u.name(language())}".strip()) for u in units(session, who)]


def people_names(session: Session, who: Actor) -> list[tuple[int, str]]:
    """Its people by id."""
    return [(p.official_id, p.name(language())) for p in officials(session, who)]


def _grouped(rows: Iterable[tuple[Row, LetterLine]], today: date) -> list[tuple[Due, Any]]:
    """The lines of a page under the days they are due; they come in that order."""
    grouped = groupby(rows, key=lambda row: control_counts.group_of(row[0][0], row[0][1], today))
    return [(due, showing.lines(line for _, line in group)) for due, group in grouped]


def _table(counts: dict[int, Any], named: list[tuple[int, str]], by: str) -> list[tuple[int, str, Any]]:
    """The counts with their names, in the order of the names; those without a unit or person last."""
    names = dict(named)
    rows = [
        (ident, names.get(ident, t("reports.no_unit" if by == "unit" else "reports.nobody")), n)
        for ident, n in counts.items()
    ]
    return sorted(rows, key=lambda row: (not row[0], row[1]))


def _days(term: str, today: date) -> tuple[date | None, date | None, date | None]:
    """What the term keeps: due before this day, from this one, by this one."""
    month_end = (today.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)
    year_end = today.replace(month=12, day=31)
    match term:
        case "late":
            return today, None, None
        case "five_days":
            return None, today, today + timedelta(days=5)
        case "ten_days":
            return None, today, today + timedelta(days=10)
        case "month":
            return None, today, month_end
        case "later":
            return None, month_end + timedelta(days=1), year_end
        case "years":
            return None, year_end + timedelta(days=1), None
        case _:
            return (None, *control_counts.bounds(Due(term), today))


def _after(text: str) -> tuple[date, int] | None:
    day, _, ident = text.partition(".")
    try:
        return date.fromisoformat(day), int(ident)
    except ValueError:
        return None


def _with(asked: MultiDict[str, str], **changed: str | None) -> str:
    kept = {name: value for name, value in {**asked.to_dict(), **changed}.items() if value}
    return f"{request.path}?{urlencode(kept)}"
