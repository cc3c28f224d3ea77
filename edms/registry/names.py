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


def stands_in(name: str | None, text: str | None) -> bool:
    """Does every word of the name stand in the text, be it in another case ("კალანდაძეს"), script or beside other words?"""
    said = tuple(key for word in words(text or "") for key in keys(word))
    stems = [{key[:-1] if len(key) > 3 else key for key in keys(word)} for word in words(name or "")]
    return bool(stems) and all(any(each.startswith(tuple(stem)) for each in said) for stem in stems)


def may_be_one(name: str | None, other: str | None) -> bool:
    """May both mean the same person or body? An addressee is written with a title, in the dative, or by first name."""
    return not name or not other or stands_in(name, other) or stands_in(other, name)
