"""The archivist's list of case indexes: loaded from a table that is shown before it counts, and edited line by line."""

from __future__ import annotations

import json

from flask import Blueprint, redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from edms.access.actor import Actor
from edms.access.permissions import Permission
from edms.access.policy import require
from edms.errors import Conflict, Invalid
from edms.filing import plan, table
from edms.filing.models import CaseIndex
from edms.staff.models import Organisation
from edms.staff.units import units
from edms.web.desk import cases, plan_form, tables
from edms.web.kit import Filled, language, read, t
from edms.web.kit.house import house
from edms.web.kit.session import actor

bp = Blueprint("planning", __name__, url_prefix="/cases/plan")


@bp.route("/table", methods=["GET", "POST"])
def load() -> str | Response | tuple[str, int]:
    """Choose a table; see what it would change; load it. A table is taken whole or not at all."""
    who = actor()
    require(who, Permission.FILE_PLAN_EDIT)
    if request.method == "GET":
        return _table_page(who, Filled())
    try:
        rows = tables.given()
        with house().transaction() as session:
            organisation = session.get_one(Organisation, who.organisation_id)
            rows = plan_form.understood(rows, organisation.country)
            names = [name for name, _ in plan_form.classes(organisation.country)]
            if request.form.get("do") == "load":
                plan.load(session, who, organisation, rows, year=cases.asked_year(who), classes=names)
                return redirect(url_for("cases.page", year=cases.asked_year(who)), 303)
            made = table.preview(session, who, organisation, rows, year=cases.asked_year(who), classes=names)
    except (Invalid, Conflict) as error:
        return _table_page(who, Filled.again(error)), 422
    return _table_page(who, Filled(), made, json.dumps(rows, ensure_ascii=False))


def _table_page(who: Actor, form: Filled, made: list[table.Row] | None = None, rows: str = "") -> str:
    counts = {change.value: sum(row.change is change for row in made or []) for change in table.Change}
    return render_template(
        "desk/plan_table.html", form=form, made=made, rows=rows, counts=counts, year=cases.asked_year(who),
        columns=plan_form.COLUMNS, class_words=cases.class_words,
        faults=lambda row: [(t(f"plan.column.{_column(name)}"), t(message)) for name, message in row.faults.items()],
    )  # fmt: skip


def _column(name: str) -> str:
    return "title_ka" if name == "title" else name


@bp.get("/table.csv")
def export() -> Response:
    """The list of a year as a table that can be changed and loaded again."""
    who = actor()
    year = cases.asked_year(who)
    with house().transaction() as session:
        indexes = _unit_indexes(session, who)
        rows = [
            plan_form.table_row(line, indexes.get(line.unit_id or 0, ""))
            for line in plan.case_indexes(session, who, year=year)
        ]
    return tables.as_csv([t(f"plan.column.{name}") for name in plan_form.COLUMNS], rows, f"{t('cases.plan')} {year}")


@bp.route("/new", methods=["GET", "POST"])
def enter() -> str | Response | tuple[str, int]:
    """Add a line to the year's list."""
    who = actor()
    require(who, Permission.FILE_PLAN_EDIT)
    year = cases.asked_year(who)
    try:
        with house().transaction() as session:
            organisation = session.get_one(Organisation, who.organisation_id)
            if request.method == "GET":
                return _line_page(session, who, None, Filled(), year)
            plan.enter(
                session, who, organisation, read(plan_form.Line).as_line(), year=year,
                classes=[name for name, _ in plan_form.classes(organisation.country)],
            )  # fmt: skip
    except (Invalid, Conflict) as error:
        with house().transaction() as session:
            return _line_page(session, who, None, _again(error), year), 422
    return redirect(url_for("cases.page", year=year), 303)


@bp.route("/<int:case_index_id>", methods=["GET", "POST"])
def change(case_index_id: int) -> str | Response | tuple[str, int]:
    """Correct a line, or take it off the list."""
    who = actor()
    require(who, Permission.FILE_PLAN_EDIT)
    try:
        with house().transaction() as session:
            line = plan.case_index_of(session, who, case_index_id)
            year = line.year
            if request.method == "GET":
                unit = _unit_indexes(session, who).get(line.unit_id or 0, "")
                return _line_page(session, who, line, plan_form.filled(line, unit), year)
            form = read(plan_form.Line)
            if request.form.get("do") == "withdraw":
                plan.withdraw(session, who, line, version=form.version)
            else:
                country = session.get_one(Organisation, line.organisation_id).country
                names = [name for name, _ in plan_form.classes(country)]
                plan.change(session, who, line, form.as_line(), version=form.version, classes=names)
    except (Invalid, Conflict) as error:
        with house().transaction() as session:
            line = plan.case_index_of(session, who, case_index_id)
            return _line_page(session, who, line, _again(error), line.year), 422
    return redirect(url_for("cases.page", year=year), 303)


@bp.post("/carry")
def carry() -> Response:
    """Carry the list over to the next year; lines that stand there already stay."""
    who = actor()
    year = cases.asked_year(who)
    with house().transaction() as session:
        organisation = session.get_one(Organisation, who.organisation_id)
        plan.copy_to(session, who, organisation, from_year=year, to_year=year + 1)
    return redirect(url_for("cases.page", year=year + 1), 303)


def _line_page(session: Session, who: Actor, line: CaseIndex | None, form: Filled, year: int) -> str:
    country = session.get_one(Organisation, who.organisation_id).country
    here = [unit for unit in units(session, who) if unit.index and unit.closed_on is None]
    rows = [(unit.index, f"{unit.index} {unit.name(language())}") for unit in here]
    return render_template(
        "desk/plan_line.html", line=line, form=form, year=year, classes=plan_form.classes(country), units=rows
    )


def _unit_indexes(session: Session, who: Actor) -> dict[int, str]:
    return {unit.unit_id: unit.index for unit in units(session, who)}


def _again(error: Invalid | Conflict) -> Filled:
    """The form with the error at the field; a title is refused at its first field."""
    form = Filled.again(error, {name: t(f"plan.column.{name}") for name in plan_form.COLUMNS})
    if "title" not in form.errors:
        return form
    errors = {("title_ka" if name == "title" else name): said for name, said in form.errors.items()}
    return Filled(form.values, errors, form.text, True, form.labels)
