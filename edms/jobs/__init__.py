"""Work for machines, on the same PostgreSQL as everything else (Procrastinate).

A job is posted in the transaction that makes it necessary, carries ids and no data, may run twice without harm, is
retried only when something was unavailable, and is parked with its reason otherwise. What each kind does is written
in `workers/`; here is only what is posted, when, and what became of it.
"""

from edms.jobs.kinds import HABITS, PERIODIC, Habit, Kind, Queue
from edms.jobs.parking import Backlog, Parked, backlog, parked, retry, strike_out, waiting_for
from edms.jobs.posting import COLUMNS, POST, Job, defer, defer_all, postings

__all__ = [
    "COLUMNS",
    "HABITS",
    "PERIODIC",
    "POST",
    "Backlog",
    "Habit",
    "Job",
    "Kind",
    "Parked",
    "Queue",
    "backlog",
    "defer",
    "defer_all",
    "parked",
    "postings",
    "retry",
    "strike_out",
    "waiting_for",
]
