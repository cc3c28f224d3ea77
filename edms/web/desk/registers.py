"""Registers: the list, and a register's pages. Its numbers before and beside its letters: `house_numbers.py`."""

from __future__ import annotations

import tempfile
from pathlib import Path

from flask import Blueprint, redirect, render_template, request, send_file, url_for
from werkzeug.wrappers import Response

from edms import clock
from edms.access.permissions import Permission
from edms.access.policy import permits
from edms.overview.line import LetterLine
from edms.registry import registers
from edms.registry.words import DocumentState
from edms.reports import sheet
from edms.staff.units import units
from edms.web.desk import register_list, showing
from edms.web.kit import language, t, today
from edms.web.kit.house import house
from edms.web.kit.session import actor

bp = Blueprint("registers", __name__, url_prefix="/registers")
PAGE = 50
YEARS_BACK = 1999
MOST_EXPORTED = 1_000_000  # a sheet of Excel holds 1 048 576 rows
COLUMNS = (
    ("web.line.number", 16), ("web.line.date", 12), ("card.correspondent", 32), ("card.their_number", 16),
    ("card.their_date", 12), ("card.summary", 60), ("card.sheets", 8), ("letter.responsible", 26), ("letter.due", 12),
    ("web.line.state", 20), ("card.case_index", 12), ("downtime.by_hand_on", 14),
)  # fmt: skip


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
        return redirect(f"{url_for('registers.book', register_id=other)}?{asked.query()}")
    with house().transaction() as session:
        found = registers.register_of(session, who, register_id)
        rows = register_list.page(session, who, found, asked, limit=PAGE + 1)
        last = rows[PAGE - 1].document if len(rows) > PAGE else None
        here = url_for("registers.book", register_id=register_id)
        return render_template(
            "desk/register.html", book=found, lines=showing.lines(rows[:PAGE]), asked=asked, query=asked.query(),
            older=f"{here}?{asked.query((last.year, last.serial))}" if last else None,
            newer=f"{here}?{asked.query()}" if asked.before else None,
            books=registers.registers(session, who), states=list(DocumentState),
            years=range(clock.today(who.time_zone).year, YEARS_BACK, -1),
            units=[(u.unit_id, f"{u.index} {u.name(language())}".strip()) for u in units(session, who)],
            may_manage=permits(who, Permission.REGISTER_MANAGE, found),
            may_print=permits(who, Permission.JOURNAL_READ, found),
        )  # fmt: skip


@bp.get("/<int:register_id>/register.xlsx")
def excel(register_id: int) -> Response:
    """What the page shows under its filters, all of it, as a workbook: what the reader may see and nothing else."""
    who, asked = actor(), register_list.asked(request.args)
    with tempfile.TemporaryDirectory(prefix="edms-sheet-") as folder:
        path = Path(folder) / "register.xlsx"
        with house().transaction() as session:
            found = registers.register_of(session, who, register_id)
            name = found.name(language())
            lines = register_list.every(session, who, found, asked, most=MOST_EXPORTED)
            sheet.write(path, name, [(t(ident), width) for ident, width in COLUMNS], map(_row, lines))
        made = path.open("rb")  # the folder goes, the open file stays readable to its end
    return send_file(
        made, mimetype="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", as_attachment=True,
        download_name=f"{name}.xlsx", max_age=0,
    )  # fmt: skip


def _row(row: LetterLine) -> list[sheet.Cell]:
    document = row.document
    return [
        document.number, document.registered_on, document.correspondent_name, document.their_number, document.their_date,
        document.summary, document.sheets + document.annex_sheets,
        row.responsible.name(language()) if row.responsible else "", document.due_on, t(row.state[0], **row.state[1]),
        document.case_index, row.numbered_on,
    ]  # fmt: skip
