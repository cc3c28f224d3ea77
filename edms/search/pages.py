"""Hits on the pages of one document: the words as they are written there, and where they stand in the page's picture."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from edms.access.actor import Actor
from edms.capture.models import PageText
from edms.language import Query, Span, highlights, query_terms
from edms.registry.documents import document_of
from edms.search.projection import papers

MOST_PAGES = 2_000


@dataclass(frozen=True)
class Box:
    """A word in the page's picture: left, top, width, height as fractions of the page, and the word as read."""

    x: float
    y: float
    width: float
    height: float
    text: str


@dataclass(frozen=True)
class PageHits:
    """The hits of one page: spans of its text, their distinct written forms, and boxes where the words have places."""

    content_id: int
    page: int
    spans: tuple[Span, ...]
    forms: tuple[str, ...]
    boxes: tuple[Box, ...]


def hits_in_document(
    session: Session, actor: Actor, document_id: int, text: str, *, any_script: bool = False
) -> list[PageHits]:
    """Every page of the document that answers the query, in reading order. Errors: NotFound."""
    document_of(session, actor, document_id)
    query = query_terms(text, any_script=any_script)
    if not query.wanted:
        return []
    held = papers([document_id])
    found = (
        select(PageText.content_id, PageText.page, PageText.text, PageText.words)
        .where(PageText.content_id.in_(select(held.c.content_id)))
        .order_by(PageText.content_id, PageText.page)
        .limit(MOST_PAGES)
        .execution_options(yield_per=50)
    )
    hits = (_page_hits(query, *row) for row in session.execute(found))
    return [hit for hit in hits if hit.spans or hit.boxes]


def _page_hits(query: Query, content_id: int, page: int, text: str, words: Sequence[Any]) -> PageHits:
    spans = highlights(text, query)
    forms = dict.fromkeys(text[start:end] for start, end in spans)
    return PageHits(content_id, page, tuple(spans), tuple(forms), tuple(boxes_of(words, query)))


def boxes_of(words: Sequence[Any], query: Query) -> list[Box]:
    """The boxes of the words that answer. `words`: [text, x, y, width, height, confidence], see `PageText.words`.

    They are read as one text again, with line breaks where the next word starts further left, so that phrases and words
    broken at a line's end are lit whole.
    """
    starts: list[int] = []
    pieces: list[str] = []
    at = 0
    for i, word in enumerate(words):
        starts.append(at)
        goes_back = i + 1 < len(words) and float(words[i + 1][1]) < float(word[1])
        piece = str(word[0]) + ("\n" if goes_back else " ")
        pieces.append(piece)
        at += len(piece)
    lit = highlights("".join(pieces), query)
    boxes: list[Box] = []
    nth = 0
    for start, word in zip(starts, words, strict=True):
        end = start + len(str(word[0]))
        while nth < len(lit) and lit[nth].end <= start:
            nth += 1
        if nth < len(lit) and lit[nth].start < end:
            boxes.append(Box(float(word[1]), float(word[2]), float(word[3]), float(word[4]), str(word[0])))
    return boxes
