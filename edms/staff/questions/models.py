"""The table of questions to the administrator."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column, relationship

from edms.db.base import Base, key
from edms.staff.models import Official


class Question(Base):
    """What somebody asked on which page, and the answer. Of the page only its kind is kept, never which letter it showed."""

    __tablename__ = "question"
    question_id: Mapped[key]
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.organisation_id"), index=True)
    official_id: Mapped[int] = mapped_column(ForeignKey("official.official_id"), index=True)
    topic: Mapped[str]  # the help that stood beside it
    text: Mapped[str]
    asked_at: Mapped[datetime]
    answer: Mapped[str | None]
    answered_by_id: Mapped[int | None] = mapped_column(ForeignKey("official.official_id"))
    answered_at: Mapped[datetime | None]
    asker: Mapped[Official] = relationship(foreign_keys=[official_id])
    answerer: Mapped[Official | None] = relationship(foreign_keys=[answered_by_id])
