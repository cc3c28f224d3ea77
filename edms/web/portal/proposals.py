"""What settlements proposed for the budget and what became of it, for everybody: no account, no script, nobody's name."""

from __future__ import annotations

from flask import Blueprint, render_template
from sqlalchemy import select

from edms.errors import NotFound
from edms.services.participation import proposing
from edms.staff.models import Organisation
from edms.web.desk.route_form import said
from edms.web.kit.house import house

bp = Blueprint("proposals", __name__)


@bp.get("/proposals/<code>")
def page(code: str) -> str:
    """The proposals that the office of this code has made public, the newest year first."""
    with house().transaction() as session:
        where = session.scalar(select(Organisation).where(Organisation.code == code.casefold()[:40]))
        shown = proposing.published(session, where) if where is not None else []
        if where is None or not shown:
            raise NotFound
        years = [(each, said(each.route, each.route.title)) for each in shown]
        return render_template("portal/proposals.html", where=where, years=years)
