"""Tables of routing: to whom a document was submitted, what was resolved, who does what until when, and control."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, ForeignKey, Index, Integer, and_, or_
from sqlalchemy.orm import Mapped, mapped_column, relationship

from edms.db.base import Base, key, word


class SubmissionState(StrEnum):
    """A submission waits for the official's resolution, was resolved, or was given back."""

    WAITING = "waiting"
    RESOLVED = "resolved"
    GIVEN_BACK = "given_back"
    WITHDRAWN = "withdrawn"


class ResolutionState(StrEnum):
    """A resolution stands until it is cancelled; done when all its work is done."""

    OPEN = "open"
    DONE = "done"
    CANCELLED = "cancelled"


class Order(StrEnum):
    """Do the executors work at the same time or one after another?"""

    PARALLEL = "parallel"
    SEQUENTIAL = "sequential"


class AssignmentState(StrEnum):
    """A person's work under a resolution."""

    PENDING = "pending"  # not her turn yet (sequential)
    OPEN = "open"
    REPORTED = "reported"  # waits for the author's judgement
    RETURNED = "returned"  # for rework: open again, with the author's remark
    GIVEN_BACK = "given_back"  # "not mine": waits until the author gives it to another or cancels it
    DONE = "done"
    CANCELLED = "cancelled"


class Purpose(StrEnum):
    """Why an assignment exists."""

    EXECUTE = "execute"
    ACQUAINT = "acquaint"  # take note: done by confirming


class Submission(Base):
    """A document lies before an official for her resolution."""

    __tablename__ = "submission"
    submission_id: Mapped[key]
    document_id: Mapped[int] = mapped_column(ForeignKey("document.document_id"), index=True)
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.organisation_id"))
    official_id: Mapped[int] = mapped_column(ForeignKey("official.official_id"))
    state: Mapped[SubmissionState] = word(SubmissionState, default=SubmissionState.WAITING)
    submitted_at: Mapped[datetime]
    submitted_by_id: Mapped[int | None] = mapped_column(ForeignKey("official.official_id"))
    note: Mapped[str | None]
    not_before: Mapped[datetime | None]  # nobody is told before (ten seconds of Undo)
    ended_at: Mapped[datetime | None]
    ended_by_id: Mapped[int | None] = mapped_column(ForeignKey("official.official_id"))
    end_reason: Mapped[str | None]  # why it was given back
    version: Mapped[int] = mapped_column(default=1)
    __table_args__ = (
        Index("ix_submission_official_id_state", "official_id", "state", "submitted_at"),
        Index("ix_submission_given_back", "submitted_by_id", postgresql_where="state = 'given_back'"),
    )
    __mapper_args__ = {"version_id_col": version}


class Resolution(Base):
    """Who shall do what until when, on whose word (D414 art. 29). Delegation makes a resolution under an assignment."""

    __tablename__ = "resolution"
    resolution_id: Mapped[key]
    document_id: Mapped[int] = mapped_column(ForeignKey("document.document_id"), index=True)
    submission_id: Mapped[int | None] = mapped_column(ForeignKey("submission.submission_id"))  # what it answers
    parent_assignment_id: Mapped[int | None] = mapped_column(
        ForeignKey("assignment.assignment_id", use_alter=True), index=True
    )
    author_id: Mapped[int] = mapped_column(ForeignKey("official.official_id"))  # in whose post
    entered_by_id: Mapped[int] = mapped_column(ForeignKey("official.official_id"))  # whose hand: substitute, secretary
    taken_over_by_id: Mapped[int | None] = mapped_column(ForeignKey("official.official_id"))  # who judges in her place
    scan_content_id: Mapped[int | None] = mapped_column(ForeignKey("content.content_id"), index=True)  # written by hand
    text: Mapped[str]
    order: Mapped[Order] = word(Order, default=Order.PARALLEL)
    issued_at: Mapped[datetime]
    due_on: Mapped[date | None]  # internal term
    term: Mapped[dict[str, Any] | None]
    state: Mapped[ResolutionState] = word(ResolutionState, default=ResolutionState.OPEN)
    not_before: Mapped[datetime | None]  # nobody is told before (ten seconds of Undo)
    to_file: Mapped[bool] = mapped_column(default=False)  # "to file": closes the document without work
    ended_at: Mapped[datetime | None]
    end_reason: Mapped[str | None]  # why it was cancelled
    version: Mapped[int] = mapped_column(default=1)
    assignments: Mapped[list[Assignment]] = relationship(
        back_populates="resolution", order_by="Assignment.position", foreign_keys="Assignment.resolution_id"
    )
    __table_args__ = (
        Index("ix_resolution_author_id_state", "author_id", "state"),
        Index("ix_resolution_taken_over", "taken_over_by_id", postgresql_where="taken_over_by_id is not null"),
    )
    __mapper_args__ = {"version_id_col": version}

    @property
    def judge_id(self) -> int:
        """Who judges what comes of it: its author, or who took over from her."""
        return self.taken_over_by_id or self.author_id


def judged_by(people: Collection[int]) -> ColumnElement[bool]:
    """The condition that one of these people judges what comes of a resolution."""
    own = and_(Resolution.author_id.in_(people), Resolution.taken_over_by_id.is_(None))
    return or_(own, Resolution.taken_over_by_id.in_(people))


class Assignment(Base):
    """One person's work under a resolution. The first named is responsible, the others execute with her."""

    __tablename__ = "assignment"
    assignment_id: Mapped[key]
    resolution_id: Mapped[int] = mapped_column(ForeignKey("resolution.resolution_id"), index=True)
    document_id: Mapped[int] = mapped_column(ForeignKey("document.document_id"), index=True)
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.organisation_id"))
    official_id: Mapped[int] = mapped_column(ForeignKey("official.official_id"))
    position: Mapped[int] = mapped_column(Integer)
    responsible: Mapped[bool]
    purpose: Mapped[Purpose] = word(Purpose, default=Purpose.EXECUTE)
    state: Mapped[AssignmentState] = word(AssignmentState)
    due_on: Mapped[date | None]
    stands_since: Mapped[date | None]  # its clock stands with the legal term's: `due_on` moves when that goes on
    opened_at: Mapped[datetime | None]
    read_at: Mapped[datetime | None]
    reminded_on: Mapped[date | None]
    ended_at: Mapped[datetime | None]
    ended_by_id: Mapped[int | None] = mapped_column(ForeignKey("official.official_id"))  # whose hand
    end_reason: Mapped[str | None]  # why given back or cancelled
    version: Mapped[int] = mapped_column(default=1)
    resolution: Mapped[Resolution] = relationship(back_populates="assignments", foreign_keys=[resolution_id])
    reports: Mapped[list[Report]] = relationship(order_by="Report.report_id")
    __table_args__ = (
        Index("ix_assignment_given_back", "resolution_id", postgresql_where="state = 'given_back'"),
        Index("ix_assignment_official_id_state", "official_id", "state", "due_on"),
        Index(
            "ix_assignment_due_on",
            "organisation_id",
            "due_on",
            postgresql_where="state in ('open', 'returned', 'given_back') and due_on is not null",
        ),
    )
    __mapper_args__ = {"version_id_col": version}


class ReportState(StrEnum):
    """What the author of the resolution said to a report."""

    WAITING = "waiting"
    ACCEPTED = "accepted"
    RETURNED = "returned"


class Report(Base):
    """What an executor says she did, and what the author said to it."""

    __tablename__ = "report"
    __table_args__ = (Index("ix_report_waiting", "assignment_id", postgresql_where="state = 'waiting'"),)
    report_id: Mapped[key]
    assignment_id: Mapped[int] = mapped_column(ForeignKey("assignment.assignment_id"), index=True)
    text: Mapped[str]
    reply_document_id: Mapped[int | None] = mapped_column(ForeignKey("document.document_id"))
    reported_at: Mapped[datetime]
    reported_by_id: Mapped[int] = mapped_column(ForeignKey("official.official_id"))
    state: Mapped[ReportState] = word(ReportState, default=ReportState.WAITING)
    remark: Mapped[str | None]
    judged_at: Mapped[datetime | None]
    judged_by_id: Mapped[int | None] = mapped_column(ForeignKey("official.official_id"))


class ExtensionState(StrEnum):
    """A request for more time waits, was granted or refused."""

    ASKED = "asked"
    GRANTED = "granted"
    REFUSED = "refused"


class Extension(Base):
    """More time: asked by the executor with a reason, given by the author of the resolution only."""

    __tablename__ = "extension"
    extension_id: Mapped[key]
    assignment_id: Mapped[int] = mapped_column(ForeignKey("assignment.assignment_id"), index=True)
    asked_at: Mapped[datetime]
    asked_by_id: Mapped[int] = mapped_column(ForeignKey("official.official_id"))
    reason: Mapped[str]
    due_before: Mapped[date | None]
    due_wanted: Mapped[date]
    late: Mapped[bool] = mapped_column(default=False)  # asked less than three days before the due date
    state: Mapped[ExtensionState] = word(ExtensionState, default=ExtensionState.ASKED)
    answered_at: Mapped[datetime | None]
    answered_by_id: Mapped[int | None] = mapped_column(ForeignKey("official.official_id"))
    remark: Mapped[str | None]


class Control(Base):
    """A document under control of execution (D414 art. 42-44). Taken off only on instruction, with its reason."""

    __tablename__ = "control"
    control_id: Mapped[key]
    document_id: Mapped[int] = mapped_column(ForeignKey("document.document_id"), unique=True)
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.organisation_id"))
    due_on: Mapped[date]
    put_at: Mapped[datetime]
    put_by_id: Mapped[int | None] = mapped_column(ForeignKey("official.official_id"))
    reminded_on: Mapped[date | None]
    removed_at: Mapped[datetime | None]
    removed_by_id: Mapped[int | None] = mapped_column(ForeignKey("official.official_id"))
    instructed_by_id: Mapped[int | None] = mapped_column(ForeignKey("official.official_id"))  # on whose word
    instruction: Mapped[str | None]  # and why
    notified: Mapped[str | None]  # how the correspondent was told, where no reply was sent from here
    closing_proposed_at: Mapped[datetime | None]  # a final reply went out
    version: Mapped[int] = mapped_column(default=1)
    __table_args__ = (Index("ix_control_organisation_id_due_on", "organisation_id", "removed_at", "due_on"),)
    __mapper_args__ = {"version_id_col": version}
