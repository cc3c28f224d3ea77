"""How an arrival ends otherwise than by registration: the end with what it must be told, its papers, the applicant told."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from edms.access.actor import Actor
from edms.registry import arrivals
from edms.registry.endings import ending, taking_back, telling
from edms.registry.endings.words import Fault, ItemKind
from edms.registry.words import ArrivalState, Channel, Tray
from edms.web.api.arrivals import ArrivalShown, after
from edms.web.api.layer import Match, change, create, read
from edms.web.api.shapes import Asked, IsoDay, Line, Reason, Text
from edms.web.desk import ending_papers


class Ending(Asked):
    """How an arrival ends otherwise than by registration.

    Not for registration asks `item`; returned `reason`, sender and `sent_by`, and whether it is a `court`'s matter; forwarded `body`, `reason` and applicant;
    defective `faults` and `members`, who were present.
    """

    state: ArrivalState
    reason: Text | None = None
    item: ItemKind | None = None
    sender_name: Line | None = None
    sender_address: Line | None = None
    body: Line | None = None
    body_address: Line | None = None
    sent_by: Channel | None = None
    faults: Annotated[list[Fault], Field(max_length=20)] = []
    members: Annotated[list[Line], Field(max_length=20)] = []
    court: bool = False


class OnPaper(Asked):
    """Paper that reached the counter and is not scanned: how it came, and what it is called in the tray."""

    channel: Channel = Channel.POST
    source: Annotated[Line | None, Field(max_length=300)] = None


class Told(Asked):
    """When and how the applicant of a forwarded letter was told."""

    on: IsoDay
    by: Channel


class PaperWanted(Asked):
    """Which paper of the end."""

    paper: Literal["mark", "return", "forwarding", "notice", "act"] | None = None


@create("/paper-arrivals")
def take_in(session: Session, who: Actor, body: OnPaper) -> ArrivalShown:
    """Take in what came on paper and has no scan: it waits in the counter's tray, to be registered or to end otherwise."""
    arrival = arrivals.take_in(
        session, who, organisation_id=who.organisation_id or 0, tray=Tray.COUNTER, channel=body.channel, content=None,
        source=body.source,
    )  # fmt: skip
    return after(session, who, arrival)


@change("/arrivals/{arrival_id}/end")
def end(session: Session, who: Actor, arrival_id: int, body: Ending, match: Match) -> ArrivalShown:
    """End an arrival otherwise than by registration, with what that end asks."""
    arrival = arrivals.arrival_of(session, who, arrival_id)
    match.check(session, arrival)
    ending.end(session, who, arrival, state=body.state, told=ending.Ending(**body.model_dump(exclude={"state"})))
    return after(session, who, arrival)


@change("/arrivals/{arrival_id}/take-back")
def take_back(session: Session, who: Actor, arrival_id: int, body: Reason, match: Match) -> ArrivalShown:
    """The end was a mistake: it waits in its tray again; what stood there stays in the history with the reason."""
    arrival = arrivals.arrival_of(session, who, arrival_id)
    match.check(session, arrival)
    taking_back.take_back(session, who, arrival, reason=body.reason)
    return after(session, who, arrival)


@change("/arrivals/{arrival_id}/told")
def tell(session: Session, who: Actor, arrival_id: int, body: Told, match: Match) -> ArrivalShown:
    """Mark that the applicant of a forwarded letter was told in writing."""
    arrival = arrivals.arrival_of(session, who, arrival_id)
    match.check(session, arrival)
    telling.tell(session, who, arrival, on=body.on, by=body.by)
    return after(session, who, arrival)


@read("/arrivals/{arrival_id}/end/paper", media="application/pdf")
def paper(arrival_id: int, query: PaperWanted) -> Response:
    """A paper of how it ended as PDF; without a name the first of `end.papers`."""
    return ending_papers.printed(arrival_id, query.paper)
