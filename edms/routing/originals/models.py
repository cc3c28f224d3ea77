"""The table of paper originals that were put somewhere or handed to somebody."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from edms.db.base import Base


class PaperOriginal(Base):
    """Where the paper of a document is. It is the holder's until the receiver says that she has it."""

    __tablename__ = "paper_original"
    document_id: Mapped[int] = mapped_column(ForeignKey("document.document_id"), primary_key=True)
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.organisation_id"))
    holder_id: Mapped[int] = mapped_column(ForeignKey("official.official_id"))
    place: Mapped[str | None]  # room, cabinet, shelf
    since: Mapped[datetime]
    receiver_id: Mapped[int | None] = mapped_column(ForeignKey("official.official_id"))  # handed to, not yet confirmed
    handed_at: Mapped[datetime | None]
    handed_by_id: Mapped[int | None] = mapped_column(ForeignKey("official.official_id"))
    version: Mapped[int] = mapped_column(default=1)
    __table_args__ = (
        Index("ix_paper_original_holder_id", "holder_id"),
        Index("ix_paper_original_receiver_id", "receiver_id"),
    )
    __mapper_args__ = {"version_id_col": version}
