"""Which kinds of files last: a table, pure. The kind is the media type that capture saw in the bytes; PRONOM's name beside it.

LASTING is what archives take for ever; USUAL is read by many programs today; AT_RISK belongs to one maker's old programs;
UNKNOWN is what nobody here can open, perhaps nobody anywhere.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Outlook(StrEnum):
    """How long files of a kind will be readable."""

    AT_RISK = "at_risk"
    UNKNOWN = "unknown"
    USUAL = "usual"
    LASTING = "lasting"


@dataclass(frozen=True)
class Format:
    """A kind of files: what it is called, PRONOM's identifiers, its outlook."""

    media_type: str
    name: str
    pronom: str
    outlook: Outlook


_L, _U, _R = Outlook.LASTING, Outlook.USUAL, Outlook.AT_RISK
_OOXML, _ODF = "application/vnd.openxmlformats-officedocument.", "application/vnd.oasis.opendocument."
KNOWN = {
    each.media_type: each
    for each in (
        Format("application/pdf", "PDF", "fmt/14–20, fmt/276, fmt/95, fmt/354, fmt/476–481", _U),
        Format("image/tiff", "TIFF", "fmt/353", _L),
        Format("image/png", "PNG", "fmt/11–13", _L),
        Format("image/jpeg", "JPEG", "fmt/42–44, fmt/1507", _U),
        Format("image/jp2", "JPEG 2000", "x-fmt/392", _L),
        Format("image/gif", "GIF", "fmt/3–4", _U),
        Format("image/bmp", "BMP", "fmt/114–119", _U),
        Format("image/webp", "WebP", "fmt/566–568", _U),
        Format("image/heic", "HEIF", "fmt/1101", _R),
        Format("text/plain", "Text", "x-fmt/111", _L),
        Format("text/csv", "CSV", "x-fmt/18", _L),
        Format("text/html", "HTML", "fmt/96, fmt/99–103, fmt/471", _U),
        Format("application/xml", "XML", "fmt/101", _L),
        Format("text/xml", "XML", "fmt/101", _L),
        Format("application/json", "JSON", "fmt/817", _L),
        Format(f"{_OOXML}wordprocessingml.document", "Word (docx)", "fmt/412", _U),
        Format(f"{_OOXML}spreadsheetml.sheet", "Excel (xlsx)", "fmt/214", _U),
        Format(f"{_OOXML}presentationml.presentation", "PowerPoint (pptx)", "fmt/215", _U),
        Format(f"{_ODF}text", "OpenDocument (odt)", "fmt/136, fmt/290–291", _U),
        Format(f"{_ODF}spreadsheet", "OpenDocument (ods)", "fmt/137, fmt/294–295", _U),
        Format(f"{_ODF}presentation", "OpenDocument (odp)", "fmt/138, fmt/292–293", _U),
        Format("application/msword", "Word 97 (doc)", "fmt/40", _R),
        Format("application/vnd.ms-excel", "Excel 97 (xls)", "fmt/61", _R),
        Format("application/vnd.ms-powerpoint", "PowerPoint 97 (ppt)", "fmt/126", _R),
        Format("application/rtf", "RTF", "fmt/45–53, fmt/355", _R),
        Format("text/rtf", "RTF", "fmt/45–53, fmt/355", _R),
        Format("application/vnd.ms-outlook", "Outlook (msg)", "x-fmt/430–431", _R),
        Format("message/rfc822", "E-mail (eml)", "fmt/278", _U),
        Format("application/vnd.etsi.asic-e+zip", "ASiC-E", "", _U),
        Format("application/vnd.etsi.asic-s+zip", "ASiC-S", "", _U),
        Format("application/pkcs7-mime", "CMS", "", _U),
        Format("application/pkcs7-signature", "CMS", "", _U),
        Format("application/zip", "ZIP", "x-fmt/263", _U),
        Format("application/x-rar", "RAR", "fmt/411, x-fmt/264", _R),
        Format("application/x-7z-compressed", "7z", "fmt/484", _R),
        Format("application/x-ole-storage", "Office (locked)", "fmt/111, fmt/494", _R),
        Format("audio/mpeg", "MP3", "fmt/134", _U),
        Format("video/mp4", "MP4", "fmt/199", _U),
    )
}


def of(media_type: str) -> Format:
    """The kind of a media type; UNKNOWN where the table has none."""
    return KNOWN.get(media_type) or Format(media_type, media_type, "", Outlook.UNKNOWN)
