"""The line of a letter as every list shows it: texts already in the reader's language, in one order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from markupsafe import Markup

StateKind = Literal["calm", "near", "late", "stopped", "open", ""]


@dataclass(frozen=True)
class Line:
    """One row. `summary` may be Markup with <mark> around what a search found; `marks` are (icon, words).

    `peek` is the address of a part that is shown in the page's #peek while the focus stands on the line.
    """

    id: str
    href: str
    number: str | None
    date: str
    summary: str | Markup
    who: str = ""
    responsible: str = ""
    state: str = ""
    term: str = ""
    kind: StateKind = ""
    marks: Sequence[tuple[str, str]] = ()
    unread: bool = False
    peek: str = ""
