"""What became of no job: a restored database, a lost queue. The work list is made anew from the requests themselves."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from edms import clock
from edms.jobs import Job, Kind, defer_all
from edms.jobs.carrying import carried
from edms.signing.models import SignatureRequest, SignatureState

PATIENCE = timedelta(minutes=10)
"""So long a step is left to the job that was posted with it."""
MOST = 500

_NEXT = {
    SignatureState.ASKED: Kind.PREPARE_SIGNATURE,
    SignatureState.SIGNED: Kind.EMBED_SIGNATURE,
    SignatureState.EMBEDDED: Kind.RAISE_SIGNATURE,
}


def send_on(session: Session) -> int:
    """Post the next step of each request that no job carries; how many."""
    posted = 0
    for state, kind in _NEXT.items():
        found = (
            select(SignatureRequest.signature_request_id)
            .where(SignatureRequest.state == state, SignatureRequest.asked_at < clock.now() - PATIENCE)
            .order_by(SignatureRequest.signature_request_id)
            .limit(MOST)
        )
        waiting = list(session.scalars(found))
        kept = carried(session, kind, waiting)
        lost = [Job(kind, each) for each in waiting if each not in kept]
        posted += len(defer_all(session, lost))
    return posted
