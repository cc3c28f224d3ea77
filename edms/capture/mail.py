"""Messages, signed containers and archives: their words, and what is attached to them or lies in them.

Attachments become contents of their own, with the names their senders gave them; the message itself stays as it came.
Runs inside the sandbox. Broken headers are usual in mail: what cannot be decoded is kept as it stands.
"""

from __future__ import annotations

import email
import email.policy
from collections.abc import Iterator
from email.errors import HeaderParseError
from email.header import Header, decode_header
from email.message import Message
from email.utils import collapse_rfc2231_value
from pathlib import Path
from typing import NamedTuple, cast

from asn1crypto import cms
from oxmsg import Message as Outlook
from oxmsg.domain.constants import PID_HTML
from oxmsg.properties import Properties
from oxmsg.storage import Storage

from edms.capture.archives import Archive
from edms.capture.plain import decoded, html_text, paged
from edms.errors import Invalid
from edms.language import straight

ATTACHMENTS = 200
PARTS = 2_000
NESTED = 8  # messages forwarded within messages
EMBEDDED = "__substg1.0_3701000D"  # an attachment that is a message (MS-OXMSG 2.2.2.1)
SHORT_NAME = 0x3704  # PidTagAttachFilename, of programs that knew no long names
ALL_BYTES = 768 << 20
LONGEST_HEADER = 8_000  # characters; what encodes words is read by a pattern that takes the square of its length


class Attached(NamedTuple):
    """One attachment: the name its sender gave it, its declared type, its bytes."""

    name: str
    media_type: str
    whole: bytes


class Letter(NamedTuple):
    """A message or another text: its header lines and body, its attachments."""

    text: str
    attachments: list[Attached]

    @property
    def pages(self) -> list[str]:
        """The text in pages."""
        return paged(self.text)


HEADERS = ("From", "To", "Cc", "Date", "Subject")


def mail(path: Path) -> Letter:
    """An e-mail. Errors: Invalid when it has more parts than any letter."""
    with path.open("rb") as whole:
        message = email.message_from_binary_file(whole, policy=email.policy.compat32)
    lines = [f"{name}: {said}" for name in HEADERS if (said := header(message.get(name)))]
    bodies: dict[str, list[str]] = {"plain": [], "html": []}
    attachments: list[Attached] = []
    for part in _parts(message):
        kind, name = part.get_content_type(), _name(part)
        if kind in ("text/plain", "text/html") and not name and part.get_content_disposition() != "attachment":
            text = decoded(_bytes(part), _charset(part))
            bodies["html" if kind == "text/html" else "plain"].append(html_text(text) if kind == "text/html" else text)
        elif name or part.get_content_disposition() == "attachment" or kind == "message/rfc822":
            attachments.append(Attached(name or _nameless(part, len(attachments)), kind, _bytes(part)))
            _bounded(attachments)
    plain, marked = ("\n".join(bodies[kind]).strip() for kind in ("plain", "html"))
    body = plain if len(plain) * 3 >= len(marked) else marked  # a plain part that only says "see the HTML" is no body
    return Letter("\n".join(lines) + "\n\n" + body, attachments)


def _parts(message: Message) -> Iterator[Message]:
    """The leaves of a message; an attached message is one leaf and is looked into as a content of its own."""
    stack, seen = [message], 0
    while stack:
        part = stack.pop()
        seen += 1
        if seen > PARTS:
            raise Invalid("capture.unfolds_too_far")
        payload = part.get_payload()
        if part.get_content_type() == "message/rfc822" or not isinstance(payload, list):
            yield part
        else:
            stack += [inner for inner in reversed(payload) if isinstance(inner, Message)]


def _bytes(part: Message) -> bytes:
    payload = part.get_payload()
    if isinstance(payload, list):
        return b"".join(_as_it_came(inner) for inner in payload if isinstance(inner, Message))
    whole = part.get_payload(decode=True)
    return whole if isinstance(whole, bytes) else b""


def _as_it_came(message: Message) -> bytes:
    try:
        return message.as_bytes(policy=message.policy.clone(max_line_length=None))
    except (UnicodeError, LookupError, KeyError, ValueError):
        return str(message).encode("utf-8", "surrogateescape")


def header(raw: Header | str | None) -> str:
    """A header in letters, on one line; none of them turns the direction of the others."""
    return " ".join(straight(_spelt(raw)).split())


def _spelt(raw: Header | str | None) -> str:
    """A header in letters, whatever way its sender encoded it or failed to."""
    if raw is None:
        return ""
    if isinstance(raw, str):  # one with bare bytes in it comes as a Header, and no pattern reads it
        raw = raw[:LONGEST_HEADER]
    try:
        pieces = decode_header(raw)
    except (HeaderParseError, ValueError, LookupError):
        return str(raw)
    said = []
    for piece, charset in pieces:
        if isinstance(piece, str):
            piece = piece.encode("utf-8", "surrogateescape")
        said.append(decoded(piece, None if charset == "unknown-8bit" else charset))
    return "".join(said)


def _name(part: Message) -> str:
    try:
        # Not get_filename(): it strips what its sender wrote.
        raw = part.get_param("filename", None, "content-disposition") or part.get_param("name", None)
        return _spelt(collapse_rfc2231_value(raw)) if raw else ""
    except (ValueError, LookupError, TypeError):
        return "-"


def _charset(part: Message) -> str | None:
    try:
        return part.get_content_charset()
    except (ValueError, LookupError, TypeError):
        return None


def _nameless(part: Message, count: int) -> str:
    if part.get_content_type() == "message/rfc822":
        inner = part.get_payload()
        subject = header(inner[0].get("Subject")) if isinstance(inner, list) and isinstance(inner[0], Message) else ""
        return f"{subject or count + 1}.eml"
    return str(count + 1)


def _bounded(attachments: list[Attached]) -> None:
    if len(attachments) > ATTACHMENTS or sum(len(one.whole) for one in attachments) > ALL_BYTES:
        raise Invalid("capture.unfolds_too_far")


def outlook(path: Path) -> Letter:
    """An Outlook message. Errors: Invalid when it is damaged or has too many parts."""
    attachments: list[Attached] = []
    try:
        text = _outlook(Outlook.load(str(path)), attachments, NESTED)
    except Invalid:
        raise
    except Exception as error:  # a young library: whatever it trips over, the message is kept and marked
        raise Invalid("capture.damaged") from error
    return Letter(text, attachments)


class _Inside(Outlook):
    """A message inside another: no file of its own, a header of 24 bytes (MS-OXMSG 2.4.1.2); some write 32 here too."""

    @property
    def properties(self) -> Properties:
        """Its properties of 16 bytes each, whichever header stands before them."""
        odd = (len(self._storage.properties_stream_bytes) - 24) % 16
        return Properties(self._storage, properties_header_offset=24 + odd)


def _outlook(message: Outlook, attachments: list[Attached], depth: int) -> str:
    """Its header lines and body, then those of the messages within it; what they carry goes to `attachments`."""
    if depth == 0:
        raise Invalid("capture.unfolds_too_far")
    sent = message.sent_date.isoformat(" ", "minutes") if message.sent_date else ""
    to = ", ".join(f"{one.name} <{one.email_address}>" for one in message.recipients)
    said = (("From", message.sender), ("To", to), ("Date", sent), ("Subject", message.subject))
    lines = [f"{name}: {value}" for name, value in said if value]
    body = (message.body or html_text(_html(message))).replace("\r\n", "\n").strip()
    inside: list[str] = []
    for one in message.attachments:
        inner = next((kept for kept in cast(Storage, one._storage).storages if kept.name == EMBEDDED), None)
        if inner is not None:
            inside.append(_outlook(_Inside(inner), attachments, depth - 1))
            continue
        name = one.file_name or one.properties.str_prop_value(SHORT_NAME) or str(len(attachments) + 1)
        attachments.append(Attached(name, one.mime_type or "", one.file_bytes or b""))
        _bounded(attachments)
    return "\n\n".join(["\n".join(lines), body, *inside])


def _html(message: Outlook) -> str:
    try:
        return str(message.html_body or "")
    except (UnicodeError, LookupError):  # the code it names is not the one it is written in
        return decoded(message.properties.binary_prop_value(PID_HTML) or b"", None)


def container(path: Path) -> Letter:
    """A signed container (ASiC-E, ETSI EN 319 162) or a plain archive: the files in it. Signatures are checked elsewhere."""
    with Archive(path) as archive:
        inside = [name for name in archive.names if not name.startswith("META-INF/") and name != "mimetype"]
        attachments: list[Attached] = []
        for name in inside:
            attachments.append(Attached(archive.written(name), "", archive.read(name)))
            _bounded(attachments)
    return Letter("\n".join(one.name for one in attachments), attachments)


def envelope(path: Path) -> Letter:
    """The bytes that a CMS is signed around (CAdES, .p7m). Signatures are checked elsewhere.

    Errors: Invalid for a signature alone, which has nothing to read, and for what is no CMS.
    """
    try:
        held = cms.ContentInfo.load(path.read_bytes())["content"]["encap_content_info"]["content"]
        inner = None if held is None or held.native is None else bytes(held)
    except (ValueError, TypeError, KeyError):
        raise Invalid("capture.damaged") from None
    if inner is None:
        raise Invalid("capture.signature_alone")
    attachments = [Attached("signed", "", inner)]
    _bounded(attachments)
    return Letter("", attachments)
