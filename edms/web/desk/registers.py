"""Registers: the list, and a register's pages. Its numbers before and beside its letters: `house_numbers.py`."""

from __future__ import annotations

from flask import Blueprint, render_template, request, url_for

from edms.access.permissions import Permission
from edms.access.policy import permits
from edms.overview.line import register_page
from edms.registry import registers
from edms.registry.words import DocumentState
from edms.web.desk import showing
from edms.web.kit import today
from edms.web.kit.house import house
from edms.web.kit.session import actor

bp = Blueprint("registers", __name__, url_prefix="/registers")
PAGE = 50


@bp.get("/")
def page() -> str:
    """The registers."""
    with house().transaction() as session:
        found = registers.registers(session, actor())
        return render_template("desk/registers.html", registers=found, day=today())


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
            may_manage=permits(who, Permission.REGISTER_MANAGE, found),
        )  # fmt: skip


def _before(text: str) -> tuple[int, int] | None:
    year, _, serial = text.partition(".")
    return (int(year), int(serial)) if year.lstrip("-").isdigit() and serial.isdigit() else None
