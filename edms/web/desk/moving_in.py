"""Moving in, in the browser: what is ready and what is still missing, each with its place; and where the registers begin."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from edms import clock
from edms.access.actor import Actor
from edms.access.permissions import Permission
from edms.access.policy import require
from edms.errors import Conflict, Invalid, NotFound
from edms.health import State, condition
from edms.overview import moving_in
from edms.registry import counters
from edms.registry import registers as rooms
from edms.registry.models import Register
from edms.staff.organisations import look_through
from edms.web.desk import house as place
from edms.web.desk.house_registers import example_of
from edms.web.kit import Filled, t
from edms.web.kit.house import house
from edms.web.kit.session import actor

bp = Blueprint("moving_in", __name__, url_prefix="/house/moving-in")

PLACES = {
    "office": "organisations.change", "calendar": "calendar.page", "letterhead": "letterhead.page",
    "seal": "house_seal.page",
    "registers": "moving_in.registers", "staff": "staff.table", "passwords": "staff.passwords", "plan": "cases.page",
    "journals": "old_journals.page",
}  # fmt: skip


@bp.get("/")
def page() -> str:
    """Ready to work? Every step with its state, the next open one first in the eye."""
    who = actor()
    with house().transaction() as session:
        where = place.organisation(session, who)
        kept = place.of(where, who)
        found = moving_in.steps(session, who, where)
        links = {
            name: url_for(endpoint, organisation_id=where.organisation_id) if name == "office" else url_for(endpoint, **kept)
            for name, endpoint in PLACES.items()
        }  # fmt: skip
        return render_template(
            "desk/moving_in.html", where=where, kept=kept, steps=found, links=links, open=[s for s in found if not s.done],
            confirmed=moving_in.CONFIRMED, said=_open_words,
        )  # fmt: skip


@bp.get("/machine")
def machine() -> str:
    """How the machine is, as a part of the page: it asks mail server and time stamps, which may take their time."""
    weak = [each for each in condition(house(), actor()) if each.state is not State.FINE]
    return render_template("desk/moving_machine.html", weak=weak)


@bp.post("/<step>/looked-through")
def looked_through(step: str) -> Response:
    """It is right as it is."""
    if step not in moving_in.CONFIRMED:
        raise NotFound
    who = actor()
    with house().transaction() as session:
        where = place.organisation(session, who)
        look_through(session, who, where, step=step, on=clock.today(where.time_zone))
        kept = place.of(where, who)
    return redirect(url_for("moving_in.page", **kept), 303)


@bp.route("/registers", methods=["GET", "POST"])
def registers() -> str | Response | tuple[str, int]:
    """Today's next number of each register; all of them in one act. One that has drawn a number is only shown."""
    who = actor()
    try:
        with house().transaction() as session:
            books = _books(session, who)
            if request.method == "GET":
                return _registers(session, books, Filled.of(**_firsts(session, books)))
            for book in books:
                _begin(session, who, book)
            where = place.organisation(session, who)
            look_through(session, who, where, step="registers", on=clock.today(where.time_zone))
    except (Invalid, Conflict) as error:
        with house().transaction() as session:
            return _registers(session, _books(session, who), Filled.again(error)), 422
    return redirect(url_for("moving_in.page"), 303)


def _begin(session: Session, who: Actor, book: Register) -> None:
    name = f"serial_{book.register_id}"
    typed = request.form.get(name, "").strip()
    if not typed or not counters.untouched(session, book.register_id):
        return
    if not typed.isdecimal() or not 1 <= int(typed) <= 999_999_999:
        raise Invalid(fields={name: "registry.first_serial_below_one"})
    rooms.begin_at(session, who, book, first_serial=int(typed))


def _books(session: Session, who: Actor) -> list[Register]:
    require(who, Permission.REGISTER_MANAGE)
    return [book for book in rooms.registers(session, who) if book.closed_on is None]


def _firsts(session: Session, books: list[Register]) -> dict[str, Any]:
    return {f"serial_{book.register_id}": _last(session, book) + 1 for book in books}


def _last(session: Session, book: Register) -> int:
    return counters.last_of(session, book.register_id, rooms.today_of(session, book).year if book.yearly else 0)


def _registers(session: Session, books: list[Register], form: Filled) -> str:
    rows = [
        (book, counters.untouched(session, book.register_id), example_of(book, _last(session, book) + 1)) for book in books
    ]  # fmt: skip
    return render_template("desk/moving_registers.html", rows=rows, form=form)


def _open_words(step: moving_in.Step) -> str:
    """What is still open of a step."""
    values = dict(step.values)
    if "missing" in values:
        values["missing"] = ", ".join(t(str(role)) for role in step.values["missing"])  # type: ignore[attr-defined]
    return t(f"moving_in.open.{step.name}", **values)
