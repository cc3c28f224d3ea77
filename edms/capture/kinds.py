"""What kind of thing these bytes are: by content, never by name. Runs inside the sandbox.

libmagic alone refuses real letters (odd but readable PDFs) and calls every office document a ZIP: we look for ourselves
first, ask libmagic about the rest, and let the readers try. The name a sender gave is data and no evidence.
"""

from __future__ import annotations

import re
import zipfile
from enum import StrEnum
from pathlib import Path
from typing import NamedTuple

import magic

from edms.capture.plain import wide

HEAD = 64 << 10


class Kind(StrEnum):
    """Kinds that have a reader of their own, and those that have none."""

    EMPTY = "empty"
    PDF = "pdf"
    IMAGE = "image"
    WORD = "word"  # docx
    OPEN_DOCUMENT = "open_document"  # odt, ods, odp
    SHEET = "sheet"  # xlsx
    CONTAINER = "container"  # ASiC-E: signed documents with their signatures
    ENVELOPE = "envelope"  # CMS around the signed bytes, or a signature alone
    ARCHIVE = "archive"  # a plain ZIP
    MAIL = "mail"  # eml
    OUTLOOK = "outlook"  # msg
    HTML = "html"
    TEXT = "text"
    LOCKED = "locked"  # an office document behind a password
    TELEPHONE_PHOTO = "telephone_photo"  # HEIC, for which there is no reader here
    OTHER = "other"


class Seen(NamedTuple):
    """A kind and its media type."""

    kind: Kind
    media_type: str


_OOXML = "application/vnd.openxmlformats-officedocument."
_ODF = "application/vnd.oasis.opendocument."
_SIGNED_DATA = bytes.fromhex("06092a864886f70d010702")  # the object id of CMS signed data
_ASIC = "application/vnd.etsi.asic-e+zip"
_IMAGES = (
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"II*\0", "image/tiff"),
    (b"MM\0*", "image/tiff"),
    (b"II+\0", "image/tiff"),
    (b"GIF8", "image/gif"),
    (b"BM", "image/bmp"),
)
READABLE_IMAGES = {media_type for _, media_type in _IMAGES} | {"image/webp", "image/avif", "image/jp2"}
_MAIL_LINE = re.compile(
    rb"(?:received|return-path|message-id|mime-version|from|to|subject|date|delivered-to|reply-to|content-type|"
    rb"dkim-signature|x-[a-z-]+|envelope-to|authentication-results):",
    re.I,
)
# A comment cannot end later than it does: else a file of comments would be tried in as many ways as stars in the sky.
_HTML = re.compile(
    rb"\A(?:\xef\xbb\xbf)?\s*(?:<!--(?:[^-]|-(?!->))*-->\s*)*<(?:!doctype\s+html|html|head|body)\b", re.I
)
_MARKED = ("text/rtf", "application/rtf", "text/x-postscript")


def kind_of(path: Path) -> Seen:
    """The kind of the bytes at `path`."""
    with path.open("rb") as whole:
        head = whole.read(HEAD)
    if not head:
        return Seen(Kind.EMPTY, "application/octet-stream")
    if head.startswith(b"%PDF-"):
        return Seen(Kind.PDF, "application/pdf")
    for start, media_type in _IMAGES:
        if head.startswith(start) and not (start == b"BM" and head[6:10] != b"\0\0\0\0"):
            return Seen(Kind.IMAGE, media_type)
    if head[:4] in (b"PK\x03\x04", b"PK\x05\x06"):
        return _zipped(path)
    if head.startswith(b"0") and _SIGNED_DATA in head[:64]:
        return Seen(Kind.ENVELOPE, "application/pkcs7-mime")
    if head.startswith(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"):
        return _compound(path)
    return _asked(path, head)


def _zipped(path: Path) -> Seen:
    """Office documents and signed containers say what they are in an entry of their own."""
    try:
        with zipfile.ZipFile(path) as archive:
            names = set(archive.namelist())
            declared = ""
            if "mimetype" in names and archive.getinfo("mimetype").file_size < 200:
                declared = archive.read("mimetype").decode("ascii", "replace").strip()
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError, RuntimeError):
        return Seen(Kind.ARCHIVE, "application/zip")
    if declared.startswith(_ODF):
        return Seen(Kind.OPEN_DOCUMENT, declared)
    if declared == _ASIC or (not declared and any(re.match(r"META-INF/.*signatures?.*\.(xml|p7s)", n) for n in names)):
        return Seen(Kind.CONTAINER, _ASIC)
    if "[Content_Types].xml" in names:
        if "word/document.xml" in names:
            return Seen(Kind.WORD, _OOXML + "wordprocessingml.document")
        if "xl/workbook.xml" in names:
            return Seen(Kind.SHEET, _OOXML + "spreadsheetml.sheet")
        return Seen(Kind.OTHER, magic.from_file(str(path), mime=True))
    return Seen(Kind.ARCHIVE, "application/zip")


def _compound(path: Path) -> Seen:
    """Old compound files: an Outlook message, an office document behind a password, or an old office document."""
    with path.open("rb") as whole:
        start = whole.read(8 << 20)
    if "EncryptedPackage".encode("utf-16-le") in start:
        return Seen(Kind.LOCKED, "application/x-ole-storage")
    if "__properties_version1.0".encode("utf-16-le") in start:
        return Seen(Kind.OUTLOOK, "application/vnd.ms-outlook")
    return Seen(Kind.OTHER, magic.from_file(str(path), mime=True))


def _asked(path: Path, head: bytes) -> Seen:
    if _is_mail(head):
        return Seen(Kind.MAIL, "message/rfc822")
    if _HTML.match(head):
        return Seen(Kind.HTML, "text/html")
    if b"%PDF-" in head[:1024]:  # other programs open it too, whatever stands before it
        return Seen(Kind.PDF, "application/pdf")
    media_type = magic.from_file(str(path), mime=True)
    if media_type in READABLE_IMAGES:
        return Seen(Kind.IMAGE, media_type)
    if media_type.startswith(("image/heic", "image/heif")):
        return Seen(Kind.TELEPHONE_PHOTO, media_type)
    if media_type == "message/rfc822":
        return Seen(Kind.MAIL, media_type)
    if media_type == "text/html":
        return Seen(Kind.HTML, media_type)
    if _is_text(head) and not media_type.startswith("image/") and media_type not in _MARKED:
        return Seen(Kind.TEXT, "text/plain")
    return Seen(Kind.OTHER, media_type)


def _is_mail(head: bytes) -> bool:
    """A message begins with header lines, two of them known ones, whatever libmagic makes of them."""
    top = re.split(rb"\r?\n\r?\n", head.removeprefix(b"\xef\xbb\xbf"), maxsplit=1)[0]
    if top.startswith(b"From "):
        top = top.partition(b"\n")[2]
    lines = top.splitlines()
    if not lines or not all(re.match(rb"[!-9;-~]+:|[ \t]", line) for line in lines[:40]):
        return False
    known = {found[0].lower() for line in lines if (found := _MAIL_LINE.match(line))}
    return len(known) >= 3 or (len(known) == 2 and bool(known & {b"from:", b"message-id:", b"received:"}))


def _is_text(head: bytes) -> bool:
    """Letters in some encoding: no control characters but those that text has, or UTF-16."""
    if head.startswith((b"\xff\xfe", b"\xfe\xff", b"\xef\xbb\xbf")):
        return True
    return wide(head) is not None or not any(byte < 32 and byte not in b"\t\n\r\f\x1b" for byte in head)
