"""The table of the history. Rows are added, never changed; the database refuses the rest."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from edms.db.base import Base, key, word
from edms.events.kinds import Event


class Followed(Base):
    """A document or draft whose course somebody upstairs follows, as a case does those of its letter and its papers.

    Only of these are the jobs posted that carry cases on: most letters have none.
    """

    __tablename__ = "followed"
    subject_kind: Mapped[str] = mapped_column(primary_key=True)  # document, draft
    subject_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)


class EventLine(Base):
    """One line of the history. `detail` may hold personal data (old values of a correction); the ledger never does."""

    __tablename__ = "event"
    event_id: Mapped[key]
    at: Mapped[datetime]
    kind: Mapped[Event] = word(Event)
    organisation_id: Mapped[int | None]
    subject_kind: Mapped[str]
    subject_id: Mapped[int | None]
    document_id: Mapped[int | None]
    official_id: Mapped[int | None]  # whose hand
    acting_for_id: Mapped[int | None]  # in whose place, under her own name (D414 art. 28)
    detail: Mapped[dict[str, Any]]
    leaf_id: Mapped[int | None]
    request_id: Mapped[str | None]
    __table_args__ = (
        Index("ix_event_document_id", "document_id", "event_id"),
        Index("ix_event_subject", "subject_kind", "subject_id", "event_id"),
        Index("ix_event_official_id", "official_id", "event_id"),
        # What was received on a day, against which arrivals are reconciled.
        Index("ix_event_received", "organisation_id", "at", postgresql_where=text("kind = 'arrival:received'")),
        # Who opened what in a period.
        Index("ix_event_read", "organisation_id", "at", postgresql_where=text("kind = 'document:read'")),
    )
