"""Tables of remaking: each act, what it was made of and what it made."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, Integer
from sqlalchemy.orm import Mapped, mapped_column, relationship

from edms.db.base import Base, key, word


class RemakingKind(StrEnum):
    """What was done with the pages."""

    DIVIDED = "divided"  # two letters in one scan
    JOINED = "joined"  # one letter in two
    ARRANGED = "arranged"  # wrong order, wrong way up


class Remaking(Base):
    """One act on scans of the tray, or on the scan of a letter (`document_id`)."""

    __tablename__ = "remaking"
    remaking_id: Mapped[key]
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.organisation_id"))
    kind: Mapped[RemakingKind] = word(RemakingKind)
    document_id: Mapped[int | None] = mapped_column(ForeignKey("document.document_id"), index=True)
    made_at: Mapped[datetime]
    made_by_id: Mapped[int | None] = mapped_column(ForeignKey("official.official_id"))
    undone_at: Mapped[datetime | None]
    undone_by_id: Mapped[int | None] = mapped_column(ForeignKey("official.official_id"))
    parts: Mapped[list[RemakingPart]] = relationship(order_by="RemakingPart.position")


class RemakingPart(Base):
    """A scan that took part: one of those it was made of, or one that was made.

    `sheets` tell where the pages of a made one came from: [content_id, page from 1, degrees clockwise it was turned].
    """

    __tablename__ = "remaking_part"
    remaking_part_id: Mapped[key]
    remaking_id: Mapped[int] = mapped_column(ForeignKey("remaking.remaking_id"), index=True)
    position: Mapped[int] = mapped_column(Integer)
    made: Mapped[bool]
    content_id: Mapped[int] = mapped_column(ForeignKey("content.content_id"), index=True)
    arrival_id: Mapped[int | None] = mapped_column(ForeignKey("arrival.arrival_id"), index=True)  # none: on the letter
    sheets: Mapped[list[Any]] = mapped_column(default=list)
