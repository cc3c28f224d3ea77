"""A letter as a signed container (ASiC-E): its papers and its card in one file that anybody can check elsewhere.

Whoever may read the letter may take it away, with a time stamp over all; who has a key of her own here may sign it.
"""

from __future__ import annotations

import json
from typing import Any

from flask import Blueprint, render_template, request
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
from edms.signing import asic_writing, pins
from edms.signing.asic_writing import Part
from edms.signing.keys import FileSigner
from edms.storage.port import ContentStore
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
        return _page(document_of(session, actor(), document_id), Filled())


@bp.get("/<int:document_id>/container.asice")
def stamped(document_id: int) -> Response:
    """The container with a time stamp alone. Errors: Unavailable while nobody gives one."""
    with house().transaction() as session:
        document, parts = parts_of(session, reading.read(session, actor(), document_id), house().store)
    return as_file(document, stamp(parts))


@bp.post("/<int:document_id>/container")
def signed(document_id: int) -> Response | str | tuple[str, int]:
    """The container with the reader's own signature."""
    away = to_step_up()
    if away is not None:
        return away
    who = actor()
    with house().transaction() as session:
        document, parts = parts_of(session, reading.read(session, who, document_id), house().store)
    laid = asic_writing.lay(parts)
    try:
        with house().transaction() as session:
            signer = house().signers.signer(who.official_id or 0)
            if not isinstance(signer, FileSigner):
                raise RuleBroken("containers.key_cannot")
            pin = request.form.get("pin", "")
            made = pins.tried(
                session, who.official_id or 0, lambda: signer.sign_files([laid.digest], pin=pin, at=clock.now()),
                keys=house().keys,
            )  # fmt: skip
        if isinstance(made, Invalid):
            raise made
        packed = asic_writing.signed(laid, made[0], outside=house().outside, roots=house().roots)
    except EdmsError as error:
        return _page(document, Filled.again(error)), 422
    with house().transaction() as session:
        subject = Subject("document", document_id, document_id=document_id)
        record(session, who, Event.CONTAINER_SIGNED, subject, organisation_id=document.organisation_id)
    return as_file(document, packed)


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


def _page(document: Document, form: Filled) -> str:
    with_key = house().signers.card(actor().official_id or 0) is not None
    return render_template("desk/container.html", document=document, form=form, with_key=with_key)
