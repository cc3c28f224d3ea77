"""What citizens sent through the pages of the portal, as it waits in the tray: what an application says."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from edms.access.actor import Actor
from edms.errors import NotFound
from edms.registry import arrivals
from edms.services import applying
from edms.web.api.layer import read
from edms.web.api.shapes import Shown


class PaperSent(Shown):
    """A paper that was attached: which one of the service's list, and the file in the archive that came."""

    paper: str
    file: str


class ApplicationShown(Shown):
    """For which service, what was filled in, what was attached. Its case begins with it once it is registered."""

    service: str
    language: str
    applied_at: datetime
    begun_at: datetime | None
    values: dict[str, Any]
    papers: list[PaperSent]


@read("/arrivals/{arrival_id}/application")
def application(session: Session, who: Actor, arrival_id: int) -> ApplicationShown:
    """What was filled in online; 404 for what came otherwise."""
    sent = applying.of_arrival(session, who, arrivals.arrival_of(session, who, arrival_id))
    if sent is None:
        raise NotFound
    return ApplicationShown(
        service=sent.service, language=sent.language, applied_at=sent.applied_at, begun_at=sent.begun_at,
        values=sent.values, papers=[PaperSent(**each) for each in sent.papers],
    )  # fmt: skip
