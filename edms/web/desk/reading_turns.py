"""How far a long scan is read, said where it lies; and stopping it, or taking it up again."""

from __future__ import annotations

from flask import Blueprint, redirect, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from edms.access.actor import Actor
from edms.access.permissions import Permission
from edms.access.policy import permits
from edms.capture import turns
from edms.capture.turns import Progress
from edms.errors import NotFound, RuleBroken
from edms.registry import arrivals, contents, documents
from edms.registry.models import Arrival, Content, Document
from edms.web.kit.house import house
from edms.web.kit.session import actor

bp = Blueprint("reading_turns", __name__)
ACTS = {"stop": turns.stop, "take-up": turns.take_up}


def awaited(session: Session, who: Actor, thing: Arrival | Document, papers: list[Content]) -> list[dict[str, object]]:
    """The papers on a page that are still to be read, for its template. As somebody waits for them, they come first."""
    found = turns.look_forward(session, [paper.content_id for paper in papers])
    may = bool(found) and permits(who, Permission.READING_STOP, thing)
    return [
        {"name": paper.name, "is": found[paper.content_id], "act": _address(thing, found[paper.content_id]) if may else ""}
        for paper in papers
        if paper.content_id in found
    ]  # fmt: skip


@bp.post("/arrivals/<int:arrival_id>/reading/<any(stop,'take-up'):turn>")
def arrival(arrival_id: int, turn: str) -> Response:
    """Stop or take up the reading of what waits in the tray."""
    with house().transaction() as session:
        found = arrivals.arrival_of(session, actor(), arrival_id)
        if found.content is None:
            raise NotFound
        _act(session, turn, found, found.content)
    return redirect(url_for("register_letter.card", arrival_id=arrival_id), 303)


@bp.post("/letters/<int:document_id>/contents/<int:content_id>/reading/<any(stop,'take-up'):turn>")
def letter(document_id: int, content_id: int, turn: str) -> Response:
    """Stop or take up the reading of a paper of a letter."""
    with house().transaction() as session:
        document = documents.document_of(session, actor(), document_id)
        place = next((p for p in contents.papers(session, document) if p.content_id == content_id), None)
        if place is None:
            raise NotFound
        _act(session, turn, document, place.content)
    return redirect(url_for("letter.page", document_id=document_id), 303)


def _act(session: Session, turn: str, thing: Arrival | Document, content: Content) -> None:
    try:
        ACTS[turn](session, actor(), thing, content)
    except RuleBroken:
        return  # it ended meanwhile, or another was quicker: the page that follows says how it stands


def _address(thing: Arrival | Document, found: Progress) -> str:
    turn = "take-up" if found.stopped else "stop"
    if isinstance(thing, Arrival):
        return url_for("reading_turns.arrival", arrival_id=thing.arrival_id, turn=turn)
    return url_for("reading_turns.letter", document_id=thing.document_id, content_id=found.content_id, turn=turn)
