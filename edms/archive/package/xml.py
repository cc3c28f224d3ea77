"""Writing XML: one way for every file of a package, without what XML cannot hold."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from lxml import etree

XLINK = "http://www.w3.org/1999/xlink"
XSI = "http://www.w3.org/2001/XMLSchema-instance"
_FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def clean(text: str) -> str:
    """The text without what no XML can hold; a forged name may hold it."""
    return _FORBIDDEN.sub("\ufffd", text)


def under(above: Any, name: str, text: str | None = None, attributes: Mapping[str, str] | None = None) -> Any:
    """A new element under another, in the same namespace unless the name brings its own."""
    space = etree.QName(above).namespace
    named = name if name.startswith("{") else f"{{{space}}}{name}"
    made = etree.SubElement(above, named, {key: clean(value) for key, value in (attributes or {}).items()})
    if text is not None:
        made.text = clean(text)
    return made


def instant(at: datetime) -> str:
    """An instant in UTC, to the second."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def ident(of: str) -> str:
    """A name for an element that is the same whenever the package is made again."""
    return f"id-{hashlib.sha256(of.encode()).hexdigest()[:24]}"


def told(root: Any) -> bytes:
    """The document as bytes."""
    made: bytes = etree.tostring(root, xml_declaration=True, encoding="UTF-8", pretty_print=True)
    return made


def parser() -> Any:
    """For XML from anywhere: no entities, no network, no endless tree."""
    return etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
