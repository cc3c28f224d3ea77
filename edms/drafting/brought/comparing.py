"""Two PDFs compared as a reader sees them: drawn page by page, dot by dot. Runs inside the sandbox."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

import pypdfium2

from edms.capture import forms

DPI = 96
MOST_DOTS = 8_000_000  # of a page; larger ones are drawn coarser
NOISE = 40  # of 255: how far the edge of a letter may differ that was drawn by another way
GAP = 12  # dots: changed lines nearer than this are shown as one place
MOST_PLACES = 20  # of a page
MOST_TOLD = 60  # values that are not to be seen
LONGEST_VALUE = 120

Bitmap = tuple[int, int, int, memoryview]  # width, height, bytes of a line, dots in grey


@dataclass(frozen=True)
class Place:
    """Where a page looks otherwise; the measures are parts of the page's width and height, from its upper left."""

    page: int
    x: float
    y: float
    width: float
    height: float

    def as_json(self) -> dict[str, Any]:
        """For the row."""
        return asdict(self)


def differences(before: pypdfium2.PdfDocument, after: pypdfium2.PdfDocument) -> Iterator[Place]:
    """Every place that looks otherwise. `before` has its forms at hand. A page too many or too few differs as a whole."""
    for number in range(max(len(before), len(after))):
        if number >= min(len(before), len(after)):
            yield Place(number + 1, 0.0, 0.0, 1.0, 1.0)
            continue
        yield from _of_page(number + 1, _drawn(before, number), _drawn(after, number))


def unseen(before: pypdfium2.PdfDocument, after: pypdfium2.PdfDocument) -> Iterator[dict[str, Any]]:
    """What is typed into fields of `before` and cannot be read in its place in `after`: page and value."""
    told = 0
    for number in range(min(len(before), len(after))):
        page = before[number]
        found = forms.values(page, before.formenv)
        page.close()
        if not found:
            continue
        there = after[number]
        words = there.get_textpage()
        for value, (left, bottom, right, top) in found:
            seen = words.get_text_bounded(left=left - 2, bottom=bottom - 2, right=right + 2, top=top + 2)
            if "".join(value.split()) not in "".join(seen.split()) and told < MOST_TOLD:
                told += 1
                yield {"page": number + 1, "value": value[:LONGEST_VALUE]}
        words.close()
        there.close()


def _drawn(document: pypdfium2.PdfDocument, number: int) -> Bitmap:
    page = document[number]
    width, height = page.get_size()
    scale = min(DPI / 72, (MOST_DOTS / max(1.0, width * height)) ** 0.5)
    bitmap = page.render(scale=scale, grayscale=True)
    dots = bytes(bitmap.buffer)
    size = bitmap.width, bitmap.height, bitmap.stride
    bitmap.close()
    page.close()
    return *size, memoryview(dots)


def _of_page(page: int, before: Bitmap, after: Bitmap) -> Iterator[Place]:
    width, height, stride, old = before
    if (width, height) != after[:2]:
        yield Place(page, 0.0, 0.0, 1.0, 1.0)
        return
    new, there = after[3], after[2]
    places: list[tuple[int, int, int, int]] = []  # left, top, right, bottom
    for y in range(height):
        one, other = old[y * stride : y * stride + width], new[y * there : y * there + width]
        if one == other:
            continue
        changed = [x for x, (a, b) in enumerate(zip(one, other, strict=True)) if abs(a - b) > NOISE]
        if not changed:
            continue
        left, right = changed[0], changed[-1] + 1
        if places and y - places[-1][3] < GAP:
            last = places[-1]
            places[-1] = (min(last[0], left), last[1], max(last[2], right), y + 1)
        else:
            places.append((left, y, right, y + 1))
    if len(places) > MOST_PLACES:
        places = [(min(p[0] for p in places), places[0][1], max(p[2] for p in places), places[-1][3])]
    for left, top, right, bottom in places:
        yield Place(page, left / width, top / height, (right - left) / width, (bottom - top) / height)
