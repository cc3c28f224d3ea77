"""Registers as their administrator sees them: opened with a pattern of numbers shown as an example, changed, closed."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from pydantic import BaseModel, Field
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from edms import terms
from edms.access.actor import Actor
from edms.access.permissions import Permission
from edms.access.policy import require
from edms.errors import Conflict, Invalid
from edms.registry import numbers
from edms.registry import registers as rooms
from edms.registry.models import Register
from edms.registry.series import series
from edms.registry.words import RegisterKind
from edms.staff.organisations import organisation_of
from edms.web.desk import house as place
from edms.web.kit import Filled, read, t, today
from edms.web.kit.forms import Day, OneLine
from edms.web.kit.house import house
from edms.web.kit.session import actor

bp = Blueprint("house_registers", __name__, url_prefix="/house/registers")

ROWS = 7
PARTS = ("serial", "case", "unit", "year", "year2", "class", "text")
EXAMPLE = {"unit": "12", "case": "12-05", "class": "A"}


class RegisterCard(BaseModel):
    """A register's card; names are read by language beside it, the pattern by its rows."""

    kind: RegisterKind = RegisterKind.INCOMING
    code: OneLine = ""
    yearly: OneLine = "yearly"
    first_serial: int = Field(default=1, ge=1, le=999_999_999)
    term: OneLine = ""
    default_class: OneLine = ""
    pattern_from: Day | None = None
    version: int = 0


class Closing(BaseModel):
    """From which day it draws no more numbers."""

    on: Day | None = None
    version: int = 0


@bp.get("/")
def page() -> str:
    """The registers with their state, their pattern as the next number would look, and their term."""
    who = actor()
    with house().transaction() as session:
        require(who, Permission.REGISTER_MANAGE)
        rows = [(book, example_of(book, 1)) for book in rooms.registers(session, who)]
        return render_template("desk/house_registers.html", rows=rows, day=today())


@bp.route("/new", methods=["GET", "POST"])
def enter() -> str | Response | tuple[str, int]:
    """A new register; "show" only shows the number it would give."""
    who = actor()
    try:
        with house().transaction() as session:
            require(who, Permission.REGISTER_MANAGE)
            if request.method == "GET":
                form = Filled.of(kind="incoming", yearly="yearly", first_serial=1, width=0, **_rows(_USUAL))
                return _form(None, form)
            if request.form.get("do") == "show":
                return _form(None, _typed())
            card = read(RegisterCard)
            made = rooms.open_register(
                session, who, organisation_of(session, who, who.organisation_id or 0), kind=card.kind, code=card.code,
                names=place.names("names"), pattern=_pattern(_typed()), yearly=card.yearly == "yearly",
                first_serial=card.first_serial, term=card.term or None, default_class=card.default_class,
            )  # fmt: skip
            register_id = made.register_id
    except (Invalid, Conflict) as error:
        return _form(None, place.again(error, "names")), 422
    return redirect(url_for("house_registers.register", register_id=register_id), 303)


@bp.post("/example")
def example() -> str:
    """The number that the rows typed so far would give, as a part of the page."""
    require(actor(), Permission.REGISTER_MANAGE)
    return render_template("desk/house_example.html", example=_shown(_typed()))


@bp.route("/<int:register_id>", methods=["GET", "POST"])
def register(register_id: int) -> str | Response | tuple[str, int]:
    """Change names, pattern or term, for numbers to come."""
    who = actor()
    try:
        with house().transaction() as session:
            book = rooms.register_of(session, who, register_id)
            require(who, Permission.REGISTER_MANAGE, book)
            if request.method == "GET":
                return _page(session, who, book, _filled(book))
            if request.form.get("do") == "show":
                return _page(session, who, book, _typed())
            card = read(RegisterCard)
            rooms.change_register(
                session, who, book, version=card.version, names=place.names("names"), pattern=_pattern(_typed()),
                pattern_from=card.pattern_from, term=card.term, default_class=card.default_class,
            )  # fmt: skip
    except (Invalid, Conflict) as error:
        with house().transaction() as session:
            return _page(session, who, rooms.register_of(session, who, register_id), place.again(error, "names")), 422
    return redirect(url_for("house_registers.register", register_id=register_id), 303)


@bp.post("/<int:register_id>/close")
def close(register_id: int) -> Response | tuple[str, int]:
    """Close it from a day on, or let it go on after all."""
    who = actor()
    try:
        with house().transaction() as session:
            book, form = rooms.register_of(session, who, register_id), read(Closing)
            if request.form.get("do") == "open-again":
                rooms.open_again(session, who, book, version=form.version)
            else:
                rooms.close_register(session, who, book, version=form.version, on=form.on)
    except (Invalid, Conflict) as error:
        with house().transaction() as session:
            book = rooms.register_of(session, who, register_id)
            return _page(session, who, book, _filled(book), place.again(error)), 422
    return redirect(url_for("house_registers.register", register_id=register_id), 303)


_USUAL: list[dict[str, Any]] = [{"part": "case"}, {"part": "text", "text": "/"}, {"part": "serial"}]


def _pattern(form: Filled) -> list[dict[str, Any]]:
    """The rows of the form as a pattern; empty rows are left out."""
    width = form.value("width")
    made: list[dict[str, Any]] = []
    for row in range(ROWS):
        match form.value(f"part_{row}"):
            case "":
                continue
            case "text":
                made.append({"part": "text", "text": form.value(f"text_{row}").strip("\r\n")})
            case "serial":
                made.append({"part": "serial", "width": int(width) if width.isdecimal() else 0})
            case "year":
                made.append({"part": "year", "digits": 4})
            case "year2":
                made.append({"part": "year", "digits": 2})
            case other:
                made.append({"part": other})
    return made


def _rows(pattern: numbers.Pattern) -> dict[str, object]:
    """The other way: a pattern as rows of the form."""
    fields: dict[str, object] = {}
    for row, part in enumerate(pattern[:ROWS]):
        short = part["part"] == "year" and int(part.get("digits", 4)) == 2
        fields[f"part_{row}"] = "year2" if short else part["part"]
        fields[f"text_{row}"] = part.get("text")
    return fields


def _typed() -> Filled:
    return Filled(values={name: list(values) for name, values in request.form.lists()})


def _filled(book: Register) -> Filled:
    pattern = book.next_pattern or book.pattern
    width = next((part.get("width", 0) for part in pattern if part["part"] == "serial"), 0)
    return Filled.of(
        **place.spread("names", book.names), **_rows(pattern), width=width, term=book.term or "",
        pattern_from=_still_to_come(book),
        default_class=book.default_class, version=book.version,
    )  # fmt: skip


def _still_to_come(book: Register) -> date | None:
    """The day of the pattern that waits."""
    return book.next_pattern_from if book.next_pattern_from and book.next_pattern_from > today() else None


def _example(pattern: numbers.Pattern, serial: int, correspondent_class: str) -> dict[str, str]:
    """The number of a letter with unit and case, and of one that has neither yet; or what is wrong with the pattern."""
    try:
        numbers.check(pattern)
    except Invalid as error:
        return {"wrong": t(error.fields.get("pattern", error.message))}
    full = numbers.NumberFacts(
        serial, today().year, EXAMPLE["unit"], EXAMPLE["case"], correspondent_class or EXAMPLE["class"]
    )
    bare = numbers.NumberFacts(serial, today().year)
    return {"full": numbers.render(pattern, full), "bare": numbers.render(pattern, bare)}


def example_of(book: Register, serial: int) -> dict[str, str]:
    """What the register's number with that serial would look like."""
    return _example(rooms.pattern_on(book, today()), serial, book.default_class or "")


def _shown(form: Filled) -> dict[str, str]:
    """The example of what stands in the form."""
    serial = form.value("first_serial")
    first = int(serial) if serial.isdecimal() and 0 < int(serial) < 10**9 else 1
    return _example(_pattern(form), first, form.value("default_class"))


def _options() -> dict[str, Any]:
    return {
        "kinds": [(kind.value, t(f"registry.register_kind.{kind.value}")) for kind in RegisterKind],
        "parts": [(part, t(f"house.part.{part}")) for part in PARTS],
        "rows": range(ROWS),
        "terms": [(name, t(f"terms.name.{name}")) for name in terms.TABLE],
    }


def _form(book: Register | None, form: Filled) -> str:
    return render_template("desk/house_register_form.html", book=book, form=form, example=_shown(form), **_options())


def _page(session: Session, who: Actor, book: Register, form: Filled, closing: Filled | None = None) -> str:
    return render_template(
        "desk/house_register_form.html", book=book, form=form, closing=closing or Filled.of(on=today()),
        example=_shown(form), waiting=_still_to_come(book), series=series(session, who, book), day=rooms.today_of(session, book), **_options(),
    )  # fmt: skip
