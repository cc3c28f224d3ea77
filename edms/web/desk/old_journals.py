"""Journals kept before: a table is read, its gaps, doubles and bad rows are named, and only then are its letters taken over."""

from __future__ import annotations

import json

from flask import Blueprint, redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from edms.access.actor import Actor
from edms.access.permissions import Permission
from edms.access.policy import require
from edms.errors import Conflict, Invalid
from edms.overview import journal_columns
from edms.registry.models import Register
from edms.registry.older import journals
from edms.registry.older.migration import migrate
from edms.registry.registers import register_of, registers
from edms.web.desk import tables
from edms.web.kit import Filled, language, t
from edms.web.kit.house import house
from edms.web.kit.session import actor

bp = Blueprint("old_journals", __name__, url_prefix="/house/old-journals")
AT_ONCE = 200  # letters in one transaction: whoever is interrupted loads the same table again


@bp.route("/", methods=["GET", "POST"])
def page() -> str | Response | tuple[str, int]:
    """Choose register and table; see what it would do; take the good rows over. The same table again takes nothing twice."""
    who, made, rows, form = actor(), None, "", Filled()
    require(who, Permission.REGISTER_IMPORT)
    if request.method == "POST":
        try:
            given = journal_columns.understood(tables.given())
            read = journals.read(given)
            with house().transaction() as session:
                made = journals.report(session, who, _book(session, who), read)
            if request.form.get("do") == "take":
                return redirect(url_for("old_journals.page", taken=_take(who, made)), 303)
            rows = json.dumps(given, ensure_ascii=False)
        except (Invalid, Conflict) as error:
            form, made = Filled.again(error), None
    with house().transaction() as session:
        page = render_template(
            "desk/old_journals.html", form=form if form.failed else Filled.of(register=request.form.get("register")),
            made=made, rows=rows, taken=request.args.get("taken", type=int), change=journals.Change,
            books=[(book.register_id, book.name(language())) for book in registers(session, who)],
            heads=[t(f"old_journal.column.{name}") for name in journals.COLUMNS if name != "file"],
            bad=journal_columns.bad_rows(made, language()) if made else [],
            gaps=journal_columns.gaps(made, language()) if made else [],
            others=journal_columns.others(made, language()) if made else [],
        )  # fmt: skip
    return (page, 422) if form.failed else page


def _take(who: Actor, made: journals.Report) -> int:
    """Take the new rows over, some hundred at a time; how many."""
    new = [row.entry for row in made.rows if row.change is journals.Change.NEW and row.entry is not None]
    for start in range(0, len(new), AT_ONCE):
        with house().transaction() as session:
            book = _book(session, who)
            for entry in new[start : start + AT_ONCE]:
                migrate(session, who, book, entry)
    return len(new)


def _book(session: Session, who: Actor) -> Register:
    chosen = request.form.get("register", 0, type=int)
    if not chosen:
        raise Invalid(fields={"register": "field.missing"})
    return register_of(session, who, chosen)
