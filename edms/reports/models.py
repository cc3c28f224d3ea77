"""The tables of the reports: the monthly sums, and the journals that were asked for on paper."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

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
    content_id: Mapped[int | None] = mapped_column(ForeignKey("content.content_id"))
    lines: Mapped[int | None]
    pages: Mapped[int | None]
    register: Mapped[Register] = relationship()
    content: Mapped[Content | None] = relationship()
    __table_args__ = (Index("ix_journal_asked_by_id", "asked_by_id", "register_id", "journal_id"),)
