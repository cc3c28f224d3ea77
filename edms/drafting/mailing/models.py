"""Tables of mass letters."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, Index, Integer, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from edms.db.base import Base, key, word
from edms.drafting.mailing.reading import unfilled
from edms.registry.words import Channel


class RowState(StrEnum):
    """What became of a row of the list."""

    WAITING = "waiting"
    MADE = "made"
    FAILED = "failed"


class Mailing(Base):
    """One text for many: a number each, or one number for all."""

    __tablename__ = "mailing"
    mailing_id: Mapped[key]
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.organisation_id"))
    author_id: Mapped[int] = mapped_column(ForeignKey("official.official_id"))
    signer_id: Mapped[int] = mapped_column(ForeignKey("official.official_id"))
    subject: Mapped[str]  # with its fields in braces, as the text
    text: Mapped[str]
    language: Mapped[str]
    case_index: Mapped[str | None]
    channel: Mapped[Channel] = word(Channel)  # where a row names none
    one_number: Mapped[bool]
    draft_id: Mapped[int | None] = mapped_column(ForeignKey("draft.draft_id"), index=True)  # of the one number
    file_name: Mapped[str]
    asked_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    __table_args__ = (Index("ix_mailing_author_id", "author_id", "mailing_id"),)

    @property
    def title(self) -> str:
        """What the list is called where all its letters are spoken of."""
        return unfilled(self.subject)


class MailingRow(Base):
    """One row of the list and the letter that was made of it."""

    __tablename__ = "mailing_row"
    mailing_row_id: Mapped[key]
    mailing_id: Mapped[int] = mapped_column(ForeignKey("mailing.mailing_id"))
    place: Mapped[int] = mapped_column(Integer)  # counted from 1 under the heading
    cells: Mapped[dict[str, Any]]
    state: Mapped[RowState] = word(RowState, default=RowState.WAITING)
    trouble: Mapped[str | None]  # message id
    trouble_values: Mapped[dict[str, Any]] = mapped_column(default=dict)
    draft_id: Mapped[int | None] = mapped_column(ForeignKey("draft.draft_id"), index=True)
    __table_args__ = (UniqueConstraint("mailing_id", "place"),)
