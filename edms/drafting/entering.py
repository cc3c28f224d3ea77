"""Enters a signed letter of ours in its register: its card is what the draft said, its readers those who may know of it."""

from __future__ import annotations

from sqlalchemy.orm import Session

from edms import clock
from edms.access.actor import Actor
from edms.access.roles import Role
from edms.drafting import seats
from edms.drafting.drafts import ADDRESSED
from edms.drafting.models import Draft, DraftKind, DraftState
from edms.drafting.visas import shown
from edms.events import followed
from edms.registry import readers, registration
from edms.registry.card import Card
from edms.registry.going_out import addressees
from edms.registry.models import Document, Number, Register
from edms.registry.words import DocumentType, Grade, LinkKind
from edms.staff.models import Official

TYPES = {
    DraftKind.REPLY: DocumentType.LETTER,
    DraftKind.LETTER: DocumentType.LETTER,
    DraftKind.MEMO: DocumentType.MEMO,
    DraftKind.ORDER: DocumentType.ORDER,
    DraftKind.CONTRACT: DocumentType.CONTRACT,
    DraftKind.ACT: DocumentType.ACT,
}


def enter(session: Session, draft: Draft, number: Number, *, signed_by_id: int | None) -> Document:
    """Enter the signed letter in its register under the number and the day that stand on its paper.

    What an answer owes its letter is registration's. A personal letter of our own is read by those who must send it too.
    """
    book = session.get_one(Register, draft.register_id)
    document = registration.register(
        session,
        Actor.system(draft.organisation_id),
        book,
        _card(session, draft, number),
        idempotency_key=f"draft:{draft.draft_id}",
        reserved=number,
    )
    document.final = draft.final if draft.in_reply_to_id else None
    document.registered_by_id = signed_by_id
    readers.grant(document, [draft.author_id, draft.signer_id, *(each.official_id for each in draft.signatories)])
    if document.grade is Grade.PERSONAL and draft.kind in ADDRESSED:
        readers.grant(document, _must_send(session, document))
    addressees.follow(session, draft.draft_id, document)
    draft.document_id, draft.state, draft.signed_at = document.document_id, DraftState.SIGNED, clock.now()
    followed.pass_on(session, draft.draft_id, document.document_id)
    return document


def _must_send(session: Session, document: Document) -> list[int]:
    """The registrars, unless one of them reads it already: somebody in the chancellery sends it, or it lies for ever."""
    registrars = seats.holding(session, document.organisation_id, [Role.REGISTRAR], document.registered_on)
    ids = {one.official_id for one in registrars}
    return [] if ids.intersection(readers.people_of(document)) else sorted(ids)


def _card(session: Session, draft: Draft, number: Number) -> Card:
    author = session.get_one(Official, draft.author_id)
    page = shown(draft)
    return Card(
        summary=draft.subject,
        channel=draft.channel,
        received_on=number.drawn_on,
        document_on=number.drawn_on,
        correspondent_id=draft.correspondent_id,
        correspondent_name=draft.addressee,
        correspondent_address=draft.address,
        document_type=TYPES[draft.kind].value,
        sheets=page.place.get("pages", 1),
        unit_id=author.unit_id,
        grade=draft.grade,
        case_index=draft.case_index,
        annexes=draft.annexes,
        language=draft.language,
        links=((draft.in_reply_to_id, LinkKind.REPLY_TO),) if draft.in_reply_to_id else (),
    )
