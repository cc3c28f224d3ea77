"""What a content that was made of others' pages inherits: text, labels and pictures of every page that was not turned.

Recognising is dear, taking over is not. A page that was turned is read anew, and only that one is kept of the reading.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from edms import clock
from edms.capture import doubts, keeping
from edms.capture.keeping import Begun
from edms.capture.models import Capture, CaptureState, PageLabel, PageText, Rendition, RenditionKind, TextSource
from edms.registry.models import Content
from edms.registry.remaking.plan import Group
from edms.storage.port import ContentStore, Stored

TAKEN_OVER = (
    "text",
    "source",
    "language",
    "confidence",
    "rotation",
    "skew",
    "words",
    "alternatives",
    "blank",
    "reason",
)
LARGEST_PICTURE = 32 << 20


@dataclass(frozen=True)
class Picture:
    """A picture of a page as the new content will have it, its bytes copied."""

    kind: RenditionKind
    page: int
    stored: Stored
    media_type: str
    width: int | None
    height: int | None


def pictures_of(session: Session, content_ids: Collection[int]) -> Mapping[tuple[int, int], Rendition]:
    """The previews of contents, by content and page."""
    found = select(Rendition).where(
        Rendition.content_id.in_(content_ids), Rendition.kind == RenditionKind.PREVIEW, Rendition.page > 0
    )
    return {(row.content_id, row.page): row for row in session.scalars(found)}


def copied(store: ContentStore, sheets: Group, known: Mapping[tuple[int, int], Rendition]) -> list[Picture]:
    """Copies of the pictures of these pages, for those that were not turned; the first is also the small one of lists."""
    made = []
    for number, sheet in enumerate(sheets, start=1):
        row = known.get((sheet.content_id, sheet.page))
        if row is None or sheet.turn:
            continue
        for kind in (RenditionKind.PREVIEW, *((RenditionKind.THUMBNAIL,) if number == 1 else ())):
            with store.open(row.store_key) as stream:
                stored = store.put(stream, limit=LARGEST_PICTURE)
            made.append(Picture(kind, number, stored, row.media_type, row.width, row.height))
    return made


def inherit(session: Session, content: Content, sheets: Group, pictures: Sequence[Picture]) -> None:
    """Give the new content what its pages were read as; what is missing is read by the job that its arrival posts."""
    ids = {sheet.content_id for sheet in sheets}
    found = select(PageText).where(PageText.content_id.in_(ids))
    texts = {(row.content_id, row.page): row for row in session.scalars(found)}
    labels = list(session.scalars(select(PageLabel).where(PageLabel.content_id.in_(ids))))
    missing = []
    for number, sheet in enumerate(sheets, start=1):
        row = texts.get((sheet.content_id, sheet.page))
        if row is None or sheet.turn:
            missing.append(number)
            continue
        own = {name: getattr(row, name) for name in TAKEN_OVER}
        session.add(kept := PageText(content_id=content.content_id, page=number, **own))
        if kept.source is TextSource.OCR:
            doubts.note(session, content, kept)
        here = [each.code for each in labels if (each.content_id, each.page) == (sheet.content_id, sheet.page)]
        session.add_all(PageLabel(content_id=content.content_id, page=number, code=code) for code in here)
    for picture in pictures:
        session.add(
            Rendition(
                content_id=content.content_id, kind=picture.kind, page=picture.page, store_key=picture.stored.key,
                media_type=picture.media_type, width=picture.width, height=picture.height,
            )
        )  # fmt: skip
    _state(session, content, len(sheets), missing)


def _state(session: Session, content: Content, pages: int, missing: list[int]) -> None:
    state = Capture(content_id=content.content_id, state=CaptureState.WAITING, pages=pages, started_at=clock.now())
    # A reading that once ended keeps no page but those that are missing (`keeping.keep`).
    state.pages_done, state.ended_at = (missing[0] - 1 if missing else pages), clock.now()
    session.add(state)
    session.flush()  # the end of the reading looks at its pages
    if not missing:
        begun = Begun(content.content_id, content.organisation_id, content.store_key, [], pages, pages)
        keeping.end(session, begun, None)
