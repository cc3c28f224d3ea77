"""Reads contents: what the sandbox saw is kept page by page, so that nothing read is read twice (`keeping.py`).

Bytes are copied out of the store into a file for the child, checked on the way. Whatever the child does, the content
stays; a content that cannot be read says why and can be registered all the same. A long one is read in turns, so that
a book of one office does not hold up the letter of another.
"""

from __future__ import annotations

import shutil
import tempfile
import time
from collections.abc import Callable, Collection, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import asdict
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from edms.capture import keeping
from edms.capture.keeping import Begun
from edms.capture.models import Capture, CaptureState, PageText, Rendition, RenditionKind, Suggestion
from edms.capture.parts import Attachment, Opened, Page, part_of
from edms.capture.tesseract import Engine, asked
from edms.errors import Unavailable
from edms.jobs import awaited
from edms.registry.models import Content
from edms.sandbox.limits import MIB, Limits
from edms.sandbox.run import Child
from edms.storage.port import ContentStore

LIMITS = Limits(cpu_seconds=240, wall_seconds=600.0, memory_bytes=2048 * MIB, stepping_back=5)
"""Of one turn; it steps back for those at their desks. No page may compute for more than `ACT_SECONDS` of it, nor the
engine for more than its own."""
ACT_SECONDS = 20.0
TURN_SECONDS = 15.0
"""After so long others have their turn: the pages that are left are a new job."""
LEAST_TURN_SECONDS = 3.0
"""After so long already, where somebody waits before a page that is still to be read (`turns.py`)."""
TRIES = 3
"""How often a page may lose its child before it stays unread: a child may be killed for no fault of the page's."""
Transaction = Callable[[], AbstractContextManager[Session]]


def look_inside(
    transaction: Transaction, store: ContentStore, content_id: int, *, engine: Engine | None = None
) -> None:
    """Read a content for one turn, from where an earlier one stopped. Doing it again changes nothing.

    Errors: Unavailable, Corrupt.
    """
    with transaction() as session:
        begun = keeping.begin(session, content_id)
    if begun is None:
        return
    with _copied(store, begun) as path:
        _Turn(transaction, store, begun, path, engine or Engine()).read()


def give_up(transaction: Transaction, content_id: int) -> None:
    """Say at the content that its readers failed, until an operator sends the parked job on."""
    with transaction() as session:
        keeping.park(session, content_id)


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


def kept_keys(session: Session, keys: Collection[str]) -> set[str]:
    """Which of these keys of the store a content or a picture of one has. For those who look for orphans."""
    owners = (Content.store_key, Rendition.store_key)
    return {key for column in owners for key in session.scalars(select(column).where(column.in_(keys)))}


def suggestions_of(session: Session, content_id: int) -> list[Suggestion]:
    """The guesses for a content's card."""
    return list(session.scalars(select(Suggestion).where(Suggestion.content_id == content_id)))


def seen_on(session: Session, content_ids: Collection[int], fields: Collection[str]) -> dict[int, dict[str, str]]:
    """What was guessed for these fields, by content: for a list of what waits."""
    found = select(Suggestion.content_id, Suggestion.field, Suggestion.value).where(
        Suggestion.content_id.in_(content_ids), Suggestion.field.in_(fields)
    )
    seen: dict[int, dict[str, str]] = {}
    for content_id, field, value in session.execute(found.order_by(Suggestion.suggestion_id)):
        seen.setdefault(content_id, {}).setdefault(field, value)
    return seen


def under_way(session: Session, content_ids: Collection[int]) -> set[int]:
    """Which of the contents are still to be read, wholly or in part."""
    found = select(Capture.content_id).where(
        Capture.content_id.in_(content_ids), Capture.state.in_((CaptureState.WAITING, CaptureState.READING))
    )
    return set(session.scalars(found))


def state_of(session: Session, content_id: int) -> Capture | None:
    """How far the reading of a content is."""
    return session.get(Capture, content_id)


@contextmanager
def _copied(store: ContentStore, begun: Begun) -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="edms-capture-") as folder:
        path = Path(folder) / "content"
        with store.open(begun.store_key) as source, path.open("wb") as target:
            shutil.copyfileobj(source, target, 1 << 20)
        yield path


class _Turn:
    """One turn of reading one content: a child, and another where it died, as far as the time goes."""

    def __init__(self, transaction: Transaction, store: ContentStore, begun: Begun, path: Path, engine: Engine) -> None:
        self._transaction, self._store, self._begun, self._path, self._engine = transaction, store, begun, path, engine
        self._done, self._pages = begun.done, begun.pages
        self._reason: str | None = None
        self._began = time.monotonic()
        self._awaited = False  # somebody looks at another page and waits for it
        self._stopped = False

    def read(self) -> None:
        deaths = 0
        while True:
            before = self._done
            died_of = self._ask()
            if died_of is None or self._stopped:
                return
            deaths = deaths + 1 if self._done == before else 1
            if died_of == "sandbox.not_started":
                raise Unavailable(died_of)
            if died_of == "sandbox.crashed" and deaths < TRIES:
                continue
            if self._pages is None or self._done >= self._pages or died_of == "sandbox.no_walls":
                self._end(died_of)
                return
            # This very page ends its reader: it stays a page without text, the others are read.
            if not self._keep(Page(page=self._done + 1, reason=died_of), None):
                return
            deaths = 0
            if self._done >= self._pages:
                self._end(None)
                return

    def _ask(self) -> str | None:
        """Listen to one child. None when all is said or the turn is over, else why it died."""
        told = {
            "languages": self._begun.languages,
            "done": self._done,
            "engine": asdict(asked(self._engine)),
            "act_seconds": ACT_SECONDS,
        }
        look = "edms.capture.looking:look"
        with Child(look, [self._path], told, limits=LIMITS, readable=self._engine.folders()) as child:
            for said in child:
                try:
                    part = part_of(said)
                except ValueError:
                    return "sandbox.crashed"
                if isinstance(part, Opened):
                    self._pages, self._reason = part.pages, part.reason
                    self._opened(part)
                elif isinstance(part, Page):
                    self._keep(part, child)
                    if self._stopped:
                        return None
                    if self._is_over() and self._done < (self._pages or 0):
                        self._later()
                        return None
                else:
                    self._attached(part, child)
        if child.outcome.reason is None:
            self._end(self._reason)
        return child.outcome.reason

    def _opened(self, part: Opened) -> None:
        with self._transaction() as session:
            keeping.opened(session, self._begun, part)

    def _keep(self, page: Page, child: Child | None) -> bool:
        """One page: its pictures first, then its rows. False when somebody has stopped the reading."""
        pictures = []
        for kind, size in ((RenditionKind.PREVIEW, page.preview), (RenditionKind.THUMBNAIL, page.thumbnail)):
            if child is not None and size is not None:
                with child.open(f"{kind.value}-{page.page}.jpg") as picture:
                    pictures.append(keeping.Picture(kind, self._store.put(picture, limit=LIMITS.file_bytes), size))
                (child.folder / f"{kind.value}-{page.page}.jpg").unlink(missing_ok=True)
        with self._transaction() as session:
            self._stopped = not keeping.keep(session, self._begun, page, pictures)
            self._awaited = awaited(session)
        if not self._stopped:
            self._done = page.page
        return not self._stopped

    def _is_over(self) -> bool:
        """Whether it is another's turn."""
        return time.monotonic() - self._began > (LEAST_TURN_SECONDS if self._awaited else TURN_SECONDS)

    def _attached(self, part: Attachment, child: Child) -> None:
        with child.open(part.attachment) as raw:
            stored = self._store.put(raw, limit=LIMITS.file_bytes)
        with self._transaction() as session:
            keeping.attach(session, self._begun, part, stored)

    def _later(self) -> None:
        with self._transaction() as session:
            keeping.post(session, self._begun)

    def _end(self, reason: str | None) -> None:
        with self._transaction() as session:
            keeping.end(session, self._begun, reason)
