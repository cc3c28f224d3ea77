"""Keeps what the sandbox saw in a content: each page in a transaction of its own, so that nothing read is read twice.

Bytes are copied out of the store into a file for the child, checked on the way. Whatever the child does, the content
stays; a content that cannot be read says why and can be registered all the same.
"""

from __future__ import annotations

import io
import shutil
import tempfile
from collections.abc import Callable, Collection
from contextlib import AbstractContextManager
from dataclasses import asdict
from pathlib import Path
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from edms import clock
from edms.access.actor import Actor
from edms.capture import suggestions
from edms.capture.models import Capture, CaptureState, PageText, Rendition, RenditionKind, Suggestion, TextSource
from edms.capture.tesseract import Engine
from edms.jobs import Kind, defer
from edms.registry import contents
from edms.registry.models import Content, DocumentContent
from edms.sandbox.limits import MIB, Limits
from edms.sandbox.run import Child
from edms.staff.models import Organisation
from edms.storage.port import ContentStore

PAGES_AT_ONCE = 20  # one child reads so many pages: its limits are per document part, and a kill costs no more
LIMITS = Limits(cpu_seconds=60 * PAGES_AT_ONCE, wall_seconds=90.0 * PAGES_AT_ONCE, memory_bytes=2048 * MIB)
LANGUAGES = ("ka", "hy", "ru", "en")
MOST_PAGES = 10_000
Transaction = Callable[[], AbstractContextManager[Session]]


def look_inside(
    transaction: Transaction, store: ContentStore, content_id: int, *, engine: Engine | None = None
) -> None:
    """Read a content from where an earlier reading stopped. Doing it again changes nothing. Errors: Unavailable, Corrupt."""
    with transaction() as session:
        content = session.get(Content, content_id)
        if content is None:
            return
        state = session.get(Capture, content_id)
        if state is not None and state.state in (CaptureState.READ, CaptureState.UNREAD):
            return
        if state is None:
            state = Capture(content_id=content_id, state=CaptureState.READING, started_at=clock.now())
            session.add(state)
        state.state, done = CaptureState.READING, state.pages_done or 0
        languages = _languages(session, content)
    with tempfile.TemporaryDirectory(prefix="edms-capture-") as folder:
        path = Path(folder) / "content"
        with store.open(content.store_key) as source, path.open("wb") as target:
            shutil.copyfileobj(source, target, 1 << 20)
        path.chmod(0o644)
        Path(folder).chmod(0o755)
        _read(transaction, store, content, path, languages, done, engine or Engine())


def preview(
    session: Session, content_id: int, page: int, kind: RenditionKind = RenditionKind.PREVIEW
) -> Rendition | None:
    """The picture of a page, if there is one."""
    return session.scalar(
        select(Rendition).where(Rendition.content_id == content_id, Rendition.kind == kind, Rendition.page == page)
    )


def page_text(session: Session, content_id: int, page: int) -> PageText | None:
    """The text of a page, once it was read. The caller has seen that the content may be read."""
    return session.scalar(select(PageText).where(PageText.content_id == content_id, PageText.page == page))


def pictured(session: Session, content_ids: Collection[int]) -> set[int]:
    """Which of the contents have a small picture of their first page."""
    found = select(Rendition.content_id).where(
        Rendition.content_id.in_(content_ids), Rendition.kind == RenditionKind.THUMBNAIL, Rendition.page == 1
    )
    return set(session.scalars(found))


def _languages(session: Session, content: Content) -> list[str]:
    own = session.get_one(Organisation, content.organisation_id).language
    return [own, *(language for language in LANGUAGES if language != own)]


def _read(
    transaction: Transaction, store: ContentStore, content: Content, path: Path, languages: list[str], done: int,
    engine: Engine,
) -> None:  # fmt: skip
    pages: int | None = None
    reason: str | None = None
    while pages is None or done < min(pages, MOST_PAGES):
        before = done
        asked = {"languages": languages, "done": done, "most": PAGES_AT_ONCE, "engine": asdict(engine)}
        with Child("edms.capture.looking:look", [path], asked, limits=LIMITS, readable=engine.folders()) as child:
            for part in child:
                if "pages" in part:
                    pages, reason = part["pages"], part.get("reason")
                    _began(transaction, content.content_id, part)
                elif "page" in part:
                    reason = part.get("reason") or reason
                    _keep(transaction, store, content, child, part)
                    done = part["page"]
                elif "attachment" in part:
                    _attached(transaction, store, content, child, part)
        if child.outcome.reason is not None:
            reason = child.outcome.reason
            if done == before:
                break  # this very page kills its reader: it stays a page without text
        if done == before:
            break
    _end(transaction, content.content_id, reason, complete=pages is not None and done >= min(pages, MOST_PAGES))


def _began(transaction: Transaction, content_id: int, part: dict[str, Any]) -> None:
    with transaction() as session:
        state = session.get_one(Capture, content_id)
        state.pages = part["pages"]
        session.get_one(Content, content_id).media_type = str(part["media_type"])[:120]


def _keep(transaction: Transaction, store: ContentStore, content: Content, child: Child, part: dict[str, Any]) -> None:
    """One page: its pictures first, then its rows."""
    made = []
    for kind in (RenditionKind.PREVIEW, RenditionKind.THUMBNAIL):
        if size := part.get(kind.value):
            with child.open(f"{kind.value}-{part['page']}.jpg") as picture:
                made.append((kind, store.put(picture, limit=LIMITS.file_bytes), size))
    with transaction() as session:
        session.execute(
            delete(PageText).where(PageText.content_id == content.content_id, PageText.page == part["page"])
        )
        session.add(
            PageText(
                content_id=content.content_id,
                page=part["page"],
                text=str(part["text"]).replace("\x00", ""),
                source=TextSource(part["source"]),
                language=part.get("language"),
                confidence=part.get("confidence"),
                rotation=part.get("rotation", 0),
                words=part["words"],
            )
        )
        for kind, stored, (width, height) in made:
            if preview(session, content.content_id, part["page"], kind) is None:
                session.add(
                    Rendition(
                        content_id=content.content_id, kind=kind, page=part["page"], store_key=stored.key,
                        media_type="image/jpeg", width=width, height=height,
                    )
                )  # fmt: skip
        session.get_one(Capture, content.content_id).pages_done = part["page"]


def _attached(
    transaction: Transaction, store: ContentStore, content: Content, child: Child, part: dict[str, Any]
) -> None:
    """An attachment becomes a content of its own, once, and is looked into in its turn."""
    with child.open(part["attachment"]) as raw:
        stored = store.put(io.BytesIO(raw.read()), limit=LIMITS.file_bytes)
    with transaction() as session:
        twin = select(Content.content_id).where(
            Content.parent_id == content.content_id, Content.sha256 == bytes.fromhex(stored.sha256)
        )
        if session.scalar(twin.limit(1)) is not None:
            return
        made = contents.enter(
            session, Actor.system(content.organisation_id), organisation_id=content.organisation_id, stored=stored,
            name=str(part["name"]), parent_id=content.content_id,
        )  # fmt: skip
        defer(session, Kind.LOOK_INSIDE, made.content_id, organisation_id=content.organisation_id)


def _end(transaction: Transaction, content_id: int, reason: str | None, *, complete: bool) -> None:
    with transaction() as session:
        state = session.get_one(Capture, content_id)
        pages = list(
            session.scalars(select(PageText).where(PageText.content_id == content_id).order_by(PageText.page).limit(3))
        )
        has_text = any(page.text.strip() for page in pages)
        state.state = CaptureState.READ if has_text or (complete and reason is None) else CaptureState.UNREAD
        state.reason, state.ended_at = reason, clock.now()
        _suggest(session, content_id, pages)
        documents = _documents_of(session, content_id)
        for document_id in documents:
            defer(session, Kind.INDEX, document_id)


def _suggest(session: Session, content_id: int, pages: list[PageText]) -> None:
    session.execute(delete(Suggestion).where(Suggestion.content_id == content_id))
    sure = min((page.confidence if page.confidence is not None else 100) for page in pages) / 100 if pages else 0.0
    for guess in suggestions.guesses([page.text for page in pages], sure=sure):
        session.add(
            Suggestion(
                content_id=content_id,
                field=guess.field,
                value=guess.value,
                confidence=guess.confidence,
                page=guess.page,
            )
        )
        if guess.field == "language":
            session.get_one(Capture, content_id).language = guess.value


def _documents_of(session: Session, content_id: int) -> list[int]:
    """The documents that hold the content or what it is attached to."""
    parent = session.scalar(select(Content.parent_id).where(Content.content_id == content_id))
    holds = select(DocumentContent.document_id).where(
        DocumentContent.content_id.in_([i for i in (content_id, parent) if i is not None])
    )
    return list(session.scalars(holds.distinct()))


def suggestions_of(session: Session, content_id: int) -> list[Suggestion]:
    """The guesses for a content's card."""
    return list(session.scalars(select(Suggestion).where(Suggestion.content_id == content_id)))


def state_of(session: Session, content_id: int) -> Capture | None:
    """How far the reading of a content is."""
    return session.get(Capture, content_id)
