"""The lines of an answer: each document with its summary lit, and the passage of its papers that answers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import BigInteger, any_, bindparam, func, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session, selectinload

from edms.access.actor import Actor
from edms.access.scope import visible
from edms.capture.models import PageText
from edms.language import Query, Span, highlights, snippet
from edms.registry.models import Document
from edms.search.projection import papers

_FIRST_PAGES = 3  # of each document, looked through at once
_LETTERS_OF_PAGE = 8_000
_FURTHER_PAGES = 200
_LETTERS_IN_ALL = 200_000  # looked through for one answer; beyond it lines come without a passage


@dataclass(frozen=True)
class Passage:
    """A piece of a page with its hits; `page` counts from 1 within the content."""

    content_id: int
    page: int
    text: str
    spans: tuple[Span, ...]


@dataclass(frozen=True)
class Hit:
    """One line: the document, what is lit in its summary, correspondent and number, and a passage of its papers."""

    document: Document
    summary: tuple[Span, ...]
    correspondent: tuple[Span, ...]
    number: tuple[Span, ...]
    passage: Passage | None


def cards(session: Session, actor: Actor, document_ids: Sequence[int]) -> Sequence[Any]:
    """What stands on the cards of those documents that the actor may know of, the newest first."""
    ids = bindparam("ids", list(document_ids), type_=ARRAY(BigInteger))
    columns = (
        Document.number, Document.correspondent_id, Document.correspondent_name, Document.summary, Document.case_index,
    )  # fmt: skip
    newest = (Document.registered_at.desc(), Document.document_id.desc())
    found = select(*columns).where(Document.document_id == any_(ids), visible(actor, Document.readers))
    return session.execute(found.order_by(*newest)).all()


def lit_lines(session: Session, query: Query, document_ids: Sequence[int], *, passages: bool = True) -> list[Hit]:
    """The lines of documents that the caller has made sure the reader may see, in the order given."""
    found = (
        select(Document)
        .where(Document.document_id.in_(document_ids))
        .options(selectinload(Document.register), selectinload(Document.correspondent))
    )
    documents = {document.document_id: document for document in session.scalars(found)}
    seen = _passages(session, query, document_ids) if passages and query.wanted else {}
    return [
        Hit(
            document=document,
            summary=tuple(highlights(document.summary, query)),
            correspondent=tuple(highlights(document.correspondent_name or "", query)),
            number=tuple(highlights(document.number, query)),
            passage=seen.get(document.document_id),
        )
        for document_id in document_ids
        if (document := documents.get(document_id)) is not None
    ]


def _passages(session: Session, query: Query, document_ids: Sequence[int]) -> dict[int, Passage]:
    """The first answering page of each document: the first pages of all in one reading, then further ones as needed."""
    left = _LETTERS_IN_ALL
    found: dict[int, Passage] = {}
    pages: dict[int, int] = {}
    for document_id, content_id, page, text in _pages(session, document_ids, 0, _FIRST_PAGES):
        pages[document_id] = pages.get(document_id, 0) + 1
        if document_id not in found and (passage := _passage(query, content_id, page, text)):
            found[document_id] = passage
        left -= len(text)
    for document_id in document_ids:
        if document_id in found or pages.get(document_id, 0) < _FIRST_PAGES:
            continue
        for _, content_id, page, text in _pages(session, [document_id], _FIRST_PAGES, _FURTHER_PAGES):
            if left < 0:
                return found
            left -= len(text)
            if passage := _passage(query, content_id, page, text):
                found[document_id] = passage
                break
    return found


def _pages(session: Session, document_ids: Sequence[int], skip: int, limit: int) -> list[tuple[int, int, int, str]]:
    held = papers(document_ids)
    nth = (
        func.row_number()
        .over(partition_by=held.c.document_id, order_by=(PageText.content_id, PageText.page))
        .label("nth")
    )
    numbered = (
        select(held.c.document_id, PageText.page_text_id, nth)
        .join(PageText, PageText.content_id == held.c.content_id)
        .subquery()
    )
    found = (
        select(
            numbered.c.document_id,
            PageText.content_id,
            PageText.page,
            func.left(PageText.text, _LETTERS_OF_PAGE),
        )
        .join(PageText, PageText.page_text_id == numbered.c.page_text_id)
        .where(numbered.c.nth > skip, numbered.c.nth <= skip + limit)
        .order_by(numbered.c.document_id, numbered.c.nth)
    )
    return [(int(a), int(b), int(c), str(d)) for a, b, c, d in session.execute(found)]


def _passage(query: Query, content_id: int, page: int, text: str) -> Passage | None:
    piece, spans = snippet(text, query)
    return Passage(content_id, page, piece, tuple(spans)) if spans else None
