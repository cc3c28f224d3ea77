"""A scan of hundreds of pages, read in earnest: what it needs, what it keeps others waiting, and what stops it.

Pages of the demo's scanner, each another letter, in one file on one registered letter. On the way a short letter of another
office arrives, the worker is killed, a person stops the reading and takes it up again. `--full` has 600 pages, else 60.
"""

from __future__ import annotations

import io
import random
import signal
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pikepdf
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from benchmarks.report import Report
from benchmarks.stage import Stage, descendants, pss, stage, workers
from edms.access.actor import Actor
from edms.capture import turns
from edms.capture.copies import copied
from edms.capture.models import Capture, CaptureState, PageText
from edms.demo import letters, scanner
from edms.jobs import Kind, defer
from edms.registry import arrivals, contents
from edms.registry.card import Card
from edms.registry.models import Content, Document
from edms.registry.registration import register
from edms.registry.words import Channel, ContentRole, RegisterKind, Tray
from edms.search import projection
from edms.search.models import SearchEntry
from edms.staff.actors import actor_for
from edms.staff.models import Official

PAGES, ALL_PAGES, TOGETHER = 60, 600, 2
LONGEST_WAIT = 3600.0
MOST_MEMORY = 900
"""Megabytes of the worker, its sandboxes and the engines in them."""
LETTERS = {"ka": 6, "en": 1, "ru": 1}
"""How the languages are mixed, as in the post of an office that writes Georgian."""
MIB = 1 << 20


def run(report: Report) -> None:
    """One reading from the first page to the searchable copy, with what comes in between."""
    count = ALL_PAGES if report.full else PAGES
    with tempfile.TemporaryDirectory() as folder, stage(ocr_parallel=TOGETHER) as here:
        book = Path(folder) / "book.pdf"
        _bind(count, book)
        report.note(
            f"the long scan: {count} pages, {book.stat().st_size / MIB:.0f} MB, 300 dpi, one worker of {TOGETHER} at once"
        )
        with workers(here, 1):
            alone = _short(here, 0)
        with workers(here, 1) as (first,), _watched(first.pid) as before:
            document_id, content_id = _registered(here, book)
            began = time.monotonic()
            _until(lambda: _is_found(here, document_id))
            report.row(
                "a long scan is found by its first pages", time.monotonic() - began, "s", "", None, None, "< 60 s"
            )
            _until(lambda: _done(here, content_id) >= count // 6)
            beside = _short(here, 1)
            report.row(
                "a short letter of another office meanwhile", beside, "s", "the same alone", alone, beside / alone, ""
            )
            _until(lambda: _done(here, content_id) >= count // 3)
            family = descendants(first.pid)
            at_kill = _done(here, content_id)
            first.send_signal(signal.SIGKILL)
            killed = time.monotonic()
            _until(lambda: not any(_lives(pid) for pid in family))
            report.row(
                "all that a killed worker had started is gone", time.monotonic() - killed, "s", "", None, None, "< 10 s"
            )
        with workers(here, 1) as (second,), _watched(second.pid) as after:
            _until(lambda: _done(here, content_id) > at_kill)
            report.row("the next page after a kill", time.monotonic() - killed, "s", "", None, None, "< 60 s")
            _until(lambda: _done(here, content_id) >= count * 2 // 3)
            report.row(
                "quiet after it was stopped",
                _stopped(here, document_id, content_id, second.pid),
                "s",
                "",
                None,
                None,
                "< 30 s",
            )
            resumed, at_stop = time.monotonic(), _done(here, content_id)
            _taken_up(here, document_id, content_id)
            _until(lambda: _state(here, content_id) is CaptureState.READ)
            rate = (count - at_stop) / (time.monotonic() - resumed)
            report.row("a long scan alone", rate, "pages/s")
            read = time.monotonic()
            _until(lambda: _is_copied(here, content_id) and _is_current(here, document_id))
            report.row("index and copy of a long scan after its last page", time.monotonic() - read, "s")
        report.row(
            "pages of a long scan kept once each", 100 * _kept(here, content_id) / count, "%", "", None, None, ">= 100"
        )
        peak = max(before[0], after[0]) / MIB
        report.row("memory of the worker that reads it, highest", peak, "MB", "", None, None, f"< {MOST_MEMORY} MB")


def _bind(count: int, path: Path) -> None:
    """A scan of so many pages; made by two, kept on disk."""
    with ProcessPoolExecutor(TOGETHER) as pool, pikepdf.new() as book:
        for page in pool.map(_page, range(count), chunksize=4):
            with pikepdf.open(io.BytesIO(page)) as one:
                book.pages.extend(one.pages)
        book.save(path)


def _page(number: int) -> bytes:
    chance = random.Random(number)
    language = chance.choices(list(LETTERS), list(LETTERS.values()))[0]
    subject = chance.choice([each for each in letters.SUBJECTS if each.language == language])
    return scanner.scan(letters.letter(subject, chance).text, language, chance)


def _registered(here: Stage, book: Path) -> tuple[int, int]:
    with book.open("rb") as source:
        stored = here.house.store.put(source, limit=1 << 30)
    with here.house.transaction() as session:
        kept = here.town.books[RegisterKind.INCOMING]
        nino = _nino(session)
        document = register(
            session, nino, kept, Card(summary="-", correspondent_name="-", language="ka"), idempotency_key="long"
        )
        system = Actor.system(kept.organisation_id)
        content = contents.enter(session, system, organisation_id=kept.organisation_id, stored=stored, name="-")
        contents.attach(session, nino, document, content, ContentRole.ORIGINAL)
        session.flush()
        defer(session, Kind.LOOK_INSIDE, content.content_id, organisation_id=kept.organisation_id)
        return document.document_id, content.content_id


def _short(here: Stage, number: int) -> float:
    """Seconds until a letter of one page is read that has arrived at the other office."""
    organisation_id = here.town.zemo.organisation_id
    stored = here.house.store.put(io.BytesIO(_page(10_000 + number)), limit=1 << 30)
    began = time.monotonic()
    with here.house.transaction() as session:
        robot = Actor.system(organisation_id)
        content = contents.enter(session, robot, organisation_id=organisation_id, stored=stored, name="-")
        arrivals.take_in(
            session, robot, organisation_id=organisation_id, tray=Tray.SCAN, channel=Channel.SCAN, content=content
        )
        content_id = content.content_id
    _until(lambda: _state(here, content_id) is CaptureState.READ)
    return time.monotonic() - began


def _stopped(here: Stage, document_id: int, content_id: int, worker: int) -> float:
    """Seconds until nothing of the worker's reads any more once a person has said so."""
    with here.house.transaction() as session:
        document, content = session.get_one(Document, document_id), session.get_one(Content, content_id)
        turns.stop(session, _nino(session), document, content)
    began = time.monotonic()
    _until(lambda: not any(_is_engine(pid) for pid in descendants(worker)), every=0.5, times=3)
    return time.monotonic() - began


def _taken_up(here: Stage, document_id: int, content_id: int) -> None:
    with here.house.transaction() as session:
        document, content = session.get_one(Document, document_id), session.get_one(Content, content_id)
        turns.take_up(session, _nino(session), document, content)


@contextmanager
def _watched(pid: int) -> Iterator[list[int]]:
    """The most memory of a process and all below it, looked at twice a second."""
    most, over = [0], threading.Event()

    def look() -> None:
        while not over.wait(0.5):
            most[0] = max(most[0], pss(pid))

    looking = threading.Thread(target=look)
    looking.start()
    try:
        yield most
    finally:
        over.set()
        looking.join()


def _until(true: Callable[[], bool], *, every: float = 0.2, times: int = 1) -> None:
    """Wait until it has been true so many times running. Errors: RuntimeError after an hour."""
    end, seen = time.monotonic() + LONGEST_WAIT, 0
    while seen < times:
        seen = seen + 1 if true() else 0
        if time.monotonic() > end:
            raise RuntimeError("the long scan came to a halt")
        time.sleep(every)


def _nino(session: Session) -> Actor:
    return actor_for(session, session.scalars(select(Official).where(Official.login == "nino")).one())


def _done(here: Stage, content_id: int) -> int:
    with here.house.transaction() as session:
        state = session.get(Capture, content_id)
        return state.pages_done if state is not None else 0


def _state(here: Stage, content_id: int) -> CaptureState | None:
    with here.house.transaction() as session:
        state = session.get(Capture, content_id)
        return state.state if state is not None else None


def _kept(here: Stage, content_id: int) -> int:
    with here.house.transaction() as session:
        pages = select(func.count()).select_from(PageText).where(PageText.content_id == content_id, PageText.text != "")
        return session.scalar(pages) or 0


def _is_found(here: Stage, document_id: int) -> bool:
    with here.house.transaction() as session:
        words = select(func.length(SearchEntry.lexemes)).where(SearchEntry.document_id == document_id)
        return (session.scalar(words) or 0) > 60


def _is_current(here: Stage, document_id: int) -> bool:
    with here.house.transaction() as session:
        entry = session.get(SearchEntry, document_id)
        return entry is not None and entry.stamp == projection.stamps_of(session, [document_id])[document_id]


def _is_copied(here: Stage, content_id: int) -> bool:
    with here.house.transaction() as session:
        return bool(copied(session, [content_id]))


def _lives(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def _is_engine(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/comm").read_text().strip() == "tesseract"
    except OSError:
        return False
