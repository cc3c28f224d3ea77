"""Pictures of pages and downloads of contents: what leaves the store for a browser, and how it is labelled."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from pathlib import PurePath
from typing import Any
from urllib.parse import quote

import structlog
from flask import Response as Answer
from flask import abort, request
from markupsafe import Markup, escape
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from edms.access.actor import Actor
from edms.capture import copies, reading
from edms.capture.models import Rendition, RenditionKind
from edms.capture.shown import shown_pages
from edms.errors import Corrupt, NotFound
from edms.language import Span
from edms.registry import contents
from edms.registry.documents import document_of
from edms.registry.models import Content, Document, DocumentContent
from edms.registry.words import ContentRole
from edms.search.pages import PageHits
from edms.storage.port import PIECE, ContentStore
from edms.web.kit import t

log = structlog.get_logger(__name__)

KINDS = {"preview": RenditionKind.PREVIEW, "thumbnail": RenditionKind.THUMBNAIL}
MOST_PAGES = 2_000
"""Of a paper that is shown; their pictures are fetched as they come into sight."""


def rendition(session: Session, content_id: int | None, page: int, kind: str) -> Rendition:
    """The picture asked for. Errors: 404."""
    found = reading.preview(session, content_id, page, KINDS[kind]) if content_id and kind in KINDS else None
    if found is None:
        abort(404)
    return found


def answer(store: ContentStore, picture: Rendition) -> Response:
    """The picture's bytes."""
    with store.open(picture.store_key) as stream:
        return Answer(stream.read(), mimetype=picture.media_type, headers={"Cache-Control": "private, max-age=3600"})


def document(session: Session, actor: Actor, document_id: int) -> Document:
    """A document within the actor's scope, without noting a reading: for pictures and the page after registering."""
    return document_of(session, actor, document_id)


def first_paper(session: Session, document: Document) -> int | None:
    """The content that is shown first: the signed letter, else the oldest paper."""
    return first_of(contents.papers(session, document))


def first_of(papers: Sequence[DocumentContent]) -> int | None:
    """The same of papers that are at hand."""
    first = next((p for p in papers if p.role is ContentRole.SIGNED), papers[0] if papers else None)
    return first.content_id if first else None


def pages_of_content(
    session: Session,
    content_id: int | None,
    address: Callable[[int, str], str],
    hits: dict[int, PageHits] | None = None,
) -> list[dict[str, Any]]:
    """The pages of a content for the viewer, with boxes over what a search found; a page without picture as text."""
    if content_id is None:
        return []
    pages: list[dict[str, Any]] = []
    for page in shown_pages(session, content_id, most=MOST_PAGES):
        found = (hits or {}).get(page.page)
        one: dict[str, Any] = {"n": page.page, "src": None, "reason": t(page.reason) if page.reason else None}
        if page.preview is not None:
            width, height = page.preview.width or 1, page.preview.height or 1
            spots = found.boxes if found else ()
            boxes = [(b.x * width, b.y * height, b.width * width, b.height * height) for b in spots]
            one |= {"src": address(page.page, "preview"), "width": width, "height": height, "boxes": boxes}
        elif page.text:
            one["text"] = lit(page.text, found.spans if found else ())
        pages.append(one)
    return pages


def lit(text: str, spans: Sequence[Span]) -> Markup:
    """The text with what was found marked; everything else escaped."""
    parts: list[Markup] = []
    at = 0
    for span in spans:
        parts += [
            escape(text[at : span.start]),
            Markup("<mark>"),
            escape(text[span.start : span.end]),
            Markup("</mark>"),
        ]
        at = span.end
    return Markup("").join([*parts, escape(text[at:])])


def download(store: ContentStore, content: Content) -> Response:
    """The original bytes, as an attachment under their own name in any script (RFC 6266, RFC 8187); ranges too."""
    return _sent(store, content, content.store_key, content.name, content.size)


def searchable(session: Session, store: ContentStore, content: Content) -> Callable[[], Response]:
    """What sends the searchable copy of a content, once the transaction is over. Errors: NotFound where there is none."""
    copy = copies.copy_of(session, content.content_id)
    if copy is None:
        raise NotFound
    name, key = f"{PurePath(content.name).stem} (OCR).pdf", copy.store_key
    return lambda: _sent(store, content, key, name, store.size(key))


def _sent(store: ContentStore, content: Content, key: str, name: str, size: int) -> Response:
    start, stop = _range(size)
    headers = {
        "Content-Disposition": f"attachment; filename*=UTF-8''{quote(name, safe='')}",
        "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": "sandbox; default-src 'none'",
        "Accept-Ranges": "bytes",
    }
    if start is not None and stop is not None:
        part = store.range(key, start, stop - start + 1)
        headers["Content-Range"] = f"bytes {start}-{stop}/{size}"
        return Answer(part, 206, mimetype="application/octet-stream", headers=headers)
    stream = store.open(key)
    first = stream.read(PIECE)  # what fits into one piece is proved before a word of it is sent

    def pieces() -> Iterator[bytes]:
        with stream:
            piece = first
            while piece:
                yield piece
                try:
                    piece = stream.read(PIECE)
                except Corrupt:
                    # Half is sent: the line breaks off, and the last piece, unproved, stays here.
                    log.critical("content.corrupt", content_id=content.content_id)
                    raise

    headers["Content-Length"] = str(size)
    return Answer(pieces(), mimetype="application/octet-stream", headers=headers)


def _range(size: int) -> tuple[int | None, int | None]:
    asked = re.fullmatch(r"bytes=(\d+)-(\d*)", request.headers.get("Range", ""))
    if asked is None or int(asked[1]) >= size:
        return None, None
    return int(asked[1]), min(size - 1, int(asked[2]) if asked[2] else size - 1)
