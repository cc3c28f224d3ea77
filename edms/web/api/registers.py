"""Registers and their numbers: opened, changed, read by pages; numbers reserved and listed. Voiding asks
for the password again and is done at the desk."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, ClassVar

from pydantic import Field
from sqlalchemy.orm import Session

from edms.access.actor import Actor
from edms.overview.register import Wanted, register_page
from edms.registry import registers, reservations
from edms.registry.models import Number
from edms.registry.words import DocumentState, NumberState, RegisterKind
from edms.staff.organisations import organisation_of
from edms.web.api.layer import Match, change, create, read
from edms.web.api.lines import LetterShown, letter
from edms.web.api.paging import page, place, whole
from edms.web.api.shapes import Asked, Id, IsoDay, Line, Names, Page, Paged, Reason, Thing, shown


class Part(Asked):
    """A part of a number: text, serial, year, unit, case or class."""

    part: Annotated[str, Field(pattern="^(text|serial|year|unit|case|class)$")]
    text: Annotated[str | None, Field(max_length=12)] = None
    width: Annotated[int | None, Field(ge=0, le=9)] = None
    digits: Annotated[int | None, Field(ge=2, le=4)] = None


class RegisterShown(Thing):
    """A journal with a number series of its own."""

    PLACE: ClassVar[str] = "/registers/{register_id}"
    register_id: int
    kind: RegisterKind
    code: str
    names: dict[str, Any]
    pattern: list[dict[str, Any]]
    next_pattern: list[dict[str, Any]] | None
    next_pattern_from: date | None
    yearly: bool
    term: str | None
    closed_on: date | None


class RegisterGiven(Asked):
    """A register to open."""

    kind: RegisterKind
    code: Annotated[Line, Field(max_length=20)]
    names: Names
    pattern: Annotated[list[Part], Field(min_length=1, max_length=12)]
    yearly: bool = True
    first_serial: Annotated[int, Field(ge=1, le=1_000_000_000)] = 1
    term: Line | None = None


class RegisterChanged(Asked):
    """What is given changes, the rest stays. `pattern` is of numbers to come, from `pattern_from` on, else at once."""

    names: Names | None = None
    pattern: Annotated[list[Part] | None, Field(min_length=1, max_length=12)] = None
    pattern_from: IsoDay | None = None
    term: Line | None = None
    closed: bool | None = None


class RegistersWanted(Paged):
    """Which kinds."""

    kind: list[RegisterKind] = []


class LettersWanted(Paged):
    """Only those in this state."""

    state: DocumentState | None = None


class NumberShown(Thing):
    """One drawn serial and what became of it."""

    PLACE: ClassVar[str] = "/numbers/{number_id}"
    number_id: int
    register_id: int
    year: int
    serial: int
    text: str
    state: NumberState
    drawn_at: datetime
    drawn_on: date
    reserved_by_id: int | None
    reserved_until: datetime | None
    reason: str | None
    document_id: int | None


class NumbersWanted(Paged):
    """Reserved ones, or the void list."""

    state: NumberState


class Reserving(Reason):
    """For whom and until when; by default for oneself."""

    until: datetime
    official_id: Id | None = None


@read("/registers")
def index(session: Session, who: Actor, query: RegistersWanted) -> Page[RegisterShown]:
    """The registers of the office, open ones first."""
    rows = registers.registers(session, who, kinds=query.kind)
    return whole(rows, query, RegisterShown.of, lambda row: row.register_id)


@create("/registers")
def open_(session: Session, who: Actor, body: RegisterGiven) -> RegisterShown:
    """Open a register (administrators)."""
    given = body.model_dump(exclude={"pattern"})
    here = organisation_of(session, who, who.organisation_id or 0)
    made = registers.open_register(session, who, here, pattern=_parts(body.pattern), **given)
    return shown(session, RegisterShown, made)


@read("/registers/{register_id}")
def show(session: Session, who: Actor, register_id: int) -> RegisterShown:
    """One register."""
    return RegisterShown.of(registers.register_of(session, who, register_id))


@change("/registers/{register_id}", "PATCH")
def amend(session: Session, who: Actor, register_id: int, body: RegisterChanged, match: Match) -> RegisterShown:
    """Change name, pattern or term, close it or open it again (administrators)."""
    row = registers.register_of(session, who, register_id)
    match.check(session, row)
    given = body.model_dump(exclude={"pattern", "closed"})
    pattern = _parts(body.pattern) if body.pattern is not None else None
    if body.closed is None or pattern is not None or any(value is not None for value in given.values()):
        registers.change_register(session, who, row, version=row.version, pattern=pattern, **given)
        session.flush()  # closing asks for the version that this made
    if body.closed is not None:
        close = registers.close_register if body.closed else registers.open_again
        close(session, who, row, version=row.version)
    return shown(session, RegisterShown, row)


@read("/registers/{register_id}/documents")
def documents(session: Session, who: Actor, register_id: int, query: LettersWanted) -> Page[LetterShown]:
    """The letters of a register that one may see, the newest number first."""
    book = registers.register_of(session, who, register_id)
    wanted = Wanted(state=query.state, before=place(query, int, int))
    rows = register_page(session, who, book, wanted, limit=query.limit + 1)
    return page(rows, query, letter, lambda row: (row.document.year, row.document.serial))


@read("/registers/{register_id}/numbers")
def numbers(session: Session, who: Actor, register_id: int, query: NumbersWanted) -> Page[NumberShown]:
    """Reserved numbers, or the void list with its reasons. Used numbers are the letters themselves."""
    book = registers.register_of(session, who, register_id)
    rows, after = list[Number](), place(query, int, int)
    if query.state is NumberState.RESERVED:
        rows = reservations.open_reservations(session, who, book, after=after, limit=query.limit + 1)
    if query.state is NumberState.VOID:
        rows = reservations.voids(session, who, book, after=after, limit=query.limit + 1)
    return page(rows, query, NumberShown.of, lambda row: (row.year, row.serial))


@create("/registers/{register_id}/numbers")
def reserve(session: Session, who: Actor, register_id: int, body: Reserving) -> NumberShown:
    """Reserve the next number before the paper exists."""
    book = registers.register_of(session, who, register_id)
    whom = body.official_id or who.official_id or 0
    made = reservations.reserve(session, who, book, for_official_id=whom, reason=body.reason, until=body.until)
    return shown(session, NumberShown, made)


@read("/numbers/{number_id}")
def number(session: Session, who: Actor, number_id: int) -> NumberShown:
    """One number."""
    row = reservations.number_of(session, who, number_id)
    registers.register_of(session, who, row.register_id)
    return NumberShown.of(row)


def _parts(pattern: list[Part]) -> list[dict[str, Any]]:
    return [part.model_dump(exclude_none=True) for part in pattern]
