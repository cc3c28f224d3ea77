"""Keys by which a name is found in any script: each word in the letters of the folded Latin key, not stemmed, so that
three typed letters, Georgian, Armenian, Russian or Latin, begin the same key. Pure."""

from __future__ import annotations

import re

from edms.language import normalise
from edms.language.latin import fold_native, latin_folds
from edms.language.scripts import language_of

_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")
MOST_WORDS = 20


def words(name: str) -> list[str]:
    """The words of a name, at most 20."""
    return _WORD.findall(name)[:MOST_WORDS]


def keys(word: str) -> set[str]:
    """The keys of one word: one of a native word, one for each reading of a Latin one, and itself if it has digits."""
    plain = normalise(word)
    if any(c.isdigit() for c in plain):
        return {plain}
    language = language_of(plain)
    folds = {fold_native(plain, language)} if language in ("ka", "hy", "ru") else set(latin_folds(word).values())
    return {fold for fold in folds if fold} or {plain}
