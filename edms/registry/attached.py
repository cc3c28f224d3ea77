"""What is attached to a message or lies in a container: contents of their own, made when the outer one was read.

A page that was made from another (signed, sealed, cut) is no attachment of it: such pages come from a PDF or a picture.
"""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import and_, not_, select
from sqlalchemy.orm import Session, aliased

from edms.errors import NotFound
from edms.registry.models import Content

MOST = 200
CONTAINERS = ("application/vnd.etsi.asic-e+zip", "application/vnd.etsi.asic-s+zip", "application/zip")
"""What is but a wrapping: who opens it wants to read what lies in it."""


def attached_to(session: Session, content_ids: Collection[int]) -> list[Content]:
    """The attachments of these contents, and what is attached to those, each after what holds it. The caller has seen
    that the outer ones may be read."""
    found: list[Content] = []
    outer = list(content_ids)
    while outer and len(found) < MOST:
        inner = _next(session, outer)
        found += inner
        outer = [each.content_id for each in inner]
    return found[:MOST]


def unwrapped(session: Session, content: Content) -> Content:
    """What a reader sees first: of a container the first file in it, else the content itself."""
    found = attached_to(session, [content.content_id]) if content.media_type in CONTAINERS else []
    return found[0] if found else content


def attachment_of(session: Session, content_ids: Collection[int], content_id: int) -> Content:
    """One of them. Errors: NotFound."""
    found = next((each for each in attached_to(session, content_ids) if each.content_id == content_id), None)
    if found is None:
        raise NotFound
    return found


def _next(session: Session, outer: Collection[int]) -> list[Content]:
    holder = aliased(Content)
    carried_on = and_(Content.name == holder.name, Content.media_type == holder.media_type)  # the same, proven longer
    query = (
        select(Content)
        .join(holder, holder.content_id == Content.parent_id)
        .where(
            holder.content_id.in_(outer),
            holder.media_type != "application/pdf",
            not_(holder.media_type.startswith("image/")),
            not_(carried_on),
        )
        .order_by(Content.content_id)
        .limit(MOST)
    )
    return list(session.scalars(query))
