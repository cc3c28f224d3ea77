"""The child that prints: it lets nobody else's page wait, and a text that makes the printing library go astray ends with it.

Loading this module prints a page that nobody sees. The process from which children are forked does it once, before
the walls, so each child finds library and fonts as they are needed.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from edms.drafting.paper.typesetting import typeset

# All scripts and cuts that our papers have.
typeset("<p>ქართული <b>ქართული</b></p><p>հայերեն <b>հայերեն</b></p><p>русский <b>English</b> <i>English</i></p>")


def work(inputs: Sequence[Path], folder: Path) -> Iterator[dict[str, Any]]:
    """Print each HTML into the folder; tells its file, pages and places (`typeset`)."""
    for path in inputs:
        pdf, pages, places = typeset(path.read_text(encoding="utf-8"))
        made = folder / f"{path.stem}.pdf"
        made.write_bytes(pdf)
        yield {"name": made.name, "pages": pages, "places": places}


def ready(inputs: Sequence[Path], folder: Path) -> Iterator[dict[str, Any]]:
    """Nothing but what loading does."""
    yield from ()
