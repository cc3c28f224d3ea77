"""Registration: a letter becomes a Document with its number (D414 art. 33-38, GAC art. 76).

One transaction writes number, card, history, leaf and jobs, or nothing. The counter row is locked last. The same
idempotency key gives the same document; the same arrival under another key is a Conflict that names the number.
"""

from __future__ import annotations

from datetime import date

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from edms import clock
from edms.access.actor import Actor
from edms.access.permissions import Permission
from edms.access.policy import require
from edms.errors import Conflict
from edms.events import Event, Subject, record
from edms.registry import arrivals, contents, correspondents, counters, documents, facts, numbers, readers
from edms.registry.card import Card, Named, check, cleaned
from edms.registry.models import Arrival, Document, Number, Register
from edms.registry.registers import require_open
from edms.registry.reservations import take_reserved
from edms.registry.words import Channel, ContentRole, DocumentState, NumberState, Tray
from edms.staff.models import Organisation


def register(
    session: Session,
    actor: Actor,
    book: Register,
    card: Card,
    *,
    idempotency_key: str | None,
    arrival: Arrival | None = None,
    reserved: Number | None = None,
    waiting_scan: bool = False,
) -> Document:
    """Register a letter in `book`, from an arrival, or on paper whose scan is to follow, or as an own document.

    Without a key the caller makes sure that it happens once (the api keeps the keys of all that it makes). Errors: Invalid naming the card's fields; Conflict if the arrival has its number already; RuleBroken if the book is
    closed.
    """
    require(actor, Permission.DOCUMENT_REGISTER, book)
    if idempotency_key and (earlier := _earlier(session, book.organisation_id, idempotency_key)) is not None:
        return earlier
    require_open(session, book)
    organisation = session.get_one(Organisation, book.organisation_id)
    today = clock.today(organisation.time_zone)
    card = cleaned(card)
    named = check(session, book, card, today)
    if waiting_scan and arrival is None:
        arrival = arrivals.take_in(
            session, actor, organisation_id=book.organisation_id, tray=Tray.COUNTER, channel=card.channel, content=None
        )
    if arrival is not None:
        arrivals.require_waiting(session, arrival)
    document = _document(actor, book, card, today, idempotency_key)
    document.waiting_scan = waiting_scan and (arrival is None or arrival.content is None)
    _correspond(session, actor, document, card, named)
    _number(session, document, book, card, named, organisation, reserved)
    readers.at_registration(document, card.addressee_id, document.registered_by_id)
    session.add(document)
    session.flush()  # number, contents and events carry its id
    _settle(session, actor, document, card, arrival, reserved)
    return document


def _earlier(session: Session, organisation_id: int, key: str) -> Document | None:
    """The document this key made before. Two tries at once wait for each other."""
    session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(f"{organisation_id}:{key}", 0))))
    return session.scalar(
        select(Document).where(Document.organisation_id == organisation_id, Document.idempotency_key == key)
    )


def _document(actor: Actor, book: Register, card: Card, today: date, key: str | None) -> Document:
    return Document(
        organisation_id=book.organisation_id,
        register_id=book.register_id,
        kind=book.kind,
        state=DocumentState.REGISTERED,
        received_on=card.received_on or today,
        document_on=card.document_on,
        registered_by_id=actor.official_id,
        channel=card.channel,
        their_number=card.their_number,
        their_date=card.their_date,
        summary=card.summary,
        document_type=card.document_type,
        sheets=card.sheets,
        annex_sheets=card.annex_sheets,
        annexes=card.annexes,
        addressee_id=card.addressee_id,
        unit_id=card.unit_id,
        grade=card.grade,
        case_index=card.case_index,
        language=card.language,
        idempotency_key=key,
        migrated=False,
        on_control=False,
        readers=[],
    )


def _correspond(session: Session, actor: Actor, document: Document, card: Card, named: Named) -> None:
    """Name the correspondent: the one chosen, or a new one entered from what is on the card."""
    correspondent = named.correspondent
    if correspondent is None and card.correspondent_name and card.channel is not Channel.INTERNAL:
        correspondent = correspondents.enter(
            session,
            actor,
            correspondents.CorrespondentCard(name=card.correspondent_name, address=card.correspondent_address),
            organisation_id=document.organisation_id,
        )
    document.correspondent_name = card.correspondent_name
    document.correspondent_address = card.correspondent_address
    if correspondent is not None:
        document.correspondent_id = correspondent.correspondent_id
        document.correspondent_name = card.correspondent_name or correspondent.name
        document.correspondent_address = card.correspondent_address or correspondent.address
        correspondents.touch(session, correspondent)


def _number(
    session: Session,
    document: Document,
    book: Register,
    card: Card,
    named: Named,
    organisation: Organisation,
    reserved: Number | None,
) -> None:
    if reserved is not None:
        drawn = take_reserved(session, reserved, book, organisation.time_zone)
        document.number, document.serial, document.year = reserved.text, reserved.serial, reserved.year
        document.registered_at, document.registered_on = drawn
        return
    drawn_now = counters.draw(session, book, organisation.time_zone)
    made_of = numbers.NumberFacts(
        serial=drawn_now.serial,
        year=drawn_now.on.year,
        unit=named.unit.index if named.unit else "",
        case=card.case_index or "",
        correspondent_class=book.default_class or "",
    )
    document.number = numbers.render(book.pattern, made_of)
    document.serial, document.year = drawn_now.serial, drawn_now.year
    document.registered_at, document.registered_on = drawn_now.at, drawn_now.on


def _settle(
    session: Session, actor: Actor, document: Document, card: Card, arrival: Arrival | None, reserved: Number | None
) -> None:
    """What joins the number in its transaction: its row, the papers, the links, the history with leaf and jobs."""
    _keep_number(session, document, reserved)
    sha256 = None
    if arrival is not None:
        arrivals.register_as(actor, arrival, document)
        if arrival.content is not None:
            contents.attach(session, actor, document, arrival.content, ContentRole.ORIGINAL)
            sha256 = arrival.content.sha256.hex()
    for other_id, kind in card.links:
        documents.join(session, document, other_id, kind)
    line = record(
        session,
        actor,
        Event.DOCUMENT_REGISTERED,
        Subject("document", document.document_id, document_id=document.document_id),
        organisation_id=document.organisation_id,
        detail={"number": document.number, "addressee": document.addressee_id},
        facts={**facts.of(document), "sha256": sha256},
    )
    document.leaf_id = line.leaf_id


def _keep_number(session: Session, document: Document, reserved: Number | None) -> None:
    """The number's own row. Errors: Conflict when the serial stands on something else (an older journal's, say)."""
    if reserved is not None:
        reserved.state, reserved.document_id = NumberState.USED, document.document_id
        return
    used = insert(Number).values(
        register_id=document.register_id,
        year=document.year,
        serial=document.serial,
        text=document.number,
        state=NumberState.USED,
        drawn_at=document.registered_at,
        drawn_on=document.registered_on,
        document_id=document.document_id,
    )
    if session.execute(used.on_conflict_do_nothing().returning(Number.number_id)).first() is None:
        raise Conflict("registry.number_taken", number=document.number)
