"""Signing in: login, code, a new password, the password again; and the reader's own sessions."""

from __future__ import annotations

from collections.abc import Callable

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from edms.errors import EdmsError, Invalid
from edms.staff import sessions
from edms.staff.models import Official
from edms.staff.standing_in import stands_in_for
from edms.web.kit import Filled, session
from edms.web.kit.house import house
from edms.web.kit.onward import next_page
from edms.web.kit.session import require_signed_in

bp = Blueprint("account", __name__, url_prefix="/account")


@bp.route("/sign-in", methods=["GET", "POST"])
def sign_in() -> str | Response | tuple[str, int]:
    """Login and password."""
    if request.method == "GET":
        return render_template("desk/sign_in.html", form=Filled(), next=next_page("/"))
    refused = _try(lambda: session.enter(request.form.get("login", ""), request.form.get("password", "")))
    if refused is None:
        return _onward()
    form = Filled.again(refused if isinstance(refused, Invalid) else Invalid(refused, fields={"password": refused}))
    return render_template("desk/sign_in.html", form=form, next=next_page("/")), 422


@bp.route("/code", methods=["GET", "POST"])
def code() -> str | Response | tuple[str, int]:
    """The second factor."""
    return _asked("code", lambda: session.enter_code(request.form.get("code", "")))


@bp.route("/step-up", methods=["GET", "POST"])
def step_up() -> str | Response | tuple[str, int]:
    """The password again, before what cannot be undone."""
    return _asked("step_up", lambda: session.confirm_password(request.form.get("password", "")))


@bp.route("/password", methods=["GET", "POST"])
def password() -> str | Response | tuple[str, int]:
    """A new password of one's own."""
    return _asked(
        "password", lambda: session.change_password(request.form.get("present", ""), request.form.get("new", ""))
    )


@bp.post("/sign-out")
def sign_out() -> Response:
    """Leave."""
    session.leave()
    return redirect(url_for("account.sign_in"), 303)


@bp.get("/")
@require_signed_in
def page() -> str:
    """One's own sessions, and in whose place one may act today."""
    actor = session.actor()
    with house().transaction() as db:
        own = sessions.own_sessions(db, actor, limits=house().session_limits)
        absent = stands_in_for(db, db.get_one(Official, actor.official_id))
    return render_template("desk/account.html", own=own, absent=absent, present=session.visitor().sign_in)


@bp.post("/sessions/<int:sign_in_id>/revoke")
@require_signed_in
def revoke(sign_in_id: int) -> Response:
    """End one of one's own sessions."""
    with house().transaction() as db:
        sessions.revoke_own(db, session.actor(), sign_in_id)
    return redirect(url_for("account.page"), 303)


@bp.post("/act-for")
@require_signed_in
def act_for() -> Response:
    """Act in somebody's place, or as oneself again."""
    wanted = request.form.get("official_id", "")
    session.act_for(int(wanted) if wanted.isdigit() else None)
    return redirect(url_for("desk.page"), 303)


def _asked(what: str, answer: Callable[[], str | None]) -> str | Response | tuple[str, int]:
    """One of the pages that want something before going on."""
    if session.visitor().sign_in is None:
        return redirect(url_for("account.sign_in"), 303)
    following = next_page("/")
    if request.method == "GET":
        return render_template("desk/asked.html", what=what, form=Filled(), next=following)
    refused = _try(answer)
    if refused is None:
        return _onward()
    form = Filled.again(refused if isinstance(refused, Invalid) else Invalid(refused, fields={"password": refused}))
    return render_template("desk/asked.html", what=what, form=form, next=following), 422


def _try(answer: Callable[[], str | None]) -> str | Invalid | None:
    """The refusal's message id, an Invalid with its fields, or None."""
    try:
        return answer()
    except Invalid as error:
        return error
    except EdmsError as error:
        if error.message.startswith("staff."):
            return error.message
        raise


def _onward() -> Response:
    return redirect(next_page("/"), 303)
