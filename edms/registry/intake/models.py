"""Tables of what reaches a counter beside one sender with one scan. A common letter has no row in any of them."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import CheckConstraint, ForeignKey, Index, Integer, Numeric
from sqlalchemy.orm import Mapped, mapped_column

from edms.db.base import Base, word
from edms.registry.intake.words import Envelope


class DocumentParty(Base):
    """A sender of a letter beside the first, who stands on the letter itself and to whom slip and answer go."""

    __tablename__ = "document_party"
    document_id: Mapped[int] = mapped_column(ForeignKey("document.document_id"), primary_key=True)
    position: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    correspondent_id: Mapped[int | None] = mapped_column(ForeignKey("correspondent.correspondent_id"), index=True)
    name: Mapped[str]  # as it stands on this letter
    address: Mapped[str | None]


class DocumentIntake(Base):
    """What was noted of a letter at the counter beside its card. `opens_id` alone opens a closed envelope."""

    __tablename__ = "document_intake"
    document_id: Mapped[int] = mapped_column(ForeignKey("document.document_id"), primary_key=True)
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.organisation_id"))
    also_to: Mapped[str | None]  # its addressees beside the first, as they stand on the letter
    signatures: Mapped[int | None] = mapped_column(Integer)  # under a collective letter
    postmark_on: Mapped[date | None]
    postal_barcode: Mapped[str | None]
    envelope_kept: Mapped[bool] = mapped_column(default=False)
    filed_on: Mapped[date | None]  # with the body that forwarded it: the applicant's own terms count it (GAC 80)
    envelope: Mapped[Envelope | None] = word(Envelope)
    opens_id: Mapped[int | None] = mapped_column(ForeignKey("official.official_id"))
    opened_at: Mapped[datetime | None]
    opened_by_id: Mapped[int | None] = mapped_column(ForeignKey("official.official_id"))
    version: Mapped[int] = mapped_column(default=1)
    __table_args__ = (
        Index(
            "ix_document_intake_to_open",
            "opens_id",
            postgresql_where="envelope is not null and opened_at is null",
        ),
    )
    __mapper_args__ = {"version_id_col": version}


class DocumentValuable(Base):
    """An enclosure of value: what, how many, which sum, and to whom it was handed."""

    __tablename__ = "document_valuable"
    document_id: Mapped[int] = mapped_column(ForeignKey("document.document_id"), primary_key=True)
    position: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    what: Mapped[str]
    count: Mapped[int] = mapped_column(Integer)
    amount: Mapped[Decimal | None] = mapped_column(Numeric(14, 2))
    currency: Mapped[str | None]  # of the sum, ISO 4217
    handed_to_id: Mapped[int | None] = mapped_column(ForeignKey("official.official_id"))
    __table_args__ = (CheckConstraint("count > 0", name="counted"),)


class SpokenRecord(Base):
    """A letter by telephone or at a reception, as the registrar wrote it down. Signed, its scan is the letter's original."""

    __tablename__ = "spoken_record"
    document_id: Mapped[int] = mapped_column(ForeignKey("document.document_id"), primary_key=True)
    said_at: Mapped[datetime]
    place: Mapped[str | None]  # of a reception; the number called from of a telephone call
    text: Mapped[str]
    refused_at: Mapped[datetime | None]  # when it was noted that the citizen did not sign, by whom and why
    refused_by_id: Mapped[int | None] = mapped_column(ForeignKey("official.official_id"))
    refused_reason: Mapped[str | None]
    version: Mapped[int] = mapped_column(default=1)
    __mapper_args__ = {"version_id_col": version}
