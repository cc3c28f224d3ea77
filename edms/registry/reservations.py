"""Numbers before the paper: reserved for a person with a reason and an expiry; a lapsed one becomes a void.

A serial once drawn is never given back: it stands on a document or on the void list with its reason.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta

from sqlalchemy import Select, select, text, tuple_
from sqlalchemy.orm import Session

from edms import clock
from edms.access.actor import Actor
from edms.access.permissions import Permission
from edms.access.policy import require
from edms.access.scope import in_sight, own_organisation
from edms.db.locking import lock
from edms.errors import Conflict, Invalid, NotFound, RuleBroken
from edms.events import Event, Subject, record
from edms.registry import counters
from edms.registry.card import clean
from edms.registry.models import Number, Register
from edms.registry.registers import printed, require_open, today_of
from edms.registry.words import NumberState
from edms.staff.models import Official, Organisation

LONGEST = timedelta(days=31)

Place = tuple[int, int]
"""Year and serial: where a number stands in its register."""
_PLACE = tuple_(Number.year, Number.serial)
# Written out, not bound: so the planner sees that the small index of such numbers fits (ix_number_not_used).
NOT_USED = text("number.state <> 'used'")


def reserve(
    session: Session, actor: Actor, book: Register, *, for_official_id: int, reason: str, until: datetime
) -> Number:
    """Draw the next number for a person before the paper exists. Errors: Invalid, RuleBroken if the book is closed."""
    require(actor, Permission.NUMBER_RESERVE, book)
    require_open(book, today_of(session, book))
    now = clock.now()
    wrong = {}
    if not (reason := clean(reason) or ""):
        wrong["reason"] = "registry.reason_missing"
    holder = session.get(Official, for_official_id)
    if holder is None or holder.organisation_id != book.organisation_id:
        wrong["official_id"] = "registry.addressee_unknown"
    if not now < until <= now + LONGEST:
        wrong["until"] = "registry.reservation_until"
    if wrong:
        raise Invalid(fields=wrong)
    number = draw_number(session, book)
    number.state, number.reason = NumberState.RESERVED, reason
    number.reserved_by_id, number.reserved_until = for_official_id, until
    _record(session, actor, Event.NUMBER_RESERVED, book, number, {"until": until.isoformat(), "for": for_official_id})
    return number


def draw_number(session: Session, book: Register, *, unit: str = "", case: str = "") -> Number:
    """Draw the next serial as a Number that is reserved for whoever the caller names."""
    organisation = session.get_one(Organisation, book.organisation_id)
    drawn = counters.draw(session, book, organisation.time_zone)
    number = Number(
        register_id=book.register_id,
        year=drawn.year,
        serial=drawn.serial,
        text=printed(book, drawn, unit=unit, case=case),
        state=NumberState.RESERVED,
        drawn_at=drawn.at,
        drawn_on=drawn.on,
    )
    session.add(number)
    session.flush()  # the event carries its id
    return number


def take_reserved(session: Session, number: Number, book: Register, zone: str) -> tuple[datetime, date]:
    """Use a reserved number: registered now, under the serial drawn then. Errors: Conflict if used or lapsed."""
    lock(session, number)
    if number.register_id != book.register_id:
        raise NotFound
    if number.state is not NumberState.RESERVED or (number.reserved_until and number.reserved_until < clock.now()):
        raise Conflict("registry.reservation_gone", number=number.text)
    # An own document is registered on the day of its signature, which is the day printed on it with the number.
    at = number.drawn_at if number.draft_ref is not None else max(clock.now(), number.drawn_at)
    return at, clock.day_of(at, zone)


def void(session: Session, actor: Actor, number: Number, *, reason: str) -> None:
    """Void a number that stands on nothing, with its reason; it stays on the void list. Errors: RuleBroken if used."""
    book = session.get_one(Register, number.register_id)
    require(actor, Permission.NUMBER_VOID, book)
    if not (reason := clean(reason) or ""):
        raise Invalid(fields={"reason": "registry.reason_missing"})
    lock(session, number)
    if number.state is NumberState.USED:
        raise RuleBroken("registry.number_used", number=number.text)
    if number.draft_ref is not None and not actor.is_system:
        raise RuleBroken("registry.number_of_draft", number=number.text)  # lapses by itself at midnight
    if number.state is NumberState.VOID:
        raise Conflict("registry.number_void_already", number=number.text)
    number.state, number.reason = NumberState.VOID, reason
    _record(session, actor, Event.NUMBER_VOIDED, book, number, {})


def lapse(session: Session) -> int:
    """Void every reservation whose time is over; how many. Running twice is harmless."""
    over = (
        select(Number)
        .where(Number.state == NumberState.RESERVED, Number.reserved_until < clock.now())
        .with_for_update(skip_locked=True)
    )
    lapsed = list(session.scalars(over))
    for number in lapsed:
        void(session, Actor.system(), number, reason=f"{number.reason or ''} · registry.reservation_lapsed".strip(" ·"))
    return len(lapsed)


def open_reservations(
    session: Session, actor: Actor, book: Register, *, after: Place | None = None, limit: int | None = None
) -> list[Number]:
    """The open reservations of a register, by serial; with a limit so many of them after a place."""
    return _of(session, actor, book, NumberState.RESERVED, after=after, limit=limit)


def voids(
    session: Session, actor: Actor, book: Register, *, after: Place | None = None, until: Place | None = None,
    limit: int | None = None,
) -> list[Number]:  # fmt: skip
    """The void list of a register, by serial; with a limit so many of them after a place, at most to another."""
    return _of(session, actor, book, NumberState.VOID, after=after, until=until, limit=limit)


def newest_voids(
    session: Session, actor: Actor, book: Register, *, before: Place | None = None, limit: int
) -> list[Number]:
    """A page of the void list, the newest first, before a place."""
    found = _found(actor, book, NumberState.VOID)
    if before is not None:
        found = found.where(before > _PLACE)
    return list(session.scalars(found.order_by(Number.year.desc(), Number.serial.desc()).limit(limit)))


def number_of(session: Session, actor: Actor, number_id: int) -> Number:
    """One number of the actor's organisation. Errors: NotFound."""
    found = (
        select(Number)
        .join(Register, Register.register_id == Number.register_id)
        .where(Number.number_id == number_id, own_organisation(actor, Register.organisation_id))
        .where(in_sight(actor, Number.register_id, Number.drawn_on))
    )
    number = session.scalar(found)
    if number is None:
        raise NotFound
    return number


def _of(
    session: Session, actor: Actor, book: Register, state: NumberState, *, after: Place | None = None,
    until: Place | None = None, limit: int | None = None,
) -> list[Number]:  # fmt: skip
    found = _found(actor, book, state)
    if after is not None:
        found = found.where(after < _PLACE)
    if until is not None:
        found = found.where(until >= _PLACE)
    return list(session.scalars(found.order_by(Number.year, Number.serial).limit(limit)))


def _found(actor: Actor, book: Register, state: NumberState) -> Select[Number]:
    require(actor, Permission.REGISTER_READ, book)
    return select(Number).where(
        NOT_USED, Number.register_id == book.register_id, Number.state == state,
        in_sight(actor, Number.register_id, Number.drawn_on),
    )  # fmt: skip


def _record(
    session: Session, actor: Actor, event: Event, book: Register, number: Number, detail: dict[str, object]
) -> None:
    facts = {"number": number.text, "serial": number.serial, "year": number.year, "reason": number.reason}
    record(
        session,
        actor,
        event,
        Subject("number", number.number_id),
        organisation_id=book.organisation_id,
        detail={**facts, **detail},
        facts={**facts, "register": book.code},
    )
