"""The line of a letter as every list shows it: texts already in the reader's language, in one order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from markupsafe import Markup

StateKind = Literal["calm", "near", "late", "stopped", "open", ""]


@dataclass(frozen=True)
class LineAct:
    """What one touch, or one key while the line has the focus, does to it. `fields` are sent with the form."""

    words: str
    action: str
    key: str
    fields: Mapping[str, str] = field(default_factory=dict)

    @property
    def says(self) -> tuple[str, str]:
        """The key and what it does, for the page of keys."""
        return self.key, self.words


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
    acts: Sequence[LineAct] = ()
