"""Tables of a downtime: the sheets of numbers printed beforehand, and the letters that were numbered by hand."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import ForeignKey, Integer
from sqlalchemy.orm import Mapped, mapped_column

from edms.db.base import Base, key


class NumberSheet(Base):
    """Numbers of a register, one after the other, printed to be given by hand through `written_until`.

    They are entered until the numbers' own `reserved_until`, which leaves time after the last day of writing.
    """

    __tablename__ = "number_sheet"
    number_sheet_id: Mapped[key]
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.organisation_id"))
    register_id: Mapped[int] = mapped_column(ForeignKey("register.register_id"), index=True)
    year: Mapped[int] = mapped_column(Integer)
    first_serial: Mapped[int] = mapped_column(Integer)
    last_serial: Mapped[int] = mapped_column(Integer)
    reason: Mapped[str]
    written_until: Mapped[date]
    printed_at: Mapped[datetime]
    printed_by_id: Mapped[int | None] = mapped_column(ForeignKey("official.official_id"))
    closed_at: Mapped[datetime | None]
    closed_by_id: Mapped[int | None] = mapped_column(ForeignKey("official.official_id"))


class HandEntry(Base):
    """A letter that got its number by hand: the day written on the paper. Its registration is the day of entering."""

    __tablename__ = "hand_entry"
    document_id: Mapped[int] = mapped_column(ForeignKey("document.document_id"), primary_key=True)
    number_sheet_id: Mapped[int] = mapped_column(ForeignKey("number_sheet.number_sheet_id"), index=True)
    written_on: Mapped[date]
