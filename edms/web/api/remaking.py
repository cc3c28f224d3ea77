"""Scans made anew from their pages: divided, joined, put in order; and taken back while nothing of it is registered."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, ClassVar, Literal

from pydantic import Field
from sqlalchemy.orm import Session

from edms.access.actor import Actor
from edms.access.permissions import Permission
from edms.access.policy import require
from edms.capture import remaking as bytes_of
from edms.errors import RuleBroken
from edms.registry import arrivals, documents
from edms.registry.models import Arrival, Content
from edms.registry.remaking import acts
from edms.registry.remaking.models import Remaking, RemakingKind
from edms.registry.remaking.plan import MOST_PAGES, Sheet
from edms.registry.words import ArrivalState
from edms.web.api.layer import Match, change, read
from edms.web.api.shapes import Asked, Id, Thing, shown
from edms.web.kit.house import house


class SheetGiven(Asked):
    """A page of a waiting scan, from 1, and the degrees clockwise by which it is turned."""

    arrival_id: Id
    page: Annotated[int, Field(ge=1, le=10_000)]
    turn: Literal[0, 90, 180, 270] = 0


class RemakingGiven(Asked):
    """The scans to be made, each with its pages in order. Every page of every scan that is named stands there once."""

    scans: Annotated[
        list[Annotated[list[SheetGiven], Field(min_length=1, max_length=MOST_PAGES)]],
        Field(min_length=1, max_length=MOST_PAGES),
    ]


class RemakingShown(Thing):
    """What was made of which scans; `document_id` where it was the scan of a letter."""

    PLACE: ClassVar[str] = "/remakings/{remaking_id}"
    remaking_id: int
    kind: RemakingKind
    document_id: int | None
    made_at: datetime
    made_by_id: int | None
    undone_at: datetime | None
    sources: list[int]
    made: list[int]


@change("/arrivals/{arrival_id}/remake")
def remake(session: Session, who: Actor, arrival_id: int, body: RemakingGiven, match: Match) -> RemakingShown:
    """Divide a waiting scan, join it with others, or put its pages in order. A signed PDF is never cut."""
    match.check(session, first := arrivals.arrival_of(session, who, arrival_id))
    named = dict.fromkeys([arrival_id, *(sheet.arrival_id for scan in body.scans for sheet in scan)])
    sources = [first, *(arrivals.arrival_of(session, who, other) for other in list(named)[1:])]
    contents = {each.arrival_id: _content(who, each) for each in sources}
    groups = [[Sheet(contents[s.arrival_id].content_id, s.page, s.turn) for s in scan] for scan in body.scans]
    wanted = bytes_of.plan(session, list(contents.values()), groups)
    new = bytes_of.enter(session, who, wanted, bytes_of.make(house().store, wanted))
    return _shown(session, acts.remake(session, who, sources, wanted.kind, new))


@read("/remakings/{remaking_id}")
def show(session: Session, who: Actor, remaking_id: int) -> RemakingShown:
    """One act on scans."""
    return _shown(session, _act(session, who, remaking_id))


@change("/remakings/{remaking_id}/undo")
def undo(session: Session, who: Actor, remaking_id: int, match: Match) -> RemakingShown:
    """Take it back: the scans wait again as they came, what was made of them ends."""
    act = _act(session, who, remaking_id)
    match.check(session, act)
    acts.undo(session, who, act)
    return _shown(session, act)


def _act(session: Session, who: Actor, remaking_id: int) -> Remaking:
    act = acts.remaking_of(session, who, remaking_id)
    if act.document_id is not None:
        documents.document_of(session, who, act.document_id)
    return act


def _content(who: Actor, arrival: Arrival) -> Content:
    require(who, Permission.ARRIVAL_REMAKE, arrival)
    if arrival.content is None:
        raise RuleBroken("registry.nothing_to_join")
    if arrival.state is not ArrivalState.WAITING:
        raise RuleBroken("registry.arrival_ended", state=arrival.state.value)
    return arrival.content


def _shown(session: Session, act: Remaking) -> RemakingShown:
    lying = {made: [p.arrival_id for p in act.parts if p.made is made and p.arrival_id] for made in (False, True)}
    return shown(session, RemakingShown, act, sources=lying[False], made=lying[True])
