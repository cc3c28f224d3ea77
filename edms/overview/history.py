"""The history of a letter as its readers see it: who did what and when, what was changed, and why.

Only what the letter's own readers may know is told: of drafts that an act happened, of other letters nothing that the
reader may not see. What was done within the last ten seconds is there for its hand only: it can be undone.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session

from edms import clock
from edms.access.actor import Actor
from edms.access.permissions import Permission
from edms.access.policy import require
from edms.access.scope import visible
from edms.events import Event, EventLine
from edms.registry import reaching
from edms.registry.models import Document
from edms.routing.undo import UNDO
from edms.staff.models import Official
from edms.staff.officials import by_id

UNDONE_LATER = (Event.DOCUMENT_SUBMITTED, Event.RESOLUTION_ISSUED, Event.DISPATCH_ASKED)
ABOUT_ANOTHER = (Event.DOCUMENT_LINKED, Event.DOCUMENT_UNLINKED)
CHANGES = (Event.DOCUMENT_CORRECTED, Event.DOCUMENT_MOVED, Event.RESOLUTION_ISSUED)
DRAFTS = ("draft", "visa")
SAID = ("reason", "remark", "text", "instruction", "notified", "note")


@dataclass(frozen=True)
class Entry:
    """One act: its line, whose hand it was and in whose place, what was said, and the number of the other letter.

    `word_of` is on whose word it was done where the hand only entered it.
    `changed` is field to what stood there before and after, for corrections and changed resolutions.
    """

    line: EventLine
    hand: str
    place: str
    said: str
    other: str
    word_of: str
    changed: Mapping[str, tuple[object, object]]


def history(
    session: Session,
    actor: Actor,
    document: Document,
    *,
    by: int | None = None,
    before: int | None = None,
    limit: int = 200,
) -> list[Entry]:
    """The acts on a letter, the newest first; `by` keeps one official's, `before` is the last line's event_id."""
    require(actor, Permission.HISTORY_READ, document)
    found = select(EventLine).where(EventLine.document_id == document.document_id, _settled(actor))
    if by is not None:
        found = found.where(or_(EventLine.official_id == by, EventLine.acting_for_id == by))
    if before is not None:
        found = found.where(EventLine.event_id < before)
    lines = list(session.scalars(found.order_by(EventLine.event_id.desc()).limit(limit)))
    names = _names(session, actor, lines)
    others = _others(session, actor, lines)
    return [
        Entry(
            line,
            names.get(line.official_id or 0, ""),
            names.get(line.acting_for_id or 0, ""),
            _said(line),
            others.get(line.event_id, ""),
            names.get(line.detail.get("author", 0), "") if line.detail.get("handwritten") else "",
            _seen(session, actor, document, _changed(line)),
        )
        for line in lines
    ]


def hands(session: Session, actor: Actor, document: Document) -> list[Official]:
    """The people who acted on a letter, in the order of their first act: what the history can be filtered by."""
    require(actor, Permission.HISTORY_READ, document)
    found = select(EventLine.official_id).where(
        EventLine.document_id == document.document_id, EventLine.official_id.is_not(None), _settled(actor)
    )
    ids = list(dict.fromkeys(session.scalars(found.order_by(EventLine.event_id))))
    people = by_id(session, ids)
    return [people[ident] for ident in ids if ident in people]


def _settled(actor: Actor) -> ColumnElement[bool]:
    return or_(
        EventLine.kind.not_in(UNDONE_LATER),
        EventLine.at <= clock.now() - UNDO,
        EventLine.official_id == actor.official_id,
        EventLine.acting_for_id == actor.official_id,
    )


def _names(session: Session, actor: Actor, lines: list[EventLine]) -> dict[int, str]:
    ids = {line.official_id for line in lines} | {line.acting_for_id for line in lines}
    ids |= {line.detail.get("author") for line in lines if line.detail.get("handwritten")}
    return {ident: person.name(actor.language) for ident, person in by_id(session, ids).items()}


def _others(session: Session, actor: Actor, lines: list[EventLine]) -> dict[int, str]:
    """The numbers of linked letters, of those that the actor may see."""
    wanted = {line.event_id: line.detail.get("other") for line in lines if line.kind in ABOUT_ANOTHER}
    if not wanted:
        return {}
    found = select(Document.document_id, Document.number).where(
        Document.document_id.in_([ident for ident in wanted.values() if isinstance(ident, int)]),
        visible(actor, Document.readers),
    )
    numbers = dict(session.execute(found).all())
    return {event: numbers[other] for event, other in wanted.items() if isinstance(other, int) and other in numbers}


def _said(line: EventLine) -> str:
    if line.subject_kind in DRAFTS:
        return ""
    return next((str(text) for name in SAID if (text := line.detail.get(name))), "")


def _changed(line: EventLine) -> dict[str, tuple[object, object]]:
    before, after = line.detail.get("before"), line.detail.get("after")
    if line.kind not in CHANGES or not isinstance(before, dict) or not isinstance(after, dict):
        return {}
    return {str(name): (before[name], after.get(name)) for name in before if before[name] != after.get(name)}


def _seen(
    session: Session, actor: Actor, document: Document, changed: dict[str, tuple[object, object]]
) -> dict[str, tuple[object, object]]:
    """The same without an applicant's e-mail address, where the actor may not know it."""
    if "correspondent_address" not in changed:
        return changed
    before, after = (
        reaching.address_of(session, actor, document, str(value) if value else None, document.correspondent_id)
        for value in changed["correspondent_address"]
    )
    return {**changed, "correspondent_address": (before, after)}


def withdrawals(session: Session, document: Document) -> dict[int, str]:
    """Why papers of a letter that the caller may see were taken off: content_id to reason."""
    found = select(EventLine).where(
        EventLine.document_id == document.document_id, EventLine.kind == Event.CONTENT_WITHDRAWN
    )
    return {line.subject_id: _said(line) for line in session.scalars(found) if line.subject_id is not None}
