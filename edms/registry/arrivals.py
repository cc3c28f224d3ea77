"""Arrivals: what reached us and waits. Each is taken in once, ends once, and is counted every day.

received = registered + waiting + ended otherwise, per day of arrival; a line that does not add up is an alarm.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime

from sqlalchemy import Text, any_, bindparam, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session, joinedload

from edms import clock
from edms.access.actor import Actor
from edms.access.permissions import Permission
from edms.access.policy import require
from edms.access.scope import own_organisation
from edms.db.locking import lock
from edms.errors import Conflict, Invalid, NotFound, RuleBroken
from edms.events import Act, Event, Subject, record, write
from edms.registry import contents
from edms.registry.card import clean
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
    meant_for: Document | None = None,
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
        source=clean(source),
        source_key=source_key,
        origin_document_id=origin.document_id if origin else None,
        meant_for_id=meant_for.document_id if meant_for else None,
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
        subject(arrival),
        arrival.organisation_id,
        detail={"name": content.name if content else None, "source": arrival.source},
        facts={
            "sha256": content.sha256.hex() if content else None,
            "arrived_at": arrival.arrived_at.isoformat(),
            "tray": arrival.tray.value,
        },
        at=arrival.arrived_at,  # the sum of a day compares both
    )


def known_by(session: Session, organisation_id: int, source_key: str | None) -> Arrival | None:
    """The arrival that was taken in under this key before, if any."""
    if source_key is None:
        return None
    return session.scalar(
        select(Arrival).where(Arrival.organisation_id == organisation_id, Arrival.source_key == source_key)
    )


def known_among(session: Session, organisation_id: int, source_keys: Collection[str]) -> dict[str, bool]:
    """Which of these keys were taken in before, and whether with a file."""
    keys = bindparam("keys", list(source_keys), type_=ARRAY(Text))  # one statement for any number of them
    found = select(Arrival.source_key, Arrival.content_id.is_not(None)).where(
        Arrival.organisation_id == organisation_id, Arrival.source_key == any_(keys)
    )
    return {str(key): with_file for key, with_file in session.execute(found)}


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


def joined_by_label(session: Session, actor: Actor, *, since: datetime, limit: int = 20) -> list[Arrival]:
    """What a machine let join its letter since then, by the label on it; the newest first."""
    require(actor, Permission.ARRIVAL_READ)
    found = (
        select(Arrival)
        .options(joinedload(Arrival.content))
        .where(
            own_organisation(actor, Arrival.organisation_id),
            Arrival.state == ArrivalState.JOINED,
            Arrival.arrived_at > since,
            Arrival.ended_by_id.is_(None),
        )
    )
    return list(session.scalars(found.order_by(Arrival.ended_at.desc()).limit(limit)))


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


def join(
    session: Session, actor: Actor, arrival: Arrival, document: Document, *, role: ContentRole,
    dated_on: date | None = None,
) -> None:  # fmt: skip
    """Let an arrived scan or later paper join a registered document under its number; `dated_on` is its own date.

    Errors: Conflict if it has ended; RuleBroken without a file; Invalid for a day to come.
    """
    require(actor, Permission.ARRIVAL_END, arrival)
    require(actor, Permission.DOCUMENT_CORRECT, document)
    _join(session, actor, arrival, document, role, {}, dated_on)


def join_by_label(session: Session, actor: Actor, arrival: Arrival, document: Document) -> None:
    """Let a scan join the letter whose label stands on it, as the scan that the letter waits for.

    Errors: RuleBroken once the letter has its scan: what comes then is for a person to judge.
    """
    require(actor, Permission.ARRIVAL_FOLLOW_LABEL, arrival)
    lock(session, document)
    if not document.waiting_scan:
        raise RuleBroken("registry.scan_is_there", number=document.number)
    _join(session, actor, arrival, document, ContentRole.ORIGINAL, {"by": "label"})


def _join(
    session: Session, actor: Actor, arrival: Arrival, document: Document, role: ContentRole, how: Mapping[str, str],
    dated_on: date | None = None,
) -> None:  # fmt: skip
    require_waiting(session, arrival)
    if arrival.content is None:
        raise RuleBroken("registry.nothing_to_join")
    if arrival.organisation_id != document.organisation_id:
        raise NotFound
    if dated_on is not None and dated_on > clock.today(actor.time_zone):
        raise Invalid(fields={"dated_on": "registry.date_in_future"})
    contents.attach(session, actor, document, arrival.content, role, dated_on=dated_on)
    arrival.document_id = document.document_id
    close(arrival, actor, ArrivalState.JOINED, None)
    record(
        session, actor, Event.ARRIVAL_JOINED, subject(arrival, document), organisation_id=arrival.organisation_id,
        detail={"number": document.number, "role": role.value, **how},
        facts={"number": document.number, "sha256": arrival.content.sha256.hex(), "role": role.value, **how},
    )  # fmt: skip


def register_as(actor: Actor, arrival: Arrival, document: Document) -> None:
    """The registration's part in an arrival: it became this document."""
    arrival.document_id = document.document_id
    close(arrival, actor, ArrivalState.REGISTERED, None)


def reopen(arrival: Arrival) -> None:
    """Let it wait again: the act that ended it was taken back."""
    arrival.state = ArrivalState.WAITING
    arrival.ended_at = arrival.ended_by_id = arrival.end_reason = None


def require_waiting(session: Session, arrival: Arrival) -> None:
    """Lock the arrival and refuse if it has ended. Errors: Conflict, naming the number if it became a document."""
    lock(session, arrival)
    if arrival.state is ArrivalState.WAITING:
        return
    document = session.get(Document, arrival.document_id) if arrival.document_id else None
    if document is not None:
        raise Conflict("registry.arrival_registered", number=document.number, document_id=document.document_id)
    raise Conflict("registry.arrival_ended", state=arrival.state.value)


def arrived_on(arrival: Arrival, zone: str) -> date:
    """The civil day on which it arrived."""
    return clock.day_of(arrival.arrived_at, zone)


def close(arrival: Arrival, actor: Actor, state: ArrivalState, reason: str | None) -> None:
    """Its end: how, when, by whom, why. The act that ends it is written by the caller."""
    arrival.state = state
    arrival.ended_at = clock.now()
    arrival.ended_by_id = actor.official_id
    arrival.end_reason = reason


def subject(arrival: Arrival, document: Document | None = None) -> Subject:
    """What an act on it is about."""
    return Subject(
        "arrival",
        arrival.arrival_id,
        document_id=document.document_id if document else None,
        content_id=arrival.content.content_id if arrival.content else None,
        arrival_id=arrival.arrival_id,
    )
