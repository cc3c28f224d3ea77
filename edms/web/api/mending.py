"""What mends the counter's day: the label on a scan, and numbers printed beforehand for when the system is down."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, ClassVar

from pydantic import Field
from sqlalchemy.orm import Session

from edms.access.actor import Actor
from edms.capture.labelled import Meaning
from edms.errors import NotFound
from edms.registry import arrivals, registers
from edms.registry.downtime import sheets
from edms.web.api.layer import create, read
from edms.web.api.paging import whole
from edms.web.api.registers import NumberShown
from edms.web.api.shapes import IsoDay, Page, Paged, Reason, Shown, Thing, shown
from edms.web.desk import labels


class LabelShown(Shown):
    """What the labels on a scan mean now, in words too; the letter or kept number that the one label names."""

    meaning: Meaning
    text: str
    pages: list[int]
    document_id: int | None
    number_id: int | None


class SheetShown(Thing):
    """Numbers printed to be given by hand through a day, from the first serial to the last."""

    PLACE: ClassVar[str] = "/number-sheets/{number_sheet_id}"
    number_sheet_id: int
    register_id: int
    year: int
    first_serial: int
    last_serial: int
    reason: str
    written_until: date
    printed_at: datetime
    closed_at: datetime | None


class SheetGiven(Reason):
    """How many numbers, why, and through which day they may be given by hand."""

    count: Annotated[int, Field(ge=1, le=sheets.MOST)]
    written_until: IsoDay


@read("/arrivals/{arrival_id}/label")
def label(session: Session, who: Actor, arrival_id: int) -> LabelShown:
    """What the labels on a waiting scan mean; 404 where none stands on it."""
    arrival = arrivals.arrival_of(session, who, arrival_id)
    said = labels.said_of(session, who, [arrival]).get(arrival.content_id or 0)
    if said is None:
        raise NotFound
    return LabelShown(
        meaning=said.meaning,
        text=said.text,
        pages=list(said.pages),
        document_id=said.document.document_id if said.document is not None else None,
        number_id=said.number_id,
    )


@create("/registers/{register_id}/number-sheets")
def keep(session: Session, who: Actor, register_id: int, body: SheetGiven) -> SheetShown:
    """Keep numbers to be printed and given by hand while the system is down.

    A letter that got one is registered later with its `number_id` and `written_on`, the day on the paper.
    """
    book = registers.register_of(session, who, register_id)
    made = sheets.keep(session, who, book, count=body.count, reason=body.reason, written_until=body.written_until)
    return shown(session, SheetShown, made)


@read("/registers/{register_id}/number-sheets")
def index(session: Session, who: Actor, register_id: int, query: Paged) -> Page[SheetShown]:
    """The sheets of a register, the newest first."""
    rows = sheets.sheets(session, who, registers.register_of(session, who, register_id))
    return whole(rows, query, SheetShown.of, lambda row: row.number_sheet_id)


@read("/number-sheets/{number_sheet_id}")
def show(session: Session, who: Actor, number_sheet_id: int) -> SheetShown:
    """One sheet."""
    return SheetShown.of(sheets.sheet_of(session, who, number_sheet_id))


@read("/number-sheets/{number_sheet_id}/numbers")
def numbers(session: Session, who: Actor, number_sheet_id: int, query: Paged) -> Page[NumberShown]:
    """The numbers of a sheet with what became of each."""
    rows = sheets.numbers_of(session, sheets.sheet_of(session, who, number_sheet_id))
    return whole(rows, query, NumberShown.of, lambda row: row.number_id)
