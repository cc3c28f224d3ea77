"""What a hand did within the last ten seconds and can still take back: nobody was told yet."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy.orm import Session

from edms import clock
from edms.access.actor import Actor
from edms.errors import NotFound
from edms.registry import dispatch
from edms.registry.documents import document_of
from edms.registry.models import Dispatch, Document
from edms.registry.words import DispatchState
from edms.routing import resolution, submission
from edms.routing.finding import resolution_of, submission_of
from edms.routing.models import Resolution, ResolutionState, Submission, SubmissionState


class Act(StrEnum):
    """The acts that can be taken back as if they had not been."""

    SUBMISSION = "submission"
    RESOLUTION = "resolution"
    DISPATCH = "dispatch"


@dataclass(frozen=True)
class Undoable:
    """An act that can be taken back for so many seconds more."""

    act: Act
    ident: int
    document: Document
    seconds: int


def undoable(session: Session, actor: Actor, act: Act, ident: int) -> Undoable | None:
    """The act while its ten seconds run, if it was this hand's; else None."""
    try:
        thing = _thing(session, actor, act, ident)
        document = document_of(session, actor, thing.document_id)
    except NotFound:
        return None
    match thing:
        case Submission():
            stands, hand = thing.state is SubmissionState.WAITING, thing.submitted_by_id
        case Resolution():
            stands, hand = thing.state is not ResolutionState.CANCELLED, thing.entered_by_id
        case Dispatch():
            stands, hand = thing.state is DispatchState.WAITING, thing.asked_by_id
    left = _left(thing.not_before)
    if not stands or hand != actor.official_id or left <= 0:
        return None
    return Undoable(act, ident, document, left)


def take_back(session: Session, actor: Actor, act: Act, ident: int) -> int:
    """Take it back; the id of its letter. Errors: NotFound, Forbidden to another hand, RuleBroken when too late."""
    thing = _thing(session, actor, act, ident)
    match thing:
        case Submission():
            submission.take_back(session, actor, thing)
        case Resolution():
            resolution.take_back(session, actor, thing)
        case Dispatch():
            dispatch.take_back(session, actor, thing)
    return thing.document_id


def _thing(session: Session, actor: Actor, act: Act, ident: int) -> Submission | Resolution | Dispatch:
    if act is Act.SUBMISSION:
        return submission_of(session, actor, ident)
    if act is Act.RESOLUTION:
        return resolution_of(session, actor, ident)
    return dispatch.dispatch_of(session, actor, ident)


def _left(not_before: datetime | None) -> int:
    return int((not_before - clock.now()).total_seconds()) if not_before is not None else 0
