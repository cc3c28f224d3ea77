"""Checking what arrives signed, in three parts: read in a short transaction, judge with none open, write in one.

Most that arrives is not signed: its bytes are looked through once for the marks of a signature while they are copied
for the child, and a scan costs no child at all. A detached signature is given the files that lie with it.
"""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import or_, select
from sqlalchemy.orm import Session, aliased

from edms.jobs import Kind, defer
from edms.registry.models import Content, DocumentContent
from edms.signing import validation, verdict_lines
from edms.signing.algorithms import Algorithms
from edms.signing.outside import Outside
from edms.signing.trust import Roots
from edms.signing.validation import Judged
from edms.signing.verdicts import UNSIGNED, Bottom
from edms.storage.port import PIECE, ContentStore

MOST_BESIDE = 20
MISSING = "SIGNED_DATA_NOT_FOUND"
_SIGNED_DATA = bytes.fromhex("06092a864886f70d010702")  # the object id of CMS signed data
# What stands in the bytes of a signed file of each kind; what does not hold its mark holds no signature.
_MARKS = {"pdf": b"/ByteRange", "zip": b"META-INF/", "xml": b"http://www.w3.org/2000/09/xmldsig#"}
_LONGEST_MARK = max(map(len, _MARKS.values()))


@dataclass(frozen=True)
class Work:
    """A content to check, free of the database, and what may be the file that it signs."""

    content_id: int
    name: str
    key: str
    beside: tuple[tuple[str, str], ...]  # name and key in the store


def to_check(session: Session, content_id: int) -> Work | None:
    """What there is to check, or None: gone."""
    content = session.get(Content, content_id)
    if content is None:
        return None
    others = [(other.name, other.store_key) for other in beside(session, content)]
    return Work(content_id, content.name, content.store_key, tuple(others))


def again(session: Session, content: Content) -> None:
    """Have a content checked once more: somebody can be asked now, a root was added. The caller has seen that it may be read."""
    defer(session, Kind.CHECK_SIGNATURES, content.content_id, organisation_id=content.organisation_id)


def check(
    work: Work, *, store: ContentStore, outside: Outside, roots: Roots, algorithms: Algorithms | None = None
) -> Judged | None:
    """The verdict; None for what is not signed. Errors: Unavailable, Corrupt from the store, nothing else."""
    with tempfile.TemporaryDirectory(prefix="edms-check-") as folder:
        path = Path(folder, "signed")
        kind = _copied(store, work.key, path)
        if kind is None:
            return None
        others: list[tuple[str, Path]] = []
        for number, (name, key) in enumerate(work.beside if kind in ("cms", "xml") else ()):
            other = Path(folder, f"beside-{number}")
            _copied(store, key, other)
            others.append((name, other))
        found = validation.judge(path, roots, outside=outside, beside=others, name=work.name, algorithms=algorithms)
    return None if found.verdict.reason == UNSIGNED else found


def checked(session: Session, content_id: int, found: Judged | None, *, algorithms: Algorithms | None = None) -> None:
    """Keep the verdict. What lies with the content and missed its file is checked again: this may be it."""
    content = session.get(Content, content_id)
    if content is None:
        return
    if found is not None:
        verdict_lines.keep(session, content, found.verdict, found.answers, algorithms=algorithms)
        if found.verdict.bottom is not Bottom.PASSED and found.verdict.sub_indication == MISSING:
            return
    for other in beside(session, content):
        line = verdict_lines.newest(session, other.content_id)
        if line is not None and line.sub_indication == MISSING:
            defer(session, Kind.CHECK_SIGNATURES, other.content_id, organisation_id=other.organisation_id)


def beside(session: Session, content: Content) -> Sequence[Content]:
    """The other contents of the same letter, or of the same e-mail: what a signature may be over.

    A signature that was carried on lies on no letter itself: the one that it was made from does.
    """
    mine, theirs = aliased(DocumentContent), aliased(DocumentContent)
    of_letter = (
        select(theirs.content_id)
        .join(mine, mine.document_id == theirs.document_id)
        .where(mine.content_id.in_((content.content_id, content.parent_id or 0)))
    )
    of_mail = Content.parent_id == (content.parent_id or 0)  # zero is nobody
    found = select(Content).where(or_(Content.content_id.in_(of_letter), of_mail))
    found = found.where(Content.content_id != content.content_id)
    return session.scalars(found.order_by(Content.content_id).limit(MOST_BESIDE)).all()


def _copied(store: ContentStore, key: str, path: Path) -> str | None:
    """Copy the bytes, and say what kind of signed thing they may be: pdf, zip, xml, cms, or None."""
    kind, marked, before = None, False, b""
    with store.open(key) as source, path.open("wb") as target:
        while piece := source.read(PIECE):
            if not before:
                kind = _kind(piece)
            mark = _MARKS.get(kind or "")
            marked = marked or (mark is not None and mark in before + piece)
            before = piece[-_LONGEST_MARK:]
            target.write(piece)
    return kind if marked or kind == "cms" else None


def _kind(head: bytes) -> str | None:
    start = head[:64].lstrip(b"\xef\xbb\xbf \t\r\n")
    if b"%PDF-" in head[:1024]:
        return "pdf"
    if start.startswith(b"PK"):
        return "zip"
    if start.startswith(b"<"):
        return "xml"
    told = start.startswith((b"-----BEGIN PKCS7", b"-----BEGIN CMS", b"MI"))
    return "cms" if told or (start.startswith(b"0") and _SIGNED_DATA in head[:64]) else None
