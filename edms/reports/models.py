"""The table of the monthly sums."""

from __future__ import annotations

from datetime import date

from sqlalchemy import Index
from sqlalchemy.orm import Mapped

from edms.db.base import Base, key, word
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
