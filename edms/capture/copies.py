"""Searchable copies: a PDF/A with the recognised text under it, beside the original, which stays what is downloaded.

Of scans and pictures only: what has a text of its own needs none, what is signed gets none. Made from the same
recognition, when the last page is read and again when a text is corrected; it can be thrown away and made anew.
"""

from __future__ import annotations

import contextlib
import json
import shutil
import tempfile
from collections.abc import Callable, Collection
from contextlib import AbstractContextManager
from datetime import datetime
from pathlib import Path

import structlog
from sqlalchemy import ColumnClause, Select, exists, func, literal_column, select
from sqlalchemy.dialects.postgresql import aggregate_order_by
from sqlalchemy.orm import Session

from edms.capture.models import Capture, CaptureState, PageText, Rendition, RenditionKind, TextSource
from edms.errors import NotFound, RuleBroken, Unavailable
from edms.jobs import Kind, defer
from edms.registry.models import Content
from edms.sandbox.limits import MIB, Limits
from edms.sandbox.run import Child
from edms.storage.port import ContentStore, Stored

LIMITS = Limits(
    cpu_seconds=1800,
    wall_seconds=3600.0,
    memory_bytes=2048 * MIB,
    file_bytes=2048 * MIB,
    folder_bytes=2100 * MIB,
    stepping_back=5,
)
"""Of one copy; no page may compute for more than `ACT_SECONDS` of it."""
ACT_SECONDS = 20.0
RECOGNISED = (TextSource.OCR, TextSource.PERSON)
PAGES_AT_ONCE = 50
Transaction = Callable[[], AbstractContextManager[Session]]
_COMMA: ColumnClause[str] = literal_column("','")
COPY, MEDIA_TYPE = "copy.pdf", "application/pdf"

log = structlog.get_logger(__name__)


def ask(session: Session, content: Content, *, at: datetime | None = None) -> None:
    """Post the making of a content's copy, not before `at`, where it is of a kind that gets one."""
    if _wanted(session, content.content_id):
        defer(session, Kind.MAKE_COPY, content.content_id, organisation_id=content.organisation_id, at=at)


def make(transaction: Transaction, store: ContentStore, content_id: int) -> None:
    """Make a content's copy of its present text, in the place of an older one. Errors: Unavailable, Corrupt."""
    with tempfile.TemporaryDirectory(prefix="edms-copy-") as folder:
        source, told = Path(folder) / "content", Path(folder) / "pages"
        with transaction() as session:
            content = session.get(Content, content_id)
            state = session.get(Capture, content_id)
            if content is None or state is None or state.state is not CaptureState.READ:
                return
            if not _wanted(session, content_id):
                return
            key, name, seal = content.store_key, content.name, content.sha256[:16].hex()
            of_text = _stamp(session, content_id)
            before = copy_of(session, content_id)
            if before is not None and before.of_text == of_text:
                return
            _tell(session, content_id, told)
        with store.open(key) as stored, source.open("wb") as target:
            shutil.copyfileobj(stored, target, 1 << 20)
        arguments = {"name": name, "seal": seal, "act_seconds": ACT_SECONDS}
        with Child("edms.capture.layering:copy", [source, told], arguments, limits=LIMITS) as child:
            for _ in child:
                pass
            reason = child.outcome.reason
            if reason == "sandbox.not_started":
                raise Unavailable(reason)
            if reason is not None:
                log.info("content has no searchable copy", content_id=content_id, reason=reason)
                return
            with child.open(COPY) as copy:
                made = store.put(copy, limit=LIMITS.file_bytes)
    with transaction() as session:
        unused = _keep(session, content_id, made, of_text)
    if unused is not None:
        with contextlib.suppress(NotFound, RuleBroken):
            store.delete(unused)


def copy_of(session: Session, content_id: int) -> Rendition | None:
    """The searchable copy of a content, if there is one. The caller has seen that the content may be read."""
    return session.scalar(_copy(content_id))


def copied(session: Session, content_ids: Collection[int]) -> set[int]:
    """Which of the contents have a searchable copy."""
    found = select(Rendition.content_id).where(
        Rendition.content_id.in_(content_ids), Rendition.kind == RenditionKind.SEARCHABLE
    )
    return set(session.scalars(found))


def _copy(content_id: int) -> Select[Rendition]:
    return select(Rendition).where(
        Rendition.content_id == content_id, Rendition.kind == RenditionKind.SEARCHABLE, Rendition.page == 0
    )


def _wanted(session: Session, content_id: int) -> bool:
    """Something was recognised, and no page has a text of its own."""
    pages = PageText.content_id == content_id
    recognised = exists().where(pages, PageText.source.in_(RECOGNISED), PageText.text != "")
    own = exists().where(pages, PageText.source == TextSource.LAYER, PageText.text != "")
    return bool(session.scalar(select(recognised & ~own)))


def _tell(session: Session, content_id: int, path: Path) -> None:
    """Write what was read, a page a line."""
    pages = select(PageText).where(PageText.content_id == content_id).order_by(PageText.page)
    with path.open("w", encoding="utf-8") as lines:
        for page in session.scalars(pages.execution_options(yield_per=PAGES_AT_ONCE)):
            told = {name: getattr(page, name) for name in ("page", "text", "language", "rotation", "skew", "words")}
            lines.write(json.dumps(told, ensure_ascii=False) + "\n")
            session.expunge(page)


def _stamp(session: Session, content_id: int) -> str | None:
    """The state of a content's text."""
    page = func.concat_ws(".", PageText.page_text_id, PageText.source, func.hashtextextended(PageText.text, 0))
    of_content = PageText.content_id == content_id
    return session.scalar(
        select(func.md5(func.string_agg(page, aggregate_order_by(_COMMA, PageText.page)))).where(of_content)
    )


def _keep(session: Session, content_id: int, made: Stored, of_text: str | None) -> str | None:
    """The new copy takes the old one's place; the key that nobody needs any more.

    Where the text has changed meanwhile, that is the new one's: whoever changed it has posted another making.
    """
    session.get_one(Capture, content_id, with_for_update=True)
    if _stamp(session, content_id) != of_text:
        return made.key
    kept = session.scalar(_copy(content_id))
    if kept is None:
        session.add(
            Rendition(
                content_id=content_id, kind=RenditionKind.SEARCHABLE, page=0, store_key=made.key,
                media_type=MEDIA_TYPE, of_text=of_text,
            )
        )  # fmt: skip
        return None
    before, kept.store_key, kept.of_text = kept.store_key, made.key, of_text
    return before
