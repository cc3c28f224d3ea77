"""Documents: registered, shown, corrected with a reason, linked, found by number; their course and history."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from typing import Annotated, Any, ClassVar, Self

from pydantic import Field
from sqlalchemy.orm import Session, object_session

from edms import clock
from edms.access.actor import Actor
from edms.drafting.by_hand.signing import by_hand
from edms.errors import Invalid, NotFound
from edms.overview import reading
from edms.overview.line import lines_of
from edms.registry import arrivals, corrections, documents, reaching, registers, registration, reservations
from edms.registry.card import Card
from edms.registry.intake.card import NOTHING
from edms.registry.models import Document
from edms.registry.words import Authorship, Channel, DocumentState, DocumentType, Grade, LinkKind, RegisterKind
from edms.web.api import paging
from edms.web.api.intake_given import IntakeGiven
from edms.web.api.layer import Match, change, create, read
from edms.web.api.lines import LetterShown, letter
from edms.web.api.shapes import Asked, Count, Id, IsoDay, Language, Line, Page, Paged, Shown, Text, Thing, shown
from edms.web.kit.session import actor


class DocumentShown(Thing):
    """A registered document: its number, its card, its state."""

    PLACE: ClassVar[str] = "/documents/{document_id}"
    document_id: int
    register_id: int
    number: str
    year: int
    serial: int
    kind: RegisterKind
    state: DocumentState
    registered_at: datetime
    registered_on: date
    registered_by_id: int | None
    received_on: date
    document_on: date | None
    channel: Channel
    authorship: Authorship
    correspondent_id: int | None
    correspondent_name: str | None
    correspondent_address: str | None
    their_number: str | None
    their_date: date | None
    summary: str
    document_type: str
    sheets: int
    annex_sheets: int
    annexes: str | None
    addressee_id: int | None
    unit_id: int | None
    responsible_id: int | None
    grade: Grade
    case_index: str | None
    case_file_id: int | None
    language: str
    due_on: date | None
    on_control: bool
    waiting_scan: bool
    closed: bool
    final: bool | None
    migrated: bool
    signed_by_hand: bool

    @classmethod
    def of(cls, row: Document, **more: Any) -> Self:
        """The document of a row, and whether it was signed with a pen. A person's e-mail address is null for those who decide."""
        session, address, penned = object_session(row), row.correspondent_address, False
        if session is not None:
            address = reaching.address_of(session, actor(), row, address, row.correspondent_id)
            if not row.kind.comes_in:  # what came in costs no question
                penned = bool(by_hand(session, [row.document_id]))
        return super().of(row, signed_by_hand=penned, correspondent_address=address, **more)


class Link(Asked):
    """Another document, and why it belongs here."""

    document_id: Id
    kind: LinkKind = LinkKind.EARLIER


class CardGiven(Asked):
    """The card of a letter. Whose letter it is: `correspondent_id`, or a name, which enters a new correspondent.

    Of several senders the first stands here, of a collective letter its representative; of an anonymous one nobody.
    """

    summary: Text
    channel: Channel = Channel.COUNTER
    authorship: Authorship = Authorship.ONE
    received_on: IsoDay | None = None
    document_on: IsoDay | None = None
    correspondent_id: Id | None = None
    correspondent_name: Line | None = None
    correspondent_address: Line | None = None
    their_number: Line | None = None
    their_date: IsoDay | None = None
    document_type: DocumentType = DocumentType.LETTER
    sheets: Count = 1
    annex_sheets: Count = 0
    annexes: Text | None = None
    addressee_id: Id | None = None
    unit_id: Id | None = None
    grade: Grade = Grade.OPEN
    case_index: Annotated[Line | None, Field(max_length=40)] = None
    language: Language = "ka"


class Registering(CardGiven):
    """A letter to register, from an arrival or on paper.

    Without `arrival_id` it waits for its scan, unless `waiting_scan` is false: no paper will follow.
    """

    register_id: Id
    arrival_id: Id | None = None
    number_id: Annotated[Id | None, Field(description="A number reserved before.")] = None
    written_on: Annotated[IsoDay | None, Field(description="The day on the paper, of a number given by hand.")] = None
    waiting_scan: bool = True
    links: Annotated[list[Link], Field(max_length=20)] = []
    intake: IntakeGiven | None = None


class CardCorrected(Asked):
    """The fields of the card that are wrong, and why they are changed. What is not given stays."""

    reason: Text
    summary: Text | None = None
    channel: Channel | None = None
    received_on: IsoDay | None = None
    document_on: IsoDay | None = None
    correspondent_id: Id | None = None
    correspondent_name: Line | None = None
    correspondent_address: Line | None = None
    their_number: Line | None = None
    their_date: IsoDay | None = None
    document_type: DocumentType | None = None
    sheets: Count | None = None
    annex_sheets: Count | None = None
    annexes: Text | None = None
    addressee_id: Id | None = None
    unit_id: Id | None = None
    grade: Grade | None = None
    case_index: Annotated[Line | None, Field(max_length=40)] = None
    language: Language | None = None


NEVER_EMPTY = ("summary", "channel", "received_on", "document_type", "sheets", "annex_sheets", "grade", "language")


class ByNumber(Paged):
    """The number as it is printed."""

    number: Line


class Linked(Shown):
    """A linked document; `outgoing` says that the link begins at the one asked about."""

    kind: LinkKind
    outgoing: bool
    document: LetterShown


@create("/documents")
def register(session: Session, who: Actor, body: Registering) -> DocumentShown:
    """Register a letter: it gets its number."""
    book = registers.register_of(session, who, body.register_id)
    arrival = arrivals.arrival_of(session, who, body.arrival_id) if body.arrival_id is not None else None
    reserved = reservations.number_of(session, who, body.number_id) if body.number_id is not None else None
    given = body.model_dump(
        exclude={"register_id", "arrival_id", "number_id", "written_on", "waiting_scan", "links", "intake"}
    )
    card = replace(Card(**given), document_type=body.document_type.value, links=_links(session, who, body.links))
    made = registration.register(
        session, who, book, card, idempotency_key=None, arrival=arrival, reserved=reserved,
        waiting_scan=arrival is None and body.waiting_scan, intake=body.intake.intake() if body.intake else NOTHING,
        written_on=body.written_on,
    )  # fmt: skip
    return shown(session, DocumentShown, made)


@read("/documents")
def by_number(session: Session, who: Actor, query: ByNumber) -> Page[LetterShown]:
    """The letters of the office with exactly this number, of all years and registers. Everything else: search."""
    after = paging.place(query, datetime, int)
    rows = documents.by_number(session, who, query.number, after=after, limit=query.limit + 1)
    shown_ = {letter.document_id: letter for letter in _letters(session, who, rows)}
    return paging.page(
        rows, query, lambda row: shown_[row.document_id], lambda row: (row.registered_at, row.document_id)
    )


@read("/documents/{document_id}")
def show(session: Session, who: Actor, document_id: int) -> DocumentShown:
    """One letter. Reading it is written into its history."""
    return DocumentShown.of(reading.read(session, who, document_id))


@change("/documents/{document_id}", "PATCH")
def correct(session: Session, who: Actor, document_id: int, body: CardCorrected, match: Match) -> DocumentShown:
    """Correct the card, with a reason; the old values stay in the history."""
    document = documents.document_of(session, who, document_id)
    match.check(session, document)
    changes = {name: getattr(body, name) for name in body.model_fields_set - {"reason"}}
    if empty := [name for name in NEVER_EMPTY if name in changes and changes[name] is None]:
        raise Invalid(fields=dict.fromkeys(empty, "field.missing"))
    if "document_type" in changes:
        changes["document_type"] = changes["document_type"].value
    corrections.correct(session, who, document, changes, reason=body.reason, version=document.version)
    return shown(session, DocumentShown, document)


@read("/documents/{document_id}/links")
def links(session: Session, who: Actor, document_id: int) -> Page[Linked]:
    """What is linked with it, in both directions, as far as one may know."""
    document = documents.document_of(session, who, document_id)
    rows = documents.linked(session, who, document)
    shown_ = _letters(session, who, [other for _, _, other in rows])
    pairs = zip(rows, shown_, strict=True)
    return Page(items=[Linked(kind=kind, outgoing=out, document=line) for (kind, out, _), line in pairs])


@create("/documents/{document_id}/links")
def link(session: Session, who: Actor, document_id: int, body: Link) -> DocumentShown:
    """Say that two documents belong together."""
    document = documents.document_of(session, who, document_id)
    other = documents.document_of(session, who, body.document_id)
    documents.link(session, who, document, other, body.kind)
    return shown(session, DocumentShown, document)


def _links(session: Session, who: Actor, given: list[Link]) -> tuple[tuple[int, LinkKind], ...]:
    """Only what the registrar may see can be linked; the rest is named like what does not exist."""
    try:
        return tuple((documents.document_of(session, who, each.document_id).document_id, each.kind) for each in given)
    except NotFound:
        raise Invalid(fields={"links": "registry.link_unknown"}) from None


def _letters(session: Session, who: Actor, found: list[Document]) -> list[LetterShown]:
    return [letter(line) for line in lines_of(session, found, clock.today(who.time_zone))]
