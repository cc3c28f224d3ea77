"""Lists as tables to take away: a register under its filters, a journal, the openings of letters. Rows are read in pieces."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from functools import partial
from typing import Any

from sqlalchemy.orm import Session

from edms import clock, words
from edms.access.actor import Actor
from edms.events import Event, Subject, record
from edms.overview import readings
from edms.overview.line import LetterLine
from edms.overview.readings import Reading
from edms.overview.register import Wanted, every
from edms.overview.table import Cell, Say, Table
from edms.registry import documents, registers
from edms.registry.models import Register
from edms.registry.words import DocumentState
from edms.reports import journals
from edms.reports.journal import Tally
from edms.reports.journal_lines import Line, Wording
from edms.reports.models import ListKind
from edms.reports.period import Period

LETTERS = (
    ("web.line.number", 16), ("web.line.date", 12), ("card.correspondent", 32), ("card.their_number", 16),
    ("card.their_date", 12), ("card.summary", 60), ("card.sheets", 8), ("letter.responsible", 26), ("letter.due", 12),
    ("web.line.state", 20), ("card.case_index", 12), ("downtime.by_hand_on", 14),
)  # fmt: skip
NUMBERS = (
    ("web.line.number", 16), ("journal.kind", 14), ("web.line.date", 12), ("card.correspondent", 32),
    ("card.their_number", 16), ("card.their_date", 12), ("card.summary", 60), ("card.sheets", 8),
    ("letter.responsible", 26), ("letter.due", 12), ("web.line.state", 20), ("journal.notes", 60),
)  # fmt: skip
OPENINGS = (
    ("openings.when", 18), ("openings.who", 30), ("openings.place", 30), ("web.line.number", 16), ("web.line.date", 12),
    ("card.summary", 60),
)  # fmt: skip


def of(session: Session, actor: Actor, kind: ListKind, asked: Mapping[str, Any], language: str) -> Table:
    """The list that `asked` names, for this actor: what `*_asked` below made of a page's question.

    Errors: NotFound, Forbidden. A search is the search's own (`edms.search.table`).
    """
    match kind:
        case ListKind.OPENINGS:
            if asked["letter"] is not None:
                documents.document_of(session, actor, asked["letter"])
            begins, ends = _period(asked).moments(actor.time_zone)
            return _openings(session, actor, readings.Wanted(begins, ends, asked["letter"], asked["person"]), language)
        case ListKind.JOURNAL:
            book = registers.register_of(session, actor, asked["register_id"])
            return _journal(session, actor, book, _period(asked), language)
        case ListKind.REGISTER:
            book = registers.register_of(session, actor, asked["register_id"])
            state = DocumentState(asked["state"]) if asked["state"] is not None else None
            return _register(session, actor, book, Wanted(asked["year"], state, asked["unit"]), language)
    raise ValueError(kind)


def register_asked(register_id: int, wanted: Wanted) -> dict[str, Any]:
    """A register under the filters of its page."""
    return {"register_id": register_id, "year": wanted.year, "state": wanted.state, "unit": wanted.unit_id}


def journal_asked(register_id: int, period: Period) -> dict[str, Any]:
    """The journal of a register."""
    return {"register_id": register_id, **_days(period)}


def openings_asked(period: Period, *, letter: int | None, person: int | None) -> dict[str, Any]:
    """The openings of a period: of one letter, by one person."""
    return {**_days(period), "letter": letter, "person": person}


def _days(period: Period) -> dict[str, str]:
    return {"first": period.first.isoformat(), "last": period.last.isoformat()}


def _period(asked: Mapping[str, Any]) -> Period:
    return Period(date.fromisoformat(asked["first"]), date.fromisoformat(asked["last"]))


def _register(session: Session, actor: Actor, book: Register, wanted: Wanted, language: str) -> Table:
    """What the register's page shows under its filters, all of it: what the actor may see and nothing else."""
    say = partial(words.say, language)
    organisation_id, subject = book.organisation_id, Subject("register", book.register_id)
    detail = {"register": book.code, "year": wanted.year, "state": wanted.state, "unit_id": wanted.unit_id}

    def told(count: int, form: str) -> None:
        said = {**detail, "lines": count, "form": form}
        record(session, actor, Event.REGISTER_EXPORTED, subject, organisation_id=organisation_id, detail=said)

    rows = (_letter(line, language, say) for line in every(session, actor, book, wanted))
    return Table(book.name(language), LETTERS, rows, told)


def _journal(session: Session, actor: Actor, book: Register, period: Period, language: str) -> Table:
    """Every number of a period and what became of it, its foot at the end. Errors: Forbidden."""
    lines, tally, wording = journals.lines(session, actor, book, period, language)

    def told(_: int, form: str) -> None:
        journals.told(session, actor, book, period, tally, form)

    return Table(book.name(language), NUMBERS, _numbers(lines, wording, tally, language), told)


def _openings(session: Session, actor: Actor, wanted: readings.Wanted, language: str) -> Table:
    """Who opened which letter. Errors: Forbidden."""

    def told(count: int, form: str) -> None:
        readings.told(session, actor, wanted, form=form, lines=count)

    rows = (opening(row, language, actor.time_zone) for row in readings.every(session, actor, wanted))
    return Table(words.say(language, "openings.title"), OPENINGS, rows, told)


def _letter(row: LetterLine, language: str, say: Say) -> list[Cell]:
    document = row.document
    return [
        document.number, document.registered_on, document.correspondent_name, document.their_number, document.their_date,
        document.summary, document.sheets + document.annex_sheets,
        row.responsible.name(language) if row.responsible else "", document.due_on, say(row.state[0], **row.state[1]),
        document.case_index, row.numbered_on,
    ]  # fmt: skip


def _numbers(lines: Iterator[Line], wording: Wording, tally: Tally, language: str) -> Iterator[list[Cell]]:
    say = partial(words.say, language)
    for line in lines:
        yield [
            line.number, say(f"journal.kind.{line.kind.value}"), line.day, line.correspondent, line.their_number,
            line.their_date, line.summary, line.sheets or None, line.executor, line.due_on, line.execution,
            "\n".join(line.notes),
        ]  # fmt: skip
    foot = wording.foot(tally)
    yield []
    for name, text in foot.facts:
        yield [name, None, None, text]
    yield [say("journal.checkpoint"), None, None, foot.note]


def opening(row: Reading, language: str, zone: str) -> list[Cell]:
    """An opening as its page and its table show it."""
    at = row.line.at
    when = f"{words.date(language, clock.day_of(at, zone))} {words.clock_time(at, zone)}"
    return [
        when, row.who.name(language), row.absent.name(language) if row.absent else "", row.document.number,
        row.document.registered_on, row.document.summary,
    ]  # fmt: skip
