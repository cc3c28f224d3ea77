"""Scans: recognition and the way from stored bytes to found, beside the engine alone on the same pages, two at a time.

Then the whole of it, with the searchable copies, beside OCRmyPDF where it is found (`ocrmypdf.py`).
"""

from __future__ import annotations

import io
import os
import random
import subprocess
import tempfile
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter

import pikepdf
from PIL import Image
from sqlalchemy import func, select

from benchmarks.ocrmypdf import ABSENT, AS_OURS, Peer
from benchmarks.report import Report, median
from benchmarks.stage import Stage, descendants, stage, workers
from edms.access.actor import Actor
from edms.capture.copies import copied
from edms.capture.pictures import Pictures
from edms.capture.recognise import read_page
from edms.capture.tesseract import Engine
from edms.demo import letters, scanner
from edms.jobs import Kind, defer, waiting_for
from edms.registry import contents
from edms.registry.card import Card
from edms.registry.registration import register
from edms.registry.words import ContentRole, RegisterKind
from edms.search.models import SearchEntry
from edms.staff.actors import actor_for
from edms.staff.models import Official

SCANS, ROUNDS, TOGETHER, DPI = 12, 3, 2, 300
MODELS = "kat+eng"


@dataclass(frozen=True)
class Scan:
    """One page: as the scanner sends it, and its picture for the engine alone."""

    language: str
    pdf: bytes
    picture: Path


def run(report: Report) -> None:
    """Rounds of the same scans: the engine alone, our recognition, the whole pipeline; the medians are compared."""
    os.environ["OMP_THREAD_LIMIT"] = "1"
    with tempfile.TemporaryDirectory() as folder, stage(ocr_parallel=TOGETHER) as here, workers(here, 1):
        scans = _scans(Path(folder))
        _pipeline(here, [_on_a_letter(here, scan) for scan in scans[:TOGETHER]])  # warm
        rounds = []
        for _ in range(ROUNDS * (3 if report.full else 1)):
            _drained(here)
            waiting = [_on_a_letter(here, scan) for scan in scans]
            acts = (
                lambda: _each(_alone, scans),
                lambda: _each(_recognised, scans),
                lambda waiting=waiting: _pipeline(here, waiting),
            )
            rounds.append([_measured(act) for act in acts])
        _beside_peer(report, here, scans, Path(folder))
    for name, which, bar in (
        ("recognition of scans", 1, ">= 95 %"),
        ("scans, stored bytes to searchable", 2, ">= 80 %"),
    ):
        for kind, unit, wanted in ((0, "pages/s", bar), (1, "pages per processor second", "")):
            value, limit = (median([SCANS / one[who][kind] for one in rounds]) for who in (which, 0))
            report.row(name, value, unit, "tesseract alone", limit, value / limit, wanted)


def _beside_peer(report: Report, here: Stage, scans: Sequence[Scan], folder: Path) -> None:
    """The same pages until they are found and have their copies, as letters of one page each and as one of them all."""
    peer = Peer.found()
    if peer is None:
        report.note(ABSENT)
        return
    letters_, book = [scan.picture.with_suffix(".pdf") for scan in scans], folder / "book.pdf"
    for scan, path in zip(scans, letters_, strict=True):
        path.write_bytes(scan.pdf)
    book.write_bytes(_bound(scans))
    one = Scan("ka", book.read_bytes(), book)

    def singly(also: Sequence[str]) -> None:
        with ThreadPoolExecutor(TOGETHER) as pool:
            list(pool.map(lambda path: peer.make(path, models=MODELS, jobs=1, also=also), letters_))

    def bound(also: Sequence[str]) -> None:
        peer.make(book, models=MODELS, jobs=TOGETHER, also=also)

    for name, whole, theirs in (("letters of one page", scans, singly), (f"one scan of {SCANS} pages", [one], bound)):
        rounds = []
        for _ in range(ROUNDS if report.full else 1):
            _drained(here)
            waiting = [_on_a_letter(here, scan) for scan in whole]
            acts = (
                lambda waiting=waiting: _whole(here, waiting),
                lambda theirs=theirs: theirs(AS_OURS),
                lambda theirs=theirs: theirs(()),
            )
            rounds.append([_measured(act) for act in acts])
        for kind, unit in ((0, "pages/s"), (1, "pages per processor second")):
            ours, full, bare = (median([SCANS / one[who][kind] for one in rounds]) for who in range(3))
            said = f"{name}, found and copied"
            report.row(said, ours, unit, "OCRmyPDF, turning, levelling, cleaning", full, ours / full, ">= 1.5 x")
            report.row(f"{said} (bare peer)", ours, unit, "OCRmyPDF, recognition alone", bare, ours / bare, "")
    report.note(
        f"OCRmyPDF {peer.version()}: the same pages, models and dots per inch, {TOGETHER} processes, one thread each, PDF/A-2b by"
        " its own quick ways without Ghostscript, nothing optimised; pages turned, levelled and cleaned as ours are, then bare."
        " Letters of one page are a start of the program each, as a mail room would; it keeps no index and no previews, ours does."
    )


def _bound(scans: Sequence[Scan]) -> bytes:
    """All the scans as one."""
    with pikepdf.new() as all_of_them:
        for scan in scans:
            with pikepdf.open(io.BytesIO(scan.pdf)) as one:
                all_of_them.pages.extend(one.pages)
        made = io.BytesIO()
        all_of_them.save(made)
    return made.getvalue()


def _measured(act: Callable[[], None]) -> tuple[float, float]:
    """Seconds by the clock, and seconds of processor time in this process and all below it, the database's too."""
    began, spent = perf_counter(), _spent()
    act()
    return perf_counter() - began, _spent() - spent


def _spent() -> float:
    total = 0
    for pid in (os.getpid(), *descendants(os.getpid())):
        with suppress(OSError):
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
            total += sum(map(int, fields[11:15]))  # its own, and that of those it waited for
    return total / os.sysconf("SC_CLK_TCK")


def _scans(folder: Path) -> list[Scan]:
    chance = random.Random(3)
    made = []
    for number in range(SCANS):
        language = "ka" if number % 4 else "en"  # of the tray, and Latin
        subject = chance.choice([each for each in letters.SUBJECTS if each.language == language])
        pdf = scanner.scan(letters.letter(subject, chance).text, language, chance)
        picture = folder / f"{number}.png"
        _picture_of(pdf).save(picture, dpi=(DPI, DPI))
        made.append(Scan(language, pdf, picture))
    return made


def _picture_of(pdf: bytes) -> Image.Image:
    """The scan inside its PDF, as the scanner made it."""
    start = pdf.index(b"\xff\xd8\xff")
    return Image.open(io.BytesIO(pdf[start:])).convert("L")


def _each(act: Callable[[Scan], object], scans: Sequence[Scan]) -> None:
    with ThreadPoolExecutor(TOGETHER) as pool:
        list(pool.map(act, scans))


def _alone(scan: Scan) -> None:
    command = ["tesseract", str(scan.picture), str(scan.picture.with_suffix("")), "-l", MODELS]
    subprocess.run([*command, "--dpi", str(DPI), "tsv"], check=True, stderr=subprocess.DEVNULL)


def _recognised(scan: Scan) -> None:
    page = Pictures(scan.picture).image(1)
    read_page(
        page.image, dpi=page.dpi, languages=["ka", "hy", "ru", "en"], engine=Engine(), at=scan.picture.with_suffix("")
    )


def _pipeline(here: Stage, waiting: Sequence[int]) -> None:
    """Stored contents of registered letters are looked into until their text is in the index."""
    before = _found(here)
    _look(here, waiting)
    end = time.monotonic() + 600
    while _found(here) - before < len(waiting):
        if time.monotonic() > end:
            raise RuntimeError("the scans were not found after ten minutes")
        time.sleep(0.1)


def _whole(here: Stage, waiting: Sequence[int]) -> None:
    """The same until every page is read, found, and in the searchable copy of its scan."""
    _look(here, waiting)
    end = time.monotonic() + 600
    while True:
        with here.house.transaction() as session:
            left = [waiting_for(session, kind) for kind in (Kind.LOOK_INSIDE, Kind.INDEX, Kind.MAKE_COPY)]
            copies_made = copied(session, waiting)
        if len(copies_made) == len(waiting) and not any(each.waiting or each.running for each in left):
            return
        if time.monotonic() > end:
            raise RuntimeError("the scans had no copies after ten minutes")
        time.sleep(0.1)


def _look(here: Stage, waiting: Sequence[int]) -> None:
    with here.house.transaction() as session:
        for content_id in waiting:
            defer(
                session,
                Kind.LOOK_INSIDE,
                content_id,
                organisation_id=here.town.books[RegisterKind.INCOMING].organisation_id,
            )


def _drained(here: Stage) -> None:
    """Wait until the searchable copies of the round before are made: they are none of the next one's work."""
    while True:
        with here.house.transaction() as session:
            left = waiting_for(session, Kind.MAKE_COPY)
        if not left.waiting and not left.running:
            return
        time.sleep(0.1)


def _on_a_letter(here: Stage, scan: Scan) -> int:
    """Store the scan and put it on a registered letter, which nobody looks into yet."""
    stored = here.house.store.put(io.BytesIO(scan.pdf), limit=1 << 30)
    with here.house.transaction() as session:
        nino = actor_for(session, session.scalars(select(Official).where(Official.login == "nino")).one())
        book = here.town.books[RegisterKind.INCOMING]
        card = Card(summary="-", correspondent_name="-", language=scan.language)
        document = register(session, nino, book, card, idempotency_key=stored.key)
        system = Actor.system(book.organisation_id)
        content = contents.enter(session, system, organisation_id=book.organisation_id, stored=stored, name="-")
        contents.attach(session, nino, document, content, ContentRole.ORIGINAL)
        return content.content_id


def _found(here: Stage) -> int:
    """How many entries hold the text of their papers."""
    with here.house.transaction() as session:
        return (
            session.scalar(select(func.count()).select_from(SearchEntry).where(func.length(SearchEntry.lexemes) > 60))
            or 0
        )
