"""A PDF brought as a draft's paper: the bare bytes sent, what was made of them told, the difference agreed to."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from urllib.parse import unquote

from flask import request
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from edms.access.actor import Actor
from edms.access.permissions import Permission
from edms.access.policy import require
from edms.drafting import drafts
from edms.drafting.brought import papers
from edms.drafting.brought.models import BroughtPaper
from edms.drafting.models import Draft
from edms.registry.models import Content
from edms.web.api.layer import Match, change, read
from edms.web.api.shapes import Shown
from edms.web.desk import pictures
from edms.web.kit.house import house


class PlaceShown(Shown):
    """A place that looks otherwise: parts of the page's width and height, from its upper left corner."""

    page: int
    x: float
    y: float
    width: float
    height: float


class UnseenShown(Shown):
    """What is typed into a field and cannot be read on the page."""

    page: int
    value: str


class BroughtShown(Shown):
    """What came and what was made of it. `waits` until its author has agreed to what looks otherwise."""

    draft_id: int
    name: str
    pages: int
    found: list[str]
    places: list[PlaceShown]
    unseen: list[UnseenShown]
    original_sha256: str
    sha256: str
    waits: bool
    brought_at: datetime
    agreed_at: datetime | None


@read("/drafts/{draft_id}/brought")
def show(session: Session, who: Actor, draft_id: int) -> BroughtShown:
    """The PDF that was brought for a draft."""
    return _of(session, drafts.draft_of(session, who, draft_id))


@change(
    "/drafts/{draft_id}/brought", "PUT", takes_bytes=True, headers={"X-File-Name": "The name, percent-encoded UTF-8."}
)
def bring(who: Actor, draft_id: int, match: Match) -> BroughtShown:
    """Let this PDF be the draft's paper. The body is the file itself; it is made plain and compared at once."""
    with house().transaction() as session:
        _locked(session, who, draft_id, match)  # before a byte is stored, not after
    request.max_content_length = limit = house().settings.upload_limit_bytes
    stored = house().store.put(request.stream, limit=limit)
    name = unquote(request.headers.get("X-File-Name", "")) or "-"
    brought = papers.looked_over(house().store, stored, name)
    with house().transaction() as session:
        draft = _locked(session, who, draft_id, match)
        papers.bring(session, who, draft, brought)
        session.flush()
        return _of(session, draft)


@change("/drafts/{draft_id}/brought/agree")
def agree(session: Session, who: Actor, draft_id: int, match: Match) -> BroughtShown:
    """Both were seen; the plain copy is what shall be signed."""
    draft = _locked(session, who, draft_id, match)
    papers.agree(session, who, draft, papers.paper_of(session, draft))
    session.flush()
    return _of(session, draft)


@read("/drafts/{draft_id}/brought/original", media="application/pdf")
def original(session: Session, who: Actor, draft_id: int) -> Response:
    """The file as it came."""
    paper = papers.paper_of(session, drafts.draft_of(session, who, draft_id))
    return pictures.download(house().store, session.get_one(Content, paper.original_content_id))


@read("/drafts/{draft_id}/brought/plain", media="application/pdf")
def plain(session: Session, who: Actor, draft_id: int) -> Response:
    """The plain copy, without the page for the signatures."""
    paper = papers.paper_of(session, drafts.draft_of(session, who, draft_id))
    return pictures.download(house().store, session.get_one(Content, paper.plain_content_id))


def _locked(session: Session, who: Actor, draft_id: int, match: Match) -> Draft:
    draft = drafts.draft_of(session, who, draft_id, lock=True)
    require(who, Permission.DRAFT_WRITE, draft)
    match.check(session, draft)
    return draft


def _of(session: Session, draft: Draft) -> BroughtShown:
    paper: BroughtPaper = papers.paper_of(session, draft)
    first, made = (session.get_one(Content, one) for one in (paper.original_content_id, paper.plain_content_id))
    more: dict[str, Any] = {
        "places": [PlaceShown(**place) for place in paper.places],
        "unseen": [UnseenShown(**each) for each in paper.unseen],
    }
    return BroughtShown(
        draft_id=draft.draft_id, name=first.name, pages=paper.pages, found=paper.found,
        original_sha256=first.sha256.hex(), sha256=made.sha256.hex(), waits=paper.waits,
        brought_at=paper.brought_at, agreed_at=paper.agreed_at, **more,
    )  # fmt: skip
