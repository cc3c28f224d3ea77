"""What the labels on a scan mean: the letter that waits for it, or why a person must look.

A scan joins by itself only if one label of our own stands on it and its letter waits for its scan. Everything else
stays in the tray and is said there: nothing is ever joined because it looks alike.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.orm import Session

from edms.access.actor import Actor
from edms.capture.models import PageLabel
from edms.errors import Conflict, RuleBroken
from edms.registry import arrivals, labels, separators
from edms.registry.labels import Label
from edms.registry.models import Arrival, Content, Document, DocumentContent, Number
from edms.registry.words import ArrivalState, DocumentState, NumberState
from edms.staff.models import Organisation

CLOSED = (DocumentState.FILED, DocumentState.DESTROYED)
_OF_A_LETTER = ~PageLabel.code.startswith(f"{separators.PREFIX}:")


class Meaning(StrEnum):
    """What the labels of a scan say."""

    WAITS = "waits"  # the letter waits for this scan
    HAS_SCAN = "has_scan"  # perhaps a later paper
    FILED = "filed"  # the letter lies in its case file, which is closed
    NOT_ENTERED = "not_entered"  # the number is kept, its letter is not on a card yet
    VOID = "void"  # the number stands on nothing
    ANOTHER_TOWN = "another_town"
    UNKNOWN = "unknown"  # made elsewhere, or by nobody we know
    SEVERAL = "several"  # two letters in one scan, probably


@dataclass(frozen=True)
class Found:
    """What stands on a scan: the meaning, the number as printed or the other office's code, and where.

    `pages` are those on which labels stand, from 1; `document` is the letter that the one label names.
    """

    meaning: Meaning
    said: str = ""
    pages: tuple[int, ...] = ()
    document: Document | None = None
    number: Number | None = None
    code: str = ""  # of the one genuine label


def found_on(session: Session, key: bytes, organisation_id: int, content_ids: Collection[int]) -> dict[int, Found]:
    """What the labels on these contents of an office mean now; contents without a label are left out."""
    rows = select(PageLabel).where(PageLabel.content_id.in_(content_ids), _OF_A_LETTER).order_by(PageLabel.page)
    by_content: dict[int, list[PageLabel]] = {}
    for row in session.scalars(rows):
        by_content.setdefault(row.content_id, []).append(row)
    return {content_id: _meant(session, key, organisation_id, rows) for content_id, rows in by_content.items()}


def follow(session: Session, key: bytes, content_id: int) -> str | None:
    """Let the waiting scan join the letter whose label it bears; the number, or None where a person must look."""
    waiting = select(Arrival).where(Arrival.content_id == content_id, Arrival.state == ArrivalState.WAITING)
    arrival = session.scalars(waiting.limit(1)).first()
    if arrival is None:
        return None
    found = found_on(session, key, arrival.organisation_id, [content_id]).get(content_id)
    if found is None or found.meaning is not Meaning.WAITS or found.document is None:
        return None
    if _was_taken_off(session, arrival.content, found.document):
        return None
    try:
        arrivals.join_by_label(session, Actor.system(arrival.organisation_id), arrival, found.document)
    except (RuleBroken, Conflict):
        return None  # another scan was quicker, or a registrar: what is left lies in the tray
    return found.document.number


def beginnings(session: Session, content_id: int) -> list[int]:
    """The pages on which another label than before stands: where, as it seems, another letter begins."""
    of_content = (PageLabel.content_id == content_id, _OF_A_LETTER)
    rows = select(PageLabel).where(*of_content).order_by(PageLabel.page, PageLabel.code)
    pages, last = [], None
    for row in session.scalars(rows):
        if last is not None and row.code != last:
            pages.append(row.page)
        last = row.code
    return list(dict.fromkeys(pages))


def _was_taken_off(session: Session, content: Content | None, document: Document) -> bool:
    """Was this scan, or what it was made of, withdrawn from that very letter? Then the label sticks on the wrong paper."""
    taken_off = select(DocumentContent.content_id).where(
        DocumentContent.document_id == document.document_id, DocumentContent.withdrawn_at.is_not(None)
    )
    ids = set(session.scalars(taken_off))
    while content is not None and content.content_id not in ids:
        content = session.get(Content, content.parent_id) if content.parent_id is not None else None
    return content is not None


def _meant(session: Session, key: bytes, organisation_id: int, rows: list[PageLabel]) -> Found:
    pages = tuple(dict.fromkeys(row.page for row in rows))
    codes = {row.code for row in rows}
    if len(codes) > 1:
        return Found(Meaning.SEVERAL, pages=pages)
    code = codes.pop()
    label = labels.read(code)
    if label is None:
        return Found(Meaning.UNKNOWN, pages=pages)
    own = session.get_one(Organisation, organisation_id)
    if label.organisation != own.code:
        return Found(Meaning.ANOTHER_TOWN, _town(session, key, label), pages)
    if not labels.genuine(key, label):
        return Found(Meaning.UNKNOWN, pages=pages)
    return replace(_named(session, label, pages), code=code)


def _named(session: Session, label: Label, pages: tuple[int, ...]) -> Found:
    series = (label.register_id, label.year, label.serial)
    number = session.scalar(
        select(Number).where(Number.register_id == series[0], Number.year == series[1], Number.serial == series[2])
    )
    letter = select(Document).where(
        Document.register_id == series[0], Document.year == series[1], Document.serial == series[2]
    )
    document = session.get(Document, number.document_id) if number and number.document_id else session.scalar(letter)
    if document is not None:
        if document.waiting_scan:
            meaning = Meaning.WAITS
        else:
            meaning = Meaning.FILED if document.state in CLOSED else Meaning.HAS_SCAN
        return Found(meaning, document.number, pages, document, number)
    if number is None:
        return Found(Meaning.UNKNOWN, pages=pages)
    kept = number.state is NumberState.RESERVED
    return Found(Meaning.NOT_ENTERED if kept else Meaning.VOID, number.text, pages, None, number)


def _town(session: Session, key: bytes, label: Label) -> str:
    """The other office's name where it is one of this system and the label is its own; else its code as it stands there."""
    there = session.scalar(select(Organisation).where(Organisation.code == label.organisation))
    if there is not None and labels.genuine(key, label):
        return there.name(there.language)
    return label.organisation
