"""Who may be told of a letter: those who may read it, in their own right, today."""

from __future__ import annotations

from sqlalchemy.orm import Session

from edms.access.permissions import Permission
from edms.access.policy import permits
from edms.errors import Forbidden
from edms.registry.models import Document
from edms.staff.actors import actor_for
from edms.staff.models import Official


def may_read(session: Session, official_id: int, document: Document) -> bool:
    """May the person read the document in her own right today? One who no longer works here may not."""
    official = session.get(Official, official_id)
    if official is None:
        return False
    try:
        return permits(actor_for(session, official), Permission.DOCUMENT_READ, document)
    except Forbidden:
        return False
