"""Ten seconds in which a submission or resolution can be taken back as if it had not been: nobody was told yet."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from edms import clock
from edms.errors import RuleBroken
from edms.events import EventLine
from edms.registry import readers
from edms.registry.models import Document

UNDO = timedelta(seconds=10)


def told_at(not_before: datetime | None) -> datetime:
    """When people are told of a step: as asked, by default in ten seconds."""
    return not_before or clock.now() + UNDO


def require_untold(not_before: datetime | None) -> None:
    """Refuse to take back what people were told of already. Errors: RuleBroken."""
    if not_before is None or clock.now() >= not_before:
        raise RuleBroken("routing.told_already")


def open_to(document: Document, official_ids: Iterable[int]) -> list[int]:
    """Let these people read the document; those who could not before, for the history."""
    people = set(official_ids)
    newly = sorted(person for person in people if f"official:{person}" not in document.readers)
    readers.grant(document, people)
    return newly


def close_again(session: Session, document: Document, kind: str, subject_id: int) -> None:
    """Take the document from those to whom the undone step had opened it."""
    lines = session.scalars(select(EventLine).where(EventLine.subject_kind == kind, EventLine.subject_id == subject_id))
    newly = {f"official:{person}" for line in lines for person in line.detail.get("newly_read", ())}
    document.readers = sorted(set(document.readers) - newly)
