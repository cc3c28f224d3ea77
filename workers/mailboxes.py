"""Mail in: what lies in an e-mail box becomes an arrival, the whole message as it came; nothing is moved before it is stored.

A message is read without marking it, stored and committed, and then moved to the box's folder `edms-taken`; one that
cannot be taken goes to the review tray with its reason and to `edms-unread`. What a machine sent is taken too, and says
so: the registrar ends it in one step. Attachments become contents of their own when the message is looked into.
"""

from __future__ import annotations

import hashlib
import imaplib
import io
import ipaddress
import re
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from urllib.parse import unquote, urlsplit

import structlog
from imap_tools import (
    BaseMailBox,
    ImapToolsError,
    MailBox,
    MailboxCopyError,
    MailboxDeleteError,
    MailboxFolderCreateError,
    MailboxLoginError,
    MailboxMoveError,
    MailBoxStartTls,
    MailBoxUnencrypted,
)
from sqlalchemy import select

from edms.access.actor import Actor
from edms.bootstrap import House
from edms.capture import envelope
from edms.capture.mail import header
from edms.errors import EdmsError, Invalid, Unavailable
from edms.registry import arrivals, contents
from edms.registry.sources import standing
from edms.registry.sources.models import SourceKind
from edms.registry.words import Channel, Tray
from edms.staff.models import Organisation

SECONDS = 20  # for the server to answer
MOST_AT_ONCE = 100  # of one box in a round: the others have their turn
LARGEST = 100 * 1024 * 1024  # one message is held in memory while it is stored
MOST_UNMOVED = 5  # one after another, and the box lets nothing be moved: it is full
MOST_OF_A_SUBJECT = 2_000  # characters as they came: what is shown of it is a tenth
TAKEN, UNREAD = "edms-taken", "edms-unread"

_SIZE = re.compile(rb"RFC822\.SIZE (\d+)")
_PORTS = {"imaps": 993, "imap+starttls": 143, "imap": 143}

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Box:
    """One e-mail box of an organisation. `scheme` is imaps, imap+starttls, or imap to this machine itself."""

    organisation: str
    scheme: str
    host: str
    port: int
    user: str
    password: str = field(repr=False)
    folder: str = "INBOX"

    @property
    def name(self) -> str:
        """What people call it, without its password."""
        return f"{self.user}@{self.host}/{self.folder}"


def boxes(text: str) -> list[Box]:
    """The boxes of the setting, `code=imaps://user:password@host/Folder;…`. Errors: Invalid, never with the password."""
    found = []
    for part in filter(None, (each.strip() for each in text.split(";"))):
        code, _, address = part.partition("=")
        url = urlsplit(address)
        try:
            port = url.port or _PORTS[url.scheme]
        except (KeyError, ValueError):
            raise Invalid(fields={"EDMS_MAILBOXES": "mailboxes.address_wrong"}) from None
        if not (code and url.hostname and url.username):
            raise Invalid(fields={"EDMS_MAILBOXES": "mailboxes.address_wrong"})
        if url.scheme == "imap" and not _is_here(url.hostname):
            raise Invalid(fields={"EDMS_MAILBOXES": "mailboxes.unencrypted"})
        user, password = unquote(url.username), unquote(url.password or "")
        found.append(Box(code, url.scheme, url.hostname, port, user, password, unquote(url.path.strip("/")) or "INBOX"))
    return found


def poll(house: House, subject_id: int | None) -> None:
    """Look into every box once. Errors: Unavailable, after all were tried, when one could not be emptied.

    Which, and why, stands where the administrator looks until it can be.
    """
    written = house.settings.mailboxes
    troubles: dict[str, EdmsError] = {}
    for box in boxes(written.get_secret_value()) if written is not None else ():
        with house.transaction() as session:
            organisation = session.scalar(select(Organisation).where(Organisation.code == box.organisation))
        if organisation is None:
            log.error("mailbox of an unknown organisation", organisation=box.organisation)
            continue
        try:
            with opened(box) as mailbox:
                empty(house, organisation, box, mailbox)
        except Unavailable as error:
            log.warning("mailbox not emptied", mailbox=box.name, reason=error.message)
            troubles[box.name] = error
    with house.transaction() as session:
        standing.found(session, SourceKind.MAILBOX, troubles)
    if troubles:
        raise next(iter(troubles.values()))


@contextmanager
def opened(box: Box) -> Iterator[BaseMailBox]:
    """The box, signed in and its folder chosen. Errors: Unavailable, also when the server goes away in between."""
    try:
        connected = _connected(box)
        # LOGIN knows ASCII alone; PLAIN (RFC 4616) takes any password, but not every old server takes PLAIN.
        sign_in = connected.login if (box.user + box.password).isascii() else connected.login_utf8
        with sign_in(box.user, box.password, initial_folder=box.folder) as mailbox:
            yield mailbox
    except MailboxLoginError:
        raise Unavailable("mailboxes.refused", mailbox=box.name) from None
    except (ImapToolsError, OSError, ssl.SSLError, EOFError, imaplib.IMAP4.error) as error:
        raise Unavailable("mailboxes.away", mailbox=box.name, reason=type(error).__name__) from error


def empty(house: House, organisation: Organisation, box: Box, mailbox: BaseMailBox) -> None:
    """Take what lies there, the oldest first. One that cannot be taken, or not moved, does not hold up the others.

    Errors: Unavailable when the box lets nothing be moved (it is full): what lies there is taken in all the same, once.
    """
    _folders(mailbox)
    validity = mailbox.folder.status(box.folder)["UIDVALIDITY"]
    of_box = f"mail:{hashlib.sha256(box.name.encode()).hexdigest()[:32]}:{validity}"
    uids = sorted(mailbox.uids("ALL"), key=int)
    with house.transaction() as session:
        known = arrivals.known_among(session, organisation.organisation_id, [f"{of_box}:{uid}" for uid in uids])
    stays: Exception | None = None
    refused, left = 0, MOST_AT_ONCE
    for uid in uids:
        key = f"{of_box}:{uid}"
        whole = known.get(key)
        if whole is None:
            if not left:
                break  # those after it are younger: they lie there for the next round
            left -= 1
            whole = take(house, organisation, box, mailbox, uid, key)
        if refused < MOST_UNMOVED:
            try:
                mailbox.move(uid, TAKEN if whole else UNREAD)
                refused = 0
            except imaplib.IMAP4.abort:
                raise  # the line is gone
            except (MailboxMoveError, MailboxCopyError, MailboxDeleteError, imaplib.IMAP4.error) as error:
                stays, refused = error, refused + 1
    if stays is not None:
        raise Unavailable("mailboxes.cannot_move", mailbox=box.name) from stays


def take(house: House, organisation: Organisation, box: Box, mailbox: BaseMailBox, uid: str, key: str) -> bool:
    """Store a message and take it in; False when it went to the review tray. Done again it gives no second arrival.

    Errors: Unavailable (store, database): the message stays where it is.
    """
    here = organisation.organisation_id
    with house.transaction() as session:
        known = arrivals.known_by(session, here, key)
        if known is not None:  # another hand was quicker, and has moved it perhaps: it would look empty
            return known.content_id is not None
    try:
        raw = _message(mailbox, uid)
        stored = house.store.put(io.BytesIO(raw), limit=LARGEST)
    except Unavailable:
        raise
    except EdmsError as error:
        _review(house, here, box, key, error.message)
        return False
    fields = envelope.headers(raw)
    subject = header(fields.get("subject", "")[:MOST_OF_A_SUBJECT]) or "-"
    actor = Actor.system(here)
    with house.transaction() as session:
        content = contents.enter(
            session, actor, organisation_id=here, stored=stored, name=f"{subject[:200]}.eml",
            media_type="message/rfc822",
        )  # fmt: skip
        arrivals.take_in(
            session, actor, organisation_id=here, tray=Tray.MAIL, channel=Channel.EMAIL, content=content,
            source=envelope.sender(fields) or box.user, source_key=key, trouble=envelope.automatic(fields),
        )  # fmt: skip
    return True


def _message(mailbox: BaseMailBox, uid: str) -> bytes:
    """The message as it came, without marking it. Errors: Invalid when it is too large or empty."""
    if (size := _SIZE.search(_fetched(mailbox, uid, "(RFC822.SIZE)"))) and int(size[1]) > LARGEST:
        raise Invalid("mailboxes.too_large", limit=LARGEST)
    raw = _fetched(mailbox, uid, "(BODY.PEEK[])", literal=True)
    if not raw:
        raise Invalid("mailboxes.empty_message")
    return raw


def _fetched(mailbox: BaseMailBox, uid: str, what: str, *, literal: bool = False) -> bytes:
    """The server's line, or the bytes that came with it."""
    try:
        status, answer = mailbox.client.uid("FETCH", uid, what)
    except imaplib.IMAP4.abort:
        raise  # the line is gone, and with it every message
    except imaplib.IMAP4.error:  # BAD: the server stumbles over this one
        status, answer = "BAD", []
    if status != "OK":
        raise Invalid("mailboxes.not_given")
    for part in answer:
        if literal and isinstance(part, tuple):
            return bytes(part[1])
        if not literal and part:
            return part if isinstance(part, bytes) else bytes(part[0])
    return b""


def _review(house: House, organisation_id: int, box: Box, key: str, trouble: str) -> None:
    actor = Actor.system(organisation_id)
    with house.transaction() as session:
        arrivals.take_in(
            session, actor, organisation_id=organisation_id, tray=Tray.REVIEW, channel=Channel.EMAIL, content=None,
            source=f"{box.name} · {UNREAD}", source_key=key, trouble=trouble,
        )  # fmt: skip


def _folders(mailbox: BaseMailBox) -> None:
    for name in (TAKEN, UNREAD):
        if not mailbox.folder.exists(name):
            try:
                mailbox.folder.create(name)
            except MailboxFolderCreateError:
                if not mailbox.folder.exists(name):  # another worker may have been quicker
                    raise


def _connected(box: Box) -> BaseMailBox:
    if box.scheme == "imaps":
        return MailBox(box.host, box.port, timeout=SECONDS, ssl_context=ssl.create_default_context())
    if box.scheme == "imap+starttls":
        return MailBoxStartTls(box.host, box.port, timeout=SECONDS, ssl_context=ssl.create_default_context())
    return MailBoxUnencrypted(box.host, box.port, timeout=SECONDS)


def _is_here(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
