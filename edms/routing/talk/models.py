"""Tables of what is said beside a letter: comments, whom they mention, who follows, and who declared a conflict."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from edms.db.base import Base, key


class Comment(Base):
    """What somebody wrote beside a letter. Withdrawn by its author it leaves its place and its day."""

    __tablename__ = "comment"
    comment_id: Mapped[key]
    document_id: Mapped[int] = mapped_column(ForeignKey("document.document_id"), index=True)
    author_id: Mapped[int] = mapped_column(ForeignKey("official.official_id"))  # whose hand
    acting_for_id: Mapped[int | None] = mapped_column(ForeignKey("official.official_id"))
    text: Mapped[str]
    at: Mapped[datetime]
    withdrawn_at: Mapped[datetime | None]


class Mention(Base):
    """Somebody whom a comment calls by name."""

    __tablename__ = "mention"
    comment_id: Mapped[int] = mapped_column(ForeignKey("comment.comment_id"), primary_key=True)
    official_id: Mapped[int] = mapped_column(ForeignKey("official.official_id"), primary_key=True)


class Follow(Base):
    """Somebody wants to be told of a letter's changes."""

    __tablename__ = "follow"
    document_id: Mapped[int] = mapped_column(ForeignKey("document.document_id"), primary_key=True)
    official_id: Mapped[int] = mapped_column(ForeignKey("official.official_id"), primary_key=True)
    since: Mapped[datetime]


class Conflict(Base):
    """A declared conflict of interest: she takes no part in this letter."""

    __tablename__ = "conflict"
    conflict_id: Mapped[key]
    document_id: Mapped[int] = mapped_column(ForeignKey("document.document_id"))
    official_id: Mapped[int] = mapped_column(ForeignKey("official.official_id"))
    reason: Mapped[str]
    declared_at: Mapped[datetime]
    __table_args__ = (UniqueConstraint("document_id", "official_id"),)
