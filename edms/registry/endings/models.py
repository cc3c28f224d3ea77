"""Tables of how arrivals ended otherwise, and of the daily sum that says where each of them is."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from edms.db.base import Base, key, word
from edms.registry.endings.words import ItemKind
from edms.registry.words import Channel


class ArrivalEnd(Base):
    """What the end of an arrival was told beside its state and reason, which stand on the arrival itself."""

    __tablename__ = "arrival_end"
    arrival_id: Mapped[int] = mapped_column(ForeignKey("arrival.arrival_id"), primary_key=True)
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.organisation_id"))
    item: Mapped[ItemKind | None] = word(ItemKind)
    sender_name: Mapped[str | None]  # of a forwarded letter: its applicant
    sender_address: Mapped[str | None]
    body: Mapped[str | None]  # the competent one
    body_address: Mapped[str | None]
    sent_by: Mapped[Channel | None] = word(Channel)  # how it goes back or on
    faults: Mapped[list[str]]  # words of `Fault`
    members: Mapped[list[str]]  # who was present when the parcel was opened
    court: Mapped[bool] = mapped_column(default=False)  # returned: its matter is a court's (GAC 80)
    filed_on: Mapped[date | None]  # forwarded: the day on which it reached us stays its filing date (GAC 80)
    forward_due_on: Mapped[date | None]  # for sending it on, or a court's matter back
    notice_due_on: Mapped[date | None]
    terms: Mapped[list[dict[str, Any]]]  # how both were counted, for "why this date"
    told_on: Mapped[date | None]  # when the applicant was told, and how
    told_by: Mapped[Channel | None] = word(Channel)
    told_by_id: Mapped[int | None] = mapped_column(ForeignKey("official.official_id"))
    version: Mapped[int] = mapped_column(default=1)
    __table_args__ = (
        Index(
            "ix_arrival_end_to_tell",
            "organisation_id",
            "notice_due_on",
            postgresql_where="notice_due_on is not null and told_on is null",
        ),
    )
    __mapper_args__ = {"version_id_col": version}


class Reconciliation(Base):
    """The daily sum of a tray: received = registered + waiting + ended otherwise."""

    __tablename__ = "reconciliation"
    reconciliation_id: Mapped[key]
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.organisation_id"))
    day: Mapped[date]
    received: Mapped[int]
    registered: Mapped[int]
    waiting: Mapped[int]
    ended: Mapped[int]
    made_at: Mapped[datetime]
    __table_args__ = (UniqueConstraint("organisation_id", "day"),)
