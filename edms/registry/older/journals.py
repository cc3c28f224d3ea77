"""An older journal before it is taken over: what is new, what is here already, and by name each gap, double and bad row.

Pure reading first (`read`), then compared with what the register holds (`report`); nothing is written here. Gaps and
days out of order are told and stop nothing: a journal of twenty years has them. A bad or double row is left out.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.orm import Session

from edms.access.actor import Actor
from edms.access.permissions import Permission
from edms.access.policy import require
from edms.errors import Invalid
from edms.registry import counters
from edms.registry.card import Card, check, cleaned
from edms.registry.models import Document, Number, Register
from edms.registry.older.migration import OldEntry, year_of
from edms.registry.registers import today_of

COLUMNS = (
    "number", "serial", "date", "correspondent", "summary", "their_number", "their_date", "sheets", "case_index", "language",
    "file",
)  # fmt: skip
NEEDED = ("number", "date", "summary")
MOST_GAPS = 200

_DATE = re.compile(r"(?:(\d{4})-(\d{1,2})-(\d{1,2})|(\d{1,2})[./](\d{1,2})[./](\d{4}))(?:[T ]00:00(?::00)?)?")
_COUNT = re.compile(r"(\d{1,9})(?:\.0)?")


class Change(StrEnum):
    """What taking over would do with a row."""

    NEW = "new"
    KNOWN = "known"  # taken over before
    WRONG = "wrong"


@dataclass(frozen=True)
class Row:
    """A row of the table; `place` is its line in the sheet, the heading being line 1. `twin` is the line that it doubles."""

    place: int
    texts: Mapping[str, str]
    entry: OldEntry | None
    change: Change
    faults: Mapping[str, str] = field(default_factory=dict)  # column to message id
    twin: int | None = None


@dataclass(frozen=True)
class Gap:
    """Serials of a year that stand neither in the table nor in the register. `first` to `last`, both missing."""

    year: int
    first: int
    last: int


@dataclass(frozen=True)
class Report:
    """All that can be said of a table before it is taken over."""

    rows: Sequence[Row]
    gaps: Sequence[Gap]
    out_of_order: Sequence[int]  # lines whose day is before that of a smaller serial
    overlap: Gap | None = None  # serials of this year that the register itself is going to draw, or has drawn

    def count(self, change: Change) -> int:
        """How many rows are so."""
        return sum(row.change is change for row in self.rows)


def read(rows: Iterable[Mapping[str, str]]) -> list[Row]:
    """The rows as entries; a row that says nothing is passed over. Errors: Invalid when a needed column is missing."""
    listed = list(rows)
    if not listed:
        raise Invalid(fields={"table": "old_journal.empty"})
    if missing := [name for name in NEEDED if name not in listed[0]]:
        raise Invalid(
            "import.columns_missing", fields={"table": "old_journal.column_missing"}, columns=", ".join(missing)
        )
    made = (_understood(place, row) for place, row in enumerate(listed, start=2))
    return [row for row in made if any(row.texts.values())]


def report(session: Session, actor: Actor, book: Register, rows: Sequence[Row]) -> Report:
    """What taking the rows over into this register would do. Errors: Forbidden."""
    require(actor, Permission.REGISTER_IMPORT, book)
    held = _held(session, book)
    today = today_of(session, book)
    judged = [_judged(session, book, row, today) for row in rows]
    known = list(_compared(judged, held))
    entries = [row.entry for row in known if row.entry is not None and row.change is not Change.WRONG]
    serials = {(entry.registered_on.year, entry.serial) for entry in entries} | set(held)
    return Report(
        known, list(_gaps(serials, yearly=book.yearly)), _disordered(known), _overlap(session, book, serials, today)
    )


def _understood(place: int, row: Mapping[str, str]) -> Row:
    texts = {name: str(row.get(name) or "").strip() for name in COLUMNS}
    wrong: dict[str, str] = {}
    number, day = texts["number"].removesuffix(".0"), _day(texts["date"])
    serial = _count(texts["serial"]) if texts["serial"] else _last_figures(number)
    if not number:
        wrong["number"] = "field.missing"
    elif not serial:
        wrong["serial"] = "old_journal.no_serial"
    if day is None:
        wrong["date"] = "field.not_a_date" if texts["date"] else "field.missing"
    their_date = _day(texts["their_date"])
    if texts["their_date"] and their_date is None:
        wrong["their_date"] = "field.not_a_date"
    sheets = _count(texts["sheets"]) if texts["sheets"] else 1
    if sheets is None:
        wrong["sheets"] = "field.not_a_number"
    if wrong or day is None or serial is None:
        return Row(place, texts, None, Change.WRONG, wrong)
    card = Card(
        summary=texts["summary"], correspondent_name=texts["correspondent"] or None,
        their_number=texts["their_number"] or None, their_date=their_date, sheets=sheets or 1,
        case_index=texts["case_index"] or None, language=texts["language"] or "ka",
    )  # fmt: skip
    return Row(place, texts, OldEntry(number, serial, day, card), Change.NEW)


def _judged(session: Session, book: Register, row: Row, today: date) -> Row:
    """The row with what the card's own rules say of it."""
    if row.entry is None:
        return row
    wrong = {"date": "registry.date_in_future"} if row.entry.registered_on > today else {}
    try:
        check(session, book, cleaned(row.entry.card), today)
    except Invalid as error:
        wrong |= error.fields
    return replace(row, change=Change.WRONG, faults=wrong) if wrong else row


def _compared(rows: Sequence[Row], held: Mapping[tuple[int, int], str]) -> Iterator[Row]:
    """Each row beside those before it and those taken over earlier."""
    seen: dict[tuple[int, int], Row] = {}
    numbers: dict[tuple[int, str], Row] = {}
    for row in rows:
        if row.entry is None or row.change is Change.WRONG:
            yield row
            continue
        year, serial, number = row.entry.registered_on.year, row.entry.serial, row.entry.number
        first = seen.get((year, serial)) or numbers.get((year, number))
        if first is not None:
            yield replace(row, change=Change.WRONG, faults={"number": "old_journal.twice"}, twin=first.place)
            continue
        seen[year, serial] = numbers[year, number] = row
        there = held.get((year, serial))
        if there is not None and there != number:
            yield replace(row, change=Change.WRONG, faults={"serial": "old_journal.serial_held"})
        else:
            yield replace(row, change=Change.KNOWN) if there is not None else row


def _gaps(serials: set[tuple[int, int]], *, yearly: bool) -> Iterator[Gap]:
    told = 0
    before: int | None = None  # a series that runs on goes on from its year before
    for year in sorted({year for year, _ in serials}):
        here = sorted(serial for each, serial in serials if each == year)
        before = 0 if yearly else here[0] - 1 if before is None else before
        for serial in here:
            if serial > before + 1 and told < MOST_GAPS:
                told += 1
                yield Gap(year, before + 1, serial - 1)
            before = max(before, serial)


def _disordered(rows: Sequence[Row]) -> list[int]:
    newest: dict[int, date] = {}
    found = []
    dated = [
        (row.entry.registered_on.year, row.entry.serial, row.entry.registered_on, row.place)
        for row in rows
        if row.entry
    ]
    for year, _, day, place in sorted(dated):
        if day < newest.get(year, day):
            found.append(place)
        newest[year] = max(day, newest.get(year, day))
    return sorted(found)


def _overlap(session: Session, book: Register, serials: set[tuple[int, int]], today: date) -> Gap | None:
    """What the old journal has of this year (of a series that runs on: of any) at or above the register's own first number."""
    series = today.year if book.yearly else 0
    here = [serial for year, serial in serials if year == today.year or not book.yearly]
    own = session.scalar(
        select(Number.serial).where(Number.register_id == book.register_id, Number.year == series)
        .order_by(Number.serial).limit(1)
    )  # fmt: skip
    first = own or counters.last_of(session, book.register_id, series) + 1
    return Gap(today.year, first, max(here)) if here and max(here) >= first else None


def _held(session: Session, book: Register) -> dict[tuple[int, int], str]:
    """What was taken over into the register before: year and serial to number."""
    found = select(Document.year, Document.serial, Document.number)
    rows = session.execute(found.where(Document.register_id == book.register_id, Document.year < 0))
    return {(year_of(series), serial): number for series, serial, number in rows}


def _day(text: str) -> date | None:
    found = _DATE.fullmatch(text)
    if found is None:
        return None
    year, month, day = (found[1], found[2], found[3]) if found[1] else (found[6], found[5], found[4])
    try:
        return date(int(year), int(month), int(day))
    except ValueError:
        return None


def _count(text: str) -> int | None:
    found = _COUNT.fullmatch(text)
    return int(found[1]) if found else None


def _last_figures(number: str) -> int | None:
    figures = re.findall(r"\d{1,9}", number)
    return int(figures[-1]) if figures else None
