"""What goes out: the addressees of a letter under its one number, and the lists on which the mail is handed over."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, ClassVar

from flask import Response as Answer
from pydantic import Field
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from edms import clock
from edms.access.actor import Actor
from edms.access.permissions import Permission
from edms.access.policy import require
from edms.drafting import addressing, copies, drafts
from edms.drafting.models import Draft
from edms.drafting.paper.lists import dispatch_list
from edms.registry import documents, reaching
from edms.registry.going_out import addressees, neighbours, post
from edms.registry.models import Document
from edms.registry.words import Channel
from edms.web.api.layer import act, create, read
from edms.web.api.shapes import Asked, Id, IsoDay, Line, Page, Shown, Thing, shown
from edms.web.desk.post import printed_list
from edms.web.kit.house import house
from edms.web.kit.language import language

TOGETHER = 1_000


class AddresseeShown(Shown):
    """An addressee; `addressee_id` is null of the first, who stands on the card. `later`: added after the signature."""

    addressee_id: int | None
    name: str
    address: str | None
    channel: Channel
    correspondent_id: int | None
    for_information: bool
    later: bool


class AddresseeMade(Thing):
    """An addressee just added to a letter."""

    addressee_id: int
    name: str
    address: str | None
    channel: Channel
    correspondent_id: int | None
    for_information: bool


class AddresseeGiven(Asked):
    """Name and address, a known correspondent, or an organisation of this system (`organisation_id`)."""

    name: Line | None = None
    address: Line | None = None
    channel: Channel = Channel.POST
    correspondent_id: Id | None = None
    organisation_id: Id | None = None
    for_information: bool = False

    def named(self, session: Session, who: Actor) -> addressees.Named:
        """As the registry takes it."""
        correspondent_id, channel, name = self.correspondent_id, self.channel, self.name
        if self.organisation_id is not None:
            there = neighbours.card_of(session, who, self.organisation_id, language())
            correspondent_id, channel, name = there.correspondent_id, Channel.EXCHANGE, name or there.name
        return addressees.Named(name, self.address, channel, correspondent_id, self.for_information)


class Others(Asked):
    """All further addressees, in their order."""

    addressees: Annotated[list[AddresseeGiven], Field(max_length=addressees.MOST)]


class PostListShown(Thing):
    """What was handed over together to the post or the courier."""

    PLACE: ClassVar[str] = "/post-lists/{post_list_id}"
    post_list_id: int
    channel: Channel
    year: int
    ordinal: int
    day: date
    handed_at: datetime
    handed_by_id: int | None
    dispatch_ids: list[int]


class HandingOver(Asked):
    """Which sendings leave together, and how."""

    channel: Channel
    dispatch_ids: Annotated[list[Id], Field(min_length=1, max_length=TOGETHER)]


class CopyShown(Thing):
    """A certified copy of a document of our own; its bytes are among the document's contents."""

    certified_copy_id: int
    document_id: int
    ordinal: int
    content_id: int
    sheets: int
    issued_to: str | None
    certified_on: date
    certified_by_id: int


class Certifying(Asked):
    """For whom."""

    issued_to: Line | None = None


class ListsWanted(Asked):
    """Of which day; today without one."""

    day: IsoDay | None = None


@read("/drafts/{draft_id}/addressees")
def of_draft(session: Session, who: Actor, draft_id: int) -> Page[AddresseeShown]:
    """The further addressees of a draft."""
    draft = drafts.draft_of(session, who, draft_id)
    rows = addressees.of_draft(session, draft.draft_id)
    return Page(items=[_shown(session, who, draft, addressees.shown(row)) for row in rows])


@act("/drafts/{draft_id}/addressees", "PUT")
def put(session: Session, who: Actor, draft_id: int, body: Others) -> Page[AddresseeShown]:
    """Let these be the further addressees of a draft that is being written. Its page is printed anew after that."""
    draft = drafts.draft_of(session, who, draft_id, lock=True)
    require(who, Permission.DRAFT_WRITE, draft)
    made = addressing.name_others(session, who, draft, [each.named(session, who) for each in body.addressees])
    return Page(items=[_shown(session, who, draft, addressees.shown(row)) for row in made])


@read("/documents/{document_id}/addressees")
def of_letter(session: Session, who: Actor, document_id: int) -> Page[AddresseeShown]:
    """Every addressee of a letter of ours, the first first."""
    document = documents.document_of(session, who, document_id)
    return Page(items=[_shown(session, who, document, to) for to in addressees.of_document(session, document)])


@create("/documents/{document_id}/addressees")
def add_later(session: Session, who: Actor, document_id: int, body: AddresseeGiven) -> AddresseeMade:
    """Add a forgotten addressee of a signed letter; dispatch it to her under the same number."""
    document = documents.document_of(session, who, document_id, lock=True)
    require(who, Permission.DOCUMENT_DISPATCH, document)
    made = addressees.add_later(session, who, document, body.named(session, who))
    return shown(session, AddresseeMade, made, for_information=made.copy)


@read("/documents/{document_id}/certified-copies")
def copies_of(session: Session, who: Actor, document_id: int) -> Page[CopyShown]:
    """The certified copies of a document."""
    document = documents.document_of(session, who, document_id)
    return Page(items=[CopyShown.of(row) for row in copies.copies_of(session, document)])


@create("/documents/{document_id}/certified-copies")
def certify(session: Session, who: Actor, document_id: int, body: Certifying) -> CopyShown:
    """Certify a copy of a signed document of our own."""
    document = documents.document_of(session, who, document_id, lock=True)
    made = copies.certify(
        session, who, document, issued_to=body.issued_to, store=house().store, check_page=house().check_page
    )
    return shown(session, CopyShown, made)


@create("/post-lists")
def hand_over(session: Session, who: Actor, body: HandingOver) -> PostListShown:
    """Hand letters over to the post or the courier together; each has left then."""
    made = post.hand_over(session, who, body.channel, body.dispatch_ids)
    return shown(session, PostListShown, made, dispatch_ids=body.dispatch_ids)


@read("/post-lists")
def lists(session: Session, who: Actor, query: ListsWanted) -> Page[PostListShown]:
    """The lists of a day."""
    found = post.lists_of(session, who, query.day or clock.today(who.time_zone))
    return Page(items=[PostListShown.of(made, dispatch_ids=_ids(session, who, made.post_list_id)) for made, _ in found])


@read("/post-lists/{post_list_id}")
def show_list(session: Session, who: Actor, post_list_id: int) -> PostListShown:
    """One list."""
    made = post.list_of(session, who, post_list_id)
    return PostListShown.of(made, dispatch_ids=_ids(session, who, post_list_id))


@read("/post-lists/{post_list_id}/paper", media="application/pdf")
def print_list(session: Session, who: Actor, post_list_id: int) -> Response:
    """The list as it goes with the letters: the postal register, or the courier's book."""
    made = post.list_of(session, who, post_list_id)
    return Answer(dispatch_list(printed_list(session, who, made)).pdf, mimetype="application/pdf")


def _ids(session: Session, who: Actor, post_list_id: int) -> list[int]:
    made = post.list_of(session, who, post_list_id)
    return [sending.dispatch_id for sending, _ in post.on_list(session, who, made)]


def _shown(session: Session, who: Actor, of: Draft | Document, to: addressees.To) -> AddresseeShown:
    """A person's e-mail address is null for those who decide."""
    return AddresseeShown(
        addressee_id=to.addressee_id,
        name=to.name,
        address=reaching.address_of(session, who, of, to.address, to.correspondent_id),
        channel=to.channel,
        correspondent_id=to.correspondent_id,
        for_information=to.copy,
        later=to.later,
    )
