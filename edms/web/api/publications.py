"""What a case makes public: what there is, where it was put and when; and entering that."""

from __future__ import annotations

from datetime import date

from sqlalchemy.orm import Session

from edms.access.actor import Actor
from edms.services import cases, publishing, texts
from edms.services.kinds import Channel
from edms.services.models import Case
from edms.web.api.layer import act, read
from edms.web.api.proceeding_shapes import Name
from edms.web.api.shapes import Asked, Id, IsoDay, Shown, Text


class PublicationShown(Shown):
    """Something to be made public in one way. `document` is empty where it is what the step itself announces.

    `sent_place` and `sent_on` are where and when a document that is not entered yet was sent for publication.
    """

    case_step_id: int
    step: str
    document: str
    document_id: int | None
    channel: Channel
    place: str | None
    published_on: date | None
    entered_by_id: int | None
    sent_place: str | None
    sent_on: date | None


class PublicationsShown(Shown):
    """All that the case has to make public so far."""

    items: list[PublicationShown]


class Publishing(Asked):
    """What was made public, where, and since which day it can be read (today where none is said)."""

    case_step_id: Id
    document: Name = ""
    channel: Channel
    place: Text
    on: IsoDay | None = None


@read("/proceedings/{case_id}/publications")
def publications(session: Session, who: Actor, case_id: int) -> PublicationsShown:
    """What the case makes public."""
    return _shown(session, cases.case_of(session, who, case_id))


@act("/proceedings/{case_id}/publications")
def publish(session: Session, who: Actor, case_id: int, body: Publishing) -> PublicationsShown:
    """Enter that something was made public."""
    case = cases.case_of(session, who, case_id)
    publishing.publish(
        session, who, case, case_step_id=body.case_step_id, name=body.document, channel=body.channel, place=body.place,
        on=body.on,
    )  # fmt: skip
    return _shown(session, case)


def _shown(session: Session, case: Case) -> PublicationsShown:
    items = publishing.of_case(session, case, texts.route_of(session, case))
    sent = publishing.sent_out(session, items)
    return PublicationsShown(
        items=[
            PublicationShown(
                case_step_id=each.row.case_step_id,
                step=each.row.step,
                document=each.name,
                document_id=each.document_id,
                channel=each.channel,
                place=each.done.place if each.done else None,
                published_on=each.done.published_on if each.done else None,
                entered_by_id=each.done.entered_by_id if each.done else None,
                sent_place=place,
                sent_on=on,
            )
            for each in items
            for place, on in [sent.get((each.document_id or 0, each.channel), (None, None))]
        ]
    )
