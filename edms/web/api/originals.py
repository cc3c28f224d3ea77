"""The paper original of a letter: who has it and where; handed to somebody, who confirms it."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from edms.access.actor import Actor
from edms.errors import NotFound
from edms.registry.documents import document_of
from edms.routing.originals import handing
from edms.web.api.layer import act, read
from edms.web.api.shapes import Asked, Id, Line, Reason, Shown


class PaperShown(Shown):
    """Who has the paper and where; `receiver_id` was handed it and did not confirm yet."""

    holder_id: int
    place: str | None
    since: datetime
    receiver_id: int | None
    handed_at: datetime | None


class Placing(Asked):
    """Where it lies."""

    place: Line | None = None


class PaperHanding(Asked):
    """To whom."""

    official_id: Id
    note: Line | None = None


@read("/documents/{document_id}/original")
def paper(session: Session, who: Actor, document_id: int) -> PaperShown:
    """Who has the paper. Not there: nobody ever said."""
    row = handing.where(session, document_of(session, who, document_id))
    if row is None:
        raise NotFound
    return PaperShown.model_validate(row)


@act("/documents/{document_id}/original/place", "PUT")
def place_paper(session: Session, who: Actor, document_id: int, body: Placing) -> PaperShown:
    """Say where one keeps it."""
    document = document_of(session, who, document_id, lock=True)
    return PaperShown.model_validate(handing.place(session, who, document, place=body.place))


@act("/documents/{document_id}/original/hand")
def hand_paper(session: Session, who: Actor, document_id: int, body: PaperHanding) -> PaperShown:
    """Hand it to somebody, who confirms that she has it."""
    document = document_of(session, who, document_id, lock=True)
    return PaperShown.model_validate(handing.hand(session, who, document, to=body.official_id, note=body.note))


@act("/documents/{document_id}/original/receive")
def receive_paper(session: Session, who: Actor, document_id: int, body: Placing) -> PaperShown:
    """Confirm that one has it now."""
    document = document_of(session, who, document_id, lock=True)
    return PaperShown.model_validate(handing.receive(session, who, document, place=body.place))


@act("/documents/{document_id}/original/refuse")
def refuse_paper(session: Session, who: Actor, document_id: int, body: Reason) -> None:
    """Say that it did not come: it is the holder's as before."""
    handing.refuse(session, who, document_of(session, who, document_id, lock=True), reason=body.reason)
