"""A register from one day to another, as a court can hold it: every number of the series, and what became of it.

Numbers stand in the order in which they were drawn, so that a gap cannot hide: letters with their corrections, voids
with their reasons, reservations that are still open. Letters of an older journal stand before them and are marked. A
letter that the reader may not read has its number and its day, and no more.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session

from edms import clock
from edms.access.actor import Actor
from edms.access.permissions import Permission
from edms.access.policy import require
from edms.access.scope import in_sight, visible
from edms.events import Event, EventLine
from edms.overview.line import LetterLine, lines_of
from edms.registry.models import Document, Number, Register
from edms.registry.older import migration
from edms.registry.words import NumberState
from edms.reports.period import Period

CHUNK = 500


class Kind(StrEnum):
    """What a line of the journal is."""

    LETTER = "letter"
    CLOSED = "closed"  # a letter that the reader of the journal may not read
    VOID = "void"
    RESERVED = "reserved"
    MISSING = "missing"  # serials of which there is no trace: never, unless somebody took them out


@dataclass(frozen=True)
class Change:
    """A correction of a card: whose hand, when, why, and each field before and after."""

    at: datetime
    by: int | None
    reason: str
    fields: dict[str, tuple[Any, Any]]


@dataclass(frozen=True)
class Entry:
    """A line: the number, when it was drawn, and what it stands on. `older`: of an older journal."""

    kind: Kind
    number: str
    year: int
    serial: int
    day: date | None
    line: LetterLine | None = None
    older: bool = False
    reason: str = ""  # of a void or a reservation
    by: int | None = None  # who voided it, or for whom it is reserved
    at: datetime | None = None  # when it was voided, or until when it is reserved
    changes: tuple[Change, ...] = ()


@dataclass
class Tally:
    """What the lines add up to, and a fingerprint of all that they say (SHA-256)."""

    first: str = ""
    last: str = ""
    kinds: dict[Kind, int] = field(default_factory=lambda: dict.fromkeys(Kind, 0))
    older: int = 0
    corrected: int = 0
    fingerprint: str = ""
    _hash: Any = field(default_factory=hashlib.sha256)

    def added(self, entry: Entry) -> Entry:
        """The entry, counted."""
        if not entry.older:
            self.first, self.last = self.first or entry.number, entry.number
        self.kinds[entry.kind] += 1
        self.older += entry.older
        self.corrected += bool(entry.changes)
        self._hash.update(json.dumps(_facts(entry), default=str, ensure_ascii=False, separators=(",", ":")).encode())
        self._hash.update(b"\n")
        self.fingerprint = self._hash.hexdigest()
        return entry

    @property
    def lines(self) -> int:
        """How many lines there are."""
        return sum(self.kinds.values())

    def as_json(self) -> dict[str, Any]:
        """For the history."""
        kinds = {kind.value: n for kind, n in self.kinds.items()}
        return {"first": self.first, "last": self.last, "older": self.older, "corrected": self.corrected,
                "fingerprint": self.fingerprint, **kinds}  # fmt: skip


def entries(session: Session, actor: Actor, book: Register, period: Period) -> Iterator[Entry]:
    """The lines, read chunk by chunk: memory does not grow with the register. Errors: Forbidden.

    To agree with each other they must be of one moment: the caller's transaction stands still (`at_one_moment`).
    """
    require(actor, Permission.JOURNAL_READ, book)
    return _entries(session, actor, book, period)


def _entries(session: Session, actor: Actor, book: Register, period: Period) -> Iterator[Entry]:
    for documents in _older(session, actor, book, period):
        readable = _readable(session, actor, [document.document_id for document in documents])
        for document in documents:
            line, changes = readable.get(document.document_id, (None, ()))
            yield Entry(
                Kind.CLOSED if line is None else Kind.LETTER, document.number, document.registered_on.year,
                document.serial, document.registered_on, line, older=True, changes=changes,
            )  # fmt: skip
        session.expunge_all()
    before: tuple[int, int] | None = None
    for numbers in _drawn(session, actor, book, period):
        readable = _readable(session, actor, [n.document_id for n in numbers if n.document_id is not None])
        voided = _voided(session, [n.number_id for n in numbers if n.state is NumberState.VOID])
        for number in numbers:
            if before is not None and before[0] == number.year and before[1] + 1 < number.serial:
                missing = f"{before[1] + 1}–{number.serial - 1}"
                yield Entry(Kind.MISSING, missing, number.year, before[1] + 1, None)
            before = (number.year, number.serial)
            yield _entry(number, readable, voided)
        session.expunge_all()


def _entry(
    number: Number, readable: dict[int, tuple[LetterLine, tuple[Change, ...]]], voided: dict[int, EventLine]
) -> Entry:
    if number.state is NumberState.USED:
        line, changes = readable.get(number.document_id or 0, (None, ()))
        kind = Kind.LETTER if line is not None else Kind.CLOSED
        return Entry(kind, number.text, number.year, number.serial, number.drawn_on, line, changes=changes)
    if number.state is NumberState.VOID:
        told = voided.get(number.number_id)
        return Entry(
            Kind.VOID, number.text, number.year, number.serial, number.drawn_on, reason=number.reason or "",
            by=told.official_id if told else None, at=told.at if told else None,
        )  # fmt: skip
    return Entry(
        Kind.RESERVED, number.text, number.year, number.serial, number.drawn_on, reason=number.reason or "",
        by=number.reserved_by_id, at=number.reserved_until,
    )  # fmt: skip


def _drawn(session: Session, actor: Actor, book: Register, period: Period) -> Iterator[Sequence[Number]]:
    """The numbers drawn in the period, in the order of the series: each piece begins where the one before ended."""
    for year in range(period.first.year, period.last.year + 1) if book.yearly else (0,):
        found = (
            select(Number)
            .where(Number.register_id == book.register_id, Number.year == year)
            .where(Number.drawn_on.between(period.first, period.last))
            .where(in_sight(actor, Number.register_id, Number.drawn_on))
            .order_by(Number.serial)
            .limit(CHUNK)
        )
        rows = session.scalars(found).all()
        while rows:
            last = rows[-1].serial
            yield rows
            rows = session.scalars(found.where(Number.serial > last)).all()


def _older(session: Session, actor: Actor, book: Register, period: Period) -> Iterator[Sequence[Document]]:
    """Letters of an older journal, by day and as they were entered: each year is a series of its own."""
    for year in range(period.first.year, period.last.year + 1):
        found = (
            select(Document)
            .where(Document.register_id == book.register_id, Document.year == migration.older(year))
            .where(Document.organisation_id == book.organisation_id)
            .where(Document.registered_on.between(period.first, period.last))
            .where(in_sight(actor, Document.register_id, Document.registered_on))
            .order_by(Document.registered_on, Document.document_id)
            .limit(CHUNK)
        )
        rows = session.scalars(found).all()
        while rows:
            day, ident = rows[-1].registered_on, rows[-1].document_id
            yield rows
            later = or_(Document.registered_on > day, and_(Document.registered_on == day, Document.document_id > ident))
            rows = session.scalars(found.where(later)).all()


def _readable(
    session: Session, actor: Actor, document_ids: Sequence[int]
) -> dict[int, tuple[LetterLine, tuple[Change, ...]]]:
    """Those of the letters that the actor may read, with their corrections."""
    found = select(Document).where(Document.document_id.in_(document_ids), visible(actor, Document.readers))
    documents = list(session.scalars(found))
    ids = [document.document_id for document in documents]
    changes: dict[int, list[Change]] = {ident: [] for ident in ids}
    corrected = select(EventLine).where(
        EventLine.document_id.in_(ids), EventLine.kind == Event.DOCUMENT_CORRECTED
    )  # fmt: skip
    for told in session.scalars(corrected.order_by(EventLine.event_id)):
        before, after = told.detail.get("before", {}), told.detail.get("after", {})
        fields = {name: (old, after.get(name)) for name, old in before.items()}
        changes[told.document_id or 0].append(Change(told.at, told.official_id, told.detail.get("reason", ""), fields))
    today = clock.today(actor.time_zone)
    return {
        line.document.document_id: (line, tuple(changes[line.document.document_id]))
        for line in lines_of(session, documents, today)
    }


def _voided(session: Session, number_ids: Sequence[int]) -> dict[int, EventLine]:
    found = select(EventLine).where(
        EventLine.subject_kind == "number", EventLine.subject_id.in_(number_ids), EventLine.kind == Event.NUMBER_VOIDED
    )
    return {line.subject_id: line for line in session.scalars(found) if line.subject_id is not None}


def _facts(entry: Entry) -> list[Any]:
    """What of a line the fingerprint is made of: numbers, days, and the card; not where the letter stands today."""
    made = [entry.kind.value, entry.number, entry.year, entry.serial, entry.day, entry.older, entry.reason, entry.at]
    if entry.line is not None:
        card = entry.line.document
        made += [card.registered_at.isoformat(), card.correspondent_name, card.their_number, card.their_date,
                 card.summary, card.sheets, card.annex_sheets]  # fmt: skip
    return [*made, *(asdict(change) for change in entry.changes)]
