"""The machine that does the jobs: takes them from the queues, hands their ids to the handlers, keeps what became of it.

Heavy work (capture) has a lane of its own, so that a hundred scans do not hold up a notice. Unavailable is retried
with growing waits, any other failure parks the job with its reason. A worker that was killed loses nothing: another
returns its jobs within half a minute. When the database goes away the lanes wait for it and go on.
"""

from __future__ import annotations

import asyncio
import logging
import signal
import threading
from collections.abc import Collection, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import structlog
from procrastinate import App, PsycopgConnector
from procrastinate.exceptions import ConnectorException

from edms import rank
from edms.db.engine import LIMITS, Urls, conninfo, engine_for, sessions_of
from edms.errors import Unavailable
from edms.jobs import Kind, Queue
from workers.handling import H, Handler, Handling

POLL_SECONDS = 0.5  # wake-ups by the database can be lost: then the next look finds the job
HEARTBEAT_SECONDS = 4
SILENT_SECONDS = 20
STOP_SECONDS = 20
LIGHT_PARALLEL = 4
BEHIND = 5  # nice(2): a third of what a page gets, for a row that a job holds may be what a page waits for
RECONNECT_SECONDS = (0.5, 1, 2, 4, 8)

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Lane:
    """Queues that share a number of jobs done at the same time."""

    name: str
    queues: tuple[Queue, ...]
    parallel: int


def run_worker(
    urls: Urls,
    handlers: Mapping[Kind, Handler[H]],
    *,
    house: H,
    farewells: Mapping[Kind, Handler[H]] | None = None,
    queues: Collection[Queue] = tuple(Queue),
    parallel: int = 2,
    until_empty: bool = False,
) -> None:
    """Do jobs until told to stop (SIGTERM, SIGINT: running ones are finished first), or until none is due.

    `handlers` has every kind but RESCUE, which is the machine's own; `farewells` are called when a job is parked;
    `parallel` is for heavy work.
    Errors: ValueError when a kind has no handler.
    """
    if missing := set(Kind) - set(handlers) - {Kind.RESCUE}:
        raise ValueError(f"no handler for {', '.join(sorted(missing))}")
    light = tuple(queue for queue in Queue if queue in queues and queue is not Queue.CAPTURE)
    lanes = [Lane("heavy", (Queue.CAPTURE,), parallel)] if Queue.CAPTURE in queues else []
    lanes += [Lane("light", light, LIGHT_PARALLEL)] if light else []
    # The library reports failures with the text of the error, which may quote a letter: ours says what may be said.
    logging.getLogger("procrastinate").setLevel(logging.CRITICAL)
    engine = engine_for(urls.app, pool_size=2, revive=urls.revive)
    try:
        handling = Handling(
            handlers, house, sessions_of(engine), farewells=farewells or {}, silent_seconds=SILENT_SECONDS
        )
        asyncio.run(_Worker(urls, lanes, handling, until_empty).run())
    finally:
        engine.dispose()


class _Worker:
    """The lanes of one process, on one pool of connections."""

    def __init__(self, urls: Urls, lanes: list[Lane], handling: Handling[H], until_empty: bool) -> None:
        self._urls, self._lanes, self._until_empty = urls, lanes, until_empty
        self._app = App(connector=self._connector(), periodic_defaults={"max_delay": 60})
        handling.register(self._app, rounds=not until_empty)

    def _connector(self) -> PsycopgConnector:
        settings = " ".join(f"-c {name}={value}" for name, value in LIMITS.items())
        options = {"options": settings, "application_name": "edms worker"}
        size = len(self._lanes) * 2 + 2
        return PsycopgConnector(conninfo=conninfo(self._urls.app), kwargs=options, min_size=1, max_size=size, timeout=5)

    async def run(self) -> None:
        """Open the pool and serve all lanes until the stop is asked for."""
        asyncio.get_running_loop().set_default_executor(
            ThreadPoolExecutor(
                sum(lane.parallel for lane in self._lanes) + 1,
                "job",
                initializer=rank.thread_behind,
                initargs=(BEHIND,),
            )
        )
        stop = asyncio.Event()
        if threading.current_thread() is threading.main_thread() and not self._until_empty:
            for number in (signal.SIGTERM, signal.SIGINT):
                asyncio.get_running_loop().add_signal_handler(number, stop.set)
        serving = asyncio.gather(*(self._serve(lane, stop) for lane in self._lanes))
        try:
            await serving
        finally:
            await self._app.close_async()
        log.info("worker.stopped")

    async def _serve(self, lane: Lane, stop: asyncio.Event) -> None:
        failures = 0
        while not stop.is_set():
            loop = asyncio.get_running_loop()
            began = loop.time()
            try:
                await self._app.open_async()
                log.info("worker.serves", lane=lane.name, queues=[queue.value for queue in lane.queues])
                await self._until_stopped(lane, stop)
                if self._until_empty:
                    return
            except (ConnectorException, Unavailable) as error:
                log.warning("worker.database_away", lane=lane.name, reason=type(error).__name__)
            if not stop.is_set():
                failures = 0 if loop.time() - began > 60 else failures + 1
                await self._wait_for_database(RECONNECT_SECONDS[min(failures, len(RECONNECT_SECONDS)) - 1], stop)

    async def _until_stopped(self, lane: Lane, stop: asyncio.Event) -> None:
        """Run one lane; it ends by itself when the database goes away."""
        work = asyncio.create_task(
            self._app.run_worker_async(
                name=lane.name,
                queues=[queue.value for queue in lane.queues],
                concurrency=lane.parallel,
                wait=not self._until_empty,
                fetch_job_polling_interval=POLL_SECONDS,
                update_heartbeat_interval=HEARTBEAT_SECONDS,
                stalled_worker_timeout=SILENT_SECONDS,
                shutdown_graceful_timeout=STOP_SECONDS,
                delete_jobs="successful",
                install_signal_handlers=False,
            )
        )
        asked = asyncio.create_task(stop.wait())
        await asyncio.wait({work, asked}, return_when=asyncio.FIRST_COMPLETED)
        asked.cancel()
        if not work.done():
            work.cancel()
        try:
            await work
        except asyncio.CancelledError:
            if not stop.is_set():
                raise

    async def _wait_for_database(self, seconds: float, stop: asyncio.Event) -> None:
        if self._urls.revive is not None:
            try:
                await asyncio.to_thread(self._urls.revive)
            except Unavailable as error:
                log.warning("worker.database_not_revived", reason=str(error))
        try:
            await asyncio.wait_for(stop.wait(), seconds)
        except TimeoutError:
            return
