"""What changed between two versions of a draft: word by word, so that a person sees it without reading all of it again."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum

from edms.drafting.models import Draft, DraftVersion, VisaState

WORDS = re.compile(r"\s+|[^\s]+")
MOST_WORDS = 20_000  # beyond, lines are compared: words would take seconds
AROUND = 12  # words shown around a change


class Kind(StrEnum):
    """What became of a piece of text."""

    SAME = "same"
    ADDED = "added"
    REMOVED = "removed"
    LEFT_OUT = "left_out"  # unchanged, and too long to show


@dataclass(frozen=True)
class Piece:
    """A run of text."""

    kind: Kind
    text: str


def changes(before: str, after: str, *, whole: bool = False) -> list[Piece]:
    """How `before` became `after`; long unchanged runs are left out unless the `whole` is wanted."""
    old, new = _parts(before), _parts(after)
    made = []
    for what, a, b, c, d in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if what == "equal":
            made += [Piece(Kind.SAME, "".join(new[c:d]))] if whole else list(_short(new[c:d], c == 0, d == len(new)))
            continue
        if a < b:
            made.append(Piece(Kind.REMOVED, "".join(old[a:b])))
        if c < d:
            made.append(Piece(Kind.ADDED, "".join(new[c:d])))
    return made


def since_last_visa(draft: Draft) -> list[Piece] | None:
    """What was changed after somebody last agreed or remarked; None when nobody did, or nothing changed since."""
    seen = [v.version_ordinal for v in draft.visas if v.version_ordinal and v.state is not VisaState.WAITING]
    texts = {version.ordinal: version.text for version in draft.versions}
    last = max((ordinal for ordinal in seen if ordinal in texts), default=None)
    if last is None or texts[last] == draft.versions[-1].text:
        return None
    return changes(texts[last], draft.versions[-1].text)


def version_of(draft: Draft, ordinal: int) -> DraftVersion | None:
    """The version with this number, if the draft has it."""
    return next((version for version in draft.versions if version.ordinal == ordinal), None)


def _parts(text: str) -> list[str]:
    parts = WORDS.findall(text)
    return parts if len(parts) <= MOST_WORDS else text.splitlines(keepends=True)


def _short(parts: list[str], first: bool, last: bool) -> Iterator[Piece]:
    """An unchanged run: its ends beside the changes, a mark for what lies between."""
    if len(parts) <= 2 * AROUND + 6:
        yield Piece(Kind.SAME, "".join(parts))
        return
    if not first:
        yield Piece(Kind.SAME, "".join(parts[:AROUND]))
    yield Piece(Kind.LEFT_OUT, "…")
    if not last:
        yield Piece(Kind.SAME, "".join(parts[-AROUND:]))
