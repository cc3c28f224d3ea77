"""From a job to its handler: what is retried, what is parked, and what is said about it in the log."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Mapping
from time import perf_counter
from typing import Generic, TypeVar

import structlog
from procrastinate import App, BaseRetryStrategy, JobContext, RetryDecision
from procrastinate.jobs import Job

from edms.db.engine import STALE, Sessions, transaction
from edms.errors import Conflict, Corrupt, EdmsError, Unavailable
from edms.jobs import HABITS, PERIODIC, Habit, Kind
from edms.jobs.parking import place_of, rescue, settled, troubled

H = TypeVar("H")
Handler = Callable[[H, "int | None"], object]

log = structlog.get_logger(__name__)


def passes(error: BaseException) -> bool:
    """May the same step succeed later? A machine has no screen that went stale: it reads afresh each time."""
    return isinstance(error, Unavailable) or (isinstance(error, Conflict) and error.message == STALE)


class Retries(BaseRetryStrategy):
    """What was unavailable, or overtaken by another's writing, is tried again, later and later, and not for ever."""

    def __init__(self, habit: Habit) -> None:
        self.habit = habit

    def get_retry_decision(self, *, exception: BaseException, job: Job) -> RetryDecision | None:
        """When to try again, or None to park the job."""
        if not passes(exception) or job.attempts >= self.habit.retries:
            return None
        return RetryDecision(retry_in={"seconds": self.habit.wait(job.attempts)})


class Handling(Generic[H]):
    """The handlers of a worker with the house they work in; `sessions` are for the machine's own notes.

    `farewells` are called when a job of their kind is parked, to say so where people look.
    """

    def __init__(
        self,
        handlers: Mapping[Kind, Handler[H]],
        house: H,
        sessions: Sessions,
        *,
        farewells: Mapping[Kind, Handler[H]],
        silent_seconds: float,
    ) -> None:
        self._handlers, self._house, self._sessions, self._farewells = handlers, house, sessions, farewells
        self._silent_seconds = silent_seconds

    def register(self, app: App, *, rounds: bool) -> None:
        """Tell the app of every kind, and with `rounds` of those that come by themselves."""
        for kind, habit in HABITS.items():
            # One round at a time and one waiting. The rescue has no such lock: a dead one would hold it for ever.
            alone = kind.value if kind in PERIODIC and kind is not Kind.RESCUE else None
            task = app.task(
                name=kind.value,
                queue=habit.queue.value,
                priority=habit.priority,
                lock=alone,
                queueing_lock=kind.value if kind in PERIODIC else None,
                retry=Retries(habit),
                pass_context=True,
            )(self._doing(kind))
            if rounds and habit.cron is not None:
                app.periodic(cron=habit.cron)(task)

    def _doing(self, kind: Kind) -> Callable[..., None]:
        def do(context: JobContext, *, subject_id: int | None = None, **_timestamp: object) -> None:
            self._do(kind, context.job, subject_id)

        return do

    def _do(self, kind: Kind, job: Job, subject_id: int | None) -> None:
        job_id = int(job.id or 0)
        said = log.bind(kind=kind.value, job_id=job_id, subject_id=subject_id, attempts=job.attempts)
        began = perf_counter()
        try:
            if kind is Kind.RESCUE:
                self._rescue()
            else:
                self._handlers[kind](self._house, subject_id)
        except Exception as error:
            if not self._is_over(said, kind, job, subject_id, error):
                raise
        else:
            # The rounds come every few seconds: what they did not do is not worth a line.
            (said.debug if kind in PERIODIC else said.info)("job.done", ms=round((perf_counter() - began) * 1000, 1))
            if job.attempts:
                with transaction(self._sessions) as session:
                    settled(session, job_id)

    def _is_over(
        self,
        said: structlog.typing.FilteringBoundLogger,
        kind: Kind,
        job: Job,
        subject_id: int | None,
        error: Exception,
    ) -> bool:
        """Say it and keep it for the page of parked jobs; True for a round that could not now: it comes again."""
        if isinstance(error, EdmsError) and passes(error):
            said.warning("job.put_off", message=error.message)
            if kind in PERIODIC:
                return True
        else:
            place = error.message if isinstance(error, EdmsError) else place_of(error)
            trace = [
                f"{frame.name} {frame.filename}:{frame.lineno}" for frame in traceback.extract_tb(error.__traceback__)
            ]
            (said.critical if isinstance(error, Corrupt) else said.error)("job.failed", reason=place, trace=trace[-6:])
        try:
            with transaction(self._sessions) as session:
                troubled(session, int(job.id or 0), error)
            if Retries(HABITS[kind]).get_retry_decision(exception=error, job=job) is None:
                self._farewell(kind, subject_id)
        except Unavailable:
            said.warning("job.trouble_not_kept")
        return False

    def _farewell(self, kind: Kind, subject_id: int | None) -> None:
        if kind in self._farewells:
            self._farewells[kind](self._house, subject_id)

    def _rescue(self) -> None:
        with transaction(self._sessions) as session:
            rescued = rescue(session, silent_seconds=self._silent_seconds)
        if rescued.returned:
            log.warning("job.rescued", job_ids=rescued.returned)
        for kind, subject_id in rescued.parked:
            self._farewell(kind, subject_id)
