"""Jobs that failed for good wait on a page, with the reason, until an operator sends them on or strikes them out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from edms import clock
from edms.errors import EdmsError, NotFound
from edms.jobs.kinds import DEATHS, HABITS, PERIODIC, Kind
from edms.jobs.models import JobTrouble

UNEXPECTED = "jobs.failed_unexpectedly"
DIED = "jobs.worker_died"

# Jobs begun by a worker that is gone or has given no sign; another rescue's rows are left to it.
_ORPHANED = text(
    "SELECT j.id, j.task_name, j.args, coalesce(t.deaths, 0) AS deaths FROM procrastinate_jobs j"
    " LEFT JOIN procrastinate_workers w ON w.id = j.worker_id LEFT JOIN job_trouble t ON t.job_id = j.id"
    " WHERE j.status = 'doing' AND (w.id IS NULL OR w.last_heartbeat < now() - make_interval(secs => :seconds))"
    " FOR UPDATE OF j SKIP LOCKED"
)
_RETURN = text(
    "UPDATE procrastinate_jobs SET status = CAST(:end AS procrastinate_job_status), attempts = attempts + 1,"
    " worker_id = NULL WHERE id = :id"
)


@dataclass(frozen=True)
class Parked:
    """A parked job: what it was to do, why it could not, how often it was tried."""

    job_id: int
    kind: Kind
    subject_id: int | None
    message: str
    values: Mapping[str, Any]
    detail: str
    attempts: int
    deaths: int
    parked_at: datetime | None


@dataclass(frozen=True)
class Rescued:
    """Jobs whose worker died: the ids of those returned to their queues, and kind and subject of those parked."""

    returned: list[int]
    parked: list[tuple[Kind, int | None]]


@dataclass(frozen=True)
class Backlog:
    """What waits in one queue: how many jobs are due, and for how many seconds the oldest of them."""

    queue: str
    waiting: int
    running: int
    parked: int
    oldest_seconds: float


def parked(session: Session, *, limit: int = 100, before: int | None = None) -> list[Parked]:
    """The parked jobs, newest first; `before` is the last job id of the page before."""
    rows = session.execute(
        text(
            "SELECT j.id, j.task_name, j.args, j.attempts, t.message, t.values, t.detail, t.deaths, t.troubled_at"
            " FROM procrastinate_jobs j LEFT JOIN job_trouble t ON t.job_id = j.id"
            " WHERE j.status = 'failed' AND (CAST(:before AS bigint) IS NULL OR j.id < :before)"
            " ORDER BY j.id DESC LIMIT :limit"
        ),
        {"limit": limit, "before": before},
    )
    return [
        Parked(
            job_id=row.id,
            kind=Kind(row.task_name),
            subject_id=row.args.get("subject_id"),
            message=row.message or UNEXPECTED,
            values=row.values or {},
            detail=row.detail or "",
            attempts=row.attempts,
            deaths=row.deaths or 0,
            parked_at=row.troubled_at,
        )
        for row in rows
    ]


def retry(session: Session, job_id: int) -> None:
    """Send a parked job on, with all its tries before it again. Errors: NotFound when no such job is parked."""
    _unpark(
        session,
        job_id,
        "UPDATE procrastinate_jobs SET status = 'todo', attempts = 0, scheduled_at = NULL, worker_id = NULL",
    )


def strike_out(session: Session, job_id: int) -> None:
    """Remove a parked job for good. Errors: NotFound when no such job is parked."""
    _unpark(session, job_id, "DELETE FROM procrastinate_jobs")


def _unpark(session: Session, job_id: int, what: str) -> None:
    row = session.execute(
        text(what + " WHERE id = :id AND status = 'failed' RETURNING queue_name"), {"id": job_id}
    ).first()
    if row is None:
        raise NotFound("jobs.not_parked", job_id=job_id)
    settled(session, job_id)


def backlog(session: Session) -> list[Backlog]:
    """What waits, runs and is parked in each queue that has any jobs."""
    rows = session.execute(
        text(
            "SELECT j.queue_name, count(*) FILTER (WHERE due) AS waiting, count(*) FILTER (WHERE status = 'doing') AS running,"
            " count(*) FILTER (WHERE status = 'failed') AS parked,"
            " coalesce(extract(epoch FROM now() - min(coalesce(j.scheduled_at, e.at)) FILTER (WHERE due)), 0) AS oldest"
            " FROM (SELECT *, status = 'todo' AND coalesce(scheduled_at <= now(), true) AS due FROM procrastinate_jobs) j"
            " LEFT JOIN procrastinate_events e ON e.job_id = j.id AND e.type = 'deferred' AND due"
            " GROUP BY j.queue_name ORDER BY j.queue_name"
        )
    )
    return [Backlog(r.queue_name, r.waiting, r.running, r.parked, float(r.oldest)) for r in rows]


def waiting_for(session: Session, kind: Kind) -> Backlog:
    """What waits, runs and is parked of one kind; `queue` is then the kind's."""
    rows = session.execute(
        text(
            "SELECT count(*) FILTER (WHERE due) AS waiting, count(*) FILTER (WHERE status = 'doing') AS running,"
            " count(*) FILTER (WHERE status = 'failed') AS parked,"
            " coalesce(extract(epoch FROM now() - min(coalesce(j.scheduled_at, e.at)) FILTER (WHERE due)), 0) AS oldest"
            " FROM (SELECT *, status = 'todo' AND coalesce(scheduled_at <= now(), true) AS due FROM procrastinate_jobs"
            " WHERE queue_name = :queue AND task_name = :kind) j"
            " LEFT JOIN procrastinate_events e ON e.job_id = j.id AND e.type = 'deferred' AND due"
        ),
        {"queue": HABITS[kind].queue.value, "kind": kind.value},
    )
    found = rows.one()
    return Backlog(HABITS[kind].queue.value, found.waiting, found.running, found.parked, float(found.oldest))


def troubled(session: Session, job_id: int, error: Exception) -> None:
    """Keep why a job failed: the error's own message and values, or only its kind when it is not one of the house's.

    Of a periodic round only the last failure is kept parked: it comes again every few seconds.
    """
    session.execute(
        text(
            "DELETE FROM procrastinate_jobs old USING procrastinate_jobs now WHERE now.id = :id AND old.id <> now.id"
            " AND old.status = 'failed' AND old.task_name = now.task_name AND old.task_name = ANY(:rounds)"
        ),
        {"id": job_id, "rounds": [kind.value for kind in PERIODIC]},
    )
    if isinstance(error, EdmsError):
        message, values, detail = (
            error.message,
            {key: str(value) for key, value in error.values.items()},
            type(error).__name__,
        )
    else:
        # The text of a foreign error may quote a letter; its kind and place do not.
        message, values, detail = UNEXPECTED, {}, place_of(error)
    _keep(session, job_id, message, values, detail, died=False)


def settled(session: Session, job_id: int) -> None:
    """Forget the trouble of a job that has succeeded or was sent on."""
    session.execute(delete(JobTrouble).where(JobTrouble.job_id == job_id))


def rescue(session: Session, *, silent_seconds: float) -> Rescued:
    """Return the jobs whose worker has given no sign for `silent_seconds` to their queues.

    A job that has lost its worker three times is parked instead; a periodic round is dropped.
    """
    rows = session.execute(_ORPHANED, {"seconds": silent_seconds}).all()
    # A round comes again by itself, and another of its kind may be waiting under the same lock.
    rounds = [row.id for row in rows if row.task_name in PERIODIC]
    session.execute(text("DELETE FROM procrastinate_jobs WHERE id = ANY(:ids)"), {"ids": rounds})
    rescued = Rescued([], [])
    for row in rows:
        if row.id in rounds:
            continue
        deaths = row.deaths + 1
        _keep(session, row.id, DIED, {"times": str(deaths)}, "", died=True)
        end = "failed" if deaths >= DEATHS else "todo"
        session.execute(_RETURN, {"end": end, "id": row.id})
        if end == "todo":
            rescued.returned.append(row.id)
        else:
            rescued.parked.append((Kind(row.task_name), row.args.get("subject_id")))
    session.execute(
        text("DELETE FROM job_trouble t WHERE NOT EXISTS (SELECT FROM procrastinate_jobs j WHERE j.id = t.job_id)")
    )
    return rescued


def _keep(session: Session, job_id: int, message: str, values: dict[str, str], detail: str, *, died: bool) -> None:
    row = {"message": message, "values": values, "detail": detail, "troubled_at": clock.now()}
    statement = insert(JobTrouble).values(job_id=job_id, deaths=int(died), **row)
    more = {"deaths": JobTrouble.deaths + int(died)}
    session.execute(statement.on_conflict_do_update(index_elements=[JobTrouble.job_id], set_={**row, **more}))


def place_of(error: Exception) -> str:
    """The kind of a foreign error and where it was raised, without its text."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    where = f" {trace.tb_frame.f_globals.get('__name__', '?')}:{trace.tb_lineno}" if trace else ""
    return type(error).__name__ + where
