"""A PDF brought to be signed: taken in with the draft's form, laid beside its plain copy, agreed to."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from edms.access.permissions import Permission
from edms.access.policy import permits, require
from edms.drafting import drafts
from edms.drafting.brought import papers
from edms.drafting.brought.models import BroughtPaper
from edms.drafting.brought.papers import Brought
from edms.drafting.models import DraftState
from edms.errors import NotFound
from edms.registry.models import Content
from edms.web.desk import pictures
from edms.web.kit.house import house
from edms.web.kit.session import actor

bp = Blueprint("bringing", __name__, url_prefix="/drafts/<int:draft_id>/brought")
FIELD = "file"
SIDES = ("original", "plain")


def taken(draft_id: int | None = None) -> Brought | None:
    """The file that came with a draft's form, made plain while no transaction is open; None when none came.

    Errors: Invalid (file); NotFound and Forbidden for a draft that is not the actor's to write, before a byte is kept.
    """
    file = request.files.get(FIELD) if request.method == "POST" else None
    if file is None or not file.filename:
        return None
    if draft_id is not None:
        with house().transaction() as session:
            require(actor(), Permission.DRAFT_WRITE, drafts.draft_of(session, actor(), draft_id))
    stored = house().store.put(file.stream, limit=house().settings.upload_limit_bytes)
    return papers.looked_over(house().store, stored, file.filename)


@bp.get("/")
def page(draft_id: int) -> str:
    """What came and what can be signed, beside each other, with every place that looks otherwise."""
    with house().transaction() as session:
        draft = drafts.draft_of(session, actor(), draft_id)
        paper = papers.paper_of(session, draft)
        writes = permits(actor(), Permission.DRAFT_WRITE, draft) and draft.state is DraftState.WRITING
        return render_template(
            "desk/brought.html",
            draft=draft,
            paper=paper,
            name=session.get_one(Content, paper.original_content_id).name,
            original=_pages(session, draft_id, paper, "original"),
            plain=_pages(session, draft_id, paper, "plain"),
            changed=sorted({place["page"] for place in paper.places}),
            writes=writes,
        )


@bp.post("/agree")
def agree(draft_id: int) -> Response:
    """Both were seen; the plain one is what shall be signed."""
    with house().transaction() as session:
        draft = drafts.draft_of(session, actor(), draft_id, lock=True)
        papers.agree(session, actor(), draft, papers.paper_of(session, draft))
    return redirect(url_for("writing.page", draft_id=draft_id), 303)


@bp.get("/<any(original, plain):side>")
def download(draft_id: int, side: str) -> Response:
    """The file as it came, or its plain copy."""
    with house().transaction() as session:
        paper = papers.paper_of(session, drafts.draft_of(session, actor(), draft_id))
        content = session.get_one(Content, _content_id(paper, side))
    return pictures.download(house().store, content)


@bp.get("/<any(original, plain):side>/page/<int:number>/<kind>")
def picture(draft_id: int, side: str, number: int, kind: str) -> Response:
    """The picture of a page of either."""
    with house().transaction() as session:
        paper = papers.paper_of(session, drafts.draft_of(session, actor(), draft_id))
        found = pictures.rendition(session, _content_id(paper, side), number, kind)
    return pictures.answer(house().store, found)


def _content_id(paper: BroughtPaper, side: str) -> int:
    if side not in SIDES:
        raise NotFound
    return paper.original_content_id if side == "original" else paper.plain_content_id


def _pages(session: Session, draft_id: int, paper: BroughtPaper, side: str) -> list[dict[str, Any]]:
    """The pages of one of the two for the viewer, with boxes over the places that differ."""
    pages = pictures.pages_of_content(
        session,
        _content_id(paper, side),
        lambda n, kind: url_for("bringing.picture", draft_id=draft_id, side=side, number=n, kind=kind),
    )
    for one in pages:
        width, height = one.get("width") or 1, one.get("height") or 1
        here = [place for place in paper.places if place["page"] == one["n"]]
        one["boxes"] = [(p["x"] * width, p["y"] * height, p["width"] * width, p["height"] * height) for p in here]
    return pages
