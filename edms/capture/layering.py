"""Makes the searchable copy of one content: its page pictures under the text that was read from them. Runs inside the sandbox.

The text comes beside the bytes, a page a line, so that no more than one page is held at a time. One part is said per
page, so that the parent sees it going on. A signed file gets no copy: one without its signature could pass for it.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from edms.capture.carried import TURNED, carried, laid
from edms.capture.kinds import Kind, kind_of
from edms.capture.linewise import rows
from edms.capture.pdf import Pdf
from edms.capture.pictures import Pictures
from edms.capture.sandwich import Box, Sandwich, Sheet
from edms.errors import Invalid
from edms.sandbox.patience import ACT_SECONDS, next_act

COPY = "copy.pdf"
SIGNED = b"/ByteRange"
PIECE = 1 << 20
PAGES_OPEN = 50


def copy(
    inputs: list[Path], folder: Path, *, name: str, seal: str, act_seconds: float = ACT_SECONDS
) -> Iterator[dict[str, Any]]:
    """Write the copy of the first input into the folder; the second has the pages' text. Errors: Invalid, saying why not."""
    source, told = inputs
    if _is_signed(source):
        raise Invalid("capture.signed_has_no_copy")
    sheets = _opened(source)
    languages: Counter[str] = Counter()
    with (folder / COPY).open("wb") as target, told.open(encoding="utf-8") as pages:
        made = Sandwich(target, name, bytes.fromhex(seal))
        for count, line in enumerate(pages):
            next_act(act_seconds)
            if count and count % PAGES_OPEN == 0:
                sheets = _opened(source)  # the library keeps what it has seen of a file until that is closed
            page = json.loads(line)
            made.add(_sheet(sheets, source, page))
            if page["language"]:
                languages[page["language"]] += 1
            yield {"page": page["page"]}
        made.close(languages.most_common(1)[0][0] if languages else None)


def _opened(path: Path) -> Pdf | Pictures:
    kind = kind_of(path).kind
    if kind is Kind.IMAGE:
        return Pictures(path)
    if kind is not Kind.PDF:
        raise Invalid("capture.kind_unknown")
    return Pdf(path)


def _is_signed(path: Path) -> bool:
    """Whether a PDF says which of its bytes are signed; that is never packed away."""
    before = b""
    with path.open("rb") as file:
        while piece := file.read(PIECE):
            if SIGNED in before + piece:
                return True
            before = piece[-len(SIGNED) :]
    return False


def _sheet(sheets: Pdf | Pictures, path: Path, page: Mapping[str, Any]) -> Sheet:
    found = carried(sheets, page["page"], path)
    lies = page["rotation"] % 180
    width, height = (found.height, found.width) if lies else (found.width, found.height)
    matrix = laid(found.turn, page["rotation"] if page["rotation"] in TURNED else 0, page["skew"], width, height)
    return Sheet(width, height, found.picture, matrix, lines(page["text"], page["words"], width, height))


def lines(text: str, words: Sequence[Sequence[Any]], width: float, height: float) -> list[list[Box]]:
    """The words with their boxes in points, in the lines in which the text has them."""
    boxes = [
        (str(word), x * width, (1 - y - tall) * height, across * width, tall * height)
        for word, x, y, across, tall, *_ in words
    ]
    found = [(row.start, row.stop) for row in rows(text, words)]
    left = range(found[-1][1] if found else 0, len(boxes))
    return [*(boxes[start:stop] for start, stop in found), *([boxes[at]] for at in left)]
