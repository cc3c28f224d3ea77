"""Tables of signing: a request and where it stands, and the verdicts on signed contents."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from edms import clock
from edms.db.base import Base, key, word
from edms.signing.verdicts import Bottom, Level


class SignatureState(StrEnum):
    """Where a request stands. Each step leaves all that the next one needs, so a killed machine costs nothing."""

    ASKED = "asked"  # waits for its bytes to be prepared
    PREPARED = "prepared"  # its hash exists; waits for the signer's PIN
    SIGNED = "signed"  # the signature exists, not yet in its place
    EMBEDDED = "embedded"  # in its place at B-B; nobody outside sees it yet
    RAISED = "raised"  # as far as is wanted of it: B-LTA, or B-LT where others sign after her
    REFUSED = "refused"  # the signer said no, with a reason
    FAILED = "failed"  # could not be, with a reason
    VOID = "void"  # the paper did not come about: another refused, or the term ran out


ON_ITS_WAY = (SignatureState.SIGNED, SignatureState.EMBEDDED)
"""Made, and being put into the paper: nobody else's can be until it is there."""
OVER = frozenset({SignatureState.RAISED, SignatureState.REFUSED, SignatureState.FAILED, SignatureState.VOID})


class SignatureRequest(Base):
    """One signature asked of one person on one content. The PIN is never here; neither is any key."""

    __tablename__ = "signature_request"
    signature_request_id: Mapped[key]
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.organisation_id"))
    signer_id: Mapped[int] = mapped_column(ForeignKey("official.official_id"))
    signed_by_id: Mapped[int | None] = mapped_column(
        ForeignKey("official.official_id")
    )  # the hand: she or who stands in
    document_id: Mapped[int | None] = mapped_column(ForeignKey("document.document_id"), index=True)
    draft_ref: Mapped[int | None] = mapped_column(index=True)  # the draft it belongs to, a floor above
    state: Mapped[SignatureState] = word(SignatureState, default=SignatureState.ASKED)
    shown_content_id: Mapped[int] = mapped_column(ForeignKey("content.content_id"), index=True)
    shown_sha256: Mapped[bytes]  # what the signer saw; the signed bytes begin with these bytes
    base_content_id: Mapped[int | None] = mapped_column(
        ForeignKey("content.content_id"), index=True
    )  # the revision it is set upon, where others signed before
    later: Mapped[dict[str, Any]] = mapped_column(default=dict)  # fields and places of those who sign after her
    wanted: Mapped[Level] = word(Level, default=Level.LTA)  # how far it is raised
    room: Mapped[int] = mapped_column(default=16 * 1024)  # bytes reserved for the signature with its time stamp
    marks: Mapped[list[dict[str, Any]]]  # what is set on the pages before signing: kind, place, words
    field: Mapped[str] = mapped_column(default="")  # its name in the PDF
    name: Mapped[str]  # of the signer, as printed
    reason_to_sign: Mapped[str | None]
    prepared_content_id: Mapped[int | None] = mapped_column(ForeignKey("content.content_id"), index=True)
    digest: Mapped[bytes | None]  # SHA-256 over everything outside the container
    container: Mapped[dict[str, Any] | None]  # its start and end in the prepared bytes
    with_key: Mapped[str | None]  # the act that has the hash at the key just now (`edms.signing.lots`)
    with_key_until: Mapped[datetime | None]  # an act that died holds it no longer than that
    signature: Mapped[bytes | None]  # CMS, B-B
    certificate: Mapped[dict[str, Any] | None]  # whose, by whom, until when
    embedded_content_id: Mapped[int | None] = mapped_column(ForeignKey("content.content_id"), index=True)
    raised_content_id: Mapped[int | None] = mapped_column(ForeignKey("content.content_id"), index=True)
    level: Mapped[Level | None] = word(Level, nullable=True)
    trouble: Mapped[str | None]  # message id: why it waits, was refused or failed
    trouble_values: Mapped[dict[str, Any]] = mapped_column(default=dict)
    asked_at: Mapped[datetime]
    prepared_at: Mapped[datetime | None]
    signed_at: Mapped[datetime | None]  # by our clock; the proven time is the verdict's
    embedded_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=1)
    __table_args__ = (Index("ix_signature_request_signer_id_state", "signer_id", "state"),)
    __mapper_args__ = {"version_id_col": version}

    @property
    def at_key(self) -> bool:
        """Is its hash at the key just now, perhaps that of a service far away?"""
        waits = self.state is SignatureState.PREPARED and self.with_key is not None
        return waits and self.with_key_until is not None and self.with_key_until > clock.now()

    @property
    def on_its_way(self) -> bool:
        """Is its signature being made, or made and being put into the paper?"""
        return self.state in ON_ITS_WAY or self.at_key


class SigningRule(Base):
    """From which level a signed paper may leave the house; without a row only at B-LTA. Of a register, or of all."""

    __tablename__ = "signing_rule"
    signing_rule_id: Mapped[key]
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.organisation_id"))
    register_id: Mapped[int | None] = mapped_column(ForeignKey("register.register_id"))  # None: all without their own
    least: Mapped[Level] = word(Level)
    changed_at: Mapped[datetime]
    changed_by_id: Mapped[int | None] = mapped_column(ForeignKey("official.official_id"))
    __table_args__ = (
        Index(
            "uq_signing_rule_organisation_id_register_id",
            "organisation_id",
            "register_id",
            unique=True,
            postgresql_nulls_not_distinct=True,
        ),
    )


class VerdictLine(Base):
    """What a check of a content said, and when. Checking again writes another line: the newest stands."""

    __tablename__ = "verdict"
    verdict_id: Mapped[key]
    content_id: Mapped[int] = mapped_column(ForeignKey("content.content_id"), index=True)
    bottom: Mapped[Bottom] = word(Bottom)
    reason: Mapped[str]  # message id
    sub_indication: Mapped[str | None]
    level: Mapped[Level | None] = word(Level, nullable=True)
    who: Mapped[list[str]]
    proven_at: Mapped[datetime | None]
    changed_after: Mapped[bool]
    revision_length: Mapped[int | None]  # how many bytes to show: the signed revision
    findings: Mapped[list[dict[str, Any]]]
    answers: Mapped[dict[str, Any] | None]  # what was heard outside about revocation, so that it can be judged again
    checked_at: Mapped[datetime]
