"""Whether a reply of ours ends the matter or is interim: said when it is written, and corrected here with a reason."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from edms.access.actor import Actor
from edms.access.permissions import Permission
from edms.access.policy import require
from edms.errors import Invalid, RuleBroken
from edms.events import Event, Subject, record
from edms.registry.card import clean
from edms.registry.models import Document, DocumentLink
from edms.registry.words import LinkKind


def mark(session: Session, actor: Actor, document: Document, *, final: bool, reason: str) -> None:
    """Mark a reply final or interim. A final one that has gone out proposes its letter for closing.

    Errors: RuleBroken for a document that answers nothing, Invalid without a reason. Marked so before is no event.
    """
    require(actor, Permission.DOCUMENT_CORRECT, document)
    if not answers(session, document):
        raise RuleBroken("registry.answers_nothing", number=document.number)
    if not (reason := clean(reason) or ""):
        raise Invalid(fields={"reason": "registry.reason_missing"})
    if document.final is final:
        return
    before, document.final = document.final, final
    record(
        session,
        actor,
        Event.REPLY_MARKED,
        Subject("document", document.document_id, document_id=document.document_id),
        organisation_id=document.organisation_id,
        detail={"before": before, "final": final, "reason": reason},
        facts={"number": document.number, "final": final, "reason": reason},
    )


def answers(session: Session, document: Document) -> bool:
    """Does the document answer a letter?"""
    found = select(DocumentLink.document_link_id).where(
        DocumentLink.document_id == document.document_id, DocumentLink.kind == LinkKind.REPLY_TO
    )
    return session.scalar(found.limit(1)) is not None
