"""Loads the catalogues (one TOML file per room) and says a message in a language.

An entry is a section named by the id, with a text per language. A text that depends on a count is a table of CLDR
plural categories, chosen by the value `n`. Russian may be absent: English stands in.
"""

from __future__ import annotations

import logging
import re
import tomllib
import warnings
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Any

from babel import Locale
from babel.numbers import format_decimal

LANGS = ("ka", "hy", "en", "ru")
"""Languages of the pages, in the order in which the switch offers them."""

FALLBACK = "en"
"""Stands in where a language has no text of its own (only Russian may)."""

_LOCALES = {"en": "en_GB"}

Text = str | Mapping[str, str]
Entry = Mapping[str, Text]

_log = logging.getLogger(__name__)


class MissingText(UserWarning):
    """An id that no catalogue has, or a value that its text needs: an error in tests, a loud line in a log."""


def locale(lang: str) -> Locale:
    """Babel's rules for `lang`: English as Europe writes it (21 November 2026, Monday first)."""
    return Locale.parse(_LOCALES.get(lang, lang))


def entries_of(document: Mapping[str, Any], prefix: str = "") -> dict[str, Entry]:
    """The entries of one parsed catalogue; quoted and unquoted section names are read alike."""
    found: dict[str, Entry] = {}
    for key, value in document.items():
        name = f"{prefix}{key}"
        if not isinstance(value, Mapping):
            raise ValueError(f"{name}: a catalogue holds sections of texts only")
        if set(value) <= set(LANGS):
            found[name] = value
        else:
            found.update(entries_of(value, name + "."))
    return found


@cache
def load() -> Mapping[str, Entry]:
    """Every entry of every catalogue. Read once; an id written in two files is an error."""
    merged: dict[str, Entry] = {}
    for path in sorted(files("edms.words").joinpath("catalogue").iterdir(), key=lambda p: p.name):
        if not path.name.endswith(".toml"):
            continue
        found = entries_of(tomllib.loads(path.read_text(encoding="utf-8")))
        if twice := sorted(merged.keys() & found.keys()):
            raise ValueError(f"{path.name}: already written in another catalogue: {', '.join(twice)}")
        merged.update(found)
    return MappingProxyType(merged)


def known(message_id: str) -> bool:
    """Whether a catalogue has this id."""
    return message_id in load()


def say(lang: str, message_id: str, /, **values: object) -> str:
    """The sentence `message_id` in `lang`, its `{placeholders}` filled; a plural is chosen by the value `n`.

    Values are texts already formatted by the caller; a bare `n` is written as a number of that language. An
    unknown id, or a value left out, is a MissingText warning and the id itself comes back, so that nothing hides.
    """
    entry = load().get(message_id)
    if entry is None:
        return _missing(message_id, "no catalogue has this id")
    return render(lang, message_id, entry, values)


def render(lang: str, message_id: str, entry: Entry, values: Mapping[str, object]) -> str:
    """`say` for an entry at hand."""
    written_in = lang if lang in entry else FALLBACK
    text = entry.get(written_in)
    if text is None:
        return _missing(message_id, f"no text in {lang}")
    shown = dict(values)
    count = shown.get("n")
    if not isinstance(text, str):
        if not isinstance(count, int | float):
            return _missing(message_id, "the count n is needed")
        text = text.get(str(locale(written_in).plural_form(count))) or text["other"]
    if isinstance(count, int):
        # Callers format their own values; the count alone stays a number until its plural is chosen.
        shown["n"] = format_decimal(count, locale=locale(written_in))
    for name in _before_stop(text):
        if isinstance(value := shown.get(name), str):
            shown[name] = unended(value)
    try:
        return text.format_map(shown)
    except (KeyError, IndexError, AttributeError) as error:
        return _missing(message_id, f"no value for {error}")


def unended(text: str) -> str:
    """Somebody's words without their full stop, to stand within a sentence of ours."""
    return text if text.endswith("..") else text.removesuffix(".").removesuffix("։")


@cache
def _before_stop(text: str) -> frozenset[str]:
    return frozenset(re.findall(r"\{(\w+)\}(?=[.,;:։])", text))


def _missing(message_id: str, reason: str) -> str:
    _log.error("text %s: %s", message_id, reason)
    warnings.warn(f"text {message_id}: {reason}", MissingText, stacklevel=4)
    return message_id
