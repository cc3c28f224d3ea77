"""Arrivals: what reached us and waits. Each is taken in once, ends once, and is counted every day.

received = registered + waiting + ended otherwise, per day of arrival; a line that does not add up is an alarm.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from edms import clock
from edms.access.actor import Actor
from edms.access.permissions import Permission
from edms.access.policy import require
from edms.access.scope import own_organisation
from edms.errors import Conflict, Invalid, NotFound, RuleBroken
from edms.events import Act, Event, Subject, record, write
from edms.registry import contents
from edms.registry.card import clean
from edms.registry.going_out import answering
from edms.registry.models import Arrival, Content, Document
from edms.registry.words import ArrivalState, Channel, ContentRole, Tray

ENDS = (
    ArrivalState.NOT_FOR_REGISTRATION,
    ArrivalState.RETURNED,
    ArrivalState.FORWARDED,
    ArrivalState.DEFECTIVE,
)


def take_in(
    session: Session,
    actor: Actor,
    *,
    organisation_id: int,
    tray: Tray,
    channel: Channel,
    content: Content | None,
    source: str | None = None,
    source_key: str | None = None,
    origin: Document | None = None,
    trouble: str | None = None,
) -> Arrival:
    """Put what reached us into a tray. The same `source_key` gives the same arrival, however often it is tried."""
    arrival = Arrival(
        organisation_id=organisation_id,
        tray=tray,
        channel=channel,
        state=ArrivalState.WAITING,
        arrived_at=clock.now(),
        content=content,
        taken_in_by_id=actor.official_id,
        source=source,
        source_key=source_key,
        origin_document_id=origin.document_id if origin else None,
        trouble=trouble,
    )
    require(actor, Permission.ARRIVAL_TAKE_IN, arrival)
    if (known := known_by(session, organisation_id, source_key)) is not None:
        return known
    session.add(arrival)
    session.flush()  # event and leaf carry its id
    write(session, actor, received(arrival))
    return arrival


def on_paper(actor: Actor, organisation_id: int, channel: Channel) -> Arrival:
    """Paper at the counter that waits for its scan, for the registration that enters it with its letter."""
    arrival = Arrival(
        organisation_id=organisation_id,
        tray=Tray.COUNTER,
        channel=channel,
        state=ArrivalState.WAITING,
        arrived_at=clock.now(),
        taken_in_by_id=actor.official_id,
    )
    require(actor, Permission.ARRIVAL_TAKE_IN, arrival)
    return arrival


def received(arrival: Arrival) -> Act:
    """The act of taking it in."""
    content = arrival.content
    return Act(
        Event.ARRIVAL_RECEIVED,
        _subject(arrival),
        arrival.organisation_id,
        detail={"name": content.name if content else None, "source": arrival.source},
        facts={
            "sha256": content.sha256.hex() if content else None,
            "arrived_at": arrival.arrived_at.isoformat(),
            "tray": arrival.tray.value,
        },
    )


def known_by(session: Session, organisation_id: int, source_key: str | None) -> Arrival | None:
    """The arrival that was taken in under this key before, if any."""
    if source_key is None:
        return None
    return session.scalar(
        select(Arrival).where(Arrival.organisation_id == organisation_id, Arrival.source_key == source_key)
    )


def waiting(
    session: Session,
    actor: Actor,
    *,
    trays: Sequence[Tray] = (),
    after: tuple[datetime, int] | None = None,
    limit: int = 50,
) -> list[Arrival]:
    """What waits in the trays of the actor's organisation, the oldest first; `after` is the last line's (arrived_at, id)."""
    require(actor, Permission.ARRIVAL_READ)
    found = (
        select(Arrival)
        .options(joinedload(Arrival.content))
        .where(own_organisation(actor, Arrival.organisation_id), Arrival.state == ArrivalState.WAITING)
    )
    if trays:
        found = found.where(Arrival.tray.in_(trays))
    if after is not None:
        later = (Arrival.arrived_at > after[0]) | ((Arrival.arrived_at == after[0]) & (Arrival.arrival_id > after[1]))
        found = found.where(later)
    return list(session.scalars(found.order_by(Arrival.arrived_at, Arrival.arrival_id).limit(limit)))


def arrival_of(session: Session, actor: Actor, arrival_id: int, *, lock: bool = False) -> Arrival:
    """One arrival of the actor's organisation; trays are for its registrars and auditors only. Errors: NotFound."""
    found = select(Arrival).where(own_organisation(actor, Arrival.organisation_id), Arrival.arrival_id == arrival_id)
    if lock:
        found = found.with_for_update(of=Arrival).execution_options(populate_existing=True)
    arrival = session.scalar(found)
    if arrival is None:
        raise NotFound
    require(actor, Permission.ARRIVAL_READ, arrival)
    return arrival


def end(session: Session, actor: Actor, arrival: Arrival, *, state: ArrivalState, reason: str) -> None:
    """End an arrival otherwise than by registration, with its reason. Errors: RuleBroken if it has ended, Invalid."""
    require(actor, Permission.ARRIVAL_END, arrival)
    if state not in ENDS:
        raise Invalid(fields={"state": "registry.arrival_end_unknown"})
    if not (reason := clean(reason) or ""):
        raise Invalid(fields={"reason": "registry.reason_missing"})
    require_waiting(session, arrival)
    _close(arrival, actor, state, reason)
    _record(
        session, actor, Event.ARRIVAL_ENDED, arrival,
        detail={"state": state.value, "reason": reason}, facts={"state": state.value, "reason": reason},
    )  # fmt: skip
    answering.ended_there(session, arrival)


def join(session: Session, actor: Actor, arrival: Arrival, document: Document, *, role: ContentRole) -> None:
    """Let an arrived scan or later paper join a registered document under its number."""
    require(actor, Permission.ARRIVAL_END, arrival)
    require(actor, Permission.DOCUMENT_CORRECT, document)
    require_waiting(session, arrival)
    if arrival.content is None:
        raise RuleBroken("registry.nothing_to_join")
    if arrival.organisation_id != document.organisation_id:
        raise NotFound
    contents.attach(session, actor, document, arrival.content, role)
    arrival.document_id = document.document_id
    _close(arrival, actor, ArrivalState.JOINED, None)
    _record(
        session, actor, Event.ARRIVAL_JOINED, arrival, document=document,
        detail={"number": document.number, "role": role.value},
        facts={"number": document.number, "sha256": arrival.content.sha256.hex(), "role": role.value},
    )  # fmt: skip


def register_as(actor: Actor, arrival: Arrival, document: Document) -> None:
    """The registration's part in an arrival: it became this document."""
    arrival.document_id = document.document_id
    _close(arrival, actor, ArrivalState.REGISTERED, None)


def require_waiting(session: Session, arrival: Arrival) -> None:
    """Lock the arrival and refuse if it has ended. Errors: Conflict, naming the number if it became a document."""
    session.refresh(arrival, with_for_update={"of": Arrival})
    if arrival.state is ArrivalState.WAITING:
        return
    document = session.get(Document, arrival.document_id) if arrival.document_id else None
    if document is not None:
        raise Conflict("registry.arrival_registered", number=document.number, document_id=document.document_id)
    raise Conflict("registry.arrival_ended", state=arrival.state.value)


def arrived_on(arrival: Arrival, zone: str) -> date:
    """The civil day on which it arrived."""
    return clock.day_of(arrival.arrived_at, zone)


def _close(arrival: Arrival, actor: Actor, state: ArrivalState, reason: str | None) -> None:
    arrival.state = state
    arrival.ended_at = clock.now()
    arrival.ended_by_id = actor.official_id
    arrival.end_reason = reason


def _record(
    session: Session, actor: Actor, event: Event, arrival: Arrival, *, detail: dict[str, object],
    facts: dict[str, object], document: Document | None = None,
) -> None:  # fmt: skip
    subject = _subject(arrival, document)
    record(session, actor, event, subject, organisation_id=arrival.organisation_id, detail=detail, facts=facts)


def _subject(arrival: Arrival, document: Document | None = None) -> Subject:
    return Subject(
        "arrival",
        arrival.arrival_id,
        document_id=document.document_id if document else None,
        content_id=arrival.content.content_id if arrival.content else None,
        arrival_id=arrival.arrival_id,
    )
