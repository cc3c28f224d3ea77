"""The organisation's seal: which it is, another in its place, taken away. The password comes first."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from edms import clock
from edms.access.permissions import Permission
from edms.access.policy import require
from edms.errors import Invalid, RuleBroken, Unavailable
from edms.signing import pins, seals
from edms.signing.key_folder import Kind
from edms.staff.throttle import TooManyAttempts
from edms.web.desk import house as place
from edms.web.desk import key_form
from edms.web.kit import Filled, language
from edms.web.kit.house import house
from edms.web.kit.session import actor, to_step_up

bp = Blueprint("house_seal", __name__, url_prefix="/house/seal")


@bp.route("/", methods=["GET", "POST"])
def page() -> str | Response | tuple[str, int]:
    """What the seal is; the form below puts another in its place."""
    away = _password_first()
    if away is not None:
        return away
    kind = key_form.way(house().seals, card=False)
    if request.method == "GET":
        return _page(kind, Filled())
    try:
        look = key_form.chosen(kind, house().seals.devices)
        with house().transaction() as session:
            where = place.organisation(session, actor())
            seals.may_manage(actor(), where)
            owner, kept = seals.pin_of(where.organisation_id), place.of(where, actor())
        held = pins.counted(house().transaction, owner, look, keys=house().keys, token=kind is Kind.TOKEN)
        with house().transaction() as session:
            seals.install(session, actor(), place.organisation(session, actor()), held, folder=house().seals)
    except (Invalid, RuleBroken, Unavailable) as error:
        form = place.again(error)
        return _page(kind, form.at("pin") if isinstance(error, TooManyAttempts) else form), 422
    return redirect(url_for("house_seal.page", **kept), 303)


@bp.post("/take-away")
def take_away() -> Response:
    """Take the seal out of the house."""
    away = _password_first()
    if away is not None:
        return away
    with house().transaction() as session:
        where = place.organisation(session, actor())
        seals.take_away(session, actor(), where, folder=house().seals)
        kept = place.of(where, actor())
    return redirect(url_for("house_seal.page", **kept), 303)


def _password_first() -> Response | None:
    """Who may not is refused; who may is asked for her password."""
    with house().transaction() as session:
        require(actor(), Permission.SEAL_MANAGE, place.organisation(session, actor()))
    return to_step_up()


def _page(kind: Kind, form: Filled) -> str:
    with house().transaction() as session:
        where = place.organisation(session, actor())
        held = house().seals.held(where.organisation_id)
        return render_template(
            "desk/house_seal.html", where=where.name(language()), held=held, card=held.card if held else None,
            form=form, now=clock.now(), place_named=key_form.named(held, house().seals.devices) if held else "",
            kept=place.of(where, actor()), kind=kind, **key_form.shown(house().seals, kind, card=False),
        )  # fmt: skip
