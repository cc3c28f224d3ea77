"""Whose turn it is to be read: what somebody looks at goes first, what somebody stops waits until it is taken up again.

The pages read so far stay as they are, are shown and found. Who may stop is asked here; whether she may know of the
paper was seen by the caller.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from edms.access.actor import Actor
from edms.access.permissions import Permission
from edms.access.policy import require
from edms.capture.keeping import OVER, documents_of, suggest_for
from edms.capture.models import Capture, CaptureState
from edms.errors import RuleBroken
from edms.events import Event, Subject, record
from edms.jobs import AWAITED, Kind, defer, hurry, withdraw
from edms.registry.models import Arrival, Content, Document

STOPPED = "capture.stopped"
FURTHEST = 900
"""Pages after which a long scan gains no more on those that somebody waits for too."""


@dataclass(frozen=True)
class Progress:
    """How far a reading is that has not ended: pages read, of how many (None: nobody has looked yet), and whether it was
    stopped."""

    content_id: int
    done: int
    pages: int | None
    stopped: bool


def progress(session: Session, content_ids: Collection[int]) -> dict[int, Progress]:
    """The readings among these that have not ended, by content; those whose readers failed are told by their reason."""
    if not content_ids:
        return {}
    found = {
        state.content_id: state for state in session.scalars(select(Capture).where(Capture.content_id.in_(content_ids)))
    }
    told = {}
    for content_id in content_ids:
        state = found.get(content_id)
        if state is None:
            told[content_id] = Progress(content_id, 0, None, False)
        elif state.state in (CaptureState.WAITING, CaptureState.READING, CaptureState.STOPPED):
            stopped = state.state is CaptureState.STOPPED
            told[content_id] = Progress(content_id, state.pages_done, state.pages, stopped)
    return told


def look_forward(session: Session, content_ids: Collection[int]) -> dict[int, Progress]:
    """Somebody looks at these papers: those still to be read have the next turn, the shortest first. Their progress."""
    waiting = progress(session, content_ids)
    for each in waiting.values():
        if not each.stopped:
            priority = AWAITED + FURTHEST - min(each.done, FURTHEST)
            hurry(session, Kind.LOOK_INSIDE, each.content_id, priority=priority)
    return waiting


def stop(session: Session, actor: Actor, thing: Arrival | Document, content: Content) -> Capture:
    """Stop reading a paper of `thing`; what was read stays. Errors: RuleBroken when it is not being read."""
    require(actor, Permission.READING_STOP, thing)
    # Of one that was not begun there is no row yet, at which two could wait for each other.
    begun = insert(Capture).values(content_id=content.content_id, state=CaptureState.WAITING)
    session.execute(begun.on_conflict_do_nothing())
    state = session.get_one(Capture, content.content_id, with_for_update=True, populate_existing=True)
    if state.state in OVER:
        raise RuleBroken("capture.not_being_read")
    state.state, state.reason = CaptureState.STOPPED, STOPPED
    withdraw(session, Kind.LOOK_INSIDE, content.content_id)
    session.flush()  # the guesses hang on its row
    suggest_for(session, state)
    for document_id in documents_of(session, content.content_id):
        defer(session, Kind.INDEX, document_id)
    _record(session, actor, Event.READING_STOPPED, thing, content, state)
    return state


def take_up(session: Session, actor: Actor, thing: Arrival | Document, content: Content) -> Capture:
    """Go on where the reading was stopped. Errors: RuleBroken when it was not."""
    require(actor, Permission.READING_STOP, thing)
    state = session.get(Capture, content.content_id, with_for_update=True)
    if state is None or state.state is not CaptureState.STOPPED:
        raise RuleBroken("capture.not_stopped")
    state.state, state.reason = CaptureState.WAITING, None
    defer(session, Kind.LOOK_INSIDE, content.content_id, organisation_id=content.organisation_id)
    _record(session, actor, Event.READING_TAKEN_UP, thing, content, state)
    return state


def _record(
    session: Session, actor: Actor, event: Event, thing: Arrival | Document, content: Content, state: Capture
) -> None:
    on = {"arrival_id": thing.arrival_id} if isinstance(thing, Arrival) else {"document_id": thing.document_id}
    record(
        session,
        actor,
        event,
        Subject("content", content.content_id, content_id=content.content_id, **on),
        organisation_id=content.organisation_id,
        detail={"name": content.name, "done": state.pages_done, "pages": state.pages},
    )
