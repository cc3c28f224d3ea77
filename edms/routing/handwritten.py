"""A resolution that a head wrote by hand, entered with its scan by the secretary whom she lets do so.

Its author is the head, its hand the secretary; both names stand wherever it is shown, and the head is told.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from sqlalchemy.orm import Session

from edms.access.actor import Actor
from edms.access.permissions import Permission
from edms.access.policy import require
from edms.errors import Forbidden
from edms.registry import contents
from edms.registry.models import Content, Document
from edms.registry.words import ContentRole
from edms.routing import resolution
from edms.routing.matter import hold, require_open
from edms.routing.models import Order, Resolution
from edms.routing.naming import Executor
from edms.staff.entrusting import entrusted_by


def enter(
    session: Session,
    actor: Actor,
    document: Document,
    *,
    head: int,
    scan: Content,
    text: str,
    executors: Sequence[Executor],
    order: Order = Order.PARALLEL,
    due_on: date | None = None,
    to_file: bool = False,
) -> Resolution:
    """Enter what `head` (an official_id) wrote; `scan` joins the letter's papers unless it is one of them.

    Errors: Forbidden where that head did not entrust it to the actor; as `resolution.issue` for the rest.
    """
    require_entrusted(session, actor, document, head)
    document = hold(session, document.document_id)
    require_open(document)
    if all(place.content_id != scan.content_id for place in contents.papers(session, document)):
        contents.join(session, actor, document, scan, ContentRole.RESOLUTION)
    return resolution.write_for(
        session, actor, document, author_id=head, scan=scan, text=text, executors=executors, order=order,
        due_on=due_on, to_file=to_file,
    )  # fmt: skip


def require_entrusted(session: Session, actor: Actor, document: Document, head: int) -> None:
    """Refuse whom that head does not let enter her resolutions on this letter. Errors: Forbidden."""
    require(actor, Permission.RESOLUTION_ENTER, document)
    if head not in {official.official_id for official in entrusted_by(session, actor)}:
        raise Forbidden("access.refused", permission=Permission.RESOLUTION_ENTER.value)
