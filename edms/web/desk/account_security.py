"""What protects one's own account: the second factor. The password comes first."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from edms.access.actor import Actor
from edms.errors import Invalid
from edms.staff import second_factor
from edms.staff.models import Official, SignIn
from edms.web.desk import house as place
from edms.web.kit import Filled
from edms.web.kit.house import house
from edms.web.kit.session import actor, to_step_up, visitor

bp = Blueprint("security", __name__, url_prefix="/account")


@bp.before_request
def password_first() -> Response | None:
    """Nothing here is even looked at before the password was asked again."""
    return to_step_up()


@bp.route("/second-factor", methods=["GET", "POST"])
def factor() -> str | Response | tuple[str, int]:
    """Set up: the picture for the telephone, then its first code."""
    who, keys = actor(), house().keys
    with house().transaction() as session:
        official = _own(session, who)
        if request.method == "GET":
            enrolment = second_factor.begin(who, official, keys=keys)
            return render_template("desk/account_factor.html", enrolment=enrolment, form=Filled())
    try:
        with house().transaction() as session:
            official, known = _own(session, who), visitor().sign_in
            present = session.get_one(SignIn, known.sign_in_id if known else 0)
            second_factor.confirm(
                session, who, official, present, sealed=request.form.get("sealed", ""),
                code=request.form.get("code", ""), keys=keys,
            )  # fmt: skip
    except Invalid as error:
        with house().transaction() as session:
            enrolment = second_factor.resume(who, _own(session, who), request.form.get("sealed", ""), keys=keys)
        return render_template("desk/account_factor.html", enrolment=enrolment, form=place.again(error)), 422
    return redirect(url_for("security.codes"), 303)


@bp.get("/second-factor/codes")
def codes() -> str:
    """The codes of recovery, to be printed and laid where the telephone is not."""
    who, keys = actor(), house().keys
    with house().transaction() as session:
        listed = second_factor.recovery_codes(session, who, _own(session, who), keys=keys)
    return render_template("desk/account_codes.html", codes=listed)


@bp.route("/second-factor/off", methods=["GET", "POST"])
def factor_off() -> str | Response:
    """Go back to the password alone."""
    who = actor()
    if request.method == "GET":
        return render_template("desk/account_factor_off.html")
    with house().transaction() as session:
        second_factor.take_away(session, who, _own(session, who))
    return redirect(url_for("account.page"), 303)


def _own(session: Session, who: Actor) -> Official:
    return session.get_one(Official, who.official_id)
