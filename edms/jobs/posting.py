"""Posting a job: a row on the session's own connection, so it appears with the commit and vanishes with the rollback.

No lock ever drops a job because a twin is waiting: that twin may have been taken before our change was committed.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Session

from edms.jobs.kinds import HABITS, Kind, Queue

# Each waiting job of the same organisation costs a newcomer this much priority; so 10,000 letters of one office do
# not stand before the first letter of another.
CROWD_LIMIT = 400
CROWD_STEP = 4

# The queue's own function for posting: stable by its version in the name, frozen with our migrations.
_POST = text(
    "SELECT unnest(procrastinate_defer_jobs_v1(ARRAY["
    "ROW(:queue, :name, :priority, NULL, NULL, :args, :at)::procrastinate_job_to_defer_v1]))"
).bindparams(bindparam("args", type_=JSONB))
_CROWD = text(
    "SELECT count(*) FROM (SELECT FROM procrastinate_jobs WHERE status = 'todo' AND queue_name = :queue"
    " AND (args ->> 'organisation_id')::bigint = :organisation_id LIMIT :most) AS crowd"
)


def defer(
    session: Session,
    kind: Kind,
    subject_id: int | None,
    *,
    organisation_id: int | None = None,
    at: datetime | None = None,
    priority: int | None = None,
) -> int:
    """Post a job in the session's transaction (and savepoint); its id.

    `at`: not before this instant. `organisation_id`: whose turn it takes in the capture queue, shared fairly between
    organisations. `priority`: instead of the kind's own, higher first.
    """
    habit = HABITS[kind]
    args: dict[str, Any] = {"subject_id": subject_id}
    rank = habit.priority if priority is None else priority
    if organisation_id is not None and habit.queue is Queue.CAPTURE:
        args["organisation_id"] = organisation_id
        crowd = {"queue": habit.queue, "organisation_id": organisation_id, "most": CROWD_LIMIT}
        rank -= session.execute(_CROWD, crowd).scalar_one() // CROWD_STEP
    values = {"queue": habit.queue.value, "name": kind.value, "priority": rank, "args": args, "at": at}
    return int(session.execute(_POST, values).scalar_one())
