"""The text of files that carry it: office documents, HTML, plain text, mail. Runs inside the sandbox.

XML is read without DTD, entities and network. Archives are read entry by entry within limits, never unpacked.
Attachments of a mail become contents of their own.
"""

from __future__ import annotations

import email
import email.policy
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from email.message import EmailMessage, MIMEPart
from pathlib import Path

import oxmsg
from lxml import etree, html
from openpyxl import load_workbook

LONGEST = 4_000_000  # characters of one file
LARGEST_PART = 64 << 20  # bytes of one entry of an archive, unpacked
MOST_ATTACHMENTS = 100
ENCODINGS = ("utf-8-sig", "utf-16", "cp1251")


class Unreadable(Exception):
    """The bytes are of this kind, yet cannot be read; the message id says why."""


@dataclass
class Text:
    """What a file says, and what is attached to it."""

    text: str
    attachments: list[tuple[str, bytes]] = field(default_factory=list)


def of_word(path: Path) -> Text:
    """The paragraphs of a .docx, its tables, headers and footnotes."""
    parts = [name for name in _names(path) if re.fullmatch(r"word/(document|header\d*|footer\d*|footnotes)\.xml", name)]
    return Text("\n".join(_paragraphs(_xml(path, name), ("p",), ("t",)) for name in sorted(parts)))


def of_open_document(path: Path) -> Text:
    """The paragraphs and headings of an .odt, .ods or .odp."""
    return Text(_paragraphs(_xml(path, "content.xml"), ("p", "h"), None))


def of_sheet(path: Path) -> Text:
    """The cells of an .xlsx, row by row."""
    _names(path)
    book = load_workbook(path, read_only=True, data_only=True)
    lines, length = [], 0
    for sheet in book.worksheets:
        for row in sheet.iter_rows(values_only=True):
            line = " ".join(str(value) for value in row if value is not None)
            length += len(line)
            if line:
                lines.append(line)
            if length > LONGEST:
                break
    return Text("\n".join(lines)[:LONGEST])


def of_html(path: Path) -> Text:
    """What a reader of the page would see."""
    return Text(_seen(path.read_bytes()[:LARGEST_PART]))


def of_plain(path: Path) -> Text:
    """Plain text in the encoding that fits."""
    return Text(decoded(path.read_bytes()[:LARGEST_PART])[:LONGEST])


def of_mail(path: Path) -> Text:
    """Subject, people and body of an .eml, and its attachments."""
    message = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
    assert isinstance(message, EmailMessage)
    head = [f"{name}: {message[name]}" for name in ("From", "To", "Date", "Subject") if message[name]]
    body = message.get_body(("plain", "html"))
    said = ""
    if body is not None:
        raw = _bytes(body)
        said = _seen(raw) if body.get_content_subtype() == "html" else decoded(raw)
    attachments = [
        (part.get_filename() or "attachment", _bytes(part))
        for part in list(message.iter_attachments())[:MOST_ATTACHMENTS]
        if not part.is_multipart()
    ]
    return Text("\n".join([*head, "", said])[:LONGEST], attachments)


def of_outlook(path: Path) -> Text:
    """Subject, sender and body of a .msg, and its attachments."""
    try:
        message = oxmsg.Message.load(str(path))
        head = [f"{name}: {value}" for name, value in (("From", message.sender), ("Subject", message.subject)) if value]
        files = [
            (a.file_name or "attachment", a.file_bytes or b"") for a in list(message.attachments)[:MOST_ATTACHMENTS]
        ]
        return Text("\n".join([*head, "", message.body or ""])[:LONGEST], files)
    except Exception as error:
        raise Unreadable("capture.damaged") from error


def decoded(raw: bytes) -> str:
    """Bytes as text: the first encoding that fits, the last by force."""
    for encoding in ENCODINGS[:1] if not raw.startswith((b"\xff\xfe", b"\xfe\xff")) else ENCODINGS[1:2]:
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    return raw.decode(ENCODINGS[-1], "replace")


def _bytes(part: MIMEPart) -> bytes:
    raw = part.get_payload(decode=True)
    return raw if isinstance(raw, bytes) else b""


def _names(path: Path) -> list[str]:
    try:
        with zipfile.ZipFile(path) as archive:
            if sum(entry.file_size for entry in archive.infolist()) > 20 * LARGEST_PART:
                raise Unreadable("capture.too_large_inside")
            return archive.namelist()
    except (zipfile.BadZipFile, OSError, ValueError) as error:
        raise Unreadable("capture.damaged") from error


def _xml(path: Path, name: str) -> etree._Element:
    try:
        with zipfile.ZipFile(path) as archive, archive.open(name) as entry:
            raw = entry.read(LARGEST_PART + 1)
    except (KeyError, zipfile.BadZipFile, OSError, ValueError, RuntimeError) as error:
        raise Unreadable("capture.damaged") from error
    if len(raw) > LARGEST_PART:
        raise Unreadable("capture.too_large_inside")
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        return etree.fromstring(raw, parser)
    except etree.XMLSyntaxError as error:
        raise Unreadable("capture.damaged") from error


def _paragraphs(root: etree._Element, blocks: tuple[str, ...], runs: tuple[str, ...] | None) -> str:
    lines = []
    for block in root.iter():
        if isinstance(block.tag, str) and etree.QName(block).localname in blocks:
            lines.append("".join(_pieces(block, runs)))
    return "\n".join(lines)[:LONGEST]


def _pieces(block: etree._Element, runs: tuple[str, ...] | None) -> Iterator[str]:
    if runs is None:
        yield from (str(piece) for piece in block.itertext())
        return
    for element in block.iter():
        name = etree.QName(element).localname if isinstance(element.tag, str) else ""
        if name in runs:
            yield element.text or ""
        elif name in ("tab", "br"):
            yield " "


def _seen(raw: bytes) -> str:
    try:
        page = html.document_fromstring(decoded(raw), parser=html.HTMLParser(no_network=True))
    except (etree.ParserError, ValueError):
        return ""
    for hidden in page.xpath("//script|//style|//head"):
        hidden.drop_tree()
    return re.sub(r"[ \t]*\n\s*\n\s*", "\n\n", "\n".join(page.itertext()))[:LONGEST]
