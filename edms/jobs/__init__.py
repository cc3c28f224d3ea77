"""Work for machines, on the same PostgreSQL as everything else (Procrastinate).

A job is posted in the transaction that makes it necessary, carries ids and no data, may run twice without harm, is
retried only when something was unavailable, and is parked with its reason otherwise. What each kind does is written
in `workers/`; here is only what is posted, when, and what became of it.
"""

from edms.jobs.kinds import HABITS, PERIODIC, Habit, Kind, Queue
from edms.jobs.parking import Backlog, Parked, backlog, parked, retry, strike_out, waiting_for
from edms.jobs.posting import AWAITED, COLUMNS, POST, Job, awaited, defer, defer_all, hurry, postings, withdraw

__all__ = [
    "AWAITED",
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
    "awaited",
    "backlog",
    "defer",
    "defer_all",
    "hurry",
    "parked",
    "postings",
    "retry",
    "strike_out",
    "waiting_for",
    "withdraw",
]
