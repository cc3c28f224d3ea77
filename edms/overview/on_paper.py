"""Letters that were registered on paper before they were scanned."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from edms import clock
from edms.access.actor import Actor
from edms.access.scope import visible
from edms.registry.models import Document

LOOKED_BACK = timedelta(days=90)


def waiting_for_scans(session: Session, actor: Actor, *, limit: int = 50) -> list[Document]:
    """Those of the last ninety days whose scan has not come, the oldest first."""
    found = select(Document).where(
        Document.organisation_id == actor.organisation_id,
        Document.registered_at > clock.now() - LOOKED_BACK,
        Document.waiting_scan.is_(True),
        visible(actor, Document.readers),
    )
    return list(session.scalars(found.order_by(Document.registered_at).limit(limit)))
