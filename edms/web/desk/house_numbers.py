"""A register's numbers before and beside its letters: reserved for a person, given free, voided with their reason."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from flask import Blueprint, redirect, render_template, request, url_for
from pydantic import BaseModel
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from edms.access.actor import Actor
from edms.access.permissions import Permission
from edms.access.policy import permits, require
from edms.errors import Conflict, Invalid, RuleBroken
from edms.overview import changed
from edms.registry import documents, registers, reservations
from edms.registry.models import Document, Number, Register
from edms.registry.series import series
from edms.registry.words import NumberState
from edms.staff.officials import official_of, officials
from edms.web.desk import house as place
from edms.web.kit import Filled, language, read, today
from edms.web.kit.forms import Day, OneLine
from edms.web.kit.house import house
from edms.web.kit.session import actor, to_step_up

bp = Blueprint("numbers", __name__, url_prefix="/registers")

PAGE = 100  # of the void list
LAST_MINUTE = time(23, 59)  # of the day through which a number is reserved


class Reserving(BaseModel):
    """For whom, why, and through which day."""

    official: int | None = None
    reason: OneLine = ""
    until: Day | None = None


@bp.route("/<int:register_id>/numbers", methods=["GET", "POST"])
def page(register_id: int) -> str | Response | tuple[str, int]:
    """Reserved and void numbers and the years of the register; the form reserves the next one."""
    who = actor()
    try:
        with house().transaction() as session:
            book = registers.register_of(session, who, register_id)
            if request.method == "GET":
                return _page(session, who, book, Filled.of(official=who.official_id, until=today() + timedelta(days=1)))
            form = read(Reserving)
            official = official_of(session, who, form.official or who.official_id or 0)
            day = form.until or today() + timedelta(days=1)
            until = datetime.combine(day, LAST_MINUTE, tzinfo=ZoneInfo(who.time_zone))
            reservations.reserve(
                session, who, book, for_official_id=official.official_id, reason=form.reason, until=until
            )
    except (Invalid, RuleBroken) as error:
        with house().transaction() as session:
            return _page(session, who, registers.register_of(session, who, register_id), place.again(error)), 422
    return redirect(url_for("numbers.page", register_id=register_id), 303)


@bp.route("/numbers/<int:number_id>/void", methods=["GET", "POST"])
def void(number_id: int) -> str | Response | tuple[str, int]:
    """Void a number that stands on nothing: the password first, then the reason. It never comes back."""
    away = to_step_up()
    if away is not None:
        return away
    who, form, status = actor(), Filled(), 200
    try:
        with house().transaction() as session:
            number = reservations.number_of(session, who, number_id)
            register_id = number.register_id
            if request.method == "POST":
                reservations.void(session, who, number, reason=request.form.get("reason", ""))
                return redirect(url_for("numbers.page", register_id=register_id), 303)
    except (Invalid, RuleBroken, Conflict) as error:
        form, status = place.again(error), 422
    with house().transaction() as session:
        number = reservations.number_of(session, who, number_id)
        book = registers.register_of(session, who, number.register_id)
        require(who, Permission.NUMBER_VOID, book)
        return render_template("desk/house_void.html", number=number, book=book, form=form), status


def why(number: Number) -> str:
    """The reason of a void or reserved number; one that a machine wrote down as a message is said in words."""
    return changed.reason(language(), number.reason)


def _voids(session: Session, who: Actor, voids: list[Number]) -> list[tuple[Number, str, Document | None]]:
    """Void numbers; of a letter that was moved, where it is now, if its reader may know it."""
    letters = documents.seen_of(session, who, [n.document_id for n in voids if n.document_id is not None])
    return [(n, why(n), letters.get(n.document_id or 0)) for n in voids]


def _before() -> reservations.Place | None:
    """Where the page of the void list begins."""
    year, _, serial = request.args.get("before", "").partition(".")
    return (int(year), int(serial)) if year.isdecimal() and serial.isdecimal() and len(year + serial) < 22 else None


def _page(session: Session, who: Actor, book: Register, form: Filled) -> str:
    speaks, before = language(), _before()
    voids = reservations.newest_voids(session, who, book, before=before, limit=PAGE + 1)
    last = voids[PAGE - 1] if len(voids) > PAGE else None
    people = officials(session, who)
    named = {p.official_id: p.name(speaks) for p in people}
    reserved = [
        (n, why(n), named.get(n.reserved_by_id or 0, ""), n.draft_ref is not None)
        for n in reservations.open_reservations(session, who, book)
    ]
    return render_template(
        "desk/house_numbers.html", book=book, form=form, reserved=reserved,
        voids=_voids(session, who, voids[:PAGE]), older=f"{last.year}.{last.serial}" if last else None, newer=bool(before),
        series=series(session, who, book), people=[(p.official_id, f"{p.name(speaks)} · {p.post(speaks)}") for p in people],
        may_reserve=permits(who, Permission.NUMBER_RESERVE, book) and registers.is_open(book, registers.today_of(session, book)),
        may_void=permits(who, Permission.NUMBER_RESERVE, book), void_state=NumberState.VOID,
    )  # fmt: skip
