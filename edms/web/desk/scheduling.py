"""The retention list as the organisation has it: confirmed or lengthened, the days before erasing, the day of a trigger."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, request, url_for
from pydantic import BaseModel
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from edms.access.actor import Actor
from edms.access.permissions import Permission
from edms.access.policy import permits, require
from edms.errors import Invalid, NotFound, RuleBroken
from edms.filing import case_files
from edms.filing.models import CaseFile
from edms.retention import acts, confirming, dating
from edms.staff.models import Organisation
from edms.web.desk import cases
from edms.web.kit import Filled, read, t
from edms.web.kit.forms import Day, OneLine, Paragraphs
from edms.web.kit.house import house
from edms.web.kit.session import actor

bp = Blueprint("scheduling", __name__, url_prefix="/cases")


class Decision(BaseModel):
    """What is decided about a class."""

    years: int | None = None
    for_ever: bool = False
    ground: Paragraphs = ""


class Rule(BaseModel):
    """The days between the second approval and the erasing."""

    cooling_days: int = 0


class Trigger(BaseModel):
    """The day from which a case's period is counted, and the paper that shows it."""

    on: Day | None = None
    proof: OneLine = ""


@bp.route("/schedule", methods=["GET", "POST"])
def index() -> str | Response | tuple[str, int]:
    """All classes with their periods and what was decided; the form sets the days before erasing."""
    who = actor()
    try:
        with house().transaction() as session:
            organisation = session.get_one(Organisation, who.organisation_id)
            if request.method == "GET":
                return _index(session, who, organisation, Filled())
            acts.set_cooling(session, who, organisation, read(Rule).cooling_days)
    except Invalid as error:
        with house().transaction() as session:
            organisation = session.get_one(Organisation, who.organisation_id)
            return _index(session, who, organisation, Filled.again(error)), 422
    return redirect(url_for("scheduling.index"), 303)


@bp.route("/schedule/<name>", methods=["GET", "POST"])
def confirm(name: str) -> str | Response | tuple[str, int]:
    """Confirm a class, or lengthen its period."""
    who = actor()
    require(who, Permission.SCHEDULE_CONFIRM)
    try:
        with house().transaction() as session:
            organisation = session.get_one(Organisation, who.organisation_id)
            if request.method == "GET":
                return _confirm(session, who, organisation, name, Filled())
            form = read(Decision)
            confirming.confirm(
                session, who, organisation, name, ground=form.ground, years=form.years, for_ever=form.for_ever
            )
    except (Invalid, RuleBroken) as error:
        with house().transaction() as session:
            organisation = session.get_one(Organisation, who.organisation_id)
            return _confirm(session, who, organisation, name, Filled.again(error).at("years")), 422
    return redirect(url_for("scheduling.index"), 303)


@bp.route("/<int:case_file_id>/trigger", methods=["GET", "POST"])
def trigger(case_file_id: int) -> str | Response | tuple[str, int]:
    """Enter the day from which the period of a closed case is counted."""
    who = actor()
    try:
        with house().transaction() as session:
            found = case_files.case_file_of(session, who, case_file_id)
            require(who, Permission.TRIGGER_ENTER, found)
            if request.method == "GET":
                return _trigger(session, found, Filled())
            form = read(Trigger)
            if form.on is None:
                raise Invalid(fields={"on": "field.missing"})
            dating.enter_trigger(session, who, found, on=form.on, proof=form.proof)
    except (Invalid, RuleBroken) as error:
        with house().transaction() as session:
            found = case_files.case_file_of(session, who, case_file_id)
            return _trigger(session, found, Filled.again(error).at("on")), 422
    return redirect(url_for("cases.volume", case_file_id=case_file_id), 303)


def _index(session: Session, who: Actor, organisation: Organisation, form: Filled) -> str:
    rows = confirming.schedule_of(session, who, organisation)
    days = acts.cooling_days(session, organisation)
    return render_template(
        "desk/schedule.html", rows=rows, form=form if form.failed else Filled.of(cooling_days=days), days=days,
        class_words=cases.class_words, may=permits(who, Permission.SCHEDULE_CONFIRM, organisation),
        may_set=permits(who, Permission.DISPOSAL_RULE_SET, organisation),
    )  # fmt: skip


def _confirm(session: Session, who: Actor, organisation: Organisation, name: str, form: Filled) -> str:
    rows = [row for row in confirming.schedule_of(session, who, organisation) if row.kind.name == name]
    if not rows:
        raise NotFound
    return render_template("desk/schedule_confirm.html", row=rows[0], form=form, class_words=cases.class_words)


def _trigger(session: Session, found: CaseFile, form: Filled) -> str:
    kept = dating.kept(session, found)
    return render_template(
        "desk/trigger.html", case_file=found, form=form, why=cases.why(kept)[1],
        name=t("disposal.of_case", index=found.case_index.index, n=found.volume),
    )  # fmt: skip
