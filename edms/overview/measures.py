"""What the house measures about itself, for monitoring: counts and ages, nothing about anybody."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from edms import clock, jobs, ledger
from edms.jobs import Backlog, Kind
from edms.registry.models import Arrival
from edms.registry.words import ArrivalState
from edms.staff.models import Organisation


@dataclass(frozen=True)
class Measures:
    """One look. Ages are seconds; None: there is none yet."""

    queues: Sequence[Backlog]
    index_waiting: int  # documents whose index entry is not yet brought up to date
    index_lag: float  # how long the first of them has waited
    arrivals: Mapping[str, int]  # waiting in the trays, by the code of the organisation
    ledger_size: int
    ledger_waiting: int
    checkpoint_age: float | None


def measures(session: Session) -> Measures:
    """Look now. Bounded work: it is asked every few seconds."""
    last = ledger.latest(session)
    lag = jobs.waiting_for(session, Kind.INDEX)
    here = (Arrival.organisation_id == Organisation.organisation_id) & (Arrival.state == ArrivalState.WAITING)
    waiting = select(func.count()).select_from(Arrival).where(here).correlate(Organisation).scalar_subquery()
    arrivals = session.execute(select(Organisation.code, waiting)).all()
    return Measures(
        queues=jobs.backlog(session),
        index_waiting=lag.waiting,
        index_lag=lag.oldest_seconds,
        arrivals=dict(tuple(row) for row in arrivals),
        ledger_size=ledger.size(session),
        ledger_waiting=ledger.waiting(session),
        checkpoint_age=(clock.now() - last.at).total_seconds() if last is not None else None,
    )
