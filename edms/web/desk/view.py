"""The letter itself on a page: its pictures, with what a search found lit, and its line."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import url_for
from sqlalchemy.orm import Session

from edms import clock
from edms.access.actor import Actor
from edms.overview.line import lines_of
from edms.registry import attached
from edms.registry.models import Content, Document, DocumentContent
from edms.search.pages import PageHits
from edms.web.desk import pictures, showing
from edms.web.kit import Line


def line_of(session: Session, who: Actor, document: Document) -> Line:
    """The letter's line."""
    return showing.line(lines_of(session, [document], clock.today(who.time_zone))[0])


def pages_of(
    session: Session,
    document: Document,
    hits: list[PageHits] | None = None,
    papers: Sequence[DocumentContent] | None = None,
) -> list[dict[str, Any]]:
    """The pages of the paper that is shown first; `papers` are the letter's where they are at hand."""
    content_id = pictures.first_paper(session, document) if papers is None else pictures.first_of(papers)
    if content_id is not None:
        content_id = attached.unwrapped(session, session.get_one(Content, content_id)).content_id
    by_page = {hit.page: hit for hit in hits or [] if hit.content_id == content_id}
    return pictures.pages_of_content(
        session,
        content_id,
        lambda n, k: url_for("letter.picture", document_id=document.document_id, content_id=content_id, page=n, kind=k),
        by_page,
    )
