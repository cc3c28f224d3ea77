"""Contents: rows for bytes that are already durable in the store, and their places on documents.

Bytes come first: the store has written, hashed and read them back before a row is made here. A row without bytes cannot
be; bytes without a row are swept as orphans.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Collection
from datetime import date

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from edms import clock
from edms.access.actor import Actor
from edms.access.permissions import Permission
from edms.access.policy import require
from edms.errors import Invalid, NotFound, RuleBroken
from edms.events import Event, Subject, record
from edms.language import straight
from edms.registry.card import clean
from edms.registry.models import Content, Document, DocumentContent
from edms.registry.words import ContentRole, DocumentState
from edms.storage.port import Stored

BY_HAND = (ContentRole.ORIGINAL, ContentRole.ANNEX, ContentRole.LATER_PAPER, ContentRole.PROOF)
"""The roles in which a person adds a paper; the signed page comes from signing only."""


def enter(
    session: Session, actor: Actor, *, organisation_id: int, stored: Stored, name: str, media_type: str | None = None,
    parent_id: int | None = None,
) -> Content:  # fmt: skip
    """Make the row of bytes that are in the store. The name is data in any script, never a path."""
    content = Content(
        organisation_id=organisation_id,
        store_key=stored.key,
        sha256=bytes.fromhex(stored.sha256),
        size=stored.size,
        name=kept_name(name),
        media_type=media_type or "application/octet-stream",
        parent_id=parent_id,
        stored_at=clock.now(),
        stored_by_id=actor.official_id,
    )
    session.add(content)
    session.flush()  # its id goes into arrivals, places and events
    return content


def kept_name(name: str) -> str:
    """The name as it is kept: whatever the sender wrote on one line, but for what cannot be seen, up to 500 letters."""
    seen = "".join(c for c in straight(name) if unicodedata.category(c) not in ("Cc", "Cs"))
    return seen[:500] or "-"


def attach(
    session: Session, actor: Actor, document: Document, content: Content, role: ContentRole,
    *, dated_on: date | None = None,
) -> DocumentContent:  # fmt: skip
    """Give the content its place on the document; written into history by the caller's act.

    Errors: RuleBroken while the document is a closed envelope: whom its card names must open it first.
    """
    if document.closed:
        raise RuleBroken("intake.still_closed", number=document.number)
    last = select(func.coalesce(func.max(DocumentContent.position), 0)).where(
        DocumentContent.document_id == document.document_id
    )
    place = DocumentContent(
        document_id=document.document_id,
        content_id=content.content_id,
        role=role,
        position=session.scalar(last) + 1,  # type: ignore[operator]
        added_at=clock.now(),
        added_by_id=actor.official_id,
        dated_on=dated_on,
    )
    session.add(place)
    if role is ContentRole.ORIGINAL:
        document.waiting_scan = False
    return place


def add_paper(
    session: Session, actor: Actor, document: Document, content: Content, *, role: ContentRole,
    dated_on: date | None = None,
) -> None:  # fmt: skip
    """A further paper under the same number, with its own date (later papers attach to the main document).

    Errors: Invalid for a day to come or a role that is not added by hand; RuleBroken once the letter lies in its case
    file, proofs of service aside, which the post brings when it does.
    """
    require(actor, Permission.DOCUMENT_CORRECT, document)
    if role not in BY_HAND:
        raise Invalid(fields={"role": "registry.role_not_by_hand"})
    if document.state is DocumentState.FILED and role is not ContentRole.PROOF:
        raise RuleBroken("registry.filed_is_closed", number=document.number)
    if dated_on is not None and dated_on > clock.today(actor.time_zone):
        raise Invalid(fields={"dated_on": "registry.date_in_future"})
    join(session, actor, document, content, role, dated_on=dated_on)


def join(
    session: Session, actor: Actor, document: Document, content: Content, role: ContentRole,
    *, dated_on: date | None = None,
) -> None:  # fmt: skip
    """Give the content its place on the document, with its line in the history; the caller's act asks who may."""
    attach(session, actor, document, content, role, dated_on=dated_on)
    record(
        session,
        actor,
        Event.CONTENT_ADDED,
        Subject("content", content.content_id, document_id=document.document_id, content_id=content.content_id),
        organisation_id=document.organisation_id,
        detail={
            "name": content.name,
            "role": role.value,
            "dated_on": dated_on.isoformat() if dated_on else None,
        },
        facts={"number": document.number, "sha256": content.sha256.hex(), "role": role.value},
    )


def withdraw_paper(session: Session, actor: Actor, document: Document, content_id: int, *, reason: str) -> None:
    """Take a wrong scan off the front: it stays in the history with its reason, and the right one is waited for.

    Errors: NotFound, RuleBroken for the signed page, Invalid without a reason.
    """
    require(actor, Permission.DOCUMENT_CORRECT, document)
    if not (reason := clean(reason) or ""):
        raise Invalid(fields={"reason": "registry.reason_missing"})
    found = select(DocumentContent).where(
        DocumentContent.document_id == document.document_id, DocumentContent.content_id == content_id
    )
    place = session.scalar(found)
    if place is None or place.withdrawn_at is not None:
        raise NotFound
    if place.role is ContentRole.SIGNED:
        raise RuleBroken("registry.signed_stays", number=document.number)
    place.withdrawn_at = clock.now()
    session.flush()  # the papers that remain are read from the database
    if place.role is ContentRole.ORIGINAL and document.kind.comes_in:
        document.waiting_scan = not any(p.role is ContentRole.ORIGINAL for p in papers(session, document))
    record(
        session,
        actor,
        Event.CONTENT_WITHDRAWN,
        Subject("content", content_id, document_id=document.document_id, content_id=content_id),
        organisation_id=document.organisation_id,
        detail={"reason": reason},
        facts={"number": document.number, "sha256": place.content.sha256.hex(), "reason": reason},
    )


def papers(session: Session, document: Document, *, withdrawn: bool = False) -> list[DocumentContent]:
    """The contents on a document in their order; the withdrawn ones on request."""
    found = select(DocumentContent).where(DocumentContent.document_id == document.document_id)
    if not withdrawn:
        found = found.where(DocumentContent.withdrawn_at.is_(None))
    return list(session.scalars(found.order_by(DocumentContent.position)))


def inside(session: Session, outer: Collection[int], content_id: int) -> Content:
    """A content that is one of `outer`, or came out of one: an attachment, a file of a container. Errors: NotFound."""
    held = select(Content.content_id).where(Content.content_id.in_(outer)).cte("held", recursive=True)
    held = held.union(select(Content.content_id).where(Content.parent_id == held.c.content_id))
    found = session.scalar(
        select(Content).where(Content.content_id == content_id, Content.content_id.in_(select(held.c.content_id)))
    )
    if found is None:
        raise NotFound
    return found


def batch_after(session: Session, content_id: int, *, limit: int = 200) -> list[Content]:
    """The next contents in the order of their ids, for those who look at all of them."""
    found = select(Content).where(Content.content_id > content_id).order_by(Content.content_id)
    return list(session.scalars(found.limit(limit)))


def extent(session: Session) -> int:
    """How many contents there are, for the one who looks at all of them."""
    return session.scalar(select(func.count()).select_from(Content)) or 0
