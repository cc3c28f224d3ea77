"""Keeps what was entered beside the card with the letter, and finds it again."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, and_, any_, bindparam, delete, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session

from edms.registry.intake.card import NOTHING, Intake, Party, Spoken, Valuable
from edms.registry.intake.models import DocumentIntake, DocumentParty, DocumentValuable, SpokenRecord
from edms.registry.models import Correspondent, Document


@dataclass(frozen=True)
class Kept:
    """What is kept of a letter beside its card."""

    intake: DocumentIntake | None
    parties: list[DocumentParty]
    valuables: list[DocumentValuable]
    spoken: SpokenRecord | None


NONE_KEPT = Kept(None, [], [], None)


def waits_for(people: Collection[int]) -> ColumnElement[bool]:
    """The condition of closed envelopes that these people are to open."""
    return and_(
        DocumentIntake.opens_id.in_(sorted(people)),
        DocumentIntake.envelope.is_not(None),
        DocumentIntake.opened_at.is_(None),
    )


def keep(session: Session, document: Document, intake: Intake) -> None:
    """Write the rows of a letter just registered; none for a common one."""
    if intake == NOTHING:
        return
    session.add(_noted(document, intake))
    _lists(session, document, intake)
    if intake.spoken is not None:
        session.add(SpokenRecord(document_id=document.document_id, **vars(intake.spoken)))


def replace_all(session: Session, document: Document, intake: Intake) -> None:
    """Put this in the place of what is kept; what was said stays as it was taken down."""
    row = session.get(DocumentIntake, document.document_id)
    if row is None:
        session.add(_noted(document, intake))
    else:
        for name in NOTED:
            setattr(row, name, getattr(intake, name))
    for table in (DocumentParty, DocumentValuable):
        session.execute(delete(table).where(table.document_id == document.document_id))
    _lists(session, document, intake)


def _noted(document: Document, intake: Intake) -> DocumentIntake:
    own = {name: getattr(intake, name) for name in NOTED}
    return DocumentIntake(document_id=document.document_id, organisation_id=document.organisation_id, **own)


def _lists(session: Session, document: Document, intake: Intake) -> None:
    known = _known(session, [each.correspondent_id for each in intake.parties if each.correspondent_id])
    for position, party in enumerate(intake.parties, 1):
        card = known.get(party.correspondent_id or 0)
        session.add(
            DocumentParty(
                document_id=document.document_id,
                position=position,
                correspondent_id=party.correspondent_id,
                name=party.name or (card.name if card else ""),
                address=party.address or (card.address if card else None),
            )
        )
    for position, each in enumerate(intake.valuables, 1):
        session.add(DocumentValuable(document_id=document.document_id, position=position, **vars(each)))


NOTED = (
    "also_to", "signatures", "postmark_on", "postal_barcode", "envelope_kept", "filed_on", "envelope", "opens_id",
)  # fmt: skip


def facts(intake: Intake) -> dict[str, Any]:
    """What the leaf of the registration commits to of it, as plain JSON values; nothing of a common letter."""
    noted = {name: getattr(intake, name) for name in NOTED}
    said = {
        **{name: value.isoformat() if hasattr(value, "isoformat") else value for name, value in noted.items()},
        "parties": [[each.name, each.address, each.correspondent_id] for each in intake.parties],
        "valuables": [
            [each.what, each.count, str(each.amount) if each.amount else None, each.currency, each.handed_to_id]
            for each in intake.valuables
        ],
        "spoken": intake.spoken and [intake.spoken.said_at.isoformat(), intake.spoken.place, intake.spoken.text],
    }
    return {name: value for name, value in said.items() if value}


def kept(session: Session, document: Document) -> Kept:
    """What is kept of a letter that the caller may read."""
    ident = document.document_id
    valuables = select(DocumentValuable).where(DocumentValuable.document_id == ident)
    return Kept(
        session.get(DocumentIntake, ident),
        parties_of(session, [ident]).get(ident, []),
        list(session.scalars(valuables.order_by(DocumentValuable.position))),
        session.get(SpokenRecord, ident),
    )


def as_intake(found: Kept) -> Intake:
    """The same as it was entered."""
    noted = {name: getattr(found.intake, name) for name in NOTED} if found.intake is not None else {}
    spoken = found.spoken
    return Intake(
        parties=tuple(Party(each.name, each.address, each.correspondent_id) for each in found.parties),
        valuables=tuple(
            Valuable(each.what, each.count, each.amount, each.currency, each.handed_to_id) for each in found.valuables
        ),
        spoken=Spoken(spoken.said_at, spoken.text, spoken.place) if spoken is not None else None,
        **noted,
    )


def parties_of(session: Session, document_ids: Collection[int]) -> dict[int, list[DocumentParty]]:
    """The further senders of these letters, in their order."""
    ids = bindparam("ids", list(document_ids), type_=ARRAY(BigInteger))  # one statement for any number of letters
    found = select(DocumentParty).where(DocumentParty.document_id == any_(ids))
    made: dict[int, list[DocumentParty]] = {}
    for party in session.scalars(found.order_by(DocumentParty.document_id, DocumentParty.position)):
        made.setdefault(party.document_id, []).append(party)
    return made


def sent_by(correspondent_ids: Collection[int], column: Any = Document.correspondent_id,
            ident: Any = Document.document_id) -> ColumnElement[bool]:  # fmt: skip
    """The condition that one of these is a sender of the letter, the first or a further one."""
    ids = sorted(correspondent_ids)
    further = select(DocumentParty.document_id).where(DocumentParty.correspondent_id.in_(ids))
    condition: ColumnElement[bool] = column.in_(ids) | ident.in_(further)
    return condition


def _known(session: Session, ids: Collection[int]) -> dict[int, Correspondent]:
    if not ids:
        return {}
    found = select(Correspondent).where(Correspondent.correspondent_id.in_(ids))
    return {each.correspondent_id: each for each in session.scalars(found)}
