"""The controller's list: what was answered and waits for the word to close, then the rest by term, unit and person.

How often to look is said with the term (domain rules of office, D414 art. 42): later years once a year, later months once
a month, the present month every ten days and five days before the day.
"""

from __future__ import annotations

from datetime import date, timedelta
from urllib.parse import urlencode

from flask import Blueprint, render_template, request
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from edms import clock
from edms.access.actor import Actor
from edms.access.permissions import Permission
from edms.access.policy import permits
from edms.overview.line import LetterLine, lines_of, with_inner
from edms.registry.models import Document
from edms.routing import control
from edms.routing.models import Control
from edms.staff.officials import officials
from edms.staff.units import units
from edms.web.desk import showing
from edms.web.kit import language, t
from edms.web.kit.house import house
from edms.web.kit.session import actor

bp = Blueprint("controlling", __name__, url_prefix="/control")
PAGE = 50
TERMS = ("all", "late", "five_days", "ten_days", "month", "later", "years")
LOOK = {"month": "control.look_days", "ten_days": "control.look_days", "later": "control.look_months", "years": "control.look_years"}  # fmt: skip
Row = tuple[Control, Document]


@bp.get("/")
def page() -> str:
    """The list; what is proposed for removal stands first, above the first page only."""
    who, asked = actor(), request.args
    today = clock.today(who.time_zone)
    term = asked.get("term", "all") if asked.get("term") in TERMS else "all"
    unit, person = asked.get("unit", type=int), asked.get("person", type=int)
    after = _after(asked.get("after", ""))
    with house().transaction() as session:
        proposed = [] if after else control.list_controlled(
            session, who, proposed=True, unit_id=unit, official_id=person, limit=PAGE
        )  # fmt: skip
        overdue_on, since, until = _days(term, today)
        rows = control.list_controlled(
            session, who, proposed=False, overdue_on=overdue_on, since=since, until=until, unit_id=unit,
            official_id=person, after=after, limit=PAGE + 1,
        )  # fmt: skip
        shown, last = rows[:PAGE], rows[PAGE - 1][0] if len(rows) > PAGE else None
        return render_template(
            "desk/control.html",
            proposed=[(showing.line(line), _may_remove(who, row[1])) for row, line in _lined(session, proposed, today)],
            lines=showing.lines(line for _, line in _lined(session, shown, today)),
            term=term,
            unit=unit,
            person=person,
            look_often=LOOK.get(term),
            terms=[(name, t(f"control.{name}")) for name in TERMS],
            units=[(u.unit_id, f"{u.index} {u.name(language())}".strip()) for u in units(session, who)],
            people=[(p.official_id, p.name(language())) for p in officials(session, who)],
            older=_with(asked, f"{last.due_on.isoformat()}.{last.control_id}") if last else None,
            newer=_with(asked, None) if after else None,
        )


def _lined(session: Session, rows: list[Row], today: date) -> list[tuple[Row, LetterLine]]:
    lines = lines_of(session, [document for _, document in rows], today)
    return [(row, with_inner(line, row[0].due_on, today)) for row, line in zip(rows, lines, strict=True)]


def _may_remove(who: Actor, document: Document) -> bool:
    return permits(who, Permission.CONTROL_REMOVE, document)


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
            return None, None, None


def _after(text: str) -> tuple[date, int] | None:
    day, _, ident = text.partition(".")
    try:
        return date.fromisoformat(day), int(ident)
    except ValueError:
        return None


def _with(asked: MultiDict[str, str], after: str | None) -> str:
    kept = {name: value for name, value in asked.items() if name != "after" and value}
    return f"{request.path}?{urlencode({**kept, 'after': after} if after else kept)}"
