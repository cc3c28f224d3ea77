"""Sheets of numbers for a downtime: printed beforehand, used up by hand, closed with a reason.

The serials are drawn when the sheet is printed, so that the series stays without gaps and in the order of its instants:
what is drawn afterwards stands after them, whenever the letters on the sheet are entered.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from edms import clock
from edms.access.actor import Actor
from edms.access.permissions import Permission
from edms.access.policy import require
from edms.access.scope import own_organisation
from edms.db.locking import lock
from edms.errors import Conflict, Invalid, NotFound
from edms.events import Event, Subject, record
from edms.registry import registers, reservations
from edms.registry.card import clean
from edms.registry.downtime.models import HandEntry, NumberSheet
from edms.registry.models import Number, Register
from edms.registry.words import NumberState
from edms.staff.models import Organisation

MOST = 96
"""Numbers of one sheet: four sheets of A4 with labels."""
LONGEST = timedelta(days=366)
TIME_TO_ENTER = timedelta(days=31)
"""After the last day of writing by hand."""


def keep(
    session: Session, actor: Actor, book: Register, *, count: int, reason: str, written_until: date
) -> NumberSheet:
    """Draw `count` numbers to be printed and given by hand through `written_until`, which lies within their series.

    Errors: Invalid (count, reason, written_until), RuleBroken if the book is closed.
    """
    require(actor, Permission.NUMBER_RESERVE, book)
    today = registers.today_of(session, book)
    registers.require_open(book, today)
    wrong = {}
    if not 1 <= count <= MOST:
        wrong["count"] = "downtime.count"
    if not (reason := clean(reason) or ""):
        wrong["reason"] = "registry.reason_missing"
    last_day = min(today + LONGEST, date(today.year, 12, 31) if book.yearly else today + LONGEST)
    if not today <= written_until <= last_day:
        wrong["written_until"] = "downtime.written_until"
    if wrong:
        raise Invalid(fields=wrong)
    zone = session.get_one(Organisation, book.organisation_id).time_zone
    ends = datetime.combine(written_until, time(23, 59, 59), tzinfo=ZoneInfo(zone)) + TIME_TO_ENTER
    drawn = [reservations.draw_number(session, book) for _ in range(count)]
    for number in drawn:
        number.reason, number.reserved_by_id, number.reserved_until = reason, actor.official_id, ends
    sheet = NumberSheet(
        organisation_id=book.organisation_id, register_id=book.register_id, year=drawn[0].year,
        first_serial=drawn[0].serial, last_serial=drawn[-1].serial, reason=reason, written_until=written_until,
        printed_at=clock.now(), printed_by_id=actor.official_id,
    )  # fmt: skip
    session.add(sheet)
    session.flush()  # the event carries its id
    facts = {
        "numbers": [drawn[0].text, drawn[-1].text], "first": sheet.first_serial, "last": sheet.last_serial,
        "year": sheet.year, "reason": reason, "until": written_until.isoformat(),
    }  # fmt: skip
    record(
        session, actor, Event.NUMBER_RESERVED, Subject("number_sheet", sheet.number_sheet_id),
        organisation_id=book.organisation_id, detail=facts, facts={**facts, "register": book.code},
    )  # fmt: skip
    return sheet


def close(session: Session, actor: Actor, sheet: NumberSheet, *, reason: str) -> list[Number]:
    """Void what is left of a sheet, each number with this reason; those. Errors: Invalid without a reason, Conflict."""
    require(actor, Permission.NUMBER_VOID, sheet)
    if not (reason := clean(reason) or ""):
        raise Invalid(fields={"reason": "registry.reason_missing"})
    lock(session, sheet)
    if sheet.closed_at is not None:
        raise Conflict("downtime.closed_already")
    left = [number for number in numbers_of(session, sheet) if number.state is NumberState.RESERVED]
    for number in left:
        reservations.void(session, actor, number, reason=reason)
    sheet.closed_at, sheet.closed_by_id = clock.now(), actor.official_id
    return left


def sheets(session: Session, actor: Actor, book: Register) -> list[NumberSheet]:
    """The sheets of a register, the newest first."""
    require(actor, Permission.REGISTER_READ, book)
    found = select(NumberSheet).where(NumberSheet.register_id == book.register_id)
    return list(session.scalars(found.order_by(NumberSheet.number_sheet_id.desc())))


def sheet_of(session: Session, actor: Actor, number_sheet_id: int) -> NumberSheet:
    """One sheet of the actor's organisation. Errors: NotFound."""
    found = session.scalar(
        select(NumberSheet).where(
            own_organisation(actor, NumberSheet.organisation_id), NumberSheet.number_sheet_id == number_sheet_id
        )
    )
    if found is None:
        raise NotFound
    return found


def numbers_of(session: Session, sheet: NumberSheet) -> list[Number]:
    """The numbers of a sheet, by serial."""
    found = select(Number).where(
        Number.register_id == sheet.register_id,
        Number.year == sheet.year,
        Number.serial.between(sheet.first_serial, sheet.last_serial),
    )
    return list(session.scalars(found.order_by(Number.serial)))


def by_hand(session: Session, document_ids: Collection[int]) -> dict[int, date]:
    """On which day documents that the caller may see were numbered by hand; most were not and are left out."""
    if not document_ids:
        return {}
    found = select(HandEntry.document_id, HandEntry.written_on).where(HandEntry.document_id.in_(document_ids))
    return dict(session.execute(found).all())


def of_number(session: Session, number: Number | None) -> NumberSheet | None:
    """The sheet that a number stands on, if it was printed for a downtime."""
    if number is None:
        return None
    found = select(NumberSheet).where(
        NumberSheet.register_id == number.register_id,
        NumberSheet.year == number.year,
        NumberSheet.first_serial <= number.serial,
        NumberSheet.last_serial >= number.serial,
    )
    return session.scalar(found)


def check_written(session: Session, number: Number | None, written_on: date | None, today: date) -> NumberSheet | None:
    """The sheet of a letter numbered by hand. A number of a sheet needs the day on the paper, any other has none.

    The day is not before the sheet was printed, nor after its last day of writing, nor to come. Errors: Invalid.
    """
    sheet = of_number(session, number)
    if sheet is None or number is None:
        if written_on is not None:
            raise Invalid(fields={"written_on": "downtime.not_of_a_sheet"})
        return None
    if written_on is None:
        raise Invalid(fields={"written_on": "downtime.written_on_missing"})
    if not number.drawn_on <= written_on <= min(today, sheet.written_until):
        raise Invalid(fields={"written_on": "downtime.written_on_impossible"})
    return sheet


def enter(session: Session, document_id: int, sheet: NumberSheet, written_on: date) -> None:
    """Note that the letter just registered was numbered by hand; written into history by the registration."""
    session.add(HandEntry(document_id=document_id, number_sheet_id=sheet.number_sheet_id, written_on=written_on))


def state_of(numbers: Sequence[Number]) -> dict[NumberState, int]:
    """How many of a sheet's numbers are used, void and left."""
    return {state: sum(number.state is state for number in numbers) for state in NumberState}
