"""New PDFs from the pages of scans: cut, put together, put in order, turned. Runs inside the sandbox.

Pages of a PDF are taken over as they are, nothing of them is drawn anew; pictures become pages of their own size. A
signed PDF is never cut: what is made of it would be signed by nobody.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pikepdf

from edms.capture.kinds import Kind, kind_of
from edms.capture.pictures import Pictures
from edms.errors import Invalid
from edms.sandbox.patience import ACT_SECONDS, next_act

QUALITY = 92
"""Of pictures that become pages; the bytes they came in are kept beside."""

Wanted = Sequence[tuple[int, int, int]]
"""Which input, which page of it (from 1), by how many degrees clockwise it is turned."""


def make(inputs: list[Path], folder: Path, *, groups: Sequence[Wanted]) -> Iterator[dict[str, Any]]:
    """Write one PDF a group; say its file, or the one reason why nothing can be made."""
    try:
        opened = [_pages_of(path, folder, n) for n, path in enumerate(inputs)]
    except Invalid as error:
        yield {"reason": error.message}
        return
    for n, wanted in enumerate(groups):
        next_act(ACT_SECONDS)
        whole = pikepdf.Pdf.new()
        for source, page, turn in wanted:
            if not 1 <= page <= len(opened[source].pages):
                yield {"reason": "capture.page_damaged"}
                return
            whole.pages.append(opened[source].pages[page - 1])
            if turn:
                whole.pages[-1].rotate(turn, relative=True)
        whole.save(folder / f"made-{n}.pdf")
        yield {"made": f"made-{n}.pdf"}


def _pages_of(path: Path, folder: Path, n: int) -> pikepdf.Pdf:
    kind = kind_of(path).kind
    if kind is Kind.IMAGE:
        return _of_pictures(path, folder, n)
    if kind is not Kind.PDF:
        raise Invalid("capture.not_in_pages")
    try:
        pdf = pikepdf.open(path)
    except pikepdf.PasswordError:
        raise Invalid("capture.locked") from None
    except pikepdf.PdfError:
        raise Invalid("capture.damaged") from None
    if _signed(pdf):
        raise Invalid("capture.signed_stays_whole")
    return pdf


def _signed(pdf: pikepdf.Pdf) -> bool:
    """Whether any signature's bytes lie in it, wherever they hang."""
    return any(
        isinstance(thing, pikepdf.Dictionary) and "/ByteRange" in thing and "/Contents" in thing
        for thing in pdf.objects
    )


def _of_pictures(path: Path, folder: Path, n: int) -> pikepdf.Pdf:
    pictures = Pictures(path)
    whole = pikepdf.Pdf.new()
    for number in range(1, pictures.pages + 1):
        next_act(ACT_SECONDS)
        page = pictures.kept(number)
        made = folder / f"picture-{n}-{number}.pdf"
        two_colours = page.image.mode == "L" and page.image.getcolors(2) is not None
        if two_colours:
            page.image.convert("1").save(made, "PDF", resolution=page.dpi)  # a fax keeps its small size
        else:
            page.image.save(made, "PDF", resolution=page.dpi, quality=QUALITY)
        whole.pages.extend(pikepdf.open(made).pages)
    return whole
