"""Letters of an older journal: with their own numbers and dates, marked as migrated, never drawing our counter (T11)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from edms import clock
from edms.access.actor import Actor
from edms.access.permissions import Permission
from edms.access.policy import require
from edms.errors import Conflict, Invalid
from edms.events import Event, Subject, record
from edms.registry import contents, facts, readers
from edms.registry.card import Card, check, cleaned, columns
from edms.registry.models import Content, Document, Register
from edms.registry.words import ContentRole, DocumentState
from edms.staff.models import Organisation

BEFORE_OURS = 10_000


def older(year: int) -> int:
    """The series of an older journal's year: negative, so below all of ours, and in the order of the years."""
    return year - BEFORE_OURS


def year_of(series: int) -> int:
    """The year of such a series."""
    return series + BEFORE_OURS


@dataclass(frozen=True)
class OldEntry:
    """One line of the older journal: its number as it stood, its serial and day there, and the card."""

    number: str
    serial: int
    registered_on: date
    card: Card


def migrate(
    session: Session, actor: Actor, book: Register, entry: OldEntry, *, content: Content | None = None
) -> Document:
    """Take over one letter. The same line again gives the same document.

    Its series is kept apart from ours, so that an old 417 and ours of the same year may both be.
    Errors: Invalid naming the fields; Conflict if the number stands on another letter of the old journal.
    """
    require(actor, Permission.REGISTER_IMPORT, book)
    organisation = session.get_one(Organisation, book.organisation_id)
    today = clock.today(organisation.time_zone)
    card = cleaned(entry.card)
    check(session, book, card, today)
    if entry.registered_on > today or entry.serial < 1 or not entry.number.strip():
        raise Invalid(fields={"number": "registry.old_entry_impossible"})
    key = f"old:{book.code}:{entry.registered_on.year}:{entry.serial}"
    twin = session.scalar(
        select(Document).where(Document.organisation_id == book.organisation_id, Document.idempotency_key == key)
    )
    if twin is not None:
        if twin.number != entry.number.strip():
            raise Conflict("registry.number_taken", number=entry.number)
        return twin
    document = _document(actor, book, entry, card, key, organisation.time_zone)
    session.add(document)
    session.flush()  # place and event carry its id
    if content is not None:
        contents.attach(session, actor, document, content, ContentRole.ORIGINAL)
    line = record(
        session,
        actor,
        Event.DOCUMENT_REGISTERED,
        Subject("document", document.document_id, document_id=document.document_id),
        organisation_id=document.organisation_id,
        detail={"number": document.number, "migrated": True},
        facts={**facts.of(document), "sha256": content.sha256.hex() if content else None},
    )
    document.leaf_id = line.leaf_id
    return document


def _document(actor: Actor, book: Register, entry: OldEntry, card: Card, key: str, zone: str) -> Document:
    noon = datetime.combine(entry.registered_on, time(12), tzinfo=ZoneInfo(zone)).astimezone(UTC)
    document = Document(
        organisation_id=book.organisation_id,
        register_id=book.register_id,
        kind=book.kind,
        state=DocumentState.EXECUTED,
        number=entry.number.strip(),
        year=older(entry.registered_on.year),
        serial=entry.serial,
        registered_at=noon,
        registered_on=entry.registered_on,
        registered_by_id=actor.official_id,
        idempotency_key=key,
        migrated=True,
        on_control=False,
        readers=[],
        **columns(replace(card, received_on=card.received_on or entry.registered_on)),
    )
    readers.at_registration(document)
    return document
