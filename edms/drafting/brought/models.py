"""Table of papers that were brought as PDF to be signed."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Integer
from sqlalchemy.orm import Mapped, mapped_column

from edms.db.base import Base, key


class BroughtPaper(Base):
    """A PDF brought for a draft, untouched, and the plain copy of it that can be signed. The newest of a draft counts."""

    __tablename__ = "brought_paper"
    brought_paper_id: Mapped[key]
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.organisation_id"))
    draft_id: Mapped[int] = mapped_column(ForeignKey("draft.draft_id"), index=True)
    original_content_id: Mapped[int] = mapped_column(ForeignKey("content.content_id"), index=True)
    plain_content_id: Mapped[int] = mapped_column(
        ForeignKey("content.content_id"), index=True
    )  # the same where it was plain
    pages: Mapped[int] = mapped_column(Integer)
    found: Mapped[list[str]]  # what stood in the way of signing it as it was, as message ids
    places: Mapped[list[dict[str, Any]]]  # where the copy looks otherwise
    unseen: Mapped[list[dict[str, Any]]]  # what is typed into its fields and stands on no page
    brought_at: Mapped[datetime]
    brought_by_id: Mapped[int] = mapped_column(ForeignKey("official.official_id"))
    agreed_at: Mapped[datetime | None]  # seen beside each other and agreed to
    agreed_by_id: Mapped[int | None] = mapped_column(ForeignKey("official.official_id"))

    @property
    def waits(self) -> bool:
        """Does it look otherwise, and nobody has agreed to that yet?"""
        return bool(self.places or self.unseen) and self.agreed_at is None
