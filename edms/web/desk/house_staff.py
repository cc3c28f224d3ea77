"""The whole staff at once: entered from a table that is shown before it counts, exported as one, given first passwords."""

from __future__ import annotations

import json

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from edms.access.permissions import Permission
from edms.access.policy import require
from edms.errors import Conflict, Invalid
from edms.staff import table as staff_table
from edms.staff.credentials import first_passwords, without_password
from edms.staff.officials import officials
from edms.web.desk import house as place
from edms.web.desk import people_form, tables
from edms.web.kit import Filled, language, t
from edms.web.kit.house import house
from edms.web.kit.session import actor, to_step_up

bp = Blueprint("staff", __name__, url_prefix="/house/people")


@bp.route("/table", methods=["GET", "POST"])
def table() -> str | Response | tuple[str, int]:
    """Choose a table of the staff; see what it would enter; enter it. It is taken whole or not at all."""
    who, made, rows, form = actor(), None, "", Filled()
    with house().transaction() as session:
        require(who, Permission.PEOPLE_MANAGE, place.organisation(session, who))
    if request.method == "POST":
        try:
            given = people_form.understood(tables.given())
            with house().transaction() as session:
                where = place.organisation(session, who)
                if request.form.get("do") == "load":
                    staff_table.load(session, who, where, given, roles=people_form.roles())
                    return redirect(url_for("people.page", **place.of(where, who)), 303)
                made = staff_table.preview(session, who, where, given, roles=people_form.roles())
                rows = json.dumps(given, ensure_ascii=False)
        except (Invalid, Conflict) as error:
            form = Filled.again(error)
    with house().transaction() as session:
        where = place.organisation(session, who)
        page = render_template(
            "desk/house_people_table.html", where=where, form=form, made=made, rows=rows, kept=place.of(where, who),
            counts={each.value: sum(row.change is each for row in made or []) for each in staff_table.Change},
            heads=[t(f"people.column.{column}") for column in staff_table.COLUMNS], faults=people_form.faults,
        )  # fmt: skip
    return (page, 422) if form.failed else page


@bp.get("/table.csv")
def export() -> Response:
    """Those who work here as the table that can be loaded."""
    who = actor()
    with house().transaction() as session:
        where = place.organisation(session, who)
        require(who, Permission.PEOPLE_MANAGE, where)
        lines = staff_table.lines_of(session, who, officials(session, who, organisation=where))
        rows = [people_form.table_row(line) for line in lines]
        name = f"{t('house.section.people')} {where.name(language())}"
    return tables.as_csv([t(f"people.column.{column}") for column in staff_table.COLUMNS], rows, name)


@bp.route("/passwords", methods=["GET", "POST"])
def passwords() -> str | Response:
    """First passwords for all who have none: a sheet to be printed, cut and handed out."""
    if (away := to_step_up()) is not None:
        return away
    who, given = actor(), None
    with house().transaction() as session:
        where = place.organisation(session, who)
        if request.method == "POST":
            given = first_passwords(session, who, where, keys=house().keys)
        waiting = without_password(session, who, where)
        return render_template(
            "desk/house_passwords.html", where=where, given=given, waiting=waiting, kept=place.of(where, who)
        )
