"""Pages with nothing on them: measured on the page's picture (in the sandbox), and where they part two letters (pure)."""

from __future__ import annotations

from collections.abc import Collection

from PIL import Image, ImageChops, ImageFilter

from edms.capture.cleaning import brightness

WIDTH = 800
"""Pixels of the small copy on which ink is looked for."""
ASIDE, ABOVE = 0.08, 0.04
"""Of the page, at its edges, that is not looked at: holes, shadows of the lid, feet of the sheet before."""
INK = 44
"""Steps of 255 by which ink is darker than the paper around it; what shines through from the back is less."""
FAINT = 20
"""The same where nobody was there to read: the last of a toner is not taken for nothing."""
DARK = 96
"""Steps of 255 below which it is not paper that is seen: a page all black went wrong, and is shown."""
LEAST_INK = 0.0002
"""Share of the page: two letters of print are more."""


def is_blank(image: Image.Image, *, ink: int = INK) -> bool:
    """Whether next to nothing on a page image is by `ink` steps darker than its paper."""
    grey = image if image.mode == "L" else image.convert("L")
    small = grey.reduce(max(1, grey.width // WIDTH))
    aside, above = round(small.width * ASIDE), round(small.height * ABOVE)
    inner = small.crop((aside, above, small.width - aside, small.height - above)).filter(ImageFilter.MedianFilter(3))
    if min(inner.size) < 16 or brightness(inner, 0.5) < DARK:
        return False
    paper = inner.reduce(4).filter(ImageFilter.MaxFilter(7)).filter(ImageFilter.GaussianBlur(3)).resize(inner.size)
    inked = ImageChops.subtract(paper, inner).point([255 * (value > ink) for value in range(256)])
    return inked.histogram()[255] < LEAST_INK * inner.width * inner.height


def cuts(blank: Collection[int], pages: int) -> list[int]:
    """The pages, from 1, with which another letter seems to begin, by the blank pages of a scan.

    A scan of both sides has blank backs, which part nothing; a blank sheet between two letters is blank on both. Where
    either is possible, as with a blank second and fourth page of four, the pages are taken for backs.
    """
    both_sides = pages % 2 == 0 and all(page + 1 in blank for page in blank if page % 2 == 1)
    begins = []
    for page in range(2, pages + 1):
        if page in blank or page - 1 not in blank:
            continue
        run = 1
        while page - 1 - run in blank:
            run += 1
        if page - 1 - run < 1:  # nothing lies before it
            continue
        if not both_sides or (page % 2 == 1 and run >= 2):
            begins.append(page)
    return begins
