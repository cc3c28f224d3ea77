"""Plain text and HTML: bytes in whatever encoding to letters, mark-up to words. Runs inside the sandbox."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from pathlib import Path
from typing import TypeAlias

from lxml import etree, html

from edms.errors import Invalid
from edms.language.old_letters import likeliest

TEXT_BYTES = 64 << 20
PAGE_LETTERS = 20_000
ALL_LETTERS = 5_000_000
"""Text beyond this is not kept: nobody reads or searches a letter of two thousand pages of text alone."""

Element: TypeAlias = etree._Element

_MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
_HIGH = b"\x00\x04\x05\x10"  # Latin, Cyrillic, Armenian, Georgian
_CHARSET = re.compile(rb"""<meta[^>]{0,200}?charset\s*=\s*["']?([\w-]{2,40})""", re.I)
_BLOCKS = frozenset({
    "address", "article", "aside", "blockquote", "br", "center", "dd", "div", "dl", "dt", "fieldset", "figure", "footer",
    "form", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr", "li", "main", "nav", "ol", "p", "pre", "section", "table",
    "tbody", "tr", "ul",
})  # fmt: skip
_UNSEEN = frozenset({"script", "style", "head", "template", "noscript", "object", "embed", "iframe", "svg"})


def plain_text(path: Path) -> str:
    """The text of a plain text. Errors: Invalid when it is larger than any letter."""
    if path.stat().st_size > TEXT_BYTES:
        raise Invalid("capture.unfolds_too_far")
    return decoded(path.read_bytes())


def html_file_text(path: Path) -> str:
    """The words of an HTML file. Errors: Invalid when it is larger than any letter."""
    if path.stat().st_size > TEXT_BYTES:
        raise Invalid("capture.unfolds_too_far")
    whole = path.read_bytes()
    named = _CHARSET.search(whole[:4096])
    return html_text(decoded(whole, named[1].decode("ascii") if named else None))


def decoded(whole: bytes, named: str | None = None) -> str:
    """Letters from bytes: by their mark, by the encoding they name, as UTF-8, else as the likeliest old one."""
    for mark, encoding in _MARKS:
        if whole.startswith(mark):
            return _tidy(whole.decode(encoding, "replace"))
    for called in (wide(whole), "utf-8", named):
        if called:
            try:
                return _tidy(whole.decode(called))
            except (LookupError, UnicodeError):
                continue
    return _tidy(likeliest(whole))


def wide(whole: bytes) -> str | None:
    """UTF-16 without a mark: every second byte is one of the few that begin the letters of our scripts."""
    sample = whole[:2000]
    for first, encoding in ((1, "utf-16-le"), (0, "utf-16-be")):
        high, low = sample[first::2], sample[1 - first :: 2]
        told = sum(high.count(start) for start in _HIGH) > 0.9 * len(high)
        if len(high) > 3 and told and low.count(0) < 0.5 * len(low):
            return encoding
    return None


def _tidy(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n").replace("\x00", "")


def html_text(source: str) -> str:
    """The words of HTML as lines; scripts, styles and what is not shown are no words."""
    if not source.strip():
        return ""
    parser = html.HTMLParser(no_network=True, huge_tree=False, remove_comments=True, remove_pis=True)
    try:
        # An encoding declared inside a text that is letters already would be refused.
        root = html.document_fromstring(re.sub(r"^\s*<\?xml[^>]*\?>", "", source), parser=parser)
    except (etree.ParserError, ValueError, AssertionError):
        return ""
    lines = "".join(_shown(root)).split("\n")
    tidy = "\n".join(re.sub(r"[ \t\u00a0]+", " ", line).strip() for line in lines)
    return re.sub(r"\n{3,}", "\n\n", tidy).strip()


def _shown(root: Element) -> Iterator[str]:
    """Text before, in and after elements, in order, without recursion: nesting is as deep as its author likes."""
    stack: list[Element | str] = [root]
    while stack:
        here = stack.pop()
        if isinstance(here, str):
            yield here
            continue
        if not isinstance(here.tag, str):
            continue
        block = "\n" if here.tag in _BLOCKS else "\t" if here.tag in ("td", "th") else ""
        if here.tag in _UNSEEN:
            continue
        yield block
        yield _one_line(here.text)
        after: list[Element | str] = []
        for child in here:
            after += [child, _one_line(child.tail)]
        stack += [block if block == "\n" else "", *reversed(after)]


def _one_line(text: str | None) -> str:
    return re.sub(r"\s+", " ", text or "")


def paged(text: str) -> list[str]:
    """The text in pages: at its form feeds, and long ones at a line's end."""
    pages: list[str] = []
    for part in text[:ALL_LETTERS].split("\f"):
        while len(part) > PAGE_LETTERS:
            cut = part.rfind("\n", PAGE_LETTERS // 2, PAGE_LETTERS)
            cut = cut if cut > 0 else PAGE_LETTERS
            pages.append(part[:cut].strip("\n"))
            part = part[cut:]
        if part.strip():
            pages.append(part.strip("\n"))
    return pages or [""]
