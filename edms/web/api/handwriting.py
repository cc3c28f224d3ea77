"""Resolutions written by hand: who may enter whose, and entered with their scan."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from sqlalchemy.orm import Session

from edms.access.actor import Actor
from edms.errors import Invalid
from edms.registry import contents
from edms.registry.documents import document_of
from edms.routing import handwritten
from edms.routing.naming import Executor
from edms.staff import entrusting
from edms.staff.officials import official_of
from edms.web.api.layer import Match, change, create, read
from edms.web.api.resolutions import Executors, ResolutionShown, resolution_shown
from edms.web.api.shapes import Asked, Id, IsoDay, Page, Text, Thing, shown


class EntrustmentShown(Thing):
    """A head lets a secretary enter what she writes by hand."""

    PLACE: ClassVar[str] = "/entrustments/{entrustment_id}"
    entrustment_id: int
    head_id: int
    secretary_id: int
    given_at: datetime
    ended_at: datetime | None


class Entrusting(Asked):
    """Whom."""

    secretary_id: Id


class Handwritten(Asked):
    """What the head wrote. `content_id`: the scan, one of the letter's papers."""

    head_id: Id
    content_id: Id
    text: Text = ""
    executors: Executors = []
    due_on: IsoDay | None = None
    to_file: bool = False


@read("/entrustments")
def index(session: Session, who: Actor) -> Page[EntrustmentShown]:
    """Those who may enter mine, and those whose I may enter."""
    return Page(items=[EntrustmentShown.of(row) for row in entrusting.entrustments(session, who)])


@create("/entrustments")
def entrust(session: Session, who: Actor, body: Entrusting) -> EntrustmentShown:
    """Let a secretary of mine enter what I write by hand."""
    made = entrusting.entrust(session, who, official_of(session, who, body.secretary_id))
    return shown(session, EntrustmentShown, made)


@read("/entrustments/{entrustment_id}")
def show(session: Session, who: Actor, entrustment_id: int) -> EntrustmentShown:
    """One of mine."""
    return EntrustmentShown.of(entrusting.entrustment_of(session, who, entrustment_id))


@change("/entrustments/{entrustment_id}/end")
def end(session: Session, who: Actor, entrustment_id: int, match: Match) -> EntrustmentShown:
    """No longer, from now on."""
    row = entrusting.entrustment_of(session, who, entrustment_id)
    match.check(session, row)
    entrusting.end(session, who, row)
    return shown(session, EntrustmentShown, row)


@create("/documents/{document_id}/handwritten")
def enter(session: Session, who: Actor, document_id: int, body: Handwritten) -> ResolutionShown:
    """Enter what a head wrote by hand, as her secretary."""
    document = document_of(session, who, document_id, lock=True)
    handwritten.require_entrusted(session, who, document, body.head_id)
    place = next((p for p in contents.papers(session, document) if p.content_id == body.content_id), None)
    if place is None:
        raise Invalid(fields={"content_id": "routing.handwriting_needs_scan"})
    made = handwritten.enter(
        session, who, document, head=body.head_id, scan=place.content, text=body.text,
        executors=[Executor(each.official_id, each.purpose) for each in body.executors], due_on=body.due_on,
        to_file=body.to_file,
    )  # fmt: skip
    return resolution_shown(session, made)
