"""Sending: asked for, sent, served, come back, taken back in ten seconds; what waits to leave."""

from __future__ import annotations

from datetime import date, datetime
from typing import ClassVar

from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from edms import clock
from edms.access.actor import Actor
from edms.registry import correspondents, dispatch
from edms.registry.documents import document_of
from edms.registry.models import Dispatch
from edms.registry.words import Channel, DispatchState
from edms.web.api.layer import Match, change, create, read
from edms.web.api.paging import page, place
from edms.web.api.shapes import Asked, IsoDay, Line, Page, Paged, Reason, Thing, shown
from edms.web.desk import papers as printed


class DispatchShown(Thing):
    """One sending to one addressee, with its proof and day of service."""

    PLACE: ClassVar[str] = "/dispatches/{dispatch_id}"
    dispatch_id: int
    document_id: int
    channel: Channel
    state: DispatchState
    correspondent_id: int | None
    address: str | None
    asked_at: datetime
    asked_by_id: int | None
    not_before: datetime
    sent_at: datetime | None
    served_on: date | None
    proof: str | None
    trouble: str | None


class DispatchAsked(Asked):
    """By which way, to which address; without one, the correspondent's own."""

    channel: Channel
    address: Line | None = None


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
    return page([row for row, _ in rows], query, DispatchShown.of, lambda row: (row.dispatch_id,))


@read("/dispatches/post-list", media="application/pdf")
def post_list() -> Response:
    """What waits to leave by post or courier, as the list that goes with the letters."""
    return printed.post_list()


@read("/documents/{document_id}/dispatches")
def of_document(session: Session, who: Actor, document_id: int) -> Page[DispatchShown]:
    """Every sending of a letter, in order."""
    document = document_of(session, who, document_id)
    return Page(items=[DispatchShown.of(row) for row in dispatch.sendings(session, document)])


@create("/documents/{document_id}/dispatches")
def ask(session: Session, who: Actor, document_id: int, body: DispatchAsked) -> DispatchShown:
    """Put a signed letter on its way; it leaves in ten seconds at the earliest."""
    document = document_of(session, who, document_id, lock=True)
    to = document.correspondent_id
    correspondent = correspondents.correspondent_of(session, who, to) if to is not None else None
    address = body.address or (document.correspondent_address if body.channel is not Channel.EMAIL else None)
    made = dispatch.ask(session, who, document, channel=body.channel, correspondent=correspondent, address=address)
    return shown(session, DispatchShown, made)


@read("/dispatches/{dispatch_id}")
def show(session: Session, who: Actor, dispatch_id: int) -> DispatchShown:
    """One sending."""
    return DispatchShown.of(dispatch.dispatch_of(session, who, dispatch_id))


@change("/dispatches/{dispatch_id}/sent")
def sent(session: Session, who: Actor, dispatch_id: int, body: Sent, match: Match) -> DispatchShown:
    """It left."""
    row = _matched(session, who, dispatch_id, match)
    today = clock.today(who.time_zone) if row.channel is Channel.COUNTER else None
    dispatch.sent(session, who, row, proof=body.proof, served_on=today)
    return shown(session, DispatchShown, row)


@change("/dispatches/{dispatch_id}/served")
def served(session: Session, who: Actor, dispatch_id: int, body: Served, match: Match) -> DispatchShown:
    """The addressee has it since that day."""
    row = _matched(session, who, dispatch_id, match)
    dispatch.served(session, who, row, on=body.on, proof=body.proof)
    return shown(session, DispatchShown, row)


@change("/dispatches/{dispatch_id}/came-back")
def came_back(session: Session, who: Actor, dispatch_id: int, body: Reason, match: Match) -> DispatchShown:
    """It came back, and why."""
    row = _matched(session, who, dispatch_id, match)
    dispatch.came_back(session, who, row, reason=body.reason)
    return shown(session, DispatchShown, row)


@change("/dispatches/{dispatch_id}/take-back")
def take_back(session: Session, who: Actor, dispatch_id: int, match: Match) -> DispatchShown:
    """Undo it before it left."""
    row = _matched(session, who, dispatch_id, match)
    dispatch.take_back(session, who, row)
    return shown(session, DispatchShown, row)


def _matched(session: Session, who: Actor, dispatch_id: int, match: Match) -> Dispatch:
    row = dispatch.dispatch_of(session, who, dispatch_id)
    document_of(session, who, row.document_id, lock=True)
    match.check(session, row)
    return row
