"""What her administrator does about a person's rights: roles for days, the first or a new password, sign-ins, the factor."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, request, url_for
from pydantic import BaseModel
from werkzeug.wrappers import Response

from edms.access.permissions import Permission
from edms.access.policy import require
from edms.access.roles import Role
from edms.errors import Conflict, Invalid, RuleBroken
from edms.staff import second_factor
from edms.staff.auditing import withdraw_audit
from edms.staff.credentials import credential_of, reset_password
from edms.staff.granting import grant_of, grant_role, withdraw_role
from edms.staff.officials import not_herself, official_of
from edms.staff.sessions import revoke_sessions
from edms.staff.units import unit_of
from edms.web.desk import house as place
from edms.web.desk.house_people import person_page
from edms.web.kit import Filled, read
from edms.web.kit.forms import Day, OneLine
from edms.web.kit.house import house
from edms.web.kit.session import actor, to_step_up

bp = Blueprint("rights", __name__, url_prefix="/house/people")


class Granting(BaseModel):
    """Which role, where, from when until when, and why."""

    role: Role
    unit: int | None = None
    from_on: Day | None = None
    until_on: Day | None = None
    reason: OneLine | None = None


@bp.post("/<int:official_id>/roles")
def grant(official_id: int) -> Response | tuple[str, int]:
    """Grant a role."""
    who = actor()
    try:
        with house().transaction() as session:
            official, form = official_of(session, who, official_id), read(Granting)
            unit = unit_of(session, who, form.unit) if form.unit else None
            grant_role(
                session, who, official, role=form.role, unit=unit, from_on=form.from_on, until_on=form.until_on,
                reason=form.reason,
            )  # fmt: skip
    except (Invalid, Conflict) as error:
        with house().transaction() as session:
            return person_page(session, who, official_of(session, who, official_id), place.again(error)), 422
    return redirect(url_for("people.person", official_id=official_id), 303)


@bp.route("/roles/<int:role_grant_id>/withdraw", methods=["GET", "POST"])
def withdraw(role_grant_id: int) -> str | Response | tuple[str, int]:
    """Withdraw a role from today, with its reason."""
    who, form, status = actor(), Filled(), 200
    try:
        with house().transaction() as session:
            held = grant_of(session, who, role_grant_id)
            official_id = held.official_id
            if request.method == "POST":
                end = withdraw_audit if held.role is Role.AUDITOR else withdraw_role
                end(session, who, held, reason=request.form.get("reason", ""))
                return redirect(url_for("people.person", official_id=official_id), 303)
    except (Invalid, RuleBroken) as error:
        form, status = place.again(error), 422
    with house().transaction() as session:
        held = grant_of(session, who, role_grant_id)
        require(who, Permission.PEOPLE_MANAGE, held)
        official = official_of(session, who, held.official_id)
        return render_template("desk/house_withdraw.html", grant=held, person=official, form=form), status


@bp.route("/<int:official_id>/password", methods=["GET", "POST"])
def password(official_id: int) -> str | Response:
    """A first or new password, shown once and to be changed at the first sign-in."""
    away = to_step_up()
    if away is not None:
        return away
    who, secret = actor(), None
    with house().transaction() as session:
        official = official_of(session, who, official_id)
        require(who, Permission.PEOPLE_MANAGE, official)
        not_herself(who, official)
        first = credential_of(session, official) is None
        if request.method == "POST":
            secret = reset_password(session, who, official, keys=house().keys)
        return render_template("desk/house_password.html", person=official, secret=secret, first=first)


@bp.post("/<int:official_id>/sign-ins/end")
def end_sign_ins(official_id: int) -> Response:
    """Everywhere she is signed in, she is no more."""
    with house().transaction() as session:
        revoke_sessions(session, actor(), official_of(session, actor(), official_id))
    return redirect(url_for("people.person", official_id=official_id), 303)


@bp.route("/<int:official_id>/second-factor", methods=["GET", "POST"])
def take_factor(official_id: int) -> str | Response:
    """Take a lost second factor away; she signs in with her password alone until she sets up another."""
    away = to_step_up()
    if away is not None:
        return away
    who = actor()
    with house().transaction() as session:
        official = official_of(session, who, official_id)
        require(who, Permission.PEOPLE_MANAGE, official)
        not_herself(who, official)
        if request.method == "POST":
            second_factor.take_away(session, who, official)
            return redirect(url_for("people.person", official_id=official_id), 303)
        return render_template("desk/house_take_factor.html", person=official)
