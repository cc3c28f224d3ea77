"""Documents for those who may know of them: one, several, their links."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import or_, select, tuple_
from sqlalchemy.orm import Session

from edms.access.actor import Actor
from edms.access.permissions import Permission
from edms.access.policy import require
from edms.access.scope import visible
from edms.errors import Invalid, NotFound
from edms.events import Event, Subject, record
from edms.registry import closeness, former
from edms.registry.card import clean
from edms.registry.models import Document, DocumentLink
from edms.registry.words import LinkKind


def document_of(session: Session, actor: Actor, document_id: int, *, lock: bool = False) -> Document:
    """One document within the actor's scope. Missing and invisible look the same. Errors: NotFound."""
    found = select(Document).where(Document.document_id == document_id, visible(actor, Document.readers))
    if lock:
        found = found.with_for_update(of=Document).execution_options(populate_existing=True)
    document = session.scalar(found)
    if document is None:
        raise NotFound
    require(actor, Permission.DOCUMENT_READ, document)
    return document


def seen_of(session: Session, actor: Actor, document_ids: Sequence[int]) -> dict[int, Document]:
    """Those of these documents that the actor may know of, by id; the others are left out."""
    if not document_ids:
        return {}
    found = select(Document).where(Document.document_id.in_(document_ids), visible(actor, Document.readers))
    return {document.document_id: document for document in session.scalars(found)}


def by_number(
    session: Session, actor: Actor, number: str, *, after: tuple[datetime, int] | None = None, limit: int = 10
) -> list[Document]:
    """Documents of the actor's organisation with exactly this number now, or before they were moved; newest
    first.

    `after` is where the last one seen stands: the instant of its registration and its id.
    """
    found = (
        select(Document)
        .where(
            Document.organisation_id == actor.organisation_id,
            or_(Document.number == number.strip(), Document.document_id.in_(former.named(number))),
            visible(actor, Document.readers),
        )
        .order_by(Document.registered_at.desc(), Document.document_id.desc())
    )
    if after is not None:
        found = found.where(tuple_(Document.registered_at, Document.document_id) < after)
    return list(session.scalars(found.limit(limit)))


def link(session: Session, actor: Actor, document: Document, other: Document, kind: LinkKind) -> None:
    """Say that two documents belong together; saying it again changes nothing.

    That a document answers a letter is entered by a registrar, where signing did not: it ends waiting, and is as close as
    the letter from then on. Errors: Invalid.
    """
    require(actor, Permission.DOCUMENT_LINK, document)
    require(actor, Permission.DOCUMENT_READ, other)
    if kind in closeness.AS_CLOSE:
        require(actor, Permission.DOCUMENT_CORRECT, document)
    if document.document_id == other.document_id:
        raise Invalid(fields={"links": "registry.link_to_itself"})
    letters = closeness.answered(session, ((other.document_id, kind),))
    join(session, document, other.document_id, kind)
    record(
        session,
        actor,
        Event.DOCUMENT_LINKED,
        Subject("document", document.document_id, document_id=document.document_id),
        organisation_id=document.organisation_id,
        detail={"other": other.document_id, "number": other.number, "kind": kind.value},
    )
    for letter in letters:
        closeness.follow(session, actor, letter)


def unlink(session: Session, actor: Actor, document: Document, other: Document, kind: LinkKind, *, reason: str) -> None:
    """Take a link away, with its reason. That a reply answers a letter, or was made for it, is taken back by a registrar only.

    Errors: NotFound without such a link, Invalid without a reason, Forbidden.
    """
    require(actor, Permission.DOCUMENT_LINK, document)
    require(actor, Permission.DOCUMENT_READ, other)
    if kind in closeness.AS_CLOSE:
        require(actor, Permission.DOCUMENT_CORRECT, document)
    if not (reason := clean(reason) or ""):
        raise Invalid(fields={"reason": "registry.reason_missing"})
    found = select(DocumentLink).where(
        DocumentLink.document_id == document.document_id,
        DocumentLink.other_id == other.document_id,
        DocumentLink.kind == kind,
    )
    standing = session.scalar(found)
    if standing is None:
        raise NotFound
    session.delete(standing)
    record(
        session,
        actor,
        Event.DOCUMENT_UNLINKED,
        Subject("document", document.document_id, document_id=document.document_id),
        organisation_id=document.organisation_id,
        detail={"other": other.document_id, "number": other.number, "kind": kind.value, "reason": reason},
    )


def join(session: Session, document: Document, other_id: int, kind: LinkKind) -> None:
    """The link alone, for an act that records itself."""
    twin = select(DocumentLink).where(
        DocumentLink.document_id == document.document_id, DocumentLink.other_id == other_id, DocumentLink.kind == kind
    )
    if session.scalar(twin) is None:
        session.add(DocumentLink(document_id=document.document_id, other_id=other_id, kind=kind))


def linked(session: Session, actor: Actor, document: Document) -> list[tuple[LinkKind, bool, Document]]:
    """What is linked, in both directions, as far as the actor may know: (kind, does the link start here, the other)."""
    found = select(DocumentLink).where(
        or_(DocumentLink.document_id == document.document_id, DocumentLink.other_id == document.document_id)
    )
    links = list(session.scalars(found))
    if not links:
        return []
    others = {lk.other_id if lk.document_id == document.document_id else lk.document_id for lk in links}
    seen = {
        other.document_id: other
        for other in session.scalars(
            select(Document).where(Document.document_id.in_(others), visible(actor, Document.readers))
        )
    }
    pairs = []
    for lk in links:
        from_here = lk.document_id == document.document_id
        other = seen.get(lk.other_id if from_here else lk.document_id)
        if other is not None:
            pairs.append((lk.kind, from_here, other))
    return sorted(pairs, key=lambda pair: pair[2].registered_at)
