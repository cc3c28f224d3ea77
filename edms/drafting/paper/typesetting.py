"""HTML becomes PDF/A-2u (ISO 19005-2) and tells where its named places came to lie. Nothing is fetched: no address, no file, only `data:`.

Fonts are the system's Noto families, one family per script: subset files under one family name would garble the text
that machines read.
"""

from __future__ import annotations

import atexit
import logging
import threading
from functools import cache
from typing import Any

from PIL import ImageFile

POINTS_PER_PIXEL = 72 / 96
PLACE = "place-"  # elements whose id begins so are reported with their position

# It quotes the text it cannot print; letters do not belong in logs.
logging.getLogger("weasyprint").setLevel(logging.CRITICAL)
_one_at_a_time = threading.Lock()  # the font library beneath is shared by the threads of a process


def typeset(html: str) -> tuple[bytes, int, dict[str, tuple[int, float, float, float, float]]]:
    """The PDF, its number of pages, and of each named place: page from 0, left, bottom, right, top in PDF points."""
    # Loaded with the first paper: 20 MB and half a second that a process which prints nothing does without.
    from weasyprint import HTML
    from weasyprint.urls import URLFetcher

    # It has pictures that break off taken for whole ones, by everybody in the process: half a scan would be read as blank.
    ImageFile.LOAD_TRUNCATED_IMAGES = False
    with _one_at_a_time:
        fetcher = URLFetcher(allowed_protocols=["data"])
        # With hints a numbered list that begins at 2 is printed so.
        document = HTML(string=html, url_fetcher=fetcher).render(font_config=_fonts(), presentational_hints=True)
        pdf: bytes = document.write_pdf(pdf_variant="pdf/a-2u")
    return pdf, len(document.pages), _places(document)


@cache
def _fonts() -> Any:
    """What fonts there are; asked once, for a child that is forked later may not look again."""
    from weasyprint.text.fonts import FontConfiguration

    # Its end uses modules that a process which ends has taken apart by then, and complains of it.
    atexit.register(_fonts.cache_clear)
    return FontConfiguration()


def _places(document: Any) -> dict[str, tuple[int, float, float, float, float]]:
    found = {}
    for index, page in enumerate(document.pages):
        for name, (left, top, right, bottom) in page.anchors.items():
            if name.startswith(PLACE):
                found[name.removeprefix(PLACE)] = (
                    index,
                    left * POINTS_PER_PIXEL,
                    (page.height - bottom) * POINTS_PER_PIXEL,
                    right * POINTS_PER_PIXEL,
                    (page.height - top) * POINTS_PER_PIXEL,
                )
    return found
