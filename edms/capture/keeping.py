"""What is kept of a reading: its state, pages, pictures, attachments, guesses. Each call is one transaction of the caller's.

The row of the reading is locked before a page is kept: two workers on one content, the second because the first was
taken for dead, leave each page once.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from sqlalchemy import delete, exists, func, literal, select
from sqlalchemy.orm import Session, aliased

from edms import clock
from edms.access.actor import Actor
from edms.capture import copies, doubts, suggestions
from edms.capture.models import (
    Capture,
    CaptureState,
    PageLabel,
    PageText,
    Rendition,
    RenditionKind,
    Suggestion,
    TextSource,
)
from edms.capture.parts import Attachment, Opened, Page
from edms.jobs import Kind, defer
from edms.registry import contents
from edms.registry.models import Content, DocumentContent
from edms.staff.models import Organisation
from edms.storage.port import Stored

OVER = (CaptureState.READ, CaptureState.UNREAD, CaptureState.STOPPED)
LANGUAGES = ("ka", "hy", "ru", "en")
DEEPEST = 8
"""A letter in a letter in a letter: nobody forwards more often than this, only bombs do."""
MOST_INSIDE = 500
"""Contents that may come out of one content, through all depths."""
OCR_MISSING, MODEL_MISSING = AWAITED = ("capture.ocr_missing", "capture.language_missing")
"""Reasons that pass when an operator installs what is missing (`unread.py`)."""
FIRST_PAGES = 3  # where a letter says what it is
GROWN = 1.125
"""A long scan is found by its first pages while the others are read: indexed anew whenever it has grown by so much."""


@dataclass(frozen=True)
class Begun:
    """A content whose reading has begun or goes on."""

    content_id: int
    organisation_id: int
    store_key: str
    languages: list[str]
    done: int
    pages: int | None


class Picture(NamedTuple):
    """A picture of a page, in the store."""

    kind: RenditionKind
    stored: Stored
    size: tuple[int, int]


def begin(session: Session, content_id: int) -> Begun | None:
    """Begin or go on; None when there is nothing left to read."""
    content = session.get(Content, content_id)
    state = session.get(Capture, content_id)
    if content is None or (state is not None and state.state in OVER):
        return None
    if state is None:
        state = Capture(content_id=content_id, started_at=clock.now(), pages_done=0)
        session.add(state)
    state.state, state.reason = CaptureState.READING, None
    own = session.get_one(Organisation, content.organisation_id).language
    languages = [own, *(language for language in LANGUAGES if language != own)]
    return Begun(content_id, content.organisation_id, content.store_key, languages, state.pages_done, state.pages)


def opened(session: Session, begun: Begun, part: Opened) -> None:
    """Keep what kind of thing it is."""
    session.get_one(Capture, begun.content_id).pages = part.pages
    session.get_one(Content, begun.content_id).media_type = part.media_type


def keep(session: Session, begun: Begun, page: Page, pictures: Sequence[Picture]) -> bool:
    """Keep a page, once. False when somebody has stopped the reading: nothing more is wanted."""
    state = session.get_one(Capture, begun.content_id, with_for_update=True)
    if state.state is CaptureState.STOPPED:
        return False
    if page.page <= state.pages_done:
        return True
    state.pages_done = page.page
    if state.ended_at is not None and not _was_missing(session, begun, page, pictures):
        return True
    kept = PageText(
        content_id=begun.content_id,
        page=page.page,
        text=page.text,
        source=page.source,
        language=page.language,
        confidence=page.confidence,
        rotation=page.rotation,
        skew=page.skew,
        words=[list(word) for word in page.words],
        blank=page.blank,
        reason=page.reason,
    )
    session.add(kept)
    if kept.source is TextSource.OCR:
        doubts.note(session, session.get_one(Content, begun.content_id), kept)
    for code in dict.fromkeys(page.labels):
        session.merge(PageLabel(content_id=begun.content_id, page=page.page, code=code))
    for kind, stored, (width, height) in pictures:
        session.add(
            Rendition(
                content_id=begun.content_id, kind=kind, page=page.page, store_key=stored.key, media_type="image/jpeg",
                width=width, height=height,
            )
        )  # fmt: skip
    return True


def _was_missing(session: Session, begun: Begun, page: Page, pictures: Sequence[Picture]) -> bool:
    """Of a content that is read again: whether this page had been left out. Its pictures make way for those as it lies now."""
    of_content = PageText.content_id == begun.content_id
    if session.scalar(select(exists().where(of_content, PageText.page == page.page))):
        return False
    kinds = [picture.kind for picture in pictures]
    session.execute(
        delete(Rendition).where(
            Rendition.content_id == begun.content_id, Rendition.page == page.page, Rendition.kind.in_(kinds)
        )
    )
    return True


def attach(session: Session, begun: Begun, part: Attachment, stored: Stored) -> None:
    """What was attached becomes a content of its own, once, under its sender's name, and is looked into in its turn."""
    session.get_one(Capture, begun.content_id, with_for_update=True)
    name = contents.kept_name(part.name)
    twin = exists().where(
        Content.parent_id == begun.content_id, Content.sha256 == bytes.fromhex(stored.sha256), Content.name == name
    )
    if session.scalar(select(twin)):
        return
    made = contents.enter(
        session, Actor.system(begun.organisation_id), organisation_id=begun.organisation_id, stored=stored, name=name,
        parent_id=begun.content_id,
    )  # fmt: skip
    if _is_bomb(session, made):
        state = Capture(content_id=made.content_id, state=CaptureState.UNREAD, pages_done=0)
        state.reason, state.ended_at = "capture.unfolds_too_far", clock.now()
        session.add(state)
    else:
        for kind in (Kind.LOOK_INSIDE, Kind.CHECK_SIGNATURES):
            defer(session, kind, made.content_id, organisation_id=begun.organisation_id)


def post(session: Session, begun: Begun) -> None:
    """Post the pages that are left as a job of their own, unless somebody has stopped it; what was read can be found."""
    state = session.get_one(Capture, begun.content_id, with_for_update=True)
    if state.state is CaptureState.STOPPED:
        return
    defer(session, Kind.LOOK_INSIDE, begun.content_id, organisation_id=begun.organisation_id)
    if has_grown(begun.done, state.pages_done):
        for document_id in documents_of(session, begun.content_id):
            defer(session, Kind.INDEX, document_id)


def has_grown(before: int, after: int) -> bool:
    """Whether the pages read have grown by enough to be indexed: all of a letter is indexed each time, old pages too."""
    if before < 1:
        return after > 0
    return math.floor(math.log(after, GROWN)) > math.floor(math.log(before, GROWN))


def park(session: Session, content_id: int) -> None:
    """Say that its job is parked; what was read stays, and sending the job on goes on from there."""
    state = session.get(Capture, content_id)
    if state is not None and state.state is CaptureState.READING:
        state.state, state.reason = CaptureState.PARKED, "capture.parked"


def end(session: Session, begun: Begun, reason: str | None) -> None:
    """All is said: state, reason and guesses are kept, and what holds the content is indexed anew."""
    state = session.get_one(Capture, begun.content_id, with_for_update=True)
    if state.state is CaptureState.STOPPED:
        return
    pages = PageText.content_id == begun.content_id
    reasons = select(PageText.reason).where(pages, PageText.reason.is_not(None))
    foremost = reasons.order_by(PageText.reason.in_(AWAITED).desc(), PageText.page).limit(1)
    state.reason = reason or session.scalar(foremost)
    has_text = session.scalar(select(exists().where(pages, PageText.text != "")))
    state.state = CaptureState.READ if has_text or state.reason is None else CaptureState.UNREAD
    state.ended_at = clock.now()
    suggest_for(session, state)
    copies.ask(session, session.get_one(Content, begun.content_id))
    for document_id in documents_of(session, begun.content_id):
        defer(session, Kind.INDEX, document_id)
    if session.scalar(select(exists().where(PageLabel.content_id == begun.content_id))):
        defer(session, Kind.FOLLOW_LABEL, begun.content_id, organisation_id=begun.organisation_id)


def suggest_for(session: Session, state: Capture) -> None:
    """Keep what the first pages suggest for the card, in place of earlier guesses."""
    of_content = PageText.content_id == state.content_id
    pages = list(session.scalars(select(PageText).where(of_content).order_by(PageText.page).limit(FIRST_PAGES)))
    session.execute(delete(Suggestion).where(Suggestion.content_id == state.content_id))
    for guess in suggestions.guesses([suggestions.Seen(page.text, page.words) for page in pages]):
        session.add(
            Suggestion(
                content_id=state.content_id, field=guess.field, value=guess.value, confidence=guess.confidence,
                page=guess.page, box=list(guess.box) if guess.box else None,
            )
        )  # fmt: skip
        if guess.field == "language":
            state.language = guess.value


def _is_bomb(session: Session, content: Content) -> bool:
    """Whether a content lies too deep, or too much has come out of the one that it lies in."""
    start = select(Content.content_id, Content.parent_id, literal(0).label("depth"))
    above = start.where(Content.content_id == content.content_id).cte("above", recursive=True)
    outer = aliased(Content)
    above = above.union_all(
        select(outer.content_id, outer.parent_id, above.c.depth + 1).where(
            outer.content_id == above.c.parent_id, above.c.depth <= DEEPEST
        )
    )
    root, depth = session.execute(
        select(above.c.content_id, above.c.depth).order_by(above.c.depth.desc()).limit(1)
    ).one()
    if depth > DEEPEST:
        return True
    inside = select(Content.content_id).where(Content.content_id == root).cte("inside", recursive=True)
    inside = inside.union_all(select(Content.content_id).where(Content.parent_id == inside.c.content_id))
    return (session.scalar(select(func.count()).select_from(inside)) or 0) > MOST_INSIDE


def documents_of(session: Session, content_id: int) -> list[int]:
    """The documents that hold the content, or what it is attached to, however deep."""
    above = select(Content.content_id, Content.parent_id).where(Content.content_id == content_id)
    line = above.cte("line", recursive=True)
    line = line.union(select(Content.content_id, Content.parent_id).where(Content.content_id == line.c.parent_id))
    holds = select(DocumentContent.document_id).where(DocumentContent.content_id.in_(select(line.c.content_id)))
    return list(session.scalars(holds.distinct()))
