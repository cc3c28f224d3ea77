"""The signed paper on its document: put there at the level from which it may leave the house, replaced as it is raised.

The copy of a lower level that was sent stays known as ours: whoever lays it before the check page is told so.
"""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy import select
from sqlalchemy.orm import Session

from edms import clock
from edms.access.actor import Actor
from edms.events import Event, Subject, record
from edms.registry import contents, lifecycle
from edms.registry.models import Content, Document, DocumentContent
from edms.registry.words import ContentRole, DocumentState
from edms.signing import turns
from edms.signing.models import SignatureRequest
from edms.signing.verdicts import Level


def put(session: Session, request: SignatureRequest, content: Content) -> None:
    """The signed letter, or the same raised further, with its line in the history and its leaf."""
    document = session.get_one(Document, request.document_id)
    lower = _lower(session, request, content)
    hand = _hand(request)
    contents.attach(session, hand, document, content, ContentRole.SIGNED)
    if lower is None:
        lifecycle.step(document, DocumentState.SIGNED)
    else:
        lower.withdrawn_at = clock.now()
    record(
        session,
        hand if lower is None else Actor.system(request.organisation_id),
        Event.DOCUMENT_SIGNED if lower is None else Event.SIGNATURE_RAISED,
        Subject("document", document.document_id, document_id=document.document_id, content_id=content.content_id),
        organisation_id=document.organisation_id,
        detail={
            "certificate": request.certificate,
            "content_id": content.content_id,
            "level": (request.level or Level.B).value,
            "with": _others(session, request),
        },
        facts={
            "number": document.number,
            "sha256": content.sha256.hex(),
            "shown_sha256": request.shown_sha256.hex(),
            "level": (request.level or Level.B).value,
        },
    )


def waits_for(session: Session, document: Document) -> SignatureRequest | None:
    """The request whose paper is in the register and is still to be raised, so that the letter's page can say so."""
    found = select(SignatureRequest).where(
        SignatureRequest.document_id == document.document_id,
        SignatureRequest.ended_at.is_(None),
        SignatureRequest.raised_content_id.is_not(None),
    )
    return session.scalar(found.limit(1))


def _lower(session: Session, request: SignatureRequest, content: Content) -> DocumentContent | None:
    """The place of the same paper at a lower level: its bytes are another content of the same page."""
    found = (
        select(DocumentContent)
        .join(Content, Content.content_id == DocumentContent.content_id)
        .where(
            DocumentContent.document_id == request.document_id,
            DocumentContent.role == ContentRole.SIGNED,
            DocumentContent.withdrawn_at.is_(None),
            Content.parent_id == content.parent_id,
        )
    )
    return session.scalar(found.order_by(DocumentContent.position.desc()).limit(1))


def _hand(request: SignatureRequest) -> Actor:
    hand = replace(Actor.system(request.organisation_id), official_id=request.signed_by_id)
    if request.signed_by_id != request.signer_id:
        hand = replace(hand, acting_for=request.signer_id)
    return hand


def _others(session: Session, request: SignatureRequest) -> list[str]:
    """The names of those who signed the same paper before."""
    if request.draft_ref is None:
        return []
    paper = turns.of_paper(session, request.draft_ref)
    return [each.name for each in paper if each is not request and each.ended_at and each.raised_content_id]
