"""Tables of the archive room: transfers with the case files in them, and what became of reading the contents again."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, Index, Integer, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from edms.db.base import Base, key, word
from edms.filing.models import CaseFile
from edms.registry.models import Content


class TransferState(StrEnum):
    """Where a transfer stands. From PACKING to HANDED_OVER its case files are held by it (`KeepingState.IN_TRANSFER`)."""

    PACKING = "packing"  # machines make its packages
    READY = "ready"  # all made: the archivist hands over
    HANDED_OVER = "handed_over"  # the archive looks at it
    ACCEPTED = "accepted"  # its receipt is here
    REFUSED = "refused"  # by the archive, with its reason: the case files are kept here again
    CALLED_OFF = "called_off"  # by us, before it was handed over


OPEN = (TransferState.PACKING, TransferState.READY, TransferState.HANDED_OVER)


class LineState(StrEnum):
    """Whether the package of a case file is made."""

    WAITING = "waiting"
    MADE = "made"
    FAILED = "failed"  # `trouble` says why; it can be tried again


class Transfer(Base):
    """An inventory of case files handed over to the archive together, with its number in the year."""

    __tablename__ = "transfer"
    transfer_id: Mapped[key]
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.organisation_id"))
    year: Mapped[int] = mapped_column(Integer)
    ordinal: Mapped[int] = mapped_column(Integer)
    archive: Mapped[str]  # to which one
    state: Mapped[TransferState] = word(TransferState)
    drawn_up_at: Mapped[datetime]
    drawn_up_by_id: Mapped[int | None] = mapped_column(ForeignKey("official.official_id"))
    handed_over_at: Mapped[datetime | None]
    laid_out_at: Mapped[datetime | None]  # into the folder of the settings, where there is one
    receipt_number: Mapped[str | None]  # of the archive
    receipt_on: Mapped[date | None]
    receipt_content_id: Mapped[int | None] = mapped_column(ForeignKey("content.content_id"), index=True)  # its scan
    ended_at: Mapped[datetime | None]
    ended_by_id: Mapped[int | None] = mapped_column(ForeignKey("official.official_id"))
    reason: Mapped[str | None]  # of a refusal or of calling off
    version: Mapped[int] = mapped_column(default=1)
    lines: Mapped[list[TransferLine]] = relationship(order_by="TransferLine.position", viewonly=True)
    __table_args__ = (UniqueConstraint("organisation_id", "year", "ordinal"),)
    __mapper_args__ = {"version_id_col": version}

    @property
    def number(self) -> str:
        """As it stands on the inventory: 3/2026."""
        return f"{self.ordinal}/{self.year}"


class TransferLine(Base):
    """A case file in a transfer, and its package once it is made."""

    __tablename__ = "transfer_line"
    transfer_line_id: Mapped[key]
    transfer_id: Mapped[int] = mapped_column(ForeignKey("transfer.transfer_id"))
    case_file_id: Mapped[int] = mapped_column(ForeignKey("case_file.case_file_id"), index=True)
    position: Mapped[int] = mapped_column(Integer)
    state: Mapped[LineState] = word(LineState, default=LineState.WAITING)
    letters: Mapped[int] = mapped_column(Integer)
    content_id: Mapped[int | None] = mapped_column(
        ForeignKey("content.content_id"), index=True
    )  # until the transfer ends
    made_at: Mapped[datetime | None]
    name: Mapped[str | None]  # of the package, and what it was: they stay when its bytes are let go
    sha256: Mapped[bytes | None]
    size: Mapped[int | None]
    trouble: Mapped[str | None]
    trouble_values: Mapped[dict[str, Any]] = mapped_column(default=dict)
    case_file: Mapped[CaseFile] = relationship()
    content: Mapped[Content | None] = relationship()
    __table_args__ = (UniqueConstraint("transfer_id", "case_file_id"),)


class FixityStint(Base):
    """Some minutes in which contents were read again, in the order of their ids, and compared with what was stored."""

    __tablename__ = "fixity_stint"
    fixity_stint_id: Mapped[key]
    began_at: Mapped[datetime]
    ended_at: Mapped[datetime]
    last_id: Mapped[int]  # the last content that was read; 0: the round is over, the next begins anew
    contents: Mapped[int] = mapped_column(Integer)
    bytes: Mapped[int]
    faults: Mapped[int] = mapped_column(Integer)
    __table_args__ = (Index("ix_fixity_stint_ended_at", "ended_at"),)


class FixityFault(Base):
    """A content that was missing or changed when it was read again; mended once it is whole at a later reading."""

    __tablename__ = "fixity_fault"
    content_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)  # which may be erased one day
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.organisation_id"))
    message: Mapped[str]
    found_at: Mapped[datetime]
    seen_at: Mapped[datetime]  # the last time
    mended_at: Mapped[datetime | None]
    __table_args__ = (
        Index("ix_fixity_fault_standing", "organisation_id", "content_id", postgresql_where="mended_at is null"),
    )
