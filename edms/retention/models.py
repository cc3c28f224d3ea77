"""Tables of retention: until when a case file is kept and what became of it, the schedule as confirmed, holds."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, Integer, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from edms.db.base import Base, key, word
from edms.filing.models import CaseFile
from edms.retention.schedule import Action


class KeepingState(StrEnum):
    """What becomes of a closed case file. The one place that says so: an act and a transfer never both have it."""

    KEPT = "kept"
    IN_ACT = "in_act"  # proposed for destruction
    DESTROYED = "destroyed"  # its letters are stubs
    IN_TRANSFER = "in_transfer"  # offered to the archive
    TRANSFERRED = "transferred"


class CaseKeeping(Base):
    """Until when a closed case file is kept, why, and what became of it.

    `reason` is the whole computed result (`KeepUntil.to_json`); the columns beside it are what lists ask for. To change
    the state, lock the row: who takes it from KEPT first has it.
    """

    __tablename__ = "case_keeping"
    case_file_id: Mapped[int] = mapped_column(
        ForeignKey("case_file.case_file_id"), primary_key=True, autoincrement=False
    )
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.organisation_id"))
    state: Mapped[KeepingState] = word(KeepingState, default=KeepingState.KEPT)
    retention_class: Mapped[str]  # name in edms.retention.schedule
    until: Mapped[date | None]  # its last day; None: for ever, or its trigger has not come
    permanent: Mapped[bool] = mapped_column(default=False)
    action: Mapped[Action] = word(Action)
    transfer_from: Mapped[date | None]  # the first day on which the archive may take it
    archive_declined: Mapped[bool] = mapped_column(default=False)  # it said that it never will
    reason: Mapped[dict[str, Any]]
    triggered_on: Mapped[date | None]  # entered by an archivist where closing is not the trigger
    trigger_proof: Mapped[str | None]  # the paper that shows the day
    longer_reason: Mapped[str | None]  # why the commission keeps it longer than its class says
    set_at: Mapped[datetime]
    version: Mapped[int] = mapped_column(default=1)
    case_file: Mapped[CaseFile] = relationship()
    __table_args__ = (
        Index("ix_case_keeping_organisation_id_state_until", "organisation_id", "state", "until"),
        CheckConstraint("not permanent or until is null", name="for_ever_has_no_day"),
    )
    __mapper_args__ = {"version_id_col": version}


class ScheduleLine(Base):
    """A line of the schedule as an organisation confirmed it: only confirmed classes lead to destruction."""

    __tablename__ = "schedule_line"
    schedule_line_id: Mapped[key]
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.organisation_id"))
    name: Mapped[str]  # of the class
    years: Mapped[int | None] = mapped_column(Integer)  # None: for ever
    ground: Mapped[str]  # the list and article, or the decision
    confirmed_at: Mapped[datetime]
    confirmed_by_id: Mapped[int | None] = mapped_column(ForeignKey("official.official_id"))
    version: Mapped[int] = mapped_column(default=1)
    __table_args__ = (UniqueConstraint("organisation_id", "name"),)
    __mapper_args__ = {"version_id_col": version}


class Hold(Base):
    """Destruction stopped for a letter, a case file or a case index. Never deleted, only lifted; stands above dates."""

    __tablename__ = "hold"
    hold_id: Mapped[key]
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.organisation_id"))
    document_id: Mapped[int | None] = mapped_column(ForeignKey("document.document_id"))
    case_file_id: Mapped[int | None] = mapped_column(ForeignKey("case_file.case_file_id"))
    case_index_id: Mapped[int | None] = mapped_column(ForeignKey("case_index.case_index_id"))
    reason: Mapped[str]
    ground: Mapped[str]  # the court's or auditor's paper
    until: Mapped[date | None]  # its last day; None: until lifted
    placed_at: Mapped[datetime]
    placed_by_id: Mapped[int | None] = mapped_column(ForeignKey("official.official_id"))
    lifted_at: Mapped[datetime | None]
    lifted_by_id: Mapped[int | None] = mapped_column(ForeignKey("official.official_id"))
    lift_reason: Mapped[str | None]
    __table_args__ = (
        CheckConstraint("num_nonnulls(document_id, case_file_id, case_index_id) = 1", name="of_one_thing"),
        Index("ix_hold_document_id", "document_id", postgresql_where="lifted_at is null"),
        Index("ix_hold_case_file_id", "case_file_id", postgresql_where="lifted_at is null"),
        Index("ix_hold_case_index_id", "case_index_id", postgresql_where="lifted_at is null"),
        Index("ix_hold_organisation_id", "organisation_id", "hold_id"),
    )
