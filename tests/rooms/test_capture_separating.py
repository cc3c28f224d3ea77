"""A separator sheet between two letters divides their scan; a blank page makes a person look."""

from __future__ import annotations

import io
from collections.abc import Sequence

import pikepdf
import pypdfium2
import pytest
from PIL import Image, ImageDraw

from edms.capture import blanks, labelled, separating
from edms.capture import remaking as bytes_of
from edms.drafting.paper.separators import separator_sheet
from edms.errors import Invalid, RuleBroken
from edms.registry import separators
from edms.registry.models import Arrival
from edms.registry.remaking import acts
from edms.registry.remaking.models import RemakingKind
from edms.registry.remaking.plan import Sheet, check
from edms.registry.words import ArrivalState
from tests.rooms.scans import Scans, signed_pdf
from workers import ocr

KEY = b"k" * 32


class House:
    """What the worker needs of one."""

    def __init__(self, scans: Scans) -> None:
        self.transaction, self.store, self.label_key = scans.transaction, scans.store, KEY


@pytest.fixture(scope="module")
def scans(database, tmp_path_factory) -> Scans:
    return Scans(database.sessions, tmp_path_factory.mktemp("store"))


def sheet(key: bytes = KEY, town: str = "kvemo") -> Image.Image:
    made = separator_sheet(language="ka", office="ქვემო", code=separators.code(key, town))
    assert made.pages == 1
    return pypdfium2.PdfDocument(made.pdf)[0].render(scale=100 / 72).to_pil().convert("L")


def page(number: int) -> Image.Image:
    """A page that can be told from the others by its size."""
    image = Image.new("L", (827 + number, 1169), 248)
    draw = ImageDraw.Draw(image)
    for row in range(12):
        draw.rectangle((120, 150 + 60 * row, 600, 162 + 60 * row), fill=30)
    return image


BLANK = Image.new("L", (827, 1169), 246)


def scan(pages: Sequence[Image.Image]) -> bytes:
    made = io.BytesIO()
    pages[0].save(made, "PDF", save_all=True, append_images=list(pages[1:]), resolution=100)
    return made.getvalue()


def numbers(pdf: bytes) -> list[int]:
    """Which pages these are."""
    with pikepdf.open(io.BytesIO(pdf)) as opened:
        return [round(float(each.MediaBox[2]) * 100 / 72) - 827 for each in opened.pages]


def letters(scans: Scans, arrival_id: int) -> list[list[int]]:
    """The pages of what waits in place of a scan."""
    with scans.transaction() as session:
        content_id = session.get_one(Arrival, arrival_id).content_id
        waiting = session.query(Arrival).filter(Arrival.state == ArrivalState.WAITING).order_by(Arrival.arrival_id)
        made = [each.content for each in waiting if each.content.parent_id == content_id]
        return [numbers(scans.bytes_of(content)) for content in made]


def follow(scans: Scans, arrival_id: int) -> None:
    ocr.follow_label(House(scans), scans.content(arrival_id).content_id)


def test_scan_is_divided_at_the_sheet_which_belongs_to_no_letter(scans: Scans) -> None:
    whole = scan([page(1), page(2), sheet(), page(3), sheet(), BLANK, page(4), page(5)])
    arrival_id = scans.scan(whole)
    follow(scans, arrival_id)
    assert letters(scans, arrival_id) == [[1, 2], [3], [4, 5]]
    assert scans.arrival(arrival_id).state is ArrivalState.REMADE
    assert scans.bytes_of(scans.content(arrival_id)) == whole
    with scans.transaction() as session:
        assert labelled.found_on(session, KEY, scans.here, [scans.content(arrival_id).content_id]) == {}


def test_what_a_person_took_back_is_not_divided_again(scans: Scans) -> None:
    arrival_id = scans.scan(scan([page(1), sheet(), page(2)]))
    follow(scans, arrival_id)
    with scans.transaction() as session:
        [(act, made)] = acts.of_content(session, scans.content(arrival_id).content_id)
        assert (act.kind, made, act.made_by_id) == (RemakingKind.DIVIDED, False, None)
        acts.undo(session, scans.who(session), act)
    follow(scans, arrival_id)
    assert scans.arrival(arrival_id).state is ArrivalState.WAITING
    assert letters(scans, arrival_id) == []


@pytest.mark.parametrize(("key", "town"), [(b"o" * 32, "kvemo"), (KEY, "zemo")])
def test_sheet_of_another_office_or_hand_divides_nothing_but_is_shown(scans: Scans, key: bytes, town: str) -> None:
    arrival_id = scans.scan(scan([page(1), sheet(key, town), page(2)]))
    follow(scans, arrival_id)
    assert scans.arrival(arrival_id).state is ArrivalState.WAITING
    with scans.transaction() as session:
        assert separating.beginnings(session, scans.content(arrival_id).content_id, 3) == [3]


def test_signed_pdf_is_never_divided(scans: Scans) -> None:
    whole = signed_pdf(scan([page(1), sheet(), page(2)]))
    arrival_id = scans.scan(whole)
    follow(scans, arrival_id)
    assert scans.arrival(arrival_id).state is ArrivalState.WAITING
    assert scans.bytes_of(scans.content(arrival_id)) == whole
    content = scans.content(arrival_id)
    with scans.transaction() as session:
        wanted = bytes_of.plan(session, [content], [[Sheet(content.content_id, 1)], [Sheet(content.content_id, 3)]])
    with pytest.raises(RuleBroken):
        bytes_of.make(scans.store, wanted)


def test_blank_page_is_offered_as_a_place_to_cut_and_cuts_nothing_by_itself(scans: Scans) -> None:
    arrival_id = scans.scan(scan([page(1), BLANK, page(2), page(3), page(4)]))
    follow(scans, arrival_id)
    assert scans.arrival(arrival_id).state is ArrivalState.WAITING
    with scans.transaction() as session:
        content_id = scans.content(arrival_id).content_id
        assert separating.blank_pages(session, content_id) == {2}
        assert separating.beginnings(session, content_id, 5) == [3]
    scans.remake([arrival_id], [[(0, 1, 0)], [(0, 3, 0), (0, 4, 0), (0, 5, 0)]])
    assert letters(scans, arrival_id) == [[1], [2, 3, 4]]


def test_page_that_says_something_is_never_left_out() -> None:
    groups = [[Sheet(1, 1)], [Sheet(1, 3)]]
    with pytest.raises(Invalid):
        check(groups, {1: 3})
    with pytest.raises(Invalid):
        check(groups, {1: 3}, spare={(1, 1)})
    assert check(groups, {1: 3}, spare={(1, 2)}) is RemakingKind.DIVIDED


CUTS = [
    ({3}, 5, [4]),  # between two letters
    ({2, 4}, 4, []),  # the backs of two sheets
    ({2, 4, 6}, 8, []),
    ({3, 4}, 6, [5]),  # a blank sheet, both sides of it
    ({2, 3, 4}, 6, [5]),  # a back, and a blank sheet after it
    ({2, 5}, 6, [3, 6]),  # of one side: the fifth is no back
    ({1}, 3, []),
    ({5}, 5, []),
    ({1, 2, 3}, 3, []),
    (set(), 4, []),
]


@pytest.mark.parametrize(("blank", "pages", "begins"), CUTS)
def test_backs_of_sheets_part_nothing(blank: set[int], pages: int, begins: list[int]) -> None:
    assert blanks.cuts(blank, pages) == begins
