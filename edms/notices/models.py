"""The tables of notices: lines on the desk, and the mails that carry them to those who asked for mail."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from edms.db.base import Base, key, word


class Rhythm(StrEnum):
    """How a person is told by mail."""

    NOW = "now"  # within a minute or two, what came together in one mail
    DAILY = "daily"  # once a working day, what she has not seen by then


class NoticeMailState(StrEnum):
    """How far a mail is. What was SENDING when the machine died may have gone: it is not sent twice."""

    WAITING = "waiting"
    SENDING = "sending"
    SENT = "sent"
    EMPTY = "empty"  # she had seen it all, or may no longer read it
    FAILED = "failed"


class NoticeMail(Base):
    """One mail to one official about her notices: the outbox. It holds no words; they are made when it is sent."""

    __tablename__ = "notice_mail"
    notice_mail_id: Mapped[key]
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.organisation_id"))
    official_id: Mapped[int] = mapped_column(ForeignKey("official.official_id"))
    rhythm: Mapped[Rhythm] = word(Rhythm)
    state: Mapped[NoticeMailState] = word(NoticeMailState, default=NoticeMailState.WAITING)
    made_at: Mapped[datetime]
    not_before: Mapped[datetime]
    sent_at: Mapped[datetime | None]
    attempts: Mapped[int] = mapped_column(default=0)
    trouble: Mapped[str | None]  # message id
    day: Mapped[date | None]  # of a digest: one a civil day
    __table_args__ = (
        UniqueConstraint("official_id", "day"),
        Index("ix_notice_mail_state", "state", "organisation_id"),
    )


class Notice(Base):
    """A line for an official's desk: what happened and to what. No content of letters."""

    __tablename__ = "notice"
    notice_id: Mapped[key]
    official_id: Mapped[int] = mapped_column(ForeignKey("official.official_id"))
    document_id: Mapped[int | None] = mapped_column(ForeignKey("document.document_id"))
    message: Mapped[str]  # message id
    values: Mapped[dict[str, Any]] = mapped_column(default=dict)
    at: Mapped[datetime]
    seen_at: Mapped[datetime | None]
    source_key: Mapped[str] = mapped_column(unique=True)  # the same event tells the same person once
    question_id: Mapped[int | None] = mapped_column(ForeignKey("question.question_id"))
    rhythm: Mapped[Rhythm | None] = word(Rhythm)  # also by mail, as she had chosen when it was told
    notice_mail_id: Mapped[int | None] = mapped_column(ForeignKey("notice_mail.notice_mail_id"), index=True)
    __table_args__ = (
        Index("ix_notice_official_id_seen_at", "official_id", "seen_at", "at"),
        Index("ix_notice_seen_at", "seen_at", postgresql_where=text("seen_at IS NOT NULL")),  # what may go
        Index(
            "ix_notice_to_mail",
            "official_id",
            "rhythm",
            postgresql_where=text("rhythm IS NOT NULL AND notice_mail_id IS NULL AND seen_at IS NULL"),
        ),
    )
