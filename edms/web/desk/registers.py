"""Registers: the list, and a register's pages. Its numbers before and beside its letters: `house_numbers.py`."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from edms import clock
from edms.access.permissions import Permission
from edms.access.policy import permits
from edms.overview.register import register_page
from edms.registry import registers
from edms.registry.words import DocumentState
from edms.reports import lists
from edms.reports.models import ListKind
from edms.staff.units import units
from edms.web.desk import register_list, showing
from edms.web.desk.tables import taken
from edms.web.kit import language, today
from edms.web.kit.house import house
from edms.web.kit.session import actor

bp = Blueprint("registers", __name__, url_prefix="/registers")
PAGE = 50
YEARS_BACK = 1999


@bp.get("/")
def page() -> str:
    """The registers."""
    with house().transaction() as session:
        found = registers.registers(session, actor())
        corrects = permits(actor(), Permission.TEXT_CORRECT)
        return render_template("desk/registers.html", registers=found, day=today(), corrects=corrects)


@bp.get("/<int:register_id>")
def book(register_id: int) -> str | Response:
    """A page of a register, the newest first."""
    who, asked = actor(), register_list.asked(request.args)
    other = request.args.get("register", type=int)
    if other is not None and other != register_id:
        return redirect(f"{url_for('registers.book', register_id=other)}?{register_list.query(asked)}")
    with house().transaction() as session:
        found = registers.register_of(session, who, register_id)
        rows = register_page(session, who, found, asked, limit=PAGE + 1)
        last = rows[PAGE - 1].document if len(rows) > PAGE else None
        here = url_for("registers.book", register_id=register_id)
        return render_template(
            "desk/register.html", book=found, lines=showing.lines(rows[:PAGE]), asked=asked, query=register_list.query(asked),
            older=f"{here}?{register_list.query(asked, (last.year, last.serial))}" if last else None,
            newer=f"{here}?{register_list.query(asked)}" if asked.before else None,
            books=registers.registers(session, who), states=list(DocumentState),
            years=range(clock.today(who.time_zone).year, YEARS_BACK, -1),
            units=[(u.unit_id, f"{u.index} {u.name(language())}".strip()) for u in units(session, who)],
            may_manage=permits(who, Permission.REGISTER_MANAGE, found),
            may_print=permits(who, Permission.JOURNAL_READ, found),
        )  # fmt: skip


@bp.get("/<int:register_id>/register.xlsx")
def excel(register_id: int) -> Response:
    """What the page shows under its filters, all of it, as a workbook: what the reader may see and nothing else."""
    who, speaks = actor(), language()
    asked = lists.register_asked(register_id, register_list.asked(request.args))
    return taken(
        ListKind.REGISTER, asked, "xlsx", lambda session: lists.of(session, who, ListKind.REGISTER, asked, speaks)
    )
