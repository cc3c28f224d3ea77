"""A letter in the wrong register: its number becomes void with the reason and it gets the next one of the right register.

One act, one transaction. The letter stays the same with all that was done with it; its slip is printed anew and the old
number goes on leading to it. A number that stands in signed bytes stays.
"""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from edms.access.actor import Actor
from edms.access.permissions import Permission
from edms.access.policy import require
from edms.errors import Invalid, NotFound, RuleBroken
from edms.events import Event, Subject, record
from edms.registry import contents, counters, facts, registers
from edms.registry.card import clean
from edms.registry.models import Document, Number, Register
from edms.registry.words import ContentRole, DocumentState, NumberState
from edms.staff.models import Unit


def move(session: Session, actor: Actor, document: Document, book: Register, *, reason: str) -> Number:
    """Move the letter, which the caller has locked, to `book`; its former number, now void.

    The counter of `book` is locked last. Errors: Invalid (register_id, reason), RuleBroken for a filed, signed or older
    journal's letter, or a closed register.
    """
    require(actor, Permission.DOCUMENT_MOVE, document)
    require(actor, Permission.DOCUMENT_REGISTER, book)
    if book.organisation_id != document.organisation_id:
        raise NotFound
    _refuse_what_stays(session, document)
    wrong = {}
    if book.register_id == document.register_id:
        wrong["register_id"] = "moving.same_register"
    elif book.kind.comes_in != document.kind.comes_in:
        wrong["register_id"] = "moving.other_direction"
    if not (reason := clean(reason) or ""):
        wrong["reason"] = "registry.reason_missing"
    if wrong:
        raise Invalid(fields=wrong)
    zone = registers.zone_of(session, actor, book)
    registers.require_open(book, registers.today_of(session, book))
    old = _void(session, actor, document, reason)
    before, left = {"number": document.number}, document.register.code
    _draw(session, document, book, zone)
    record(
        session,
        actor,
        Event.DOCUMENT_MOVED,
        Subject("document", document.document_id, document_id=document.document_id),
        organisation_id=document.organisation_id,
        detail={
            "reason": reason,
            "before": before,
            "after": {"number": document.number},
            "from": left,
            "to": book.code,
        },
        facts={**facts.of(document), "was": before["number"], "register": book.code, "reason": reason},
    )
    return old


def _refuse_what_stays(session: Session, document: Document) -> None:
    if document.migrated:
        raise RuleBroken("moving.of_older_journal", number=document.number)
    if document.state is DocumentState.FILED:
        raise RuleBroken("registry.filed_is_closed", number=document.number)
    if any(place.role is ContentRole.SIGNED for place in contents.papers(session, document)):
        raise RuleBroken("moving.number_is_signed", number=document.number)


def _void(session: Session, actor: Actor, document: Document, reason: str) -> Number:
    standing = select(Number).where(
        Number.register_id == document.register_id, Number.year == document.year, Number.serial == document.serial
    )
    number = session.scalars(standing.with_for_update()).one()
    number.state, number.reason = NumberState.VOID, reason
    told = {"number": number.text, "serial": number.serial, "year": number.year, "reason": reason}
    record(
        session,
        actor,
        Event.NUMBER_VOIDED,
        Subject("number", number.number_id, document_id=document.document_id),
        organisation_id=document.organisation_id,
        detail=told,
        facts={**told, "register": document.register.code},
    )
    return number


def _draw(session: Session, document: Document, book: Register, zone: str) -> None:
    unit = session.get(Unit, document.unit_id) if document.unit_id is not None else None
    drawn = counters.draw(session, book, zone)
    document.register, document.register_id, document.kind = book, book.register_id, book.kind
    document.number = registers.printed(
        book, drawn, unit=unit.index if unit is not None else "", case=document.case_index or ""
    )
    document.serial, document.year = drawn.serial, drawn.year
    document.registered_at, document.registered_on = drawn.at, drawn.on
    session.add(
        Number(
            register_id=book.register_id, year=drawn.year, serial=drawn.serial, text=document.number,
            state=NumberState.USED, drawn_at=drawn.at, drawn_on=drawn.on, document_id=document.document_id,
        )
    )  # fmt: skip
    session.flush()  # a number that stands already is refused here, not at the end
