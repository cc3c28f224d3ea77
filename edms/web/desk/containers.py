"""A letter as a signed container (ASiC-E): its papers and its card in one file that anybody can check elsewhere.

Whoever may read the letter may take it away, with a time stamp over all; who has a key may sign it, wherever that lies,
and who may set the organisation's seal may seal it. Nothing is kept: of a card's round trip the state lies in the offer,
and the container is laid anew from the letter's papers when the answer comes.
"""

from __future__ import annotations

import json
from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from flask import Response as Answer
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from edms import clock
from edms.errors import EdmsError, Invalid, RuleBroken
from edms.events import Event, Subject, record
from edms.overview import reading
from edms.registry import contents
from edms.registry.documents import document_of
from edms.registry.models import Document
from edms.signing import asic_writing, pins, round_trip, seals
from edms.signing.asic_writing import Laid, Part
from edms.signing.tokens import Token
from edms.signing.verdicts import Form
from edms.staff.models import Organisation
from edms.storage.port import ContentStore
from edms.web.desk import account_key, card_signing, key_form, sealing
from edms.web.desk.tables import attached
from edms.web.kit import Filled
from edms.web.kit.house import house
from edms.web.kit.session import actor, to_step_up

bp = Blueprint("containers", __name__, url_prefix="/letters")
LARGEST = 128 * 1024 * 1024


@bp.get("/<int:document_id>/container")
def page(document_id: int) -> str:
    """What it is, and the PIN of who wants to sign it."""
    with house().transaction() as session:
        return _page(session, document_of(session, actor(), document_id), Filled())


@bp.get("/<int:document_id>/container.asice")
def stamped(document_id: int) -> Response:
    """The container with a time stamp alone. Errors: Unavailable while nobody gives one."""
    with house().transaction() as session:
        document, parts = parts_of(session, reading.read(session, actor(), document_id), house().store)
    return as_file(document, stamp(parts))


@bp.post("/<int:document_id>/container")
def signed(document_id: int) -> Response | str | tuple[str, int]:
    """The container with the reader's own signature, or with the organisation's seal."""
    away = to_step_up()
    if away is not None:
        return away
    document, laid = _laid(document_id)
    by_seal = request.form.get("do") == "seal"
    if not by_seal and card_signing.wanted(actor()):
        return redirect(url_for("containers.card", document_id=document_id), 303)
    if by_seal:
        with house().transaction() as session:
            seals.may_set(actor(), session.get_one(Organisation, document.organisation_id))
    try:
        return _finished(document, laid, _by_seal(document, laid) if by_seal else _by_key(laid), by_seal=by_seal)
    except EdmsError as error:
        with house().transaction() as session:
            failed = Filled.again(error).at("seal_pin") if by_seal else Filled.again(error)
            return _page(session, document_of(session, actor(), document_id), failed), 422


@bp.route("/<int:document_id>/container/card", methods=["GET", "POST"])
def card(document_id: int) -> Response | str | tuple[str, int]:
    """What is asked of her card, and its answer: the container, if the letter still has the papers that were offered."""
    away = to_step_up()
    if away is not None:
        return away
    document, laid = _laid(document_id)
    owner = card_signing.owner_of(actor())
    if request.method == "GET":
        return _card(document, laid, Filled())
    try:
        told = key_form.answer_given()
        keys, now = house().keys, clock.now()
        signer = round_trip.answered_file(told, owner, laid.digest, account_key.this(), at=now, keys=keys)
        (made,) = signer.sign([laid.digest], pin="", at=now, form=Form.CADES)
        return _finished(document, laid, made, by_seal=False)
    except EdmsError as error:
        if request.is_json:
            raise
        return _card(document, laid, Filled.again(error).at("answer")), 422


def _card(document: Document, laid: Laid, form: Filled) -> str:
    owner, now = card_signing.owner_of(actor()), clock.now()
    offer: dict[str, Any] = {}
    try:
        offer = round_trip.offer_file(
            owner, document.number, laid.digest, account_key.this(), at=now, keys=house().keys
        )
    except RuleBroken as error:  # the certificate has run out
        form = form if form.failed else Filled.again(error)
    return render_template(
        "desk/container_card.html", document=document, offer=offer, form=form,
        link=key_form.as_link(offer) if offer else "",
    )  # fmt: skip


def _by_key(laid: Laid) -> bytes | EdmsError:
    who, pin = actor(), request.form.get("pin", "")
    signer = house().signers.signer(who.official_id or 0)
    (made,) = pins.counted(
        house().transaction, who.official_id or 0,
        lambda: signer.sign([laid.digest], pin=pin, at=clock.now(), form=Form.CADES),
        keys=house().keys, token=isinstance(signer, Token),
    )  # fmt: skip
    return made


def _by_seal(document: Document, laid: Laid) -> bytes | EdmsError:
    return seals.beside(
        house().transaction, actor(), document.organisation_id, laid.digest, pin=request.form.get("seal_pin", ""),
        signer=house().seals.signer(document.organisation_id), keys=house().keys,
    )  # fmt: skip


def _finished(document: Document, laid: Laid, made: bytes | EdmsError, *, by_seal: bool) -> Response:
    """Raised and packed with no transaction open, then told in the letter's history."""
    if isinstance(made, EdmsError):
        raise made
    packed = asic_writing.signed(
        laid, made, outside=house().outside, roots=house().roots, algorithms=house().algorithms
    )
    with house().transaction() as session:
        subject = Subject("document", document.document_id, document_id=document.document_id)
        record(
            session, actor(), Event.CONTAINER_SEALED if by_seal else Event.CONTAINER_SIGNED, subject,
            organisation_id=document.organisation_id, detail={"manifest_sha256": laid.digest.hex()},
        )  # fmt: skip
    return as_file(document, packed)


def _laid(document_id: int) -> tuple[Document, Laid]:
    with house().transaction() as session:
        document, parts = parts_of(session, reading.read(session, actor(), document_id), house().store)
    return document, asic_writing.lay(parts)


def stamp(parts: list[Part]) -> bytes:
    """The parts under a time stamp."""
    return asic_writing.stamped(asic_writing.lay(parts, signed=False), outside=house().outside, roots=house().roots)


def parts_of(session: Session, document: Document, store: ContentStore) -> tuple[Document, list[Part]]:
    """The papers of a letter and its card. Errors: Invalid when they are too many bytes for one file."""
    places = contents.papers(session, document)
    if sum(place.content.size for place in places) > LARGEST:
        raise Invalid("containers.too_large", number=document.number)
    card: dict[str, Any] = {
        "number": document.number,
        "registered_on": document.registered_on.isoformat(),
        "register": document.register.code,
        "summary": document.summary,
        "papers": [
            {"name": place.content.name, "role": place.role.value, "sha256": place.content.sha256.hex()}
            for place in places
        ],
    }
    told = json.dumps(card, ensure_ascii=False, indent=1).encode()
    parts = [Part("card.json", "application/json", told)]
    for place in places:
        with store.open(place.content.store_key) as stream:
            parts.append(Part(place.content.name, place.content.media_type, stream.read()))
    return document, parts


def as_file(document: Document, packed: bytes) -> Response:
    """The container, to take away."""
    headers = {
        "Content-Disposition": attached(document.number.replace("/", "-"), "asice"),
        "X-Content-Type-Options": "nosniff",
    }
    return Answer(packed, mimetype=asic_writing.MEDIA, headers=headers)


def _page(session: Session, document: Document, form: Filled) -> str:
    with_key = house().signers.card(actor().official_id or 0) is not None
    return render_template(
        "desk/container.html", document=document, papers=contents.papers(session, document), form=form, with_key=with_key,
        with_card=card_signing.wanted(actor()), with_seal=sealing.offered(actor(), document),
    )  # fmt: skip
