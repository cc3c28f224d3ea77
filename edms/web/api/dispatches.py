"""Sending: asked for, sent, served, come back, taken back in ten seconds; what waits to leave."""

from __future__ import annotations

from datetime import date, datetime
from typing import ClassVar

from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from edms import clock
from edms.access.actor import Actor
from edms.errors import NotFound
from edms.registry import dispatch, reaching
from edms.registry.documents import document_of
from edms.registry.going_out import addressees, neighbours, post, service
from edms.registry.models import Dispatch
from edms.registry.words import Channel, DispatchState
from edms.staff.models import Organisation
from edms.web.api.layer import Match, change, create, read
from edms.web.api.paging import page, place
from edms.web.api.shapes import Asked, Id, IsoDay, Line, Page, Paged, Reason, Thing
from edms.web.desk import papers as printed
from edms.web.kit.session import actor


class DispatchShown(Thing):
    """One sending to one addressee (null: the one on the card), with its proof and day of service.

    `presumed_on` is the day on which the law counts a posted letter as served, while none is proven. A person's e-mail
    address is null for those who decide.
    """

    PLACE: ClassVar[str] = "/dispatches/{dispatch_id}"
    dispatch_id: int
    document_id: int
    channel: Channel
    state: DispatchState
    correspondent_id: int | None
    addressee_id: int | None
    address: str | None
    asked_at: datetime
    asked_by_id: int | None
    not_before: datetime
    sent_at: datetime | None
    served_on: date | None
    presumed_on: date | None
    proof: str | None
    post_list_id: int | None
    trouble: str | None


class DispatchAsked(Asked):
    """By which way, to which address and addressee; without one, the card's and the correspondent's own.

    `organisation_id` is an organisation of this system, for the exchange.
    """

    channel: Channel
    address: Line | None = None
    addressee_id: Id | None = None
    organisation_id: Id | None = None


class Coded(Asked):
    """The post's own number of the letter."""

    code: Line


class Sent(Asked):
    """The post's number, or the like. By hand it is served at once."""

    proof: Line | None = None


class Served(Asked):
    """On which day, and by what it is shown."""

    on: IsoDay
    proof: Line | None = None


class DispatchesWanted(Paged):
    """Only these ways."""

    channel: list[Channel] = []


@read("/dispatches")
def index(session: Session, who: Actor, query: DispatchesWanted) -> Page[DispatchShown]:
    """What waits to leave, in the order of asking."""
    after = place(query, int)
    start = after[0] if after else 0
    rows = dispatch.to_send(session, who, channels=query.channel, after=start, limit=query.limit + 1)
    return page([row for row, _ in rows], query, lambda row: _of(session, row), lambda row: (row.dispatch_id,))


@read("/dispatches/post-list", media="application/pdf")
def post_list() -> Response:
    """What waits to leave by post or courier, as the list that goes with the letters."""
    return printed.post_list()


@read("/documents/{document_id}/dispatches")
def of_document(session: Session, who: Actor, document_id: int) -> Page[DispatchShown]:
    """Every sending of a letter, in order."""
    document = document_of(session, who, document_id)
    return Page(items=[_of(session, row) for row in dispatch.sendings(session, document)])


@create("/documents/{document_id}/dispatches")
def ask(session: Session, who: Actor, document_id: int, body: DispatchAsked) -> DispatchShown:
    """Put a signed letter on its way; it leaves in ten seconds at the earliest."""
    document = document_of(session, who, document_id, lock=True)
    to = next((to for to in addressees.of_document(session, document) if to.addressee_id == body.addressee_id), None)
    if to is None and body.addressee_id is not None:
        raise NotFound
    correspondent = dispatch.known(session, to.correspondent_id if to is not None else document.correspondent_id)
    if body.organisation_id is not None:
        correspondent = neighbours.card_of(session, who, body.organisation_id, document.language)
    address = body.address or (to.address if to is not None else None)
    made = dispatch.ask(
        session, who, document, channel=body.channel, correspondent=correspondent, address=address,
        addressee_id=body.addressee_id,
    )  # fmt: skip
    return _shown(session, made)


@read("/dispatches/{dispatch_id}")
def show(session: Session, who: Actor, dispatch_id: int) -> DispatchShown:
    """One sending."""
    return _of(session, dispatch.dispatch_of(session, who, dispatch_id))


@change("/dispatches/{dispatch_id}/sent")
def sent(session: Session, who: Actor, dispatch_id: int, body: Sent, match: Match) -> DispatchShown:
    """It left."""
    row = _matched(session, who, dispatch_id, match)
    today = clock.today(who.time_zone) if row.channel is Channel.COUNTER else None
    dispatch.sent(session, who, row, proof=body.proof, served_on=today)
    return _shown(session, row)


@change("/dispatches/{dispatch_id}/served")
def served(session: Session, who: Actor, dispatch_id: int, body: Served, match: Match) -> DispatchShown:
    """The addressee has it since that day."""
    row = _matched(session, who, dispatch_id, match)
    dispatch.served(session, who, row, on=body.on, proof=body.proof)
    return _shown(session, row)


@change("/dispatches/{dispatch_id}/came-back")
def came_back(session: Session, who: Actor, dispatch_id: int, body: Reason, match: Match) -> DispatchShown:
    """It came back, and why."""
    row = _matched(session, who, dispatch_id, match)
    dispatch.came_back(session, who, row, reason=body.reason)
    return _shown(session, row)


@change("/dispatches/{dispatch_id}/take-back")
def take_back(session: Session, who: Actor, dispatch_id: int, match: Match) -> DispatchShown:
    """Undo it before it left."""
    row = _matched(session, who, dispatch_id, match)
    dispatch.take_back(session, who, row)
    return _shown(session, row)


@change("/dispatches/{dispatch_id}/leave-at-that")
def leave_at_that(session: Session, who: Actor, dispatch_id: int, body: Reason, match: Match) -> DispatchShown:
    """It came back or could not be sent, and nothing more is tried."""
    row = _matched(session, who, dispatch_id, match)
    dispatch.leave_at_that(session, who, row, reason=body.reason)
    return _shown(session, row)


@change("/dispatches/{dispatch_id}/code")
def code(session: Session, who: Actor, dispatch_id: int, body: Coded, match: Match) -> DispatchShown:
    """Note the post's number of a letter that waits."""
    row = _matched(session, who, dispatch_id, match)
    post.code(session, who, row, body.code)
    return _shown(session, row)


def _of(session: Session, row: Dispatch) -> DispatchShown:
    organisation = session.get_one(Organisation, row.organisation_id)
    address = reaching.address_of(session, actor(), row, row.address, row.correspondent_id)
    return DispatchShown.of(row, address=address, presumed_on=service.presumed_on(row, organisation))


def _shown(session: Session, row: Dispatch) -> DispatchShown:
    session.flush()
    return _of(session, row)


def _matched(session: Session, who: Actor, dispatch_id: int, match: Match) -> Dispatch:
    row = dispatch.dispatch_of(session, who, dispatch_id)
    document_of(session, who, row.document_id, lock=True)
    match.check(session, row)
    return row
