"""Posting a job: a row on the session's own connection, so it appears with the commit and vanishes with the rollback.

No lock ever drops a job because a twin is waiting: that twin may have been taken before our change was committed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import JSON, bindparam, text
from sqlalchemy.orm import Session

from edms.jobs.kinds import HABITS, Kind, Queue

# Heavy work of one organisation takes its turn behind what that organisation has waiting already, and only behind that:
# the first letter of one stands before the second of another, however many thousands that one has sent.
CROWD_LIMIT = 20_000

# The queue's own function for posting: stable by its version in the name, frozen with our migrations.
POST = """procrastinate_defer_jobs_v1(ARRAY(
  SELECT ROW(queue, name, priority, NULL, NULL, args, at)::procrastinate_job_to_defer_v1 FROM {jobs} ORDER BY place))"""
"""Posts what the query {jobs} says, with these columns (one round trip, see events)."""
COLUMNS = "place int, queue text, name text, priority int, args jsonb, at timestamptz"
"""The columns of a posting as JSON, see `postings`."""
_POST = text(f"SELECT unnest({POST.format(jobs=f'json_to_recordset(:jobs) AS job ({COLUMNS})')})").bindparams(
    bindparam("jobs", type_=JSON)
)
_CROWD = text(
    "SELECT count(*) FROM (SELECT FROM procrastinate_jobs WHERE status = 'todo' AND queue_name = 'capture'"
    " AND CAST(args ->> 'organisation_id' AS bigint) = :organisation_id LIMIT :most) AS crowd"
)

AWAITED = 1_000
"""From this priority on a person waits before the screen; the backlog stands at 0 and below."""
_HURRY = text(
    "UPDATE procrastinate_jobs SET priority = :priority WHERE status = 'todo' AND queue_name = 'capture'"
    " AND task_name = :kind AND CAST(args ->> 'subject_id' AS bigint) = :subject_id AND priority < :priority"
)
_WITHDRAW = text(
    "DELETE FROM procrastinate_jobs WHERE status = 'todo' AND queue_name = 'capture'"
    " AND task_name = :kind AND CAST(args ->> 'subject_id' AS bigint) = :subject_id"
)
_AWAITED = text(
    "SELECT EXISTS (SELECT FROM procrastinate_jobs WHERE status = 'todo' AND queue_name = 'capture'"
    " AND priority >= :priority AND coalesce(scheduled_at <= now(), true))"
)


@dataclass(frozen=True)
class Job:
    """A job to post: see `defer`."""

    kind: Kind
    subject_id: int | None
    at: datetime | None = None
    priority: int | None = None


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
    return defer_all(session, [Job(kind, subject_id, at, priority)], organisation_id=organisation_id)[0]


def hurry(session: Session, kind: Kind, subject_id: int, *, priority: int) -> None:
    """Let the waiting job of the capture queue that has this subject stand at `priority`, where it stood lower."""
    wanted = {"kind": kind.value, "subject_id": subject_id, "priority": priority}
    session.execute(_HURRY, wanted)


def withdraw(session: Session, kind: Kind, subject_id: int) -> None:
    """Take back what waits in the capture queue of this kind for this subject; one that is being done goes on."""
    session.execute(_WITHDRAW, {"kind": kind.value, "subject_id": subject_id})


def awaited(session: Session) -> bool:
    """Whether somebody waits before something in the capture queue."""
    return bool(session.execute(_AWAITED, {"priority": AWAITED}).scalar_one())


def defer_all(session: Session, wanted: Sequence[Job], *, organisation_id: int | None = None) -> list[int]:
    """Post several jobs in one round trip; their ids."""
    if not wanted:
        return []
    jobs = postings(session, wanted, organisation_id=organisation_id)
    return [int(job_id) for job_id in session.execute(_POST, {"jobs": jobs}).scalars()]


def postings(session: Session, wanted: Sequence[Job], *, organisation_id: int | None = None) -> list[dict[str, Any]]:
    """The jobs as rows of COLUMNS, for a statement that posts them beside something else."""
    habits = [HABITS[job.kind] for job in wanted]
    shared = organisation_id is not None and any(habit.queue is Queue.CAPTURE for habit in habits)
    behind = _crowd(session, organisation_id) if shared else 0
    rows = []
    for place, (job, habit) in enumerate(zip(wanted, habits, strict=True)):
        fair = organisation_id is not None and habit.queue is Queue.CAPTURE
        row = {
            "place": place,
            "queue": habit.queue.value,
            "name": job.kind.value,
            "priority": (habit.priority if job.priority is None else job.priority) - (behind if fair else 0),
            "args": {"subject_id": job.subject_id, **({"organisation_id": organisation_id} if fair else {})},
            "at": job.at.isoformat() if job.at is not None else None,
        }
        rows.append(row)
    return rows


def _crowd(session: Session, organisation_id: int | None) -> int:
    """How many jobs of the organisation wait in the capture queue, counted so far as it matters."""
    crowd = {"organisation_id": organisation_id, "most": CROWD_LIMIT}
    return int(session.execute(_CROWD, crowd).scalar_one())
