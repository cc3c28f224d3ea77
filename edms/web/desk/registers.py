"""Registers: the list, a register's pages, its voids and reservations."""

from __future__ import annotations

from datetime import timedelta

from flask import Blueprint, redirect, render_template, request, url_for
from pydantic import BaseModel
from werkzeug.wrappers import Response

from edms import clock
from edms.access.permissions import Permission
from edms.access.policy import permits
from edms.overview.line import register_page
from edms.registry import registers, reservations
from edms.registry.words import DocumentState
from edms.web.desk import showing
from edms.web.kit import read
from edms.web.kit.forms import OneLine
from edms.web.kit.house import house
from edms.web.kit.session import actor

bp = Blueprint("registers", __name__, url_prefix="/registers")
PAGE = 50


class Reason(BaseModel):
    """Why a number is reserved or voided."""

    reason: OneLine


@bp.get("/")
def page() -> str:
    """The registers."""
    with house().transaction() as session:
        found = registers.registers(session, actor())
        return render_template("desk/registers.html", registers=found)


@bp.get("/<int:register_id>")
def book(register_id: int) -> str:
    """A page of a register, the newest first."""
    who = actor()
    before = _before(request.args.get("before", ""))
    state = request.args.get("state", "")
    with house().transaction() as session:
        found = registers.register_of(session, who, register_id)
        chosen = DocumentState(state) if state in set(DocumentState) else None
        rows = register_page(session, who, found, before=before, state=chosen, limit=PAGE + 1)
        last = rows[PAGE - 1].document if len(rows) > PAGE else None
        older = url_for("registers.book", register_id=register_id, before=f"{last.year}.{last.serial}", state=state or None) if last else None  # fmt: skip
        return render_template(
            "desk/register.html", book=found, lines=showing.lines(rows[:PAGE]), older=older, state=state,
            newer=url_for("registers.book", register_id=register_id) if before else None, states=list(DocumentState),
            reserved=reservations.open_reservations(session, who, found), voids=reservations.voids(session, who, found),
            may_reserve=permits(who, Permission.NUMBER_RESERVE, found),
        )  # fmt: skip


@bp.post("/<int:register_id>/reserve")
def reserve(register_id: int) -> Response:
    """Reserve the next number until tomorrow."""
    form, who = read(Reason), actor()
    with house().transaction() as session:
        found = registers.register_of(session, who, register_id)
        until = clock.now() + timedelta(days=1)
        reservations.reserve(session, who, found, for_official_id=who.official_id or 0, reason=form.reason, until=until)
    return redirect(url_for("registers.book", register_id=register_id), 303)


@bp.post("/numbers/<int:number_id>/void")
def void(number_id: int) -> Response:
    """Void a reserved number, with its reason."""
    form, who = read(Reason), actor()
    with house().transaction() as session:
        number = reservations.number_of(session, who, number_id)
        reservations.void(session, who, number, reason=form.reason)
        register_id = number.register_id
    return redirect(url_for("registers.book", register_id=register_id), 303)


def _before(text: str) -> tuple[int, int] | None:
    year, _, serial = text.partition(".")
    return (int(year), int(serial)) if year.lstrip("-").isdigit() and serial.isdigit() else None
