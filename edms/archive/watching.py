"""Format watch: which kinds of files the letters hold, which of them are at risk, and where each lies.

The numbers are the organisation's and name no letter; the list behind one holds only what its reader may open.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from edms.access.actor import Actor
from edms.access.permissions import Permission
from edms.access.policy import require
from edms.access.scope import own_organisation, visible
from edms.archive import formats
from edms.archive.formats import Format, Outlook
from edms.registry.models import Content, Document, DocumentContent

_ORDER = list(Outlook)


@dataclass(frozen=True)
class Held:
    """How many files of a kind there are, and their bytes together."""

    format: Format
    files: int
    bytes: int


@dataclass(frozen=True)
class FileLine:
    """A file of a kind, and the letter on which it lies."""

    document_id: int
    number: str
    content_id: int
    name: str
    size: int


def kinds(session: Session, actor: Actor) -> list[Held]:
    """The kinds, those at risk first, then the most frequent. Errors: Forbidden."""
    require(actor, Permission.FIXITY_READ)
    counted = _placed(select(Content.media_type, func.count(), func.sum(Content.size)))
    seen = visible(actor, Document.readers) if actor.looks_on else own_organisation(actor, Document.organisation_id)
    rows = session.execute(counted.where(seen).group_by(Content.media_type))
    found = [Held(formats.of(media_type), number, int(size)) for media_type, number, size in rows]
    return sorted(found, key=lambda each: (_ORDER.index(each.format.outlook), -each.files, each.format.media_type))


def files(
    session: Session, actor: Actor, media_type: str, *, before: int | None = None, limit: int = 50
) -> list[FileLine]:
    """The files of a kind on letters that the actor may open, the newest first; `before` is the last one's content.

    Errors: Forbidden.
    """
    require(actor, Permission.FIXITY_READ)
    columns = (Document.document_id, Document.number, Content.content_id, Content.name, Content.size)
    found = _placed(select(*columns)).where(Content.media_type == media_type, visible(actor, Document.readers))
    if before is not None:
        found = found.where(Content.content_id < before)
    return [FileLine(*row) for row in session.execute(found.order_by(Content.content_id.desc()).limit(limit))]


def _placed(query: Select[*tuple[Any, ...]]) -> Select[*tuple[Any, ...]]:
    """Of the contents that lie on letters."""
    query = query.select_from(DocumentContent).join(Content, Content.content_id == DocumentContent.content_id)
    return query.join(Document, Document.document_id == DocumentContent.document_id).where(
        DocumentContent.withdrawn_at.is_(None)
    )
