"""Tables of letters signed with a pen."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from edms.db.base import Base, key, word


class HandState(StrEnum):
    """Where a letter stands that is signed with a pen."""

    WAITING = "waiting"  # has its number; the pen and the scan are awaited
    SIGNED = "signed"  # its scan came back and bears its code
    GIVEN_UP = "given_up"  # not signed after all: the number is void


class Compared(StrEnum):
    """How the code on the scan was found."""

    SCAN = "scan"  # a machine read it from the scan itself
    TYPED = "typed"  # a person typed it, or held a scanner to the paper


class HandSigning(Base):
    """A letter printed with its number and code, to be signed with a pen and scanned back."""

    __tablename__ = "hand_signing"
    hand_signing_id: Mapped[key]
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.organisation_id"))
    draft_id: Mapped[int] = mapped_column(ForeignKey("draft.draft_id"), index=True)
    number_id: Mapped[int] = mapped_column(ForeignKey("number.number_id"))
    document_id: Mapped[int | None] = mapped_column(ForeignKey("document.document_id"), unique=True)
    state: Mapped[HandState] = word(HandState, default=HandState.WAITING)
    signer_id: Mapped[int] = mapped_column(ForeignKey("official.official_id"))
    asked_by_id: Mapped[int | None] = mapped_column(ForeignKey("official.official_id"))  # she, or who stands in for her
    shown_content_id: Mapped[int] = mapped_column(ForeignKey("content.content_id"), index=True)
    asked_at: Mapped[datetime]
    printed_content_id: Mapped[int | None] = mapped_column(ForeignKey("content.content_id"), index=True)  # once printed
    printed_sha256: Mapped[bytes | None]  # of the page with its number, before its code was set on it
    scan_content_id: Mapped[int | None] = mapped_column(ForeignKey("content.content_id"), index=True)
    compared: Mapped[Compared | None] = word(Compared)
    ended_at: Mapped[datetime | None]
    ended_by_id: Mapped[int | None] = mapped_column(ForeignKey("official.official_id"))
    reason: Mapped[str | None]  # why it was given up
    version: Mapped[int] = mapped_column(default=1)
    __table_args__ = (Index("ix_hand_signing_organisation_id_state", "organisation_id", "state"),)
    __mapper_args__ = {"version_id_col": version}


class HandRule(Base):
    """Whether an organisation lets letters be signed with a pen; without a row it does."""

    __tablename__ = "hand_rule"
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.organisation_id"), primary_key=True)
    allowed: Mapped[bool]
    changed_at: Mapped[datetime]
    changed_by_id: Mapped[int | None] = mapped_column(ForeignKey("official.official_id"))
