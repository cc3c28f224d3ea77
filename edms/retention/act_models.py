"""Tables of destruction: the act with its cases and approvals, the stub that stays of a letter, bytes still to erase."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, Index, Integer, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from edms.db.base import Base, key, word
from edms.filing.models import CaseFile


class ActState(StrEnum):
    """Where an act of destruction stands."""

    PROPOSED = "proposed"  # before the expert commission
    APPROVED = "approved"  # registered; the cooling-off runs
    ERASING = "erasing"
    DONE = "done"  # with its certificate
    WITHDRAWN = "withdrawn"


class LineState(StrEnum):
    """What became of a case file of an act."""

    LISTED = "listed"
    TAKEN_OUT = "taken_out"  # the commission keeps it
    STOPPED = "stopped"  # a hold or something unfinished was found at the last look
    ERASED = "erased"


class DisposalRule(Base):
    """An organisation's own rule of destruction: the days between the second approval and the erasing."""

    __tablename__ = "disposal_rule"
    organisation_id: Mapped[int] = mapped_column(
        ForeignKey("organisation.organisation_id"), primary_key=True, autoincrement=False
    )
    cooling_days: Mapped[int] = mapped_column(Integer)


class DisposalAct(Base):
    """An act of destruction. Registered as a document when it is approved; its number stands on every stub."""

    __tablename__ = "disposal_act"
    disposal_act_id: Mapped[key]
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.organisation_id"))
    state: Mapped[ActState] = word(ActState, default=ActState.PROPOSED)
    ground: Mapped[str]  # the commission's minutes, the approved inventories of what stays
    authority: Mapped[str | None]  # the archive authority's agreement, where the list asks for it
    proposed_at: Mapped[datetime]
    proposed_by_id: Mapped[int | None] = mapped_column(ForeignKey("official.official_id"))
    document_id: Mapped[int | None] = mapped_column(ForeignKey("document.document_id"))
    lost_number: Mapped[str | None]  # of its document, which a restore lost; with its day
    lost_on: Mapped[date | None]
    approved_at: Mapped[datetime | None]
    erase_from: Mapped[date | None]  # the first day after the cooling-off
    begun_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    end_reason: Mapped[str | None]  # of a withdrawal
    paper_id: Mapped[int | None] = mapped_column(ForeignKey("content.content_id"), index=True)
    certificate_id: Mapped[int | None] = mapped_column(ForeignKey("content.content_id"), index=True)
    version: Mapped[int] = mapped_column(default=1)
    lines: Mapped[list[DisposalLine]] = relationship(order_by="DisposalLine.position", viewonly=True)
    approvals: Mapped[list[DisposalApproval]] = relationship(order_by="DisposalApproval.at", viewonly=True)
    __table_args__ = (
        Index("ix_disposal_act_organisation_id", "organisation_id", "disposal_act_id"),
        Index("ix_disposal_act_running", "state", postgresql_where="state in ('approved', 'erasing')"),
    )
    __mapper_args__ = {"version_id_col": version}


class DisposalLine(Base):
    """A case file of an act: what it was when it was listed, and what became of it."""

    __tablename__ = "disposal_line"
    disposal_line_id: Mapped[key]
    disposal_act_id: Mapped[int] = mapped_column(ForeignKey("disposal_act.disposal_act_id"))
    case_file_id: Mapped[int] = mapped_column(ForeignKey("case_file.case_file_id"), index=True)
    position: Mapped[int] = mapped_column(Integer)
    state: Mapped[LineState] = word(LineState, default=LineState.LISTED)
    until: Mapped[date]  # its last day when it was listed
    letters: Mapped[int] = mapped_column(Integer)
    sheets: Mapped[int] = mapped_column(Integer)
    reason: Mapped[str | None]  # why it was taken out; a message id where it was stopped
    decided_at: Mapped[datetime | None]
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("official.official_id"))
    sha256: Mapped[bytes | None]  # over the hashes of its contents, in their order
    leaf_id: Mapped[int | None]  # of its destruction
    case_file: Mapped[CaseFile] = relationship()
    __table_args__ = (UniqueConstraint("disposal_act_id", "case_file_id"),)


class DisposalApproval(Base):
    """One member of the expert commission who approved an act."""

    __tablename__ = "disposal_approval"
    disposal_act_id: Mapped[int] = mapped_column(ForeignKey("disposal_act.disposal_act_id"), primary_key=True)
    official_id: Mapped[int] = mapped_column(ForeignKey("official.official_id"), primary_key=True)
    at: Mapped[datetime]


class Stub(Base):
    """What stays of a destroyed letter beside its number, date and register: the act, and hashes of what it was."""

    __tablename__ = "stub"
    document_id: Mapped[int] = mapped_column(ForeignKey("document.document_id"), primary_key=True, autoincrement=False)
    disposal_line_id: Mapped[int] = mapped_column(ForeignKey("disposal_line.disposal_line_id"), index=True)
    position: Mapped[int] = mapped_column(Integer)  # in its case file
    hashes: Mapped[list[Any]]  # {"sha256", "size", "role"} of each content
    erased_at: Mapped[datetime]
    leaf_id: Mapped[int | None]


class Leftover(Base):
    """Bytes whose rows are gone by an act, not yet erased in the store. A row here is work; gone means erased."""

    __tablename__ = "leftover"
    key: Mapped[str] = mapped_column(primary_key=True)  # in the store
    disposal_act_id: Mapped[int] = mapped_column(ForeignKey("disposal_act.disposal_act_id"), index=True)
    trouble: Mapped[str | None]  # message id of the last try
    tried_at: Mapped[datetime | None]
