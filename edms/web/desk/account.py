"""Signing in: login, code, a new password, the password again; and the reader's own sessions."""

from __future__ import annotations

from collections.abc import Callable

from flask import Blueprint, redirect, render_template, request, url_for
from pydantic import BaseModel
from werkzeug.wrappers import Response

from edms import clock
from edms.access.permissions import Permission
from edms.access.policy import permits
from edms.errors import EdmsError, Invalid
from edms.staff import second_factor, sessions
from edms.staff.credentials import credential_of
from edms.staff.entrusting import entrustments
from edms.staff.models import Official
from edms.staff.officials import change_own
from edms.staff.standing_in import stands_in_for
from edms.web.desk.browsers import browser
from edms.web.kit import Filled, read, session, t
from edms.web.kit.forms import OneLine
from edms.web.kit.house import house
from edms.web.kit.language import COOKIE as LANGUAGE_COOKIE
from edms.web.kit.onward import next_page
from edms.web.kit.session import require_signed_in

bp = Blueprint("account", __name__, url_prefix="/account")

_FIELDS = {"code": "code", "step_up": "password", "password": "present"}


class Own(BaseModel):
    """What one changes about oneself."""

    language: OneLine = "ka"
    telephone: OneLine | None = None


@bp.route("/sign-in", methods=["GET", "POST"])
def sign_in() -> str | Response | tuple[str, int]:
    """Login and password."""
    if request.method == "GET":
        return render_template("desk/sign_in.html", form=Filled(), next=next_page("/"))
    refused = _try(lambda: session.enter(request.form.get("login", ""), request.form.get("password", "")))
    if refused is None:
        return _onward()
    return render_template("desk/sign_in.html", form=Filled.again(refused).at("password"), next=next_page("/")), 422


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
    """Who one is here, what protects it, where one is signed in, and in whose place one may act today."""
    return _page(Filled())


@bp.post("/own")
@require_signed_in
def own() -> Response | tuple[str, int]:
    """What everybody may change about herself."""
    actor = session.actor()
    try:
        with house().transaction() as db:
            official = db.get_one(Official, actor.official_id)
            form = read(Own)
            change_own(db, actor, official, language=form.language, telephone=form.telephone)
    except Invalid as error:
        return _page(Filled.again(error)), 422
    answer = redirect(url_for("account.page"), 303)
    answer.delete_cookie(LANGUAGE_COOKIE)  # what this browser once chose gives way to what she chose for herself
    return answer


@bp.post("/sessions/others/revoke")
@require_signed_in
def revoke_others() -> Response:
    """End all of one's own sessions but this one."""
    present = session.visitor().sign_in
    with house().transaction() as db:
        if present is not None:
            sessions.revoke_others(db, session.actor(), present)
    return redirect(url_for("account.page"), 303)


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
    wanted = request.form.get("official_id", type=int)
    session.act_for(wanted)
    return redirect(url_for("desk.page"), 303)


def _page(form: Filled) -> str:
    actor, present = session.actor(), session.visitor().sign_in
    with house().transaction() as db:
        official = db.get_one(Official, actor.official_id)
        return render_template(
            "desk/account.html",
            form=form if form.failed else Filled.of(language=official.language, telephone=official.telephone),
            person=official,
            own=[(each, browser(each.agent)) for each in sessions.own_sessions(db, actor, limits=house().session_limits)],
            absent=stands_in_for(db, official),
            present=present,
            has_factor=second_factor.is_set(db, official),
            password_set_at=credential.password_set_at if (credential := credential_of(db, official)) else None,
            card=house().signers.card(official.official_id),
            now=clock.now(),
            entrusts=permits(actor, Permission.RESOLUTION_ENTRUST) or bool(entrustments(db, actor)),
            tongues=[(code, t(f"language.name.{code}")) for code in ("ka", "hy", "en", "ru")],
        )  # fmt: skip


def _asked(what: str, answer: Callable[[], str | None]) -> str | Response | tuple[str, int]:
    """One of the pages that want something before going on."""
    if session.visitor().sign_in is None:
        return redirect(url_for("account.sign_in"), 303)
    following = next_page("/")
    if what != "code" and session.visitor().want is sessions.Want.CODE:
        return redirect(url_for("account.code", next=following), 303)
    if request.method == "GET":
        return render_template("desk/asked.html", what=what, form=Filled(), next=following)
    refused = _try(answer)
    if refused is None:
        return _onward()
    return render_template(
        "desk/asked.html", what=what, form=Filled.again(refused).at(_FIELDS[what]), next=following
    ), 422


def _try(answer: Callable[[], str | None]) -> EdmsError | None:
    """The refusal, or None."""
    try:
        refused = answer()
    except EdmsError as error:
        if isinstance(error, Invalid) or error.message.startswith("staff."):
            return error
        raise
    return Invalid(refused) if refused is not None else None


def _onward() -> Response:
    return redirect(next_page("/"), 303)
