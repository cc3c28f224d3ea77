"""How far the reading of a paper is; stopping it, and taking it up again. The pages read so far stay."""

from __future__ import annotations

from sqlalchemy.orm import Session

from edms.access.actor import Actor
from edms.capture import reading, turns
from edms.capture.models import Capture, CaptureState
from edms.errors import NotFound
from edms.registry import arrivals, contents, documents
from edms.registry.models import Arrival, Content, Document
from edms.web.api.layer import act, read
from edms.web.api.shapes import Shown


class ReadingShown(Shown):
    """How far a paper is read: `pages` is None until somebody has looked inside; `reason` says why not all was read."""

    content_id: int
    state: CaptureState
    pages: int | None
    pages_done: int
    reason: str | None


@read("/arrivals/{arrival_id}/reading")
def of_arrival(session: Session, who: Actor, arrival_id: int) -> ReadingShown:
    """How far an arrival is read."""
    _, content = _arrival(session, who, arrival_id)
    return _shown(content, reading.state_of(session, content.content_id))


@act("/arrivals/{arrival_id}/reading/stop")
def stop_arrival(session: Session, who: Actor, arrival_id: int) -> ReadingShown:
    """Stop reading an arrival."""
    arrival, content = _arrival(session, who, arrival_id)
    return _shown(content, turns.stop(session, who, arrival, content))


@act("/arrivals/{arrival_id}/reading/take-up")
def take_up_arrival(session: Session, who: Actor, arrival_id: int) -> ReadingShown:
    """Go on reading an arrival where it was stopped."""
    arrival, content = _arrival(session, who, arrival_id)
    return _shown(content, turns.take_up(session, who, arrival, content))


@read("/documents/{document_id}/contents/{content_id}/reading")
def of_paper(session: Session, who: Actor, document_id: int, content_id: int) -> ReadingShown:
    """How far a paper of a letter is read."""
    _, content = _paper(session, who, document_id, content_id)
    return _shown(content, reading.state_of(session, content_id))


@act("/documents/{document_id}/contents/{content_id}/reading/stop")
def stop_paper(session: Session, who: Actor, document_id: int, content_id: int) -> ReadingShown:
    """Stop reading a paper of a letter."""
    document, content = _paper(session, who, document_id, content_id)
    return _shown(content, turns.stop(session, who, document, content))


@act("/documents/{document_id}/contents/{content_id}/reading/take-up")
def take_up_paper(session: Session, who: Actor, document_id: int, content_id: int) -> ReadingShown:
    """Go on reading a paper of a letter where it was stopped."""
    document, content = _paper(session, who, document_id, content_id)
    return _shown(content, turns.take_up(session, who, document, content))


def _arrival(session: Session, who: Actor, arrival_id: int) -> tuple[Arrival, Content]:
    arrival = arrivals.arrival_of(session, who, arrival_id)
    if arrival.content is None:
        raise NotFound
    return arrival, arrival.content


def _paper(session: Session, who: Actor, document_id: int, content_id: int) -> tuple[Document, Content]:
    document = documents.document_of(session, who, document_id)
    place = next((p for p in contents.papers(session, document) if p.content_id == content_id), None)
    if place is None:
        raise NotFound
    return document, place.content


def _shown(content: Content, state: Capture | None) -> ReadingShown:
    if state is None:
        return ReadingShown(
            content_id=content.content_id, state=CaptureState.WAITING, pages=None, pages_done=0, reason=None
        )
    return ReadingShown(
        content_id=content.content_id, state=state.state, pages=state.pages, pages_done=state.pages_done,
        reason=state.reason,
    )  # fmt: skip
