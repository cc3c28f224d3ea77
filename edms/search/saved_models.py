"""Tables of saved searches: the question with its name, and what each person makes of it."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Index
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from edms.db.base import Base, key, word


class SharedWith(StrEnum):
    """Who else sees that a search was saved. What it finds, each finds by her own rights."""

    NOBODY = "nobody"
    UNIT = "unit"  # the owner's, as it is when it is looked at
    ORGANISATION = "organisation"


class SavedSearch(Base):
    """A question with a name. It holds no answer and nobody's rights."""

    __tablename__ = "saved_search"
    saved_search_id: Mapped[key]
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.organisation_id"))
    official_id: Mapped[int] = mapped_column(ForeignKey("official.official_id"), index=True)
    name: Mapped[str]
    question: Mapped[dict[str, Any]]  # see `question.Question`
    shared: Mapped[SharedWith] = word(SharedWith, default=SharedWith.NOBODY)
    saved_at: Mapped[datetime]
    version: Mapped[int] = mapped_column(default=1)
    __table_args__ = (Index("ix_saved_search_shared", "organisation_id", postgresql_where="shared <> 'nobody'"),)
    __mapper_args__ = {"version_id_col": version}


class SearchUse(Base):
    """What one person makes of a saved search, her own or one she was shown: on her desk, and told of new letters."""

    __tablename__ = "search_use"
    saved_search_id: Mapped[int] = mapped_column(
        ForeignKey("saved_search.saved_search_id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    official_id: Mapped[int] = mapped_column(
        ForeignKey("official.official_id"), primary_key=True, autoincrement=False, index=True
    )
    pinned: Mapped[bool] = mapped_column(default=False)
    subscribed_at: Mapped[datetime | None]  # letters registered before are no news to her
    known: Mapped[list[int]] = mapped_column(ARRAY(BigInteger), default=list)  # of the newest, those she was told of
    looked_at: Mapped[datetime | None]  # by the round
    __table_args__ = (Index("ix_search_use_looked_at", "looked_at", postgresql_where="subscribed_at is not null"),)
