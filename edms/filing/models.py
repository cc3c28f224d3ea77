"""Tables of filing: the year's list of case indexes, and the case files opened under them (D414 art. 46-51)."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, Index, Integer, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from edms.db.base import Base, key, word


class CaseFileState(StrEnum):
    """A case file is open or closed; a closed one takes no more letters."""

    OPEN = "open"
    CLOSED = "closed"


class CaseIndex(Base):
    """One line of the year's nomenclature: index, title, retention class with its article."""

    __tablename__ = "case_index"
    case_index_id: Mapped[key]
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.organisation_id"))
    year: Mapped[int] = mapped_column(Integer)
    index: Mapped[str]  # "12-05"
    titles: Mapped[dict[str, Any]]
    unit_id: Mapped[int | None] = mapped_column(ForeignKey("unit.unit_id"))
    retention_class: Mapped[str]  # name in edms.retention.schedule
    article: Mapped[str | None]  # of the retention list
    carry_over: Mapped[bool] = mapped_column(default=False)  # stays open over the year's end with its index
    note: Mapped[str | None]
    withdrawn_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=1)
    __table_args__ = (UniqueConstraint("organisation_id", "year", "index"),)
    __mapper_args__ = {"version_id_col": version}

    def title(self, language: str) -> str:
        """The title in `language`, else in any there is."""
        return str(self.titles.get(language) or next(iter(self.titles.values()), self.index))


class CaseFile(Base):
    """The folder: letters of one case index in the order in which they were filed."""

    __tablename__ = "case_file"
    case_file_id: Mapped[key]
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.organisation_id"))
    case_index_id: Mapped[int] = mapped_column(ForeignKey("case_index.case_index_id"))
    volume: Mapped[int] = mapped_column(Integer, default=1)
    state: Mapped[CaseFileState] = word(CaseFileState, default=CaseFileState.OPEN)
    opened_on: Mapped[date]
    closed_on: Mapped[date | None]
    sheets: Mapped[int] = mapped_column(Integer, default=0)
    version: Mapped[int] = mapped_column(default=1)
    case_index: Mapped[CaseIndex] = relationship()
    __table_args__ = (UniqueConstraint("case_index_id", "volume"),)
    __mapper_args__ = {"version_id_col": version}


class CaseFileEntry(Base):
    """A document's place in a case file."""

    __tablename__ = "case_file_entry"
    case_file_entry_id: Mapped[key]
    case_file_id: Mapped[int] = mapped_column(ForeignKey("case_file.case_file_id"))
    document_id: Mapped[int] = mapped_column(ForeignKey("document.document_id"), unique=True)
    position: Mapped[int] = mapped_column(Integer)
    sheets: Mapped[int] = mapped_column(Integer, default=0)
    filed_at: Mapped[datetime]
    filed_by_id: Mapped[int | None] = mapped_column(ForeignKey("official.official_id"))
    __table_args__ = (Index("ix_case_file_entry_case_file_id_position", "case_file_id", "position"),)
