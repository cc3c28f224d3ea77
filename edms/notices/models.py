"""The table of notices."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from edms.db.base import Base, key


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
    __table_args__ = (Index("ix_notice_official_id_seen_at", "official_id", "seen_at", "at"),)
