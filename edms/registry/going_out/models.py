"""Tables of what goes out: further addressees of a letter, what was handed over together, certified copies."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, Integer, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from edms.db.base import Base, key, word
from edms.registry.models import Dispatch
from edms.registry.words import Channel


class Addressee(Base):
    """A further addressee of a letter of ours, under its one number; the first stands on the card itself.

    Named in a draft, it follows the letter into the register; named without one, it was forgotten and added later.
    """

    __tablename__ = "addressee"
    addressee_id: Mapped[key]
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.organisation_id"))
    draft_ref: Mapped[int | None] = mapped_column(index=True)
    document_id: Mapped[int | None] = mapped_column(ForeignKey("document.document_id"), index=True)
    position: Mapped[int] = mapped_column(Integer)
    correspondent_id: Mapped[int | None] = mapped_column(ForeignKey("correspondent.correspondent_id"))
    name: Mapped[str]
    address: Mapped[str | None]
    channel: Mapped[Channel] = word(Channel)
    copy: Mapped[bool] = mapped_column(default=False)  # "copy to": for information
    added_at: Mapped[datetime]
    added_by_id: Mapped[int | None] = mapped_column(ForeignKey("official.official_id"))
    __table_args__ = (CheckConstraint("draft_ref is not null or document_id is not null", name="belongs"),)


class PostList(Base):
    """What was handed over together, to the post or to the courier, with its number in the year (D414 art. 34)."""

    __tablename__ = "post_list"
    post_list_id: Mapped[key]
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.organisation_id"))
    channel: Mapped[Channel] = word(Channel)
    year: Mapped[int] = mapped_column(Integer)
    ordinal: Mapped[int] = mapped_column(Integer)
    day: Mapped[date]
    handed_at: Mapped[datetime]
    handed_by_id: Mapped[int | None] = mapped_column(ForeignKey("official.official_id"))
    __table_args__ = (
        UniqueConstraint("organisation_id", "channel", "year", "ordinal"),
        Index("ix_post_list_organisation_id_day", "organisation_id", "day"),
    )


class CertifiedCopy(Base):
    """A copy of a document of our own on which somebody certified that it is right (D414 art. 30)."""

    __tablename__ = "certified_copy"
    certified_copy_id: Mapped[key]
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.organisation_id"))
    document_id: Mapped[int] = mapped_column(ForeignKey("document.document_id"))
    ordinal: Mapped[int] = mapped_column(Integer)  # of this document's copies
    content_id: Mapped[int] = mapped_column(ForeignKey("content.content_id"), index=True)
    original_sha256: Mapped[bytes]  # of the signed bytes that were copied
    sheets: Mapped[int] = mapped_column(Integer)
    issued_to: Mapped[str | None]
    certified_on: Mapped[date]
    certified_at: Mapped[datetime]
    certified_by_id: Mapped[int] = mapped_column(ForeignKey("official.official_id"))
    __table_args__ = (UniqueConstraint("document_id", "ordinal"),)


# A code of the post stands on one letter only.
Index("ix_dispatch_proof", Dispatch.organisation_id, Dispatch.proof, postgresql_where=Dispatch.proof.is_not(None))
# What was sent to a further addressee; most letters have but the one of their card.
Index("ix_dispatch_addressee_id", Dispatch.addressee_id, postgresql_where=Dispatch.addressee_id.is_not(None))
