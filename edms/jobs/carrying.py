"""Which subjects still have a job: for rounds that post anew what the queue has lost (a queue is no one's only memory)."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import text
from sqlalchemy.orm import Session

from edms.jobs.kinds import Kind

_CARRIED = text(
    "SELECT DISTINCT CAST(args ->> 'subject_id' AS bigint) FROM procrastinate_jobs WHERE task_name = :kind"
    " AND status IN ('todo', 'doing', 'failed') AND CAST(args ->> 'subject_id' AS bigint) = ANY(:those)"
)


def carried(session: Session, kind: Kind, those: Collection[int]) -> set[int]:
    """Those of the subjects for which a job of this kind waits, runs or is parked for the operator."""
    if not those:
        return set()
    return set(session.scalars(_CARRIED, {"kind": kind.value, "those": list(those)}))
