"""Tables that a machine writes: how far one is, calling it off, and the file when it is there."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from edms.errors import NotFound
from edms.reports import taking
from edms.reports.models import TableState
from edms.web.desk import pictures
from edms.web.kit.house import house
from edms.web.kit.session import actor

bp = Blueprint("taking", __name__, url_prefix="/tables")


@bp.get("/")
def mine() -> str:
    """One's own tables."""
    with house().transaction() as session:
        rows = taking.own(session, actor())
        return render_template("desk/tables_taken.html", rows=rows, states=TableState, days=taking.KEPT.days)


@bp.get("/<int:taken_table_id>")
def page(taken_table_id: int) -> str:
    """How far it is; asked for as a part, only that."""
    with house().transaction() as session:
        found = taking.table_of(session, actor(), taken_table_id)
        template = "table_taken_part" if request.headers.get("HX-Request") else "table_taken"
        return render_template(f"desk/{template}.html", table=found, states=TableState, days=taking.KEPT.days)


@bp.get("/<int:taken_table_id>/file")
def file(taken_table_id: int) -> Response:
    """What was written."""
    with house().transaction() as session:
        found = taking.table_of(session, actor(), taken_table_id)
        if found.content is None:
            raise NotFound
        content = found.content
    return pictures.download(house().store, content)


@bp.post("/<int:taken_table_id>/stop")
def stop(taken_table_id: int) -> Response:
    """Call it off, or let the file go."""
    with house().transaction() as session:
        taking.stop(session, actor(), taking.table_of(session, actor(), taken_table_id))
    return redirect(url_for("taking.mine"), 303)
