"""From a reply that was sent to the letter it answers."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from edms.access.actor import Actor
from edms.registry.models import Document, DocumentLink
from edms.registry.words import DocumentState, LinkKind
from edms.routing import control

GONE = (DocumentState.DISPATCHED, DocumentState.FILED)


def propose_for_reply(session: Session, reply_id: int) -> None:
    """Propose for closing every letter that this document, once it has gone out, answers with finality."""
    reply = session.get(Document, reply_id)
    if reply is None or not reply.final or reply.state not in GONE:
        return
    answered = (
        select(Document)
        .join(DocumentLink, DocumentLink.other_id == Document.document_id)
        .where(DocumentLink.document_id == reply_id, DocumentLink.kind == LinkKind.REPLY_TO)
        .order_by(Document.document_id)
        .with_for_update(of=Document)  # who writes on one just now is waited for
    )
    for letter in session.scalars(answered):
        control.propose_closing(session, Actor.system(letter.organisation_id), letter, reply)
