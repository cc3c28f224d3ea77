"""What is written of a correction: what stood there, what stands there now, and why."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from sqlalchemy.orm import Session

from edms.access.actor import Actor
from edms.events import Event, Subject, record
from edms.registry import facts
from edms.registry.models import Document


def write(
    session: Session, actor: Actor, document: Document, reason: str, before: Mapping[str, Any], after: Mapping[str, Any],
    more: Mapping[str, Any] = MappingProxyType({}),
) -> None:  # fmt: skip
    """The line and leaf of a correction; `more` are facts beside the card."""
    record(
        session,
        actor,
        Event.DOCUMENT_CORRECTED,
        Subject("document", document.document_id, document_id=document.document_id),
        organisation_id=document.organisation_id,
        detail={"reason": reason, "before": dict(before), "after": dict(after)},
        facts={**facts.of(document), **more, "reason": reason},
    )
