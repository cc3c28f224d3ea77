"""Sheets photographed on a table: found, laid flat, and what was read on them told of the photograph."""

from __future__ import annotations

import random
from collections.abc import Sequence

import pytest
from PIL import Image

from edms.capture import framing
from edms.capture.recognise import Reading, told_back, turned
from edms.capture.tesseract import Word
from edms.demo import letters, scanner, spoiling

SIZE = (620, 877)
MARK = (200, 300, 260, 330)
"""Left, top, right and bottom of a black mark on the sheet."""


def sheet() -> Image.Image:
    page = Image.new("L", SIZE, 244)
    for top in range(400, 820, 16):  # lines of print
        for left in range(60, 560, 40):
            page.paste(130, (left, top, left + 30, top + 6))
    page.paste(0, MARK)
    return page


def photographed(corners: Sequence[tuple[float, float]], table: int = 70) -> Image.Image:
    ground = Image.effect_noise(SIZE, 10).point(lambda value: max(0, value - 128 + table))
    return spoiling.seen(sheet(), ground, [(x * SIZE[0], y * SIZE[1]) for x, y in corners])


def slants() -> list[tuple[tuple[float, float], ...]]:
    chance = random.Random(7)
    places = ((0.12, 0.1), (0.88, 0.1), (0.88, 0.9), (0.12, 0.9))
    return [
        tuple((x + chance.uniform(-0.06, 0.06), y + chance.uniform(-0.06, 0.06)) for x, y in places) for _ in range(6)
    ]


@pytest.mark.parametrize("table", [20, 90, 170])
def test_corners_of_a_sheet_are_found_however_it_lies(table: int) -> None:
    for corners in slants():
        found = framing.sheet_in(photographed(corners, table))
        assert found is not None
        for (x, y), (u, v) in zip(corners, found, strict=True):
            assert abs(x * SIZE[0] - u) < 9 and abs(y * SIZE[1] - v) < 9


def test_sheet_that_runs_out_of_the_picture_is_laid_flat_as_far_as_it_is_seen() -> None:
    found = framing.flat(photographed(((0.1, -0.02), (0.9, -0.02), (0.95, 1.02), (0.05, 1.02))), 75)
    assert found is not None and found.image.height > found.image.width


def test_page_without_a_table_around_it_is_left_as_it_is() -> None:
    chance = random.Random(11)
    page = scanner.page(letters.letter(letters.SUBJECTS[0], chance).text, letters.SUBJECTS[0].language, chance).reduce(
        2
    )
    for poor in (lambda good, _: good, spoiling.shadowed, spoiling.photographed, spoiling.greyed, spoiling.faded):
        assert framing.flat(poor(page, random.Random(1)), 150) is None


@pytest.mark.parametrize(
    "picture",
    [
        Image.new("L", SIZE, 30), Image.new("L", SIZE, 250), Image.linear_gradient("L").resize(SIZE),
        Image.radial_gradient("L").resize(SIZE), Image.effect_noise(SIZE, 90), Image.new("L", (40, 30), 128),
    ],
)  # fmt: skip
def test_picture_without_a_sheet_is_left_as_it_is(picture: Image.Image) -> None:
    assert framing.flat(picture, 300) is None


@pytest.mark.parametrize("rotation", [0, 90, 180, 270])
@pytest.mark.parametrize("skew", [0.0, 3.0])
def test_box_of_a_word_lies_on_what_the_photograph_shows(rotation: int, skew: float) -> None:
    photograph = photographed(slants()[3], 120)
    laid = framing.flat(photograph, 75)
    assert laid is not None
    read = turned(laid.image, rotation, skew)
    told = told_back(Reading(read, [word(dark(read))], 90.0, "ka", rotation, skew), laid, photograph)
    assert (told.rotation, told.skew) == (rotation, 0.0)
    seen = turned(photograph, rotation, 0.0)
    assert told.image.tobytes() == seen.tobytes()
    [box] = told.words
    at = (box.left, box.top, box.left + box.width, box.top + box.height)
    assert all(abs(a - b) <= 5 for a, b in zip(at, dark(seen), strict=True)), (at, dark(seen))


def dark(image: Image.Image) -> tuple[int, int, int, int]:
    """The box of what is black."""
    found = image.point([255 * (value < 40) for value in range(256)]).getbbox()
    assert found is not None
    return found


def word(box: tuple[int, int, int, int]) -> Word:
    left, top, right, bottom = box
    return Word("x", left, top, right - left, bottom - top, 90.0, 1, 1, 1)
