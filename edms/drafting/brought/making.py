"""A PDF that somebody brought made plain, and compared with what it was. Runs inside the sandbox, on anybody's bytes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from io import BytesIO
from pathlib import Path
from typing import Any

import pikepdf
import pypdfium2

from edms.drafting.brought import comparing
from edms.drafting.joining import joined
from edms.errors import Invalid, RuleBroken
from edms.signing import flattening, plainness

MADE = "plain.pdf"
MOST_PAGES = 500
MOST_PLACES = 400


def made(inputs: Sequence[Path], folder: Path) -> Iterator[dict[str, Any]]:
    """In the child: the plain copy in the folder, and what was found: what stood in the way, places that look otherwise.

    What was plain is compared too: fields and layers are not all that can look otherwise to another program.
    Errors: Invalid, RuleBroken naming what cannot be made plain.
    """
    brought = inputs[0].read_bytes()
    _refuse_signed(brought)
    found = plainness.problems(brought)
    plain = flattening.flattened(brought) if found else brought
    for left in plainness.problems(plain):
        raise RuleBroken(left)
    try:
        before, after = pypdfium2.PdfDocument(brought), pypdfium2.PdfDocument(plain)
        before.init_forms()
        if len(after) > MOST_PAGES:
            raise Invalid("brought.too_many_pages", most=str(MOST_PAGES))
        places = [
            place.as_json() for _, place in zip(range(MOST_PLACES), comparing.differences(before, after), strict=False)
        ]
        missing = list(comparing.unseen(before, after))
    except pypdfium2.PdfiumError as error:
        raise Invalid("signing.not_a_pdf") from error
    (folder / MADE).write_bytes(plain)
    yield {"found": found, "pages": len(after), "places": places, "unseen": missing}


def with_sheet(inputs: Sequence[Path], folder: Path) -> Iterator[dict[str, Any]]:
    """In the child: the plain copy with the sheet for the signatures after it."""
    (folder / MADE).write_bytes(joined(*(path.read_bytes() for path in inputs)))
    yield {}


def _refuse_signed(brought: bytes) -> None:
    """Whatever is made of a signed paper loses its signatures. Errors: Invalid, RuleBroken."""
    try:
        with pikepdf.open(BytesIO(brought)) as opened:
            if plainness.is_signed(opened):
                raise RuleBroken("brought.signed_already")
    except pikepdf.PasswordError as error:
        raise RuleBroken("signing.content_encrypted") from error
    except pikepdf.PdfError as error:
        raise Invalid("signing.not_a_pdf") from error
