"""Tables of opinions: a question to several people, and what each of them says."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, Integer, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from edms.db.base import Base, key, word
from edms.routing.models import Order


class Consultation(Base):
    """A question about a letter, put to one or more people, at once or one after another."""

    __tablename__ = "consultation"
    consultation_id: Mapped[key]
    document_id: Mapped[int] = mapped_column(ForeignKey("document.document_id"), index=True)
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.organisation_id"))
    author_id: Mapped[int] = mapped_column(ForeignKey("official.official_id"))  # in whose post it is asked
    asked_by_id: Mapped[int] = mapped_column(ForeignKey("official.official_id"))  # whose hand
    question: Mapped[str]
    order: Mapped[Order] = word(Order, default=Order.PARALLEL)
    due_on: Mapped[date]
    asked_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]  # withdrawn by the author
    end_reason: Mapped[str | None]
    version: Mapped[int] = mapped_column(default=1)
    opinions: Mapped[list[Opinion]] = relationship(order_by="Opinion.position", back_populates="consultation")
    __mapper_args__ = {"version_id_col": version}


class OpinionState(StrEnum):
    """Where the opinion of one person stands."""

    PENDING = "pending"  # not her turn yet (in sequence)
    ASKED = "asked"
    GIVEN = "given"
    WITHDRAWN = "withdrawn"


class Opinion(Base):
    """What one person was asked and said."""

    __tablename__ = "opinion"
    opinion_id: Mapped[key]
    consultation_id: Mapped[int] = mapped_column(ForeignKey("consultation.consultation_id"))
    document_id: Mapped[int] = mapped_column(ForeignKey("document.document_id"))
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.organisation_id"))
    official_id: Mapped[int] = mapped_column(ForeignKey("official.official_id"))
    position: Mapped[int] = mapped_column(Integer)
    state: Mapped[OpinionState] = word(OpinionState)
    asked_at: Mapped[datetime | None]  # when her turn came
    reminded_on: Mapped[date | None]
    text: Mapped[str | None]
    given_at: Mapped[datetime | None]
    given_by_id: Mapped[int | None] = mapped_column(ForeignKey("official.official_id"))  # whose hand
    version: Mapped[int] = mapped_column(default=1)
    consultation: Mapped[Consultation] = relationship(back_populates="opinions")
    __table_args__ = (
        UniqueConstraint("consultation_id", "official_id"),
        Index("ix_opinion_official_id_state", "official_id", "state"),
    )
    __mapper_args__ = {"version_id_col": version}
