"""The letters of one correspondent that the actor may see, the newest first."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select, tuple_
from sqlalchemy.orm import Session

from edms import clock
from edms.access.actor import Actor
from edms.access.permissions import Permission
from edms.access.policy import require
from edms.access.scope import visible
from edms.overview.line import LetterLine, lines_of
from edms.registry.intake.keeping import sent_by
from edms.registry.models import Correspondent, Document


def letters_of(
    session: Session,
    actor: Actor,
    correspondent: Correspondent,
    *,
    before: tuple[datetime, int] | None = None,
    limit: int = 50,
) -> list[LetterLine]:
    """Letters from and to the correspondent, also those she signed with others; `before` is the last line's (registered_at, id). No counts."""
    require(actor, Permission.CORRESPONDENT_READ, correspondent)
    found = select(Document).where(sent_by([correspondent.correspondent_id]), visible(actor, Document.readers))
    if before is not None:
        found = found.where(tuple_(Document.registered_at, Document.document_id) < before)
    found = found.order_by(Document.registered_at.desc(), Document.document_id.desc()).limit(limit)
    return lines_of(session, list(session.scalars(found)), clock.today(actor.time_zone))
