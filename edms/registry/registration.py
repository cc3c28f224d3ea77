"""Registration: a letter becomes a Document with its number (D414 art. 33-38, GAC art. 76).

One transaction writes number, card, history, leaf and jobs, or nothing. The counter row is locked last. The same
idempotency key gives the same document; the same arrival under another key is a Conflict that names the number.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from edms import clock
from edms.access.actor import Actor
from edms.access.permissions import Permission
from edms.access.policy import require
from edms.events import Act, Event, Subject
from edms.registry import (
    arrivals,
    closeness,
    contents,
    correspondents,
    counters,
    documents,
    facts,
    readers,
    registers,
    writing,
)
from edms.registry.card import Card, Known, Named, check, cleaned, columns
from edms.registry.counters import Ids
from edms.registry.downtime import sheets
from edms.registry.going_out import answering
from edms.registry.intake import card as intake_card
from edms.registry.intake import keeping
from edms.registry.intake.card import NOTHING, Intake
from edms.registry.models import Arrival, Correspondent, Document, Number, Register
from edms.registry.reservations import take_reserved
from edms.registry.words import Channel, ContentRole, DocumentState, NumberState


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
    intake: Intake = NOTHING,
    written_on: date | None = None,
) -> Document:
    """Register a letter in `book`, from an arrival, or on paper whose scan is to follow, or as an own document.

    `written_on` is the day on the paper of a letter that was numbered by hand during a downtime, under a number printed
    beforehand; it is registered now all the same.

    Without a key the caller makes sure that it happens once (the api keeps the keys of all that it makes). Errors: Invalid naming the card's fields; Conflict if the arrival has its number already; RuleBroken if the book is
    closed.
    """
    require(actor, Permission.DOCUMENT_REGISTER, book)
    if idempotency_key and (earlier := _earlier(session, book.organisation_id, idempotency_key)) is not None:
        return earlier
    zone = registers.zone_of(session, actor, book)
    today = clock.today(zone)
    registers.require_open(book, reserved.drawn_on if reserved is not None else today)  # its number was drawn then
    card, intake = cleaned(card), intake_card.cleaned(intake)
    if intake.envelope is not None:
        card = replace(card, grade=intake.envelope.grade)
    besides = intake_card.wrong(session, book, card, intake, arrival, today) | _links(session, actor, book, card)
    named = check(session, book, card, today, besides=besides)
    letters = closeness.answered(session, card.links)
    card = replace(card, grade=closeness.closest(card.grade, *(letter.grade for letter in letters)))
    sheet = sheets.check_written(session, reserved, written_on, today) if reserved or written_on else None
    paper = None
    if arrival is not None:
        arrivals.require_waiting(session, arrival)
    elif waiting_scan:
        paper = arrivals.on_paper(actor, book.organisation_id, card.channel)
    document = _document(actor, book, card, written_on or today, idempotency_key)
    document.closed = intake.envelope is not None
    document.waiting_scan = waiting_scan and (arrival is None or arrival.content is None) and not document.closed
    _correspond(session, actor, document, card, named)
    readers.at_registration(document, document.registered_by_id, intake.opens_id)
    for letter in letters:
        closeness.grant(document, letter)
    ids = _number(session, document, book, card, named, zone, reserved)
    document.document_id = ids.document_id
    acts = [_act(document, arrival, intake, written_on)]
    if paper is not None:
        paper.arrival_id = ids.arrival_id
        acts.insert(0, arrivals.received(paper))
        arrivals.register_as(actor, paper, document)
    writing.write(session, actor, document, acts, drawn=reserved is None, paper=paper)
    _settle(session, actor, document, card, arrival, reserved)
    keeping.keep(session, document, intake)
    if sheet is not None and written_on is not None:
        sheets.enter(session, document.document_id, sheet, written_on)
    return document


def _earlier(session: Session, organisation_id: int, key: str) -> Document | None:
    """The document this key made before. Two tries at once wait for each other."""
    session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(f"{organisation_id}:{key}", 0))))
    return session.scalar(
        select(Document).where(Document.organisation_id == organisation_id, Document.idempotency_key == key)
    )


def _links(session: Session, actor: Actor, book: Register, card: Card) -> dict[str, str]:
    """A letter that the actor may not know of is named like one that does not exist."""
    seen = documents.seen_of(session, actor, [other_id for other_id, _ in card.links]).values()
    here = {other.document_id for other in seen if other.organisation_id == book.organisation_id}
    return {} if all(other_id in here for other_id, _ in card.links) else {"links": "registry.link_unknown"}


def _document(actor: Actor, book: Register, card: Card, came_on: date, key: str | None) -> Document:
    return Document(
        organisation_id=book.organisation_id,
        register_id=book.register_id,
        kind=book.kind,
        state=DocumentState.REGISTERED,
        registered_by_id=actor.official_id,
        idempotency_key=key,
        migrated=False,
        on_control=False,
        readers=[],
        **columns(replace(card, received_on=card.received_on or came_on)),
    )


def _correspond(session: Session, actor: Actor, document: Document, card: Card, named: Named) -> None:
    """Name the correspondent: the one chosen, or a new one entered from what is on the card."""
    correspondent: Correspondent | Known | None = named.correspondent
    if correspondent is None and card.correspondent_name and card.channel is not Channel.INTERNAL:
        correspondent = correspondents.enter(
            session,
            actor,
            correspondents.CorrespondentCard(name=card.correspondent_name, address=card.correspondent_address),
            organisation_id=document.organisation_id,
        )
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
    zone: str,
    reserved: Number | None,
) -> Ids:
    """Draw the number; from here on everybody else who registers in the book waits."""
    if reserved is not None:
        document.registered_at, document.registered_on = take_reserved(session, reserved, book, zone)
        document.number, document.serial, document.year = reserved.text, reserved.serial, reserved.year
        return counters.ids(session)
    drawn = counters.draw(session, book, zone)
    document.number = registers.printed(book, drawn, unit=named.unit_index, case=card.case_index or "")
    document.serial, document.year = drawn.serial, drawn.year
    document.registered_at, document.registered_on = drawn.at, drawn.on
    return drawn.ids


def _act(document: Document, arrival: Arrival | None, intake: Intake, written_on: date | None) -> Act:
    """What is said of the registration in the history, and what its leaf commits to."""
    content = arrival.content if arrival is not None else None
    by_hand = {"written_on": written_on.isoformat()} if written_on is not None else {}
    return Act(
        Event.DOCUMENT_REGISTERED,
        Subject("document", document.document_id, document_id=document.document_id),
        document.organisation_id,
        detail={"number": document.number, "addressee": document.addressee_id, **by_hand},
        facts={
            **facts.of(document),
            **keeping.facts(intake),
            **by_hand,
            "sha256": content.sha256.hex() if content is not None else None,
        },
    )


def _settle(
    session: Session, actor: Actor, document: Document, card: Card, arrival: Arrival | None, reserved: Number | None
) -> None:
    """What was there before and now belongs to the letter: a reserved number, the arrival with its scan, the links."""
    if reserved is not None:
        reserved.state, reserved.document_id = NumberState.USED, document.document_id
    if arrival is not None:
        arrivals.register_as(actor, arrival, document)
        if arrival.content is not None:
            contents.attach(session, actor, document, arrival.content, ContentRole.ORIGINAL)
        answering.answer_back(session, arrival, document)
    for other_id, kind in card.links:
        documents.join(session, document, other_id, kind)
