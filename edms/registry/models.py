"""Tables of the registry: registers and their numbers, contents, arrivals, documents, correspondents."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, Integer, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from edms.db.base import Base, key, word
from edms.registry.words import (
    STILL_OPEN,
    ArrivalState,
    Authorship,
    Channel,
    ContentRole,
    CorrespondentKind,
    DispatchState,
    DocumentState,
    Grade,
    LinkKind,
    NumberState,
    RegisterKind,
    Tray,
)

BY_PREFIX = {"key": "text_pattern_ops"}


class Register(Base):
    """A journal with a number series of its own (D414 art. 36). `pattern` is a list of parts, see `numbers.py`."""

    __tablename__ = "register"
    register_id: Mapped[key]
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.organisation_id"))
    kind: Mapped[RegisterKind] = word(RegisterKind)
    code: Mapped[str]
    names: Mapped[dict[str, Any]]
    pattern: Mapped[list[dict[str, Any]]]
    next_pattern: Mapped[list[dict[str, Any]] | None]  # of numbers from a later day on, usually a new year's first
    next_pattern_from: Mapped[date | None]
    yearly: Mapped[bool] = mapped_column(default=True)  # restarts each calendar year, else runs on
    term: Mapped[str | None]  # name of the term that a letter here gets (edms.terms.table)
    default_class: Mapped[str | None]
    closed_on: Mapped[date | None]  # the first day on which it is not open
    version: Mapped[int] = mapped_column(default=1)
    __table_args__ = (UniqueConstraint("organisation_id", "code"),)
    __mapper_args__ = {"version_id_col": version}

    def name(self, language: str) -> str:
        """The name in `language`, else in any there is."""
        return str(self.names.get(language) or next(iter(self.names.values()), self.code))


class Counter(Base):
    """The last serial of a register in a year (year 0 where the series runs on). Locked last, in the act's transaction."""

    __tablename__ = "counter"
    register_id: Mapped[int] = mapped_column(ForeignKey("register.register_id"), primary_key=True)
    year: Mapped[int] = mapped_column(Integer, primary_key=True)
    last_serial: Mapped[int]
    last_at: Mapped[datetime | None]  # registration instants never go backwards within a series


class Number(Base):
    """One drawn serial and what became of it. Every serial of a series has exactly one row, so a gap cannot hide."""

    __tablename__ = "number"
    number_id: Mapped[key]
    register_id: Mapped[int] = mapped_column(ForeignKey("register.register_id"))
    year: Mapped[int] = mapped_column(Integer)
    serial: Mapped[int]
    text: Mapped[str]
    state: Mapped[NumberState] = word(NumberState)
    drawn_at: Mapped[datetime]
    drawn_on: Mapped[date]
    reserved_by_id: Mapped[int | None] = mapped_column(ForeignKey("official.official_id"))
    reserved_until: Mapped[datetime | None]
    reason: Mapped[str | None]  # of a reservation or of a void
    # On which it stands; of a void one, on which it stood until the letter was moved to the right register.
    document_id: Mapped[int | None] = mapped_column(ForeignKey("document.document_id", use_alter=True))
    draft_ref: Mapped[int | None]  # the draft it is kept for, on the day of signing
    __table_args__ = (
        UniqueConstraint("register_id", "year", "serial"),
        UniqueConstraint("register_id", "year", "text"),
        Index("ix_number_not_used", "register_id", "state", "year", "serial", postgresql_where="state <> 'used'"),
        Index("ix_number_state_reserved_until", "state", "reserved_until"),
        Index("ix_number_former", "document_id", postgresql_where="state = 'void' and document_id is not null"),
    )


class Content(Base):
    """Immutable bytes with a name. The key in the store is of id and hash, never shared between documents."""

    __tablename__ = "content"
    content_id: Mapped[key]
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.organisation_id"), index=True)
    store_key: Mapped[str] = mapped_column(unique=True)
    sha256: Mapped[bytes] = mapped_column(index=True)
    size: Mapped[int]
    name: Mapped[str]  # as its sender wrote it, in any script: data, never a path
    media_type: Mapped[str] = mapped_column(default="application/octet-stream")  # decided by capture from the bytes
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("content.content_id"), index=True)  # made from, or in it
    stored_at: Mapped[datetime]
    stored_by_id: Mapped[int | None] = mapped_column(ForeignKey("official.official_id"))


class Correspondent(Base):
    """A person or body that writes to us or is written to."""

    __tablename__ = "correspondent"
    correspondent_id: Mapped[key]
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.organisation_id"))
    kind: Mapped[CorrespondentKind] = word(CorrespondentKind)
    name: Mapped[str]
    identification: Mapped[str | None]  # personal or company number
    address: Mapped[str | None]
    email: Mapped[str | None]
    telephone: Mapped[str | None]
    language: Mapped[str | None]
    own_organisation_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.organisation_id"))  # one of ours
    merged_into_id: Mapped[int | None] = mapped_column(ForeignKey("correspondent.correspondent_id"), index=True)
    used_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=1)
    __table_args__ = (Index("ix_correspondent_organisation_id_identification", "organisation_id", "identification"),)
    __mapper_args__ = {"version_id_col": version}


class CorrespondentKey(Base):
    """One folded Latin key of a word of a correspondent's name: found by three letters in any script."""

    __tablename__ = "correspondent_key"
    correspondent_id: Mapped[int] = mapped_column(ForeignKey("correspondent.correspondent_id"), primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)
    organisation_id: Mapped[int]
    __table_args__ = (Index("ix_correspondent_key_organisation_id_key", "organisation_id", "key", postgresql_ops=BY_PREFIX),)  # fmt: skip


class Arrival(Base):
    """Something that reached us and is not yet, or never will be, a registered document. It always ends somewhere."""

    __tablename__ = "arrival"
    arrival_id: Mapped[key]
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.organisation_id"))
    tray: Mapped[Tray] = word(Tray)
    channel: Mapped[Channel] = word(Channel)
    state: Mapped[ArrivalState] = word(ArrivalState)
    arrived_at: Mapped[datetime]
    content_id: Mapped[int | None] = mapped_column(ForeignKey("content.content_id"), index=True)  # none: on paper
    document_id: Mapped[int | None] = mapped_column(ForeignKey("document.document_id", use_alter=True), index=True)
    taken_in_by_id: Mapped[int | None] = mapped_column(ForeignKey("official.official_id"))
    source: Mapped[str | None]  # folder, sending organisation's document, import manifest
    source_key: Mapped[str | None]  # the same key gives the same arrival: a retry cannot double it
    origin_document_id: Mapped[int | None] = mapped_column(ForeignKey("document.document_id", use_alter=True))
    # The letter that its sender says it belongs to.
    meant_for_id: Mapped[int | None] = mapped_column(ForeignKey("document.document_id", use_alter=True), index=True)
    trouble: Mapped[str | None]  # message id when it lies in the review tray
    ended_at: Mapped[datetime | None]
    ended_by_id: Mapped[int | None] = mapped_column(ForeignKey("official.official_id"))
    end_reason: Mapped[str | None]
    version: Mapped[int] = mapped_column(default=1)
    content: Mapped[Content | None] = relationship()
    __table_args__ = (
        Index("ix_arrival_organisation_id_state_arrived_at", "organisation_id", "state", "arrived_at"),
        UniqueConstraint("organisation_id", "source_key"),
    )
    __mapper_args__ = {"version_id_col": version}

    @property
    def called(self) -> str:
        """Its file's name; of paper without a scan what was noted at the counter, if anything."""
        return self.content.name if self.content is not None else self.source or ""


class Document(Base):
    """A registered document: its number, its card, its state. Corrections are events, the row shows the present card."""

    __tablename__ = "document"
    document_id: Mapped[key]
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.organisation_id"))
    register_id: Mapped[int] = mapped_column(ForeignKey("register.register_id"))
    number: Mapped[str]  # as printed, "12-05/417"
    year: Mapped[int] = mapped_column(Integer)
    serial: Mapped[int]
    kind: Mapped[RegisterKind] = word(RegisterKind)
    state: Mapped[DocumentState] = word(DocumentState)
    registered_at: Mapped[datetime]
    registered_on: Mapped[date]
    received_on: Mapped[date]  # when it reached us: later arrivals are registered the next working day
    document_on: Mapped[date | None]  # the date its author put on it
    registered_by_id: Mapped[int | None] = mapped_column(ForeignKey("official.official_id"))
    channel: Mapped[Channel] = word(Channel)
    authorship: Mapped[Authorship] = word(Authorship, default=Authorship.ONE)
    correspondent_id: Mapped[int | None] = mapped_column(ForeignKey("correspondent.correspondent_id"), index=True)
    correspondent_name: Mapped[str | None]  # as it stands on this letter, whatever becomes of the correspondent's card
    correspondent_address: Mapped[str | None]
    their_number: Mapped[str | None]
    their_date: Mapped[date | None]
    summary: Mapped[str]
    document_type: Mapped[str] = mapped_column(default="letter")  # application, complaint …: `words.DocumentType`
    sheets: Mapped[int] = mapped_column(Integer, default=1)
    annex_sheets: Mapped[int] = mapped_column(Integer, default=0)
    annexes: Mapped[str | None]  # their list, in words
    addressee_id: Mapped[int | None] = mapped_column(ForeignKey("official.official_id"), index=True)
    unit_id: Mapped[int | None] = mapped_column(ForeignKey("unit.unit_id"))
    responsible_id: Mapped[int | None] = mapped_column(ForeignKey("official.official_id"))  # kept by routing
    grade: Mapped[Grade] = word(Grade, default=Grade.OPEN)
    case_index: Mapped[str | None]
    case_file_id: Mapped[int | None]  # kept by filing
    language: Mapped[str] = mapped_column(default="ka")  # of the letter and of papers to its correspondent
    due_on: Mapped[date | None]  # legal term, kept by routing
    term: Mapped[dict[str, Any] | None]  # how the term was counted, for "why this date"
    over_at: Mapped[datetime | None]  # its end, kept by lifecycle; unknown of an older journal's
    on_control: Mapped[bool] = mapped_column(default=False)
    tracking_issue: Mapped[int] = mapped_column(Integer, default=1)  # its code follows from it: tracking.py
    leaf_id: Mapped[int | None]  # the ledger leaf of its registration, for the receipt
    migrated: Mapped[bool] = mapped_column(default=False)  # of an older journal, with its own number and dates
    waiting_scan: Mapped[bool] = mapped_column(default=False)
    closed: Mapped[bool] = mapped_column(default=False)  # an envelope that nobody opened yet: see intake
    final: Mapped[bool | None]  # of an outgoing reply: final or interim
    readers: Mapped[list[str]]  # reader tokens, see edms.access.scope
    summed: Mapped[bool] = mapped_column(default=False)  # it is in the monthly sums, and they follow it: edms.reports
    idempotency_key: Mapped[str | None]
    version: Mapped[int] = mapped_column(default=1)
    register: Mapped[Register] = relationship()
    correspondent: Mapped[Correspondent | None] = relationship()
    contents: Mapped[list[DocumentContent]] = relationship(order_by="DocumentContent.position", viewonly=True)
    __table_args__ = (
        UniqueConstraint("register_id", "year", "serial"),
        UniqueConstraint("organisation_id", "idempotency_key"),
        Index("ix_document_organisation_id_registered_at", "organisation_id", "registered_at", "document_id"),
        Index("ix_document_their_number", "organisation_id", "their_number", "their_date"),
        Index("ix_document_number", "number", "organisation_id"),
        Index("ix_document_readers", "readers", postgresql_using="gin"),
        Index("ix_document_due_on", "organisation_id", "due_on", postgresql_where="due_on is not null"),
        Index("ix_document_registered_on", "organisation_id", "registered_on"),
        Index("ix_document_over_at", "organisation_id", "over_at", postgresql_where="over_at is not null"),
        Index("ix_document_open", "organisation_id", "due_on", postgresql_where=STILL_OPEN),
        Index("ix_document_to_send", "organisation_id", "document_id", postgresql_where="state = 'signed'"),
        Index("ix_document_on_control", "organisation_id", "due_on", postgresql_where="on_control"),
        Index("ix_document_of_unit", "register_id", "unit_id", "year", "serial"),
        Index("ix_document_of_state", "register_id", "state", "year", "serial", postgresql_where="state <> 'filed'"),
        Index("ix_document_not_summed", "organisation_id", postgresql_where="not summed"),
        CheckConstraint("sheets >= 0 and annex_sheets >= 0", name="sheets_counted"),
    )
    __mapper_args__ = {"version_id_col": version}


class DocumentContent(Base):
    """A content in its role on a document: the scan, an annex, the signed PDF, a proof of dispatch."""

    __tablename__ = "document_content"
    document_content_id: Mapped[key]
    document_id: Mapped[int] = mapped_column(ForeignKey("document.document_id"), index=True)
    content_id: Mapped[int] = mapped_column(ForeignKey("content.content_id"), unique=True)
    role: Mapped[ContentRole] = word(ContentRole)
    position: Mapped[int] = mapped_column(Integer)
    added_at: Mapped[datetime]
    added_by_id: Mapped[int | None] = mapped_column(ForeignKey("official.official_id"))
    dated_on: Mapped[date | None]  # a later paper's own date
    withdrawn_at: Mapped[datetime | None]  # the wrong scan: kept, no longer shown first
    content: Mapped[Content] = relationship()


class DocumentLink(Base):
    """Two documents that belong together; a reply answers its letter."""

    __tablename__ = "document_link"
    document_link_id: Mapped[key]
    document_id: Mapped[int] = mapped_column(ForeignKey("document.document_id"))
    other_id: Mapped[int] = mapped_column(ForeignKey("document.document_id"), index=True)
    kind: Mapped[LinkKind] = word(LinkKind)
    __table_args__ = (UniqueConstraint("document_id", "other_id", "kind"),)


class Dispatch(Base):
    """One sending of a document to one addressee over one channel, with its proof and date of service."""

    __tablename__ = "dispatch"
    dispatch_id: Mapped[key]
    document_id: Mapped[int] = mapped_column(ForeignKey("document.document_id"), index=True)
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.organisation_id"))
    channel: Mapped[Channel] = word(Channel)
    state: Mapped[DispatchState] = word(DispatchState)
    correspondent_id: Mapped[int | None] = mapped_column(ForeignKey("correspondent.correspondent_id"))
    addressee_id: Mapped[int | None] = mapped_column(ForeignKey("addressee.addressee_id"))  # empty: that of the card
    address: Mapped[str | None]  # postal or e-mail, as it was used
    asked_at: Mapped[datetime]
    asked_by_id: Mapped[int | None] = mapped_column(ForeignKey("official.official_id"))
    not_before: Mapped[datetime]  # the ten seconds of Undo
    sent_at: Mapped[datetime | None]
    served_on: Mapped[date | None]
    proof: Mapped[str | None]  # postal barcode, mail server's answer, number in the other organisation
    proof_content_id: Mapped[int | None] = mapped_column(ForeignKey("content.content_id"), index=True)
    post_list_id: Mapped[int | None] = mapped_column(ForeignKey("post_list.post_list_id"), index=True)
    trouble: Mapped[str | None]
    version: Mapped[int] = mapped_column(default=1)
    __table_args__ = (Index("ix_dispatch_organisation_id_state", "organisation_id", "state"),)
    __mapper_args__ = {"version_id_col": version}
