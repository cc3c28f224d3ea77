"""Reading contents into the database: page by page, once, fairly, whatever dies meanwhile."""

from __future__ import annotations

import hashlib
import io
import os
import random
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pikepdf
import pytest
from PIL import Image
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from edms import words
from edms.access.actor import Actor
from edms.capture import reading, tesseract, unread
from edms.capture.models import Capture, CaptureState, PageText, Rendition, Suggestion, TextSource
from edms.capture.tesseract import Engine
from edms.db.engine import Sessions, transaction
from edms.demo import letters, scanner
from edms.jobs import Kind, defer, parked, retry
from edms.language import straight
from edms.registry import contents
from edms.registry.card import Card
from edms.registry.models import Content, Register
from edms.registry.registration import register
from edms.registry.words import ContentRole
from edms.staff.actors import actor_for
from edms.staff.models import Official
from edms.storage.folder import FolderStore
from tests import cast
from tests.units import hostile_files as files

if TYPE_CHECKING:
    from tests.conftest import Database


class Desk:
    """A content store and a database with one office: takes bytes in and reads them as a worker would."""

    def __init__(self, sessions: Sessions, folder: Path) -> None:
        self.sessions, self.store = sessions, FolderStore(folder)
        with self.transaction() as session:
            office = cast.office(session)
            self.ours, self.theirs = office.organisation.organisation_id, office.neighbour.organisation_id

    @contextmanager
    def transaction(self) -> Iterator[Session]:
        with transaction(self.sessions) as session:
            yield session

    def took_in(self, whole: bytes, name: str = "content") -> int:
        stored = self.store.put(io.BytesIO(whole), limit=1 << 30)
        with self.transaction() as session:
            made = contents.enter(session, Actor.system(self.ours), organisation_id=self.ours, stored=stored, name=name)
            return made.content_id

    def read(self, content_id: int, engine: Engine | None = None) -> Capture:
        reading.look_inside(self.transaction, self.store, content_id, engine=engine)
        return self.state(content_id)

    def state(self, content_id: int) -> Capture:
        with self.transaction() as session:
            state = session.get_one(Capture, content_id)
            session.expunge(state)
            return state

    def pages(self, content_id: int) -> list[PageText]:
        with self.transaction() as session:
            found = select(PageText).where(PageText.content_id == content_id).order_by(PageText.page)
            pages = list(session.scalars(found))
            session.expunge_all()
            return pages

    def inside(self, content_id: int) -> list[Content]:
        with self.transaction() as session:
            found = list(
                session.scalars(select(Content).where(Content.parent_id == content_id).order_by(Content.content_id))
            )
            session.expunge_all()
            return found

    def done(self, content_id: int) -> int:
        with self.transaction() as session:
            state = session.get(Capture, content_id)
            return state.pages_done if state is not None else 0

    def jobs(self, kind: Kind = Kind.LOOK_INSIDE) -> list[int]:
        with self.transaction() as session:
            rows = session.execute(
                text("SELECT args FROM procrastinate_jobs WHERE task_name = :kind AND status = 'todo' ORDER BY id"),
                {"kind": kind.value},
            )
            return [row.args["subject_id"] for row in rows]


@pytest.fixture
def desk(committed: Sessions, tmp_path: Path) -> Desk:
    return Desk(committed, tmp_path / "store")


def double(folder: Path, script: str) -> Engine:
    """An engine that lists its languages as the real one does and then does what the script says."""
    path = folder / "tesseract"
    listing = "List of available languages (4):\neng\nhye\nkat\nrus"
    path.write_text(f'#!/bin/sh\nif [ "$1" = --list-langs ]; then printf "{listing}\\n"; exit 0; fi\n{script}\n')
    path.chmod(0o755)
    return Engine(str(path), page_seconds=1.0)


def scan(language: str = "ka") -> bytes:
    subject = next(s for s in letters.SUBJECTS if s.language == language)
    return scanner.scan(letters.letter(subject, random.Random(5)).text, language, random.Random(5))


def test_letter_on_paper_is_read_with_boxes_pictures_and_guesses(desk: Desk) -> None:
    whole = scan()
    content_id = desk.took_in(whole)
    state = desk.read(content_id)
    [page] = desk.pages(content_id)
    assert (state.state, state.reason, state.pages, state.language) == (CaptureState.READ, None, 1, "ka")
    assert page.source is TextSource.OCR and "განცხადება" in page.text and page.confidence > 80
    assert all(0 <= value <= 1 for word in page.words for value in word[1:5])
    with desk.transaction() as session:
        pictures = {(r.kind.value, r.page): r for r in session.scalars(select(Rendition))}
        assert set(pictures) == {("preview", 1), ("thumbnail", 1)}
        with desk.store.open(pictures["preview", 1].store_key) as picture:
            assert picture.read(3) == b"\xff\xd8\xff"
        guesses = {s.field: s for s in session.scalars(select(Suggestion))}
    assert guesses["document_type"].value == "application" and guesses["correspondent_name"].box
    with desk.store.open(_key(desk, content_id)) as kept:
        assert hashlib.sha256(kept.read()).digest() == hashlib.sha256(whole).digest()


def test_reading_again_changes_nothing(desk: Desk) -> None:
    content_id = desk.took_in(files.pdf("One page of a letter", "Another page of it"))
    before = (desk.read(content_id).ended_at, [p.page_text_id for p in desk.pages(content_id)])
    assert (desk.read(content_id).ended_at, [p.page_text_id for p in desk.pages(content_id)]) == before


def test_attachments_are_contents_of_their_own_under_their_names_as_they_read(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    attached = [(name, f"words of {n}".encode()) for n, name in enumerate(files.HOSTILE_NAMES) if "\r" not in name]
    content_id = desk.took_in(files.letter("თემა", "ტექსტი", *attached).as_bytes())
    desk.read(content_id)
    inside = desk.inside(content_id)
    assert [c.name for c in inside] == [straight(name) for name, _ in attached]  # nothing turns the order of letters
    assert desk.jobs() == [c.content_id for c in inside]
    assert list(tmp_path.glob("edms-*")) == []
    with desk.store.open(inside[0].store_key) as first:
        assert first.read() == b"words of 0"


def test_letter_within_a_letter_within_a_container_is_read_to_the_innermost(desk: Desk) -> None:
    inner = files.letter("შიდა წერილი", "the innermost words", ("report.docx", files.docx("ანგარიში")))
    outer = files.letter("outer")
    outer.add_attachment(inner)
    top = desk.took_in(files.container({"letter.eml": outer.as_bytes()}))
    desk.read(top)
    [mail] = desk.inside(top)
    desk.read(mail.content_id)
    [forwarded] = desk.inside(mail.content_id)
    assert forwarded.name == "შიდა წერილი.eml"
    desk.read(forwarded.content_id)
    assert "the innermost words" in desk.pages(forwarded.content_id)[0].text
    [report] = desk.inside(forwarded.content_id)
    desk.read(report.content_id)
    assert report.name == "report.docx" and desk.pages(report.content_id)[0].text == "ანგარიში"


def test_document_is_indexed_anew_when_what_is_attached_was_read(desk: Desk) -> None:
    content_id = desk.took_in(files.letter("x", "y", ("a.txt", b"inside")).as_bytes())
    with desk.transaction() as session:
        registrar = actor_for(session, session.scalars(select(Official).where(Official.login == "nino")).one())
        book = session.scalars(select(Register).where(Register.organisation_id == desk.ours).limit(1)).one()
        card = Card(summary="გზის შეკეთების თხოვნა", correspondent_name="ანა კალანდაძე")
        document = register(session, registrar, book, card, idempotency_key="once")
        contents.attach(session, registrar, document, session.get_one(Content, content_id), ContentRole.ORIGINAL)
        document_id = document.document_id
        session.execute(text("DELETE FROM procrastinate_jobs"))
    desk.read(content_id)
    [inside] = desk.inside(content_id)
    desk.read(inside.content_id)
    assert desk.jobs(Kind.INDEX) == [document_id, document_id]


def test_letters_nested_without_end_are_opened_so_far_and_no_further(desk: Desk) -> None:
    content_id = desk.took_in(files.nested_mail(20))
    for depth in range(30):  # noqa: B007
        desk.read(content_id)
        inside = desk.inside(content_id)
        if not inside:
            break
        content_id = inside[0].content_id
        if (state := _maybe(desk, content_id)) is not None:
            assert state.reason == "capture.unfolds_too_far"
            break
    assert 5 < depth < 12


def test_page_that_ends_its_reader_stays_unread_and_the_others_are_read(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "ACT_SECONDS", 1.0)
    content_id = desk.took_in(files.hanging_pdf())
    state = desk.read(content_id)
    assert [(p.page, bool(p.text), p.reason) for p in desk.pages(content_id)] == [
        (1, True, None),
        (2, False, "sandbox.too_long"),
        (3, True, None),
    ]
    assert (state.state, state.reason) == (CaptureState.READ, "sandbox.too_long")


ENGINES = {
    "crashes": ("kill -SEGV $$", "capture.ocr_failed"),
    "fails": ("echo 'Error in pixRead' >&2; exit 1", "capture.ocr_failed"),
    "never ends": ("sleep 60", "capture.ocr_too_long"),
    "runs out of memory": ("exec python3 -c 'bytearray(9 << 40)'", "capture.ocr_failed"),
    "says nothing": ("exit 0", "capture.ocr_failed"),
    "writes no letters": (r"printf 'level\tpage_num\t\377\376\n5\t\200' > $2.tsv", "capture.ocr_failed"),
    "writes nonsense": ("echo '<html>' > $2.tsv", "capture.ocr_failed"),
    "was killed": ("kill -KILL $$", "capture.ocr_too_long"),
}


@pytest.mark.parametrize("does", ENGINES)
def test_engine_that_fails_leaves_the_page_as_a_picture_with_the_reason(desk: Desk, tmp_path: Path, does: str) -> None:
    script, reason = ENGINES[does]
    content_id = desk.took_in(files.picture((900, 400)))
    state = desk.read(content_id, double(tmp_path, script))
    [page] = desk.pages(content_id)
    assert (state.state, state.reason, page.reason, page.text) == (CaptureState.UNREAD, reason, reason, "")
    with desk.transaction() as session:
        assert reading.preview(session, content_id, 1) is not None
    assert words.say("ka", reason) != reason


def test_engine_that_is_not_there_or_lacks_its_languages(desk: Desk, tmp_path: Path) -> None:
    content_id = desk.took_in(files.picture((900, 400)))
    assert desk.read(content_id, Engine(str(tmp_path / "nowhere"))).reason == "capture.ocr_missing"
    engine = double(tmp_path, "exit 1")
    script = Path(engine.path).read_text()
    Path(engine.path).write_text(script.replace("eng\nhye\nkat\nrus", "fra"))
    other = desk.took_in(files.picture((900, 401)))
    assert desk.read(other, engine).reason == "capture.language_missing"


def read_again(desk: Desk, engine: Engine) -> int:
    tesseract._listed.cache_clear()
    with desk.transaction() as session:
        return unread.read_again(session, engine)


def test_what_was_kept_unread_for_want_of_the_engine_is_read_once_it_is_there(desk: Desk, tmp_path: Path) -> None:
    content_id, other = desk.took_in(scan()), desk.took_in(files.pdf("A letter with a text of its own"))
    nowhere = Engine(str(tmp_path / "nowhere"))
    assert desk.read(content_id, nowhere).reason == "capture.ocr_missing"
    desk.read(other, nowhere)
    with desk.transaction() as session:
        before = {r.page: r.store_key for r in session.scalars(select(Rendition).where(Rendition.page == 1))}
        assert unread.waiting(session) == 1
    assert read_again(desk, nowhere) == 0, "it is still not there"
    assert read_again(desk, Engine()) == 1
    assert desk.jobs() == [content_id]
    assert read_again(desk, Engine()) == 0, "it was sent already"
    with desk.transaction() as session:
        assert reading.preview(session, content_id, 1) is not None, "the picture is there meanwhile"
    state = desk.read(content_id)
    [page] = desk.pages(content_id)
    assert (state.state, state.reason, state.pages_done) == (CaptureState.READ, None, 1)
    assert "განცხადება" in page.text and page.reason is None
    with desk.transaction() as session:
        assert unread.waiting(session) == 0
        kept = list(session.scalars(select(Rendition).where(Rendition.content_id == content_id)))
        assert {r.kind.value for r in kept} == {"preview", "thumbnail"} and not {r.store_key for r in kept} & {*before}
        assert session.scalars(select(Suggestion).where(Suggestion.content_id == content_id)).first() is not None
    assert read_again(desk, Engine()) == 0


def test_only_the_pages_that_waited_are_read_again(desk: Desk, tmp_path: Path) -> None:
    def with_scan(made: pikepdf.Pdf) -> None:
        with pikepdf.open(io.BytesIO(scan())) as scanned:
            made.pages.insert(1, scanned.pages[0])

    content_id = desk.took_in(files.pdf("The first page has its own text", "So has the last one", extra=with_scan))
    state = desk.read(content_id, Engine(str(tmp_path / "nowhere")))
    assert (state.state, state.reason) == (CaptureState.READ, "capture.ocr_missing")
    first, _, last = (page.page_text_id for page in desk.pages(content_id))
    assert read_again(desk, Engine()) == 1
    assert desk.read(content_id).reason is None
    pages = desk.pages(content_id)
    assert (pages[0].page_text_id, pages[2].page_text_id) == (first, last)
    assert "განცხადება" in pages[1].text


def test_page_that_read_badly_without_the_office_s_own_model_is_read_again_with_it(desk: Desk, tmp_path: Path) -> None:
    whole = scan()
    content_id = desk.took_in(whole)
    latin = replace(Engine(), names=("eng", "rus"))
    state = desk.read(content_id, latin)
    assert (state.state, state.reason) == (CaptureState.READ, "capture.language_missing")
    assert read_again(desk, latin) == 0
    assert read_again(desk, Engine()) == 1
    assert desk.read(content_id).reason is None
    assert "განცხადება" in desk.pages(content_id)[0].text


def test_page_that_read_well_waits_for_no_model(desk: Desk) -> None:
    content_id = desk.took_in(scan("en"))
    assert desk.read(content_id, replace(Engine(), names=("eng", "rus"))).reason is None


def test_book_is_read_in_turns_and_nothing_twice(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "TURN_SECONDS", 0.0)
    content_id = desk.took_in(files.pdf(*(f"This is page {n} of the book" for n in range(1, 5))))
    for done in (1, 2, 3):
        state = desk.read(content_id)
        assert (state.state, state.pages_done) == (CaptureState.READING, done)
        assert desk.jobs() == [content_id] * done, "the rest is a job of its own"
    assert desk.read(content_id).state is CaptureState.READ
    assert [f"page {p.page} " in p.text for p in desk.pages(content_id)] == [True] * 4


def test_one_office_with_ten_thousand_files_does_not_hold_up_the_scan_of_another(desk: Desk) -> None:
    with desk.transaction() as session:
        for n in range(300):
            defer(session, Kind.LOOK_INSIDE, n, organisation_id=desk.ours)
    with desk.transaction() as session:
        defer(session, Kind.LOOK_INSIDE, 999, organisation_id=desk.theirs)
        order = "SELECT args FROM procrastinate_jobs WHERE status = 'todo' ORDER BY priority DESC, id"
        place = [row.args["subject_id"] for row in session.execute(text(order))].index(999)
    assert place <= 1, "it waits for what is being read, and for one more at most"


def _key(desk: Desk, content_id: int) -> str:
    with desk.transaction() as session:
        return session.get_one(Content, content_id).store_key


def _maybe(desk: Desk, content_id: int) -> Capture | None:
    with desk.transaction() as session:
        state = session.get(Capture, content_id)
        if state is not None:
            session.expunge(state)
        return state


# A worker of its own process, on the database and store of the test; its engine says where it is and is slow.
WORKER = """
import os, sys
from dataclasses import replace
from pathlib import Path
from edms.capture import reading, tesseract, unread
from edms.capture.tesseract import Engine
from edms.db.engine import Urls, engine_for, sessions_of, transaction
from edms.jobs import HABITS, Kind
from edms.storage.folder import FolderStore
from workers import runtime
runtime.HEARTBEAT_SECONDS, runtime.SILENT_SECONDS, runtime.POLL_SECONDS = 0.3, 2, 0.1
HABITS[Kind.RESCUE] = replace(HABITS[Kind.RESCUE], cron="* * * * * */1")
reading.TURN_SECONDS = float(os.environ.get("TEST_TURN_SECONDS", reading.TURN_SECONDS))
reading.LEAST_TURN_SECONDS = min(reading.LEAST_TURN_SECONDS, reading.TURN_SECONDS)
app, owner, folder, engine = sys.argv[1:]
store, sessions = FolderStore(Path(folder)), sessions_of(engine_for(app))
def doing():
    return transaction(sessions)
def look(house, subject_id):
    reading.look_inside(doing, store, subject_id, engine=Engine(engine, page_seconds=60.0))
handlers = {kind: (lambda house, subject_id: None) for kind in Kind}
handlers[Kind.LOOK_INSIDE] = look
farewells = {Kind.LOOK_INSIDE: lambda house, subject_id: reading.give_up(doing, subject_id)}
runtime.run_worker(Urls(app, owner), handlers, house=None, farewells=farewells)
"""


@contextmanager
def worker(database: Database, desk: Desk, engine: Engine) -> Iterator[subprocess.Popen[bytes]]:
    argv = [sys.executable, "-c", WORKER, database.app_url, database.owner_url, str(desk.store.root), engine.path]
    process = subprocess.Popen(argv, env={**os.environ, "PYTHONPATH": os.getcwd()}, stdout=subprocess.DEVNULL)
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def until(holds: Callable[[], object], seconds: float = 120.0) -> None:
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.05)


# Reads every page as one word; the second takes longer than anybody waits.
STUMBLES = r"""
case $1 in *ocr-2.tif) sleep 60;; esac
printf 'level\tpage_num\t\n5\t1\t1\t1\t1\t1\t10\t10\t90\t20\t95\tLetterofmanywords\n' > $2.tsv
"""


def recover(engine: Engine) -> None:
    script = Path(engine.path).read_text()
    Path(engine.path).write_text(script.replace("sleep 60", "true"))


def readers(engine: Engine) -> list[int]:
    """The children of the sandbox that wait for this engine."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            said = (folder / "cmdline").read_bytes()
            if engine.path.encode() in said and b"/ocr-" in said:
                found.append(int((folder / "stat").read_text().rsplit(")", 1)[1].split()[1]))
        except OSError:
            continue
    return found


def three_pages() -> bytes:
    pages = [Image.new("L", (900, 400 + n), 255) for n in range(3)]
    made = io.BytesIO()
    pages[0].save(made, "TIFF", save_all=True, append_images=pages[1:])
    return made.getvalue()


def test_worker_killed_in_the_middle_of_a_page_thrice_parks_the_content_and_the_others_go_on(
    database: Database, desk: Desk, tmp_path: Path
) -> None:
    engine = double(tmp_path, STUMBLES)
    content_id = desk.took_in(three_pages())
    with desk.transaction() as session:
        defer(session, Kind.LOOK_INSIDE, content_id, organisation_id=desk.ours)
    kept: list[int] = []
    for _ in range(3):
        with worker(database, desk, engine) as process:
            until(lambda: desk.done(content_id) == 1 and readers(engine))
            process.kill()
        until(lambda: not readers(engine))
        kept += [page.page_text_id for page in desk.pages(content_id)]
    other = desk.took_in(files.pdf("Another letter in the queue"))
    with desk.transaction() as session:
        defer(session, Kind.LOOK_INSIDE, other, organisation_id=desk.ours)
    with worker(database, desk, engine):
        until(lambda: desk.done(other) == 1)
        until(lambda: desk.state(content_id).state is CaptureState.PARKED)
    with desk.transaction() as session:
        [found] = parked(session)
        assert (found.subject_id, found.message, found.deaths) == (content_id, "jobs.worker_died", 3)
        retry(session, found.job_id)
    assert desk.state(content_id).reason == "capture.parked"
    recover(engine)
    with worker(database, desk, engine):
        until(lambda: desk.state(content_id).state is CaptureState.READ)
    assert [page.page for page in desk.pages(content_id)] == [1, 2, 3]
    assert {desk.pages(content_id)[0].page_text_id} == set(kept), "what was read was not read again"


def test_child_killed_in_the_middle_of_a_page_is_replaced_and_the_page_read(desk: Desk, tmp_path: Path) -> None:
    engine = replace(double(tmp_path, STUMBLES), page_seconds=60.0)
    content_id = desk.took_in(three_pages())
    killed: list[int] = []

    def kill_it() -> None:
        until(lambda: desk.done(content_id) == 1 and readers(engine))
        killed.extend(readers(engine))
        recover(engine)
        os.kill(killed[0], signal.SIGKILL)

    killer = threading.Thread(target=kill_it)
    killer.start()
    state = desk.read(content_id, engine)
    killer.join()
    assert killed and (state.state, state.reason) == (CaptureState.READ, None)
    assert [(p.page, p.text) for p in desk.pages(content_id)] == [(n, "Letterofmanywords") for n in (1, 2, 3)]
