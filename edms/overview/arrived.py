"""One arrival that has ended: how, when, by whom and why, what became of it, and who was told."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy.orm import Session

from edms import terms
from edms.access.actor import Actor
from edms.registry.documents import seen_of
from edms.registry.endings import telling
from edms.registry.endings.models import ArrivalEnd
from edms.registry.models import Arrival, Document
from edms.staff.calendars import calendar_of
from edms.staff.models import Official, Organisation


@dataclass(frozen=True)
class Arrived:
    """An ended arrival. `document` is what it became or joined, as far as the actor may know of it.

    `late` says that the applicant of a forwarded letter is not told and the last day is over.
    """

    arrival: Arrival
    end: ArrivalEnd | None
    document: Document | None
    taken_in_by: Official | None
    ended_by: Official | None
    told_by: Official | None
    late: bool
    why: list[terms.Due]


def arrived(session: Session, actor: Actor, arrival: Arrival) -> Arrived:
    """What its page says of an arrival that has ended."""
    end = telling.end_of(session, actor, arrival)
    organisation = session.get_one(Organisation, arrival.organisation_id)
    calendar = calendar_of(organisation)
    seen = seen_of(session, actor, [arrival.document_id] if arrival.document_id else [])
    return Arrived(
        arrival=arrival,
        end=end,
        document=seen.get(arrival.document_id or 0),
        taken_in_by=_person(session, arrival.taken_in_by_id),
        ended_by=_person(session, arrival.ended_by_id),
        told_by=_person(session, end.told_by_id) if end else None,
        late=telling.is_late(end, organisation.time_zone) if end else False,
        why=[terms.Due.from_json(each, calendar) for each in end.terms] if end else [],
    )


def _person(session: Session, official_id: int | None) -> Official | None:
    return session.get(Official, official_id) if official_id else None
