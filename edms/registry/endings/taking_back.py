"""Takes a wrong end back: the arrival waits in its tray again, and what stood there stays in the history with the reason.

Only an end otherwise: what became a letter of the register has a number, and a number is voided, not taken back.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from edms import clock
from edms.access.actor import Actor
from edms.access.permissions import Permission
from edms.access.policy import require
from edms.db.locking import lock
from edms.errors import Invalid, RuleBroken
from edms.events import Event, EventLine, record
from edms.registry import arrivals, facts, reconciliation
from edms.registry.card import clean
from edms.registry.endings.models import ArrivalEnd
from edms.registry.going_out import answering
from edms.registry.models import Arrival
from edms.registry.words import ArrivalState
from edms.staff.models import Organisation

LONGEST_REASON = 2000
KEPT = (
    "item", "sender_name", "sender_address", "body", "body_address", "sent_by", "faults", "members", "court", "filed_on",
    "forward_due_on", "notice_due_on", "told_on", "told_by",
)  # fmt: skip


@dataclass(frozen=True)
class Former:
    """An end that was taken back. `told` is what stood there, as the history writes it."""

    state: ArrivalState
    ended_at: datetime
    ended_by_id: int | None
    end_reason: str | None
    told: dict[str, Any]
    taken_back_at: datetime
    taken_back_by_id: int | None
    reason: str


def take_back(session: Session, actor: Actor, arrival: Arrival, *, reason: str) -> None:
    """Let an arrival that ended otherwise wait again, with the reason; the sum of its day is made anew.

    Errors: RuleBroken for one that waits or became a letter, and once a sender within the system went on without it;
    Invalid without a reason.
    """
    require(actor, Permission.ARRIVAL_END, arrival)
    lock(session, arrival)
    if arrival.state not in arrivals.ENDS or arrival.ended_at is None:
        raise RuleBroken("endings.nothing_to_take_back")
    why = clean(reason)
    if not why or len(why) > LONGEST_REASON:
        raise Invalid(fields={"reason": "registry.text_too_long" if why else "registry.reason_missing"})
    end = session.get(ArrivalEnd, arrival.arrival_id, populate_existing=True)
    answering.taken_back_there(session, arrival)
    before = {
        "state": arrival.state.value,
        "ended_at": arrival.ended_at.isoformat(),
        "ended_by": arrival.ended_by_id,
        "end_reason": arrival.end_reason,
        "told": {name: value for name in KEPT if (value := facts.plain(getattr(end, name)))} if end is not None else {},
    }
    if end is not None:
        session.delete(end)
    arrivals.reopen(arrival)
    record(
        session, actor, Event.ARRIVAL_REOPENED, arrivals.subject(arrival), organisation_id=arrival.organisation_id,
        detail={"reason": why, "before": before}, facts={"reason": why, **before},
    )  # fmt: skip
    session.flush()  # the sum counts what is in the table
    organisation = session.get_one(Organisation, arrival.organisation_id)
    day = arrivals.arrived_on(arrival, organisation.time_zone)
    if day < clock.today(organisation.time_zone):
        reconciliation.reconcile(session, organisation, day)


def former(session: Session, actor: Actor, arrival: Arrival) -> list[Former]:
    """The ends of this arrival that were taken back, the newest first."""
    require(actor, Permission.ARRIVAL_READ, arrival)
    found = (
        select(EventLine)
        .where(
            EventLine.subject_kind == "arrival",
            EventLine.subject_id == arrival.arrival_id,
            EventLine.kind == Event.ARRIVAL_REOPENED,
        )
        .order_by(EventLine.event_id.desc())
    )
    return [_former(line) for line in session.scalars(found) if "before" in line.detail]


def _former(line: EventLine) -> Former:
    before = line.detail["before"]
    return Former(
        state=ArrivalState(before["state"]),
        ended_at=datetime.fromisoformat(before["ended_at"]),
        ended_by_id=before["ended_by"],
        end_reason=before["end_reason"],
        told=before["told"],
        taken_back_at=line.at,
        taken_back_by_id=line.official_id,
        reason=line.detail["reason"],
    )
