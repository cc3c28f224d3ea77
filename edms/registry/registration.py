"""Registration: a letter becomes a Document with its number (D414 art. 33-38, GAC art. 76).

One transaction writes number, card, history, leaf and jobs, or nothing. The counter row is locked last. The same
idempotency key gives the same document; the same arrival under another key is a Conflict that names the number.
"""

from __future__ import annotations

from datetime import date

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from edms import clock
from edms.access.actor import Actor
from edms.access.permissions import Permission
from edms.access.policy import require
from edms.errors import Conflict
from edms.events import Event, Subject, record
from edms.registry import arrivals, contents, correspondents, counters, documents, facts, numbers, readers
from edms.registry.card import Card, check, cleaned
from edms.registry.models import Arrival, Correspondent, Document, Number, Register
from edms.registry.registers import require_open
from edms.registry.reservations import take_reserved
from edms.registry.words import Channel, ContentRole, DocumentState, NumberState, Tray
from edms.staff.models import Organisation, Unit


def register(
    session: Session,
    actor: Actor,
    book: Register,
    card: Card,
    *,
    idempotency_key: str,
    arrival: Arrival | None = None,
    reserved: Number | None = None,
    waiting_scan: bool = False,
) -> Document:
    """Register a letter in `book`, from an arrival, or on paper whose scan is to follow, or as an own document.

    Errors: Invalid naming the card's fields; Conflict if the arrival has its number already; RuleBroken if the book is
    closed.
    """
    require(actor, Permission.DOCUMENT_REGISTER, book)
    if (earlier := _earlier(session, book.organisation_id, idempotency_key)) is not None:
        return earlier
    require_open(session, book)
    organisation = session.get_one(Organisation, book.organisation_id)
    today = clock.today(organisation.time_zone)
    card = cleaned(card)
    check(session, book, card, today)
    if waiting_scan and arrival is None:
        arrival = arrivals.take_in(
            session, actor, organisation_id=book.organisation_id, tray=Tray.COUNTER, channel=card.channel, content=None
        )
    if arrival is not None:
        arrivals.require_waiting(session, arrival)
    document = _document(actor, book, card, today, idempotency_key)
    document.waiting_scan = waiting_scan and (arrival is None or arrival.content is None)
    _correspond(session, actor, document, card)
    _number(session, document, book, card, organisation, reserved)
    readers.at_registration(document, card.addressee_id, document.registered_by_id)
    session.add(document)
    session.flush()  # number, contents and events carry its id
    _settle(session, actor, document, card, arrival)
    return document


def _earlier(session: Session, organisation_id: int, key: str) -> Document | None:
    """The document this key made before. Two tries at once wait for each other."""
    session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(f"{organisation_id}:{key}", 0))))
    return session.scalar(
        select(Document).where(Document.organisation_id == organisation_id, Document.idempotency_key == key)
    )


def _document(actor: Actor, book: Register, card: Card, today: date, key: str) -> Document:
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


def _correspond(session: Session, actor: Actor, document: Document, card: Card) -> None:
    """Name the correspondent: the one chosen, or a new one entered from what is on the card."""
    correspondent: Correspondent | None = None
    if card.correspondent_id is not None:
        correspondent = session.get_one(Correspondent, card.correspondent_id)
    elif card.correspondent_name and card.channel is not Channel.INTERNAL:
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
    organisation: Organisation,
    reserved: Number | None,
) -> None:
    unit = session.get(Unit, card.unit_id) if card.unit_id else None
    if reserved is not None:
        drawn = take_reserved(session, reserved, book, organisation.time_zone)
        document.number, document.serial, document.year = reserved.text, reserved.serial, reserved.year
        document.registered_at, document.registered_on = drawn
        return
    drawn_now = counters.draw(session, book, organisation.time_zone)
    made_of = numbers.NumberFacts(
        serial=drawn_now.serial,
        year=drawn_now.on.year,
        unit=unit.index if unit else "",
        case=card.case_index or "",
        correspondent_class=book.default_class or "",
    )
    document.number = numbers.render(book.pattern, made_of)
    document.serial, document.year = drawn_now.serial, drawn_now.year
    document.registered_at, document.registered_on = drawn_now.at, drawn_now.on


def _settle(session: Session, actor: Actor, document: Document, card: Card, arrival: Arrival | None) -> None:
    """What joins the number in its transaction: its row, the papers, the links, the history with leaf and jobs."""
    _keep_number(session, document)
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


def _keep_number(session: Session, document: Document) -> None:
    taken = session.scalar(
        select(Number).where(
            Number.register_id == document.register_id, Number.year == document.year, Number.serial == document.serial
        )
    )
    if taken is None:
        session.add(
            Number(
                register_id=document.register_id,
                year=document.year,
                serial=document.serial,
                text=document.number,
                state=NumberState.USED,
                drawn_at=document.registered_at,
                drawn_on=document.registered_on,
                document_id=document.document_id,
            )
        )
    elif taken.state is NumberState.RESERVED:
        taken.state, taken.document_id = NumberState.USED, document.document_id
    else:
        raise Conflict("registry.number_taken", number=document.number)
