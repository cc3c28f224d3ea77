"""The tables of the reports: the monthly sums, journals asked for on paper, lists asked for as tables."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column, relationship

from edms.db.base import Base, key, word
from edms.registry.models import Content, Register
from edms.registry.words import Grade, RegisterKind


class LetterSum(Base):
    """A part of a month's sum: how many letters came in, ended, and ended in term. Parts are added up, never changed.

    Negative parts take away what a letter was before an act moved it (`edms.db.migrations.sums`).
    """

    __tablename__ = "letter_sum"
    letter_sum_id: Mapped[key]
    organisation_id: Mapped[int]
    month: Mapped[date]  # its first day
    kind: Mapped[RegisterKind] = word(RegisterKind)
    grade: Mapped[Grade] = word(Grade)
    unit_id: Mapped[int | None]
    responsible_id: Mapped[int | None]
    received: Mapped[int]
    ended: Mapped[int]
    in_term: Mapped[int]
    __table_args__ = (Index("ix_letter_sum_organisation_id_month", "organisation_id", "month"),)


class JournalState(StrEnum):
    """A journal waits for the machine that prints it, is made, or could not be made."""

    WAITING = "waiting"
    MADE = "made"
    FAILED = "failed"


class Journal(Base):
    """A register of a period that somebody asked for on paper, and what was printed. Its own reader's alone."""

    __tablename__ = "journal"
    journal_id: Mapped[key]
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.organisation_id"))
    register_id: Mapped[int] = mapped_column(ForeignKey("register.register_id"))
    first_on: Mapped[date]
    last_on: Mapped[date]
    state: Mapped[JournalState] = word(JournalState)
    asked_by_id: Mapped[int] = mapped_column(ForeignKey("official.official_id"))
    acting_for_id: Mapped[int | None] = mapped_column(ForeignKey("official.official_id"))
    asked_at: Mapped[datetime]
    made_at: Mapped[datetime | None]
    content_id: Mapped[int | None] = mapped_column(ForeignKey("content.content_id"), index=True)
    lines: Mapped[int | None]
    pages: Mapped[int | None]
    register: Mapped[Register] = relationship()
    content: Mapped[Content | None] = relationship()
    __table_args__ = (Index("ix_journal_asked_by_id", "asked_by_id", "register_id", "journal_id"),)


class ListKind(StrEnum):
    """Which list it is that somebody takes away."""

    REGISTER = "register"
    JOURNAL = "journal"
    OPENINGS = "openings"
    SEARCH = "search"


class TableState(StrEnum):
    """A table waits for the machine that writes it (or is being written), is made, could not be made, or was called off."""

    WAITING = "waiting"
    MADE = "made"
    FAILED = "failed"
    STOPPED = "stopped"


class TakenTable(Base):
    """A list too long for a page's patience, as a workbook or plain text; its asker's alone, and gone after some days.

    `asked` is what the list was asked for, as its page has it; never an answer. `lines` are those written so far.
    """

    __tablename__ = "taken_table"
    taken_table_id: Mapped[key]
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.organisation_id"))
    kind: Mapped[ListKind] = word(ListKind)
    asked: Mapped[dict[str, Any]]
    form: Mapped[str]  # xlsx or csv
    language: Mapped[str]
    name: Mapped[str]
    state: Mapped[TableState] = word(TableState)
    asked_by_id: Mapped[int] = mapped_column(ForeignKey("official.official_id"))
    acting_for_id: Mapped[int | None] = mapped_column(ForeignKey("official.official_id"))
    asked_at: Mapped[datetime]
    made_at: Mapped[datetime | None]
    lines: Mapped[int]
    content_id: Mapped[int | None] = mapped_column(ForeignKey("content.content_id"), index=True)
    content: Mapped[Content | None] = relationship()
    __table_args__ = (Index("ix_taken_table_asked_by_id", "asked_by_id", "taken_table_id"),)
