"""The table of what ends the proof of a signed file, and whether it was carried on in another."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from edms.db.base import Base, word
from edms.signing.verdicts import Bottom, Form, Level


class EndsBy(StrEnum):
    """What ends a proof first."""

    CERTIFICATE = "certificate"  # of the signer: nothing in the file outlives it
    TIME_STAMP = "time_stamp"  # the certificate of who gave the last time stamp over the file
    ALGORITHM = "algorithm"  # what it rests on is not believed from that day on


class Renewal(StrEnum):
    """Where the carrying on of a proof stands."""

    NONE = "none"  # nobody has tried
    WAITING = "waiting"  # asked for, or held up: why is beside it
    FAILED = "failed"  # could not be, with a reason that does not pass by itself
    DONE = "done"  # goes on in another file


class SignatureProof(Base):
    """How long one signed file proves itself, told when it was judged. A renewed one points at what carries it on."""

    __tablename__ = "signature_proof"
    content_id: Mapped[int] = mapped_column(ForeignKey("content.content_id"), primary_key=True, autoincrement=False)
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.organisation_id"))
    root_id: Mapped[int] = mapped_column(
        ForeignKey("content.content_id"), index=True
    )  # the file it came out of, else itself
    document_id: Mapped[int | None] = mapped_column(ForeignKey("document.document_id"), index=True)  # once registered
    bottom: Mapped[Bottom] = word(Bottom)
    form: Mapped[Form] = word(Form)
    level: Mapped[Level | None] = word(Level, nullable=True)
    certified_until: Mapped[datetime | None]  # the first certificate that ends it
    algorithms: Mapped[list[str]]
    proven_until: Mapped[datetime | None]  # the same or the end of an algorithm; none: it proves nothing, or for ever
    ends_by: Mapped[EndsBy | None] = word(EndsBy, nullable=True)
    renewal: Mapped[Renewal] = word(Renewal, default=Renewal.NONE)
    renewed_by_id: Mapped[int | None] = mapped_column(ForeignKey("content.content_id"), index=True)
    trouble: Mapped[str | None]  # message id: why it waits or failed
    trouble_values: Mapped[dict[str, Any]] = mapped_column(default=dict)
    tried_at: Mapped[datetime | None]
    judged_at: Mapped[datetime]
    __table_args__ = (
        Index(
            "ix_signature_proof_standing",
            "organisation_id",
            "bottom",
            "proven_until",
            postgresql_where="renewal <> 'done'",
        ),
        Index("ix_signature_proof_unplaced", "content_id", postgresql_where="document_id is null"),
    )
