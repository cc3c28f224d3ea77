"""One's own signing key: which it is, what its certificate says, and another in its place. The password comes first."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from edms import clock
from edms.errors import Invalid, RuleBroken, Unavailable
from edms.signing import choosing, own_key, pins, round_trip
from edms.signing.key_folder import Kind
from edms.staff.models import Official
from edms.staff.throttle import TooManyAttempts
from edms.web.desk import house as place
from edms.web.desk import key_form
from edms.web.kit import Filled
from edms.web.kit.house import house
from edms.web.kit.session import actor, to_step_up, visitor

bp = Blueprint("own_key", __name__, url_prefix="/account/key")


@bp.before_request
def password_first() -> Response | None:
    """Nothing here is even looked at before the password was asked again."""
    return to_step_up()


@bp.route("", methods=["GET", "POST"])
def page() -> str | Response | tuple[str, int]:
    """What her key is; the form below puts another in its place."""
    kind = key_form.way(house().signers, card=True)
    if request.method == "GET":
        return _page(kind, Filled())
    try:
        if kind is Kind.CARD:
            return _asked_of_card(Filled())
        look = key_form.chosen(kind, house().signers.devices)
        with house().transaction() as session:
            own_key.may_choose(actor(), _own(session))
        held = pins.counted(
            house().transaction, actor().official_id or 0, look, keys=house().keys, token=kind is Kind.TOKEN
        )
        with house().transaction() as session:
            own_key.install(session, actor(), _own(session), held, folder=house().signers)
    except (Invalid, RuleBroken, Unavailable) as error:
        form = place.again(error)
        return _page(kind, form.at("pin") if isinstance(error, TooManyAttempts) else form), 422
    return redirect(url_for("own_key.page"), 303)


@bp.post("/card")
def card() -> Response | tuple[str, int]:
    """The card's answer to the trial: now it is hers."""
    try:
        owner = round_trip.proven(key_form.answer_given(), this(), at=clock.now(), keys=house().keys)
        with house().transaction() as session:
            own_key.install(session, actor(), _own(session), choosing.from_card(owner), folder=house().signers)
    except (Invalid, RuleBroken) as error:
        return _page(Kind.CARD, place.again(error)), 422
    return redirect(url_for("own_key.page"), 303)


@bp.post("/take-away")
def take_away() -> Response:
    """Take the key out of the house."""
    with house().transaction() as session:
        own_key.take_away(session, actor(), _own(session), folder=house().signers)
    return redirect(url_for("account.page"), 303)


def this() -> round_trip.Who:
    """Who asks a card, in which sign-in: an answer to somebody else's question is worth nothing here."""
    known = visitor().sign_in
    return round_trip.Who(actor().official_id or 0, known.sign_in_id if known is not None else 0)


def _asked_of_card(form: Filled) -> str:
    file = request.files.get("certificate")
    owner = round_trip.certificates(file.stream.read(round_trip.LARGEST + 1) if file is not None else b"")
    offer = round_trip.trial(owner, this(), at=clock.now(), keys=house().keys)
    return render_template(
        "desk/account_card.html", card=owner.card, form=form, offer=offer, link=key_form.as_link(offer)
    )


def _page(kind: Kind, form: Filled) -> str:
    held = house().signers.held(actor().official_id or 0)
    return render_template(
        "desk/account_key.html", held=held, card=held.card if held else None, form=form, now=clock.now(),
        place=key_form.named(held, house().signers.devices) if held else "",
        **key_form.shown(house().signers, kind, card=True),
    )  # fmt: skip


def _own(session: Session) -> Official:
    return session.get_one(Official, actor().official_id)
