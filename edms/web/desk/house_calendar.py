"""The calendar of an organisation: the year's days off, days declared by the government, and the terms they move."""

from __future__ import annotations

from datetime import date

from flask import Blueprint, redirect, render_template, request, url_for
from pydantic import BaseModel
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from edms import terms, words
from edms.access.actor import Actor
from edms.access.permissions import Permission
from edms.access.policy import permits
from edms.errors import Conflict, Invalid, NotFound
from edms.routing.recounting import over_day, recount
from edms.staff import calendars
from edms.staff.calendars import calendar_of
from edms.staff.models import Organisation
from edms.web.desk import house as place
from edms.web.kit import Filled, language, read, t, today
from edms.web.kit.forms import Day, OneLine
from edms.web.kit.house import house
from edms.web.kit.session import actor

bp = Blueprint("calendar", __name__, url_prefix="/house/calendar")

Row = tuple[date, str, str, bool]  # day, what it is, in words, declared here


class Declaring(BaseModel):
    """Which day, off or worked, by which decree."""

    day: Day
    works: OneLine = "off"
    note: OneLine = ""
    version: int = 0


@bp.route("/", methods=["GET", "POST"])
def page() -> str | Response | tuple[str, int]:
    """The year; the administrator declares a day, which first says what it changes, then does."""
    who = actor()
    try:
        with house().transaction() as session:
            where = place.organisation(session, who)
            if request.method == "GET":
                return _page(session, who, where, Filled.of(works="off"))
            form = read(Declaring)
            works = form.works == "works"
            if request.form.get("do") != "declare":
                return _page(session, who, where, _typed(), asked=form.day)
            calendars.declare(session, who, where, day=form.day, works=works, note=form.note, version=form.version)
            moved = recount(session, who, where, form.day)
            kept = place.of(where, who)
    except (Invalid, Conflict) as error:
        with house().transaction() as session:
            return _page(session, who, place.organisation(session, who), place.again(error)), 422
    return redirect(url_for("calendar.page", year=form.day.year, moved=moved, **kept), 303)


@bp.post("/<day>/take-back")
def take_back(day: str) -> Response:
    """The day is an ordinary one again; terms over it are counted anew."""
    who = actor()
    try:
        chosen = date.fromisoformat(day)
    except ValueError:
        raise NotFound from None
    with house().transaction() as session:
        where = place.organisation(session, who)
        version = request.form.get("version", 0, type=int)
        calendars.take_back(session, who, where, day=chosen, version=version)
        moved = recount(session, who, where, chosen)
        kept = place.of(where, who)
    return redirect(url_for("calendar.page", year=chosen.year, moved=moved, **kept), 303)


def _typed() -> Filled:
    return Filled(values={name: list(values) for name, values in request.form.lists()})


def _page(session: Session, who: Actor, where: Organisation, form: Filled, asked: date | None = None) -> str:
    year = asked.year if asked else _year()
    may_edit = permits(who, Permission.CALENDAR_EDIT, where)
    calendar = calendar_of(where)
    return render_template(
        "desk/house_calendar.html", where=where, kept=place.of(where, who), year=year, rows=_rows(where, year),
        form=form, may_edit=may_edit, moved=request.args.get("moved", type=int), asked=asked,
        works_now=calendar.is_working(asked) if asked else None,
        affected=len(over_day(session, who, where, asked)) if asked and may_edit else 0,
        working_days=sum(calendar.is_working(day) for day in _days(year)),
        decided=len(terms.decided(where.country, year)),
        choices=[("off", t("calendar.off")), ("works", t("calendar.works"))], day=today(),
    )  # fmt: skip


def _rows(where: Organisation, year: int) -> list[Row]:
    calendar = calendar_of(where)
    told: dict[date, tuple[str, str, bool]] = {
        day: ("off", t(f"terms.holiday.{holiday.name}", day=_said(day), title=holiday.title), False)
        for day, holiday in calendar.holidays_of(year).items()
    }
    here = {each["day"] for each in calendars.declared(where)}
    for each in calendar.declared:
        if each.day.year == year:
            message = "terms.declared.worked" if each.works else "terms.declared.off"
            said = t(message, day=_said(each.day), note=each.note)
            told[each.day] = ("works" if each.works else "declared", said, each.day.isoformat() in here)
    return [(day, *told[day]) for day in sorted(told)]


def _said(day: date) -> str:
    return words.date(language(), day)


def _days(year: int) -> list[date]:
    first = date(year, 1, 1).toordinal()
    return [date.fromordinal(n) for n in range(first, date(year + 1, 1, 1).toordinal())]


def _year() -> int:
    wanted = request.args.get("year", type=int)
    return wanted if wanted is not None and calendars.FIRST_YEAR <= wanted <= calendars.LAST_YEAR else today().year
