"""A signed paper copied page by page, each marked as a copy, with a further page at its end. Runs inside the sandbox.

The signed bytes are read and never written: what comes out is another file, without fields and without signatures.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from io import BytesIO
from pathlib import Path
from typing import Any

import pikepdf

from edms.signing import flattening

MADE = "copy.pdf"
MARK_MM = (24, 8)
_EDGE = 6 * 72 / 25.4


def joined(first: bytes, further: bytes) -> bytes:
    """The pages of one of our own papers with those of another after them, in the file of the first."""
    with pikepdf.open(BytesIO(first)) as whole, pikepdf.open(BytesIO(further)) as more:
        whole.pages.extend(more.pages)
        made = BytesIO()
        whole.save(made, deterministic_id=True)
    return made.getvalue()


def copied(inputs: Sequence[Path], folder: Path) -> Iterator[dict[str, Any]]:
    """In the child: original, mark and last page, joined into one file."""
    original, mark, last = (pikepdf.open(path) for path in inputs)
    original.flatten_annotations("print")  # the face of a signature becomes part of the picture of its page
    flattening.keep_listed(original)  # what it says of its colours and its standard stays true of the copy
    across, high = (side * 72 / 25.4 for side in MARK_MM)
    for page in original.pages:
        _, _, right, top = (float(edge) for edge in page.mediabox)
        box = pikepdf.Rectangle(right - _EDGE - across, top - _EDGE - high, right - _EDGE, top - _EDGE)
        page.add_overlay(mark.pages[0], box)
    sheets = len(original.pages)
    original.pages.extend(last.pages)
    original.save(folder / MADE, deterministic_id=True)
    yield {"pages": sheets}
