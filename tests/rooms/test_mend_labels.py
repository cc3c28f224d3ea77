"""A label printed first, a scan that comes later: it finds its letter by the code, and nothing else does."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pypdfium2
import pytest
from PIL import Image
from sqlalchemy import select
from sqlalchemy.orm import Session

from edms import clock
from edms.access.actor import Actor
from edms.capture import labelled, reading
from edms.capture.labelled import Meaning
from edms.capture.tesseract import Engine
from edms.db.engine import transaction
from edms.drafting.paper.labels import Label, label, label_sheet
from edms.errors import Forbidden, RuleBroken
from edms.events import Event, EventLine
from edms.registry import arrivals, contents, labels
from edms.registry.card import Card
from edms.registry.models import Arrival, Document
from edms.registry.registration import register
from edms.registry.words import ArrivalState, Channel, ContentRole, Tray
from edms.storage.folder import FolderStore
from tests import cast

KEY, OTHER_KEY = b"k" * 32, b"o" * 32
NO_ENGINE = Engine("/nonexistent/tesseract")
"""Labels are read without it, and pages here have no words."""


class Counter:
    """An office that registers on paper, prints labels, and scans."""

    def __init__(self, sessions: Any, folder: Any) -> None:
        self.sessions, self.store = sessions, FolderStore(folder)
        with self.transaction() as session:
            self.office = cast.office(session)

    @contextmanager
    def transaction(self) -> Iterator[Session]:
        with transaction(self.sessions) as session:
            yield session

    def on_paper(self, summary: str = "თხოვნა") -> tuple[int, str]:
        """A letter that waits for its scan: its id, and the code of its label."""
        with self.transaction() as session:
            card = Card(summary=summary, correspondent_name="ანა კალანდაძე", case_index="12-05")
            book = session.merge(self.office.incoming)
            made = register(session, self.nino(session), book, card, idempotency_key=None, waiting_scan=True)
            return made.document_id, self.code(made)

    def code(self, made: Document, key: bytes = KEY, town: str = "kvemo") -> str:
        return labels.code(key, town, made.register_id, made.year, made.serial)

    def nino(self, session: Session) -> Actor:
        return cast.Person(session, session.merge(self.office.registrar.official)).actor()

    def scanned(self, *pages: Image.Image) -> int:
        """What a scanner makes of the pages, taken in and read; its arrival."""
        made = io.BytesIO()
        pages[0].save(made, "PDF", save_all=True, append_images=list(pages[1:]), resolution=200, quality=80)
        stored = self.store.put(io.BytesIO(made.getvalue()), limit=1 << 30)
        here = self.office.organisation.organisation_id
        with self.transaction() as session:
            content = contents.enter(session, Actor.system(here), organisation_id=here, stored=stored, name="scan.pdf")
            arrival = arrivals.take_in(
                session, Actor.system(here), organisation_id=here, tray=Tray.SCAN, channel=Channel.SCAN, content=content
            )
            arrival_id, content_id = arrival.arrival_id, content.content_id
        reading.look_inside(self.transaction, self.store, content_id, engine=NO_ENGINE)
        return arrival_id

    def follow(self, arrival_id: int) -> str | None:
        with self.transaction() as session:
            return labelled.follow(session, KEY, session.get_one(Arrival, arrival_id).content_id or 0)

    def means(self, arrival_id: int) -> labelled.Found | None:
        with self.transaction() as session:
            arrival = session.get_one(Arrival, arrival_id)
            content_id = arrival.content_id or 0
            return labelled.found_on(session, KEY, arrival.organisation_id, [content_id]).get(content_id)

    def state(self, arrival_id: int) -> ArrivalState:
        with self.transaction() as session:
            return session.get_one(Arrival, arrival_id).state


@pytest.fixture(scope="module")
def counter(database, tmp_path_factory) -> Counter:
    return Counter(database.sessions, tmp_path_factory.mktemp("store"))


def page(code: str | None, *, lean: float = 1.5) -> Image.Image:
    """A page of A4 at 200 dots per inch with the printed label stuck on it, a little askew."""
    paper = Image.new("L", (1654, 2339), 248)
    if code is not None:
        printed = label(Label("ka", "ქვემოს მერია", "12-05/417", clock.today("Asia/Tbilisi"), 2, 0, code))
        stuck = pypdfium2.PdfDocument(printed.pdf)[0].render(scale=200 / 72).to_pil().convert("L")
        paper.paste(stuck.rotate(lean, expand=True, fillcolor=248, resample=Image.Resampling.BICUBIC), (1000, 80))
    return paper


def test_a_scan_finds_the_letter_that_waits_for_it(counter):
    document_id, code = counter.on_paper()
    arrival_id = counter.scanned(page(code), page(None))
    assert counter.follow(arrival_id) is not None
    with counter.transaction() as session:
        document, arrival = session.get_one(Document, document_id), session.get_one(Arrival, arrival_id)
        assert (arrival.state, arrival.document_id) == (ArrivalState.JOINED, document_id)
        assert not document.waiting_scan
        assert [p.role for p in contents.papers(session, document)] == [ContentRole.ORIGINAL]
        line = session.scalars(select(EventLine).where(EventLine.kind == Event.ARRIVAL_JOINED)).all()[-1]
        assert line.detail["by"] == "label" and line.leaf_id is not None and line.document_id == document_id
    assert counter.follow(arrival_id) is None


def test_a_second_scan_is_proposed_and_never_joined(counter):
    _, code = counter.on_paper()
    first, second = counter.scanned(page(code)), counter.scanned(page(code))
    assert counter.follow(first) is not None
    assert counter.follow(second) is None
    assert counter.means(second).meaning is Meaning.HAS_SCAN
    assert counter.state(second) is ArrivalState.WAITING


def test_who_comes_second_under_the_lock_is_refused(counter):
    document_id, code = counter.on_paper()
    first, second = counter.scanned(page(code)), counter.scanned(page(None))
    counter.follow(first)
    with counter.transaction() as session, pytest.raises(RuleBroken):
        arrival, document = session.get_one(Arrival, second), session.get_one(Document, document_id)
        arrivals.join_by_label(session, Actor.system(arrival.organisation_id), arrival, document)


def test_only_a_machine_lets_scans_follow_their_labels(counter):
    document_id, _ = counter.on_paper()
    arrival_id = counter.scanned(page(None))
    with counter.transaction() as session, pytest.raises(Forbidden):
        arrival, document = session.get_one(Arrival, arrival_id), session.get_one(Document, document_id)
        arrivals.join_by_label(session, counter.nino(session), arrival, document)


Wrong = Callable[[Counter], list[str | None]]
WRONG: list[tuple[Wrong, Meaning]] = [
    (lambda c: [town_of(c, "zemo", KEY)], Meaning.ANOTHER_TOWN),
    (lambda c: [town_of(c, "kvemo", OTHER_KEY)], Meaning.UNKNOWN),
    (lambda c: [c.on_paper()[1], c.on_paper()[1]], Meaning.SEVERAL),
    (lambda c: [labels.code(KEY, "kvemo", 999_999, 2026, 1)], Meaning.UNKNOWN),
]


def town_of(counter: Counter, town: str, key: bytes) -> str:
    """The label of a waiting letter of ours, as if it were printed by another town, or by somebody without our key."""
    document_id, _ = counter.on_paper()
    with counter.transaction() as session:
        return counter.code(session.get_one(Document, document_id), key, town)


@pytest.mark.parametrize(("codes", "meaning"), WRONG, ids=["another-town", "forged", "two-labels", "no-such-register"])
def test_a_wrong_label_leaves_the_scan_in_the_tray_and_says_why(counter, codes, meaning):
    arrival_id = counter.scanned(*(page(code) for code in codes(counter)))
    assert counter.follow(arrival_id) is None
    assert counter.means(arrival_id).meaning is meaning
    assert counter.state(arrival_id) is ArrivalState.WAITING


def test_another_town_of_this_system_is_called_by_its_name(counter):
    arrival_id = counter.scanned(page(town_of(counter, "zemo", KEY)))
    assert counter.means(arrival_id).said == "ზემოს მუნიციპალიტეტი"


def test_a_page_without_a_label_or_with_a_code_of_a_shop_means_nothing(counter):
    assert counter.means(counter.scanned(page(None), page("https://shop.example/p/1"))) is None


def test_a_sheet_begins_at_the_first_free_place_and_every_label_is_read_from_it(counter):
    codes = [labels.code(KEY, "kvemo", 1, 2026, n) for n in range(1, 27)]
    made = [Label("hy", "Ներքինի համայնքապետարան", f"12-05/{n}", None, 1, 0, code) for n, code in enumerate(codes)]
    printed = label_sheet(made, title="labels", first=23)
    assert printed.pages == 2
    pages = [p.render(scale=200 / 72).to_pil().convert("L") for p in pypdfium2.PdfDocument(printed.pdf)]
    assert [p.size for p in pages] == [(1654, 2339)] * 2
    # A page of a scan bears a few labels at most: each row of the sheet is one such page.
    rows = [p.crop((0, top * 291, 1654, top * 291 + 300)) for p in pages for top in range(8)]
    found = [code for row in rows for code in codes_of(row)]
    assert sorted(found) == sorted(codes) and codes_of(pages[0].crop((0, 0, 1654, 7 * 291))) == []


def codes_of(picture: Image.Image) -> list[str]:
    from edms.capture.codes import labels_on

    return labels_on(picture)
