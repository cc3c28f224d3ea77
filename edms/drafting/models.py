"""Tables of drafting: a draft, its versions, its visas. The signed document itself is the registry's."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, Index, Integer, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from edms.db.base import Base, key, word
from edms.registry.words import Channel, Grade


class DraftKind(StrEnum):
    """What is being written."""

    REPLY = "reply"
    LETTER = "letter"
    MEMO = "memo"  # internal
    ORDER = "order"
    CONTRACT = "contract"
    ACT = "act"  # of a commission


class DraftState(StrEnum):
    """Where a draft stands."""

    WRITING = "writing"
    VISAS = "visas"  # with those who agree
    TO_SIGN = "to_sign"
    SIGNING = "signing"  # number drawn; the signature's steps are in edms.signing
    SIGNED = "signed"
    WITHDRAWN = "withdrawn"


class SigningOrder(StrEnum):
    """How several people sign one paper."""

    IN_ORDER = "in_order"  # the next is asked when the one before has signed
    AT_ONCE = "at_once"  # all are asked, each signs when she likes


class DraftSource(StrEnum):
    """How its paper is made."""

    TEXT = "text"  # written here, printed on letterhead
    WORD = "word"  # a Word template or file, converted
    PDF = "pdf"  # brought ready-made (`brought/`)


class Draft(Base):
    """A letter of ours in the making."""

    __tablename__ = "draft"
    draft_id: Mapped[key]
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.organisation_id"))
    kind: Mapped[DraftKind] = word(DraftKind)
    source: Mapped[DraftSource] = word(DraftSource, default=DraftSource.TEXT)
    state: Mapped[DraftState] = word(DraftState, default=DraftState.WRITING)
    register_id: Mapped[int] = mapped_column(ForeignKey("register.register_id"))
    author_id: Mapped[int] = mapped_column(ForeignKey("official.official_id"))
    signer_id: Mapped[int] = mapped_column(ForeignKey("official.official_id"))
    in_reply_to_id: Mapped[int | None] = mapped_column(ForeignKey("document.document_id"), index=True)
    correspondent_id: Mapped[int | None] = mapped_column(ForeignKey("correspondent.correspondent_id"))
    addressee: Mapped[str | None]  # as printed on the letter
    address: Mapped[str | None]
    channel: Mapped[Channel] = word(Channel, default=Channel.POST)
    subject: Mapped[str]
    language: Mapped[str]
    case_index: Mapped[str | None]
    annexes: Mapped[str | None]  # what is enclosed, one a line
    grade: Mapped[Grade] = word(Grade, default=Grade.OPEN)  # of a reply never more open than its letter was
    final: Mapped[bool] = mapped_column(default=True)  # final or interim reply
    word_template_id: Mapped[int | None] = mapped_column(ForeignKey("word_template.word_template_id"))
    document_id: Mapped[int | None] = mapped_column(ForeignKey("document.document_id"), index=True)  # once numbered
    numbered_on: Mapped[date | None]  # a number whose signing failed stays with the draft for this day
    created_at: Mapped[datetime]
    signed_at: Mapped[datetime | None]
    refusal: Mapped[str | None]  # why the signer or a visa sent it back
    signing_order: Mapped[SigningOrder] = word(SigningOrder, default=SigningOrder.IN_ORDER)
    sign_by: Mapped[date | None]  # the last civil day on which it can be signed
    version: Mapped[int] = mapped_column(default=1)
    versions: Mapped[list[DraftVersion]] = relationship(order_by="DraftVersion.ordinal", back_populates="draft")
    visas: Mapped[list[Visa]] = relationship(order_by="Visa.position", back_populates="draft")
    signatories: Mapped[list[Signatory]] = relationship(
        order_by="Signatory.position", back_populates="draft", cascade="all, delete-orphan"
    )
    __table_args__ = (
        Index("ix_draft_author_id_state", "author_id", "state"),
        Index("ix_draft_signer_id_state", "signer_id", "state"),
    )
    __mapper_args__ = {"version_id_col": version}


class DraftVersion(Base):
    """One state of a draft's text with the PDF made from it. What is shown, visaed and signed is a version's PDF."""

    __tablename__ = "draft_version"
    draft_version_id: Mapped[key]
    draft_id: Mapped[int] = mapped_column(ForeignKey("draft.draft_id"))
    ordinal: Mapped[int] = mapped_column(Integer)
    text: Mapped[str]  # paragraphs separated by blank lines; empty for Word
    word_content_id: Mapped[int | None] = mapped_column(ForeignKey("content.content_id"), index=True)
    content_id: Mapped[int | None] = mapped_column(
        ForeignKey("content.content_id"), index=True
    )  # the PDF, once rendered
    place: Mapped[dict[str, Any]] = mapped_column(default=dict)  # where on the page the stamp is set
    grade: Mapped[Grade | None] = word(Grade)  # whose mark the page bears; of a PDF that was brought none of ours
    trouble: Mapped[str | None]  # why its page could not be made when it was last tried
    trouble_values: Mapped[dict[str, Any]] = mapped_column(default=dict)
    saved_at: Mapped[datetime]
    saved_by_id: Mapped[int] = mapped_column(ForeignKey("official.official_id"))
    draft: Mapped[Draft] = relationship(back_populates="versions")
    __table_args__ = (UniqueConstraint("draft_id", "ordinal"),)


class VisaState(StrEnum):
    """What the person asked for her agreement said."""

    WAITING = "waiting"
    ASKED = "asked"  # her turn
    AGREED = "agreed"
    REMARKS = "remarks"  # sent back with remarks
    VOID = "void"  # the draft changed after it


class Visa(Base):
    """An endorsement: name, post, date, consent within competence; remarks beside (D414 art. 28)."""

    __tablename__ = "visa"
    visa_id: Mapped[key]
    draft_id: Mapped[int] = mapped_column(ForeignKey("draft.draft_id"), index=True)
    official_id: Mapped[int] = mapped_column(ForeignKey("official.official_id"))
    position: Mapped[int] = mapped_column(Integer)
    state: Mapped[VisaState] = word(VisaState, default=VisaState.WAITING)
    version_ordinal: Mapped[int | None] = mapped_column(Integer)  # which version was agreed to
    remark: Mapped[str | None]
    answered_at: Mapped[datetime | None]
    answered_by_id: Mapped[int | None] = mapped_column(ForeignKey("official.official_id"))
    draft: Mapped[Draft] = relationship(back_populates="visas")
    __table_args__ = (Index("ix_visa_official_id_state", "official_id", "state"),)


class SignatoryState(StrEnum):
    """Where one of those who sign a paper stands."""

    WAITING = "waiting"  # her turn has not come
    ASKED = "asked"
    SIGNED = "signed"  # her signature is in the paper
    REFUSED = "refused"
    EXPIRED = "expired"  # did not sign in time
    ENDED = "ended"  # another refused, the term ran out, it was called off: nothing is wanted of her


class Signatory(Base):
    """One of those who sign a paper, in their order; the draft's signer is the first."""

    __tablename__ = "signatory"
    signatory_id: Mapped[key]
    draft_id: Mapped[int] = mapped_column(ForeignKey("draft.draft_id"))
    position: Mapped[int] = mapped_column(Integer)
    official_id: Mapped[int] = mapped_column(ForeignKey("official.official_id"))  # who signs
    named_id: Mapped[int] = mapped_column(ForeignKey("official.official_id"))  # whom the author named
    state: Mapped[SignatoryState] = word(SignatoryState, default=SignatoryState.WAITING)
    asked_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    reason: Mapped[str | None]  # why she refused, let the other sign, or is asked no longer
    draft: Mapped[Draft] = relationship(back_populates="signatories")
    __table_args__ = (
        UniqueConstraint("draft_id", "position"),
        Index("ix_signatory_official_id_state", "official_id", "state"),
    )


class WordTemplate(Base):
    """A Word template of an organisation (docxtpl)."""

    __tablename__ = "word_template"
    word_template_id: Mapped[key]
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.organisation_id"))
    names: Mapped[dict[str, Any]]
    kind: Mapped[DraftKind] = word(DraftKind)
    language: Mapped[str]
    content_id: Mapped[int] = mapped_column(ForeignKey("content.content_id"), index=True)
    added_at: Mapped[datetime]
    withdrawn_at: Mapped[datetime | None]
