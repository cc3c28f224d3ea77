"""Signing with the card at her own computer: what is asked of it, to take away or for a program to fetch; its answer.

Two requests, as pages or as JSON (docs/api.md). What was on her screen travels from the pile in the address, is sealed
into the offer and is compared with the prepared bytes when the answer comes, as with a PIN.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, jsonify, redirect, render_template, request, url_for
from flask_wtf.csrf import generate_csrf
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from edms import clock
from edms.access.actor import Actor
from edms.drafting import regrading
from edms.drafting.models import Draft
from edms.errors import EdmsError, Invalid, NotFound, RuleBroken
from edms.signing import lots, requests, round_trip
from edms.signing.key_folder import Kind
from edms.signing.models import SignatureRequest
from edms.signing.owner import Owner
from edms.web.desk import account_key, key_form
from edms.web.kit import Filled, explained
from edms.web.kit.house import house
from edms.web.kit.session import actor, to_step_up

bp = Blueprint("card_signing", __name__, url_prefix="/sign/card")
MOST = 200


@dataclass(frozen=True)
class Outcome:
    """What became of one letter; `trouble` is empty when it was signed."""

    request_id: int
    subject: str
    trouble: str = ""


def wanted(who: Actor) -> bool:
    """Does she sign with a card of her own?"""
    held = house().signers.held(who.official_id or 0)
    return held is not None and held.kind is Kind.CARD


def address(asked: Sequence[tuple[int, bytes]]) -> str:
    """The page that asks her card for these requests, each with the hash of what her screen showed."""
    return url_for("card_signing.page", asked=[f"{ident}-{shown.hex()}" for ident, shown in asked])


@bp.get("/")
def page() -> str | Response:
    """The letters, what is asked of the card, and where its answer is brought. As for a PIN, the password comes first."""
    return to_step_up() or _page(Filled())


@bp.get("/offer")
def offer() -> Response:
    """What is asked of the card, for a program in her browser; with the token that its answer must bring."""
    away = to_step_up()
    if away is not None:
        return away
    made, _ = _offer()
    return jsonify({**made, "csrf_token": generate_csrf()})


@bp.post("/answer")
def answer() -> Response | str | tuple[str | Response, int]:
    """What the card answered: each signature is checked before anything of it is kept."""
    away = to_step_up()
    if away is not None:
        return away
    try:
        outcomes = _taken(key_form.answer_given())
    except (Invalid, RuleBroken) as error:
        if request.is_json:
            raise
        return _page(Filled.again(error).at("answer")), 422
    if request.is_json:
        told = [{"request": each.request_id, "signed": not each.trouble, "text": each.trouble} for each in outcomes]
        return jsonify({"items": told})
    if any(each.trouble for each in outcomes):
        return _page(Filled(), outcomes), 422
    with house().transaction() as session:
        rows = [session.get_one(SignatureRequest, each.request_id) for each in outcomes]
        return redirect(url_for("signing.pile", done=[row.draft_ref for row in rows if row.draft_ref]), 303)


def _taken(told: object) -> list[Outcome]:
    who = actor()
    got = round_trip.answered(told, owner_of(who), account_key.this(), at=clock.now(), keys=house().keys)
    with house().transaction() as session:
        for ident in got.request_ids:
            requests.request_of(session, who, ident)
    results = lots.sign(
        house().transaction, who, got.request_ids, shown=got.shown, pin="", signer=got.signer, store=house().store,
        guard=regrading.refused,
    )  # fmt: skip
    with house().transaction() as session:
        return [_outcome(session, result) for result in results]


def _outcome(session: Session, result: lots.Signed) -> Outcome:
    said = explained(result.error).text if result.error is not None else ""
    return Outcome(result.request_id, _subject(session, result.draft_ref), said)


def _page(form: Filled, outcomes: Sequence[Outcome] = ()) -> str:
    try:
        made, names = _offer()
    except EdmsError as error:
        made, names, form = {}, [], form if form.failed else Filled.again(error)
    return render_template(
        "desk/card_signing.html", names=names, offer=made, link=key_form.as_link(made) if made else "", form=form,
        outcomes=outcomes, action=url_for("card_signing.answer", asked=request.args.getlist("asked")),
    )  # fmt: skip


def _offer() -> tuple[dict[str, Any], list[str]]:
    """The offer for what the address names and still waits. Errors: RuleBroken when nothing does."""
    who = actor()
    owner = owner_of(who)
    with house().transaction() as session:
        asked = [
            round_trip.Asked(row.signature_request_id, _subject(session, row.draft_ref), shown, row.digest)
            for row, shown in _named(session, who)
            if requests.may_sign(who, row) and row.digest is not None
        ]
    if not asked:
        raise RuleBroken("smart_card.none")
    made = round_trip.offer(owner, asked, account_key.this(), at=clock.now(), keys=house().keys)
    return made, [each.name for each in asked]


def _named(session: Session, who: Actor) -> list[tuple[SignatureRequest, bytes]]:
    found = []
    for text in request.args.getlist("asked")[:MOST]:
        ident, _, shown = text.partition("-")
        try:
            found.append((requests.request_of(session, who, int(ident)), bytes.fromhex(shown)))
        except (ValueError, OverflowError):
            raise NotFound from None
    return found


def owner_of(who: Actor) -> Owner:
    """The certificate of her card. Errors: NotFound when she signs with something else."""
    held = house().signers.held(who.official_id or 0)
    if held is None or held.kind is not Kind.CARD:
        raise NotFound("signing.no_key")
    return held.owner


def _subject(session: Session, draft_ref: int | None) -> str:
    draft = session.get(Draft, draft_ref) if draft_ref is not None else None
    return draft.subject if draft is not None else ""
