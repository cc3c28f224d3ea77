"""What a catalogue may not be: incomplete, uneven in its placeholders, in capitals, in the wrong script or the wrong words.

A house test runs `faults()` over all catalogues; nothing here runs in the service.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from string import Formatter

from edms.words.catalogue import LANGS, Entry, Text, load, locale
from edms.words.glossary import GLOSSARY

REQUIRED = ("en", "ka", "hy", "ru")

_MTAVRULI = re.compile("[Ა-Ჿ]")
_SHOUTING = re.compile(r"[А-ЯЁԱ-Ֆ]{6,}")
_ENGLISH_SHOUTING = re.compile(r"\b[A-Z]{6,}\b")
_FOREIGN = {
    "ka": re.compile(r"[\u0530-\u058f\u0400-\u04ff]"),
    "hy": re.compile(r"[\u10a0-\u10ff\u0400-\u04ff]"),
    "en": re.compile(r"[\u0530-\u058f\u0400-\u04ff\u10a0-\u10ff]"),
    "ru": re.compile(r"[\u0530-\u058f\u10a0-\u10ff]"),
}
# An Armenian sentence ends with ։ (U+0589). A point before a small letter is the middle stop (միջակետ) and right;
# after a short word it is an abbreviation.
_LATIN_STOP = re.compile(r"[\u0561-\u0587]{5,}[.:](\s+[\u0531-\u0556]|\s*$)")
# Names of the languages are written each in its own script.
_OWN_SCRIPT = ("language.name.",)


def faults(entries: Mapping[str, Entry] | None = None) -> list[str]:
    """Everything wrong in the catalogues (all of them by default), one line each, begun by the id."""
    found = []
    for name, entry in (load() if entries is None else entries).items():
        found += [f"{name}: {fault}" for fault in _of_entry(name, entry)]
    return found


def _of_entry(name: str, entry: Entry) -> Iterator[str]:
    for lang in REQUIRED:
        if lang not in entry:
            yield f"no text in {lang}"
    expected = _placeholders(entry["en"]) if "en" in entry else None
    for lang, text in entry.items():
        yield from (f"{lang}: {fault}" for fault in _of_text(name, lang, text))
        if expected is not None and (differs := _placeholders(text) ^ expected) - {"n"}:
            yield f"{lang}: placeholders differ from en: {', '.join(sorted(differs))}"
    yield from _of_terms(entry)


def _of_text(name: str, lang: str, text: Text) -> Iterator[str]:
    if not isinstance(text, str):
        missing = _categories(lang) - set(text)
        if missing or set(text) - _categories(lang) - {"other"}:
            yield f"plural forms are {', '.join(sorted(_categories(lang)))}"
    for form in forms(text):
        if not form.strip():
            yield "empty"
        if _MTAVRULI.search(form) or _SHOUTING.search(form) or _ENGLISH_SHOUTING.search(form):
            yield "in capitals"
        if _FOREIGN[lang].search(form) and not name.startswith(_OWN_SCRIPT):
            yield "letters of another script"
        if lang == "hy" and _LATIN_STOP.search(form):
            yield "an Armenian sentence ends with ։"
        if any(not field.isidentifier() for field in _fields(form)):
            yield "a placeholder is a plain name"


def _of_terms(entry: Entry) -> Iterator[str]:
    english = " ".join(forms(entry.get("en", "")))
    for term, words in GLOSSARY.items():
        if not re.search(rf"\b{term}\b", english, re.IGNORECASE):
            continue
        for lang, stems in words.items():
            written = " ".join(forms(entry.get(lang, ""))).lower()  # casefold would split և
            if written and not any(stem in written for stem in stems):
                yield f"{lang}: the glossary says {' or '.join(stems)} for {term}"


def forms(text: Text) -> tuple[str, ...]:
    """Every form of a text: itself, or each of its plural forms."""
    return (text,) if isinstance(text, str) else tuple(text.values())


def _categories(lang: str) -> set[str]:
    """Plural categories that whole numbers take. Russian needs `other` only for fractions."""
    if lang not in LANGS:
        return {"other"}
    categories = {str(locale(lang).plural_form(n)) for n in range(200)}
    return categories | ({"other"} if lang != "ru" else set())


def _fields(text: str) -> set[str]:
    return {field for _, field, _, _ in Formatter().parse(text) if field is not None}


def _placeholders(text: Text) -> set[str]:
    return set().union(*(_fields(form) for form in forms(text)))
