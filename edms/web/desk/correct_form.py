"""The correction of a card: every field that may be corrected, as it stands, and the reason."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Any

from pydantic import BaseModel
from sqlalchemy.orm import Session

from edms.access.actor import Actor
from edms.errors import Invalid
from edms.registry import corrections, correspondents
from edms.registry.models import Document
from edms.registry.words import Channel, DocumentType, Grade
from edms.web.desk import card_form
from edms.web.kit import Filled, t
from edms.web.kit.forms import Day, OneLine, Paragraphs

"""Fields of the form whose name on the card has an ending: what the room says is wrong is named as here."""


class Correcting(BaseModel):
    """The whole card; a field left empty is emptied."""

    version: int
    reason: OneLine = ""
    everywhere: bool = False
    summary: Paragraphs = ""
    channel: Channel
    received_on: Day | None = None
    document_on: Day | None = None
    correspondent: int | None = None
    correspondent_text: OneLine | None = None
    correspondent_address: OneLine | None = None
    their_number: OneLine | None = None
    their_date: Day | None = None
    document_type: DocumentType
    sheets: int = 0
    annex_sheets: int = 0
    annexes: Paragraphs | None = None
    addressee: int | None = None
    unit: int | None = None
    grade: Grade
    case_index: OneLine | None = None
    language: OneLine


def filled(document: Document) -> Filled:
    """The card as it stands."""
    card = corrections.card_of(document)
    return Filled.of(
        version=document.version,
        summary=card.summary,
        channel=card.channel.value,
        received_on=card.received_on,
        document_on=card.document_on,
        correspondent=card.correspondent_id,
        correspondent_text=card.correspondent_name,
        correspondent_address=card.correspondent_address,
        their_number=card.their_number,
        their_date=card.their_date,
        document_type=card.document_type,
        sheets=card.sheets,
        annex_sheets=card.annex_sheets,
        annexes=card.annexes,
        addressee=card.addressee_id,
        unit=card.unit_id,
        grade=card.grade.value,
        case_index=card.case_index,
        language=card.language,
    )


def correct(session: Session, who: Actor, document: Document, form: Correcting) -> Document:
    """Correct what differs. Errors: as `corrections.correct`, SeveralOfThatName."""
    changes = _changes(session, who, document, form)
    if form.everywhere and document.correspondent_id is not None:
        changes["correspondent_id"] = document.correspondent_id  # the same one, only better written
        changes["correspondent_name"] = form.correspondent_text
    corrected = corrections.correct(session, who, document, changes, reason=form.reason, version=form.version)
    if form.everywhere:
        _rewrite(session, who, corrected, form.reason)
    return corrected


def _rewrite(session: Session, who: Actor, document: Document, reason: str) -> None:
    """Let the register of correspondents say what the card says now; other letters keep what stands on them."""
    if document.correspondent_id is None:
        return
    known = correspondents.correspondent_of(session, who, document.correspondent_id)
    card = correspondents.CorrespondentCard(
        **{f.name: getattr(known, f.name) for f in fields(correspondents.CorrespondentCard)}
    )
    wanted = replace(card, name=document.correspondent_name or known.name, address=document.correspondent_address)
    if wanted != card:
        correspondents.change(session, who, known, wanted, version=known.version, reason=reason)


def options(session: Session, who: Actor, document: Document) -> dict[str, list[tuple[Any, str]]]:
    """The choices of the card's selects; a channel that cannot be chosen at the counter stays where it is."""
    people = card_form.everybody(session, who)
    made = card_form.options(session, who, [], people)
    if document.channel.value not in [value for value, _ in made["channel"]]:
        made["channel"].append((document.channel.value, t(f"registry.channel.{document.channel.value}")))
    return made


def _changes(session: Session, who: Actor, document: Document, form: Correcting) -> dict[str, Any]:
    given: dict[str, Any] = {name: getattr(form, name) for name in Correcting.model_fields}
    for name in ("version", "reason", "everywhere", "correspondent", "correspondent_text", "addressee", "unit"):
        del given[name]
    given |= {"addressee_id": form.addressee, "unit_id": form.unit, "document_type": form.document_type.value}
    return given | _sender(session, who, document, form)


def _sender(session: Session, who: Actor, document: Document, form: Correcting) -> dict[str, Any]:
    """Another sender by the list or by name; a name that is written anew belongs to nobody in the list yet."""
    name = form.correspondent_text
    if name == document.correspondent_name and form.correspondent in (None, document.correspondent_id):
        return {}
    if document.kind.comes_in and not name:
        raise Invalid(fields={"correspondent": "registry.correspondent_missing"})
    found = card_form.sender_of(session, who, form.correspondent, name, form.correspondent_address)
    return {"correspondent_id": found, "correspondent_name": name}
