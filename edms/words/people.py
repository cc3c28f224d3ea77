"""The mark of a person in lists: the first letters of her name, as she writes them."""

from __future__ import annotations

import re

_NAME = re.compile(r"[^\W\d_]+(?:['’\-][^\W\d_]+)*")


def initials(name: str) -> str:
    """The first letters of the first and the last word of a name; nothing for a name without letters.

    Letters stay as they are written: Georgian has no capitals, and none are made.
    """
    found = _NAME.findall(re.split(r"[,(·/]", name, maxsplit=1)[0])
    return "".join(word[0] for word in (found[:1] + found[1:][-1:]))
