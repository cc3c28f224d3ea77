"""The service's processes, forks of one that has loaded what all of them need: `python -m edms.serving N`.

`edms serve` becomes it: the web server and N workers. A fork shares the memory of what was loaded until it writes there,
so three processes hold little more than two would by themselves, and a fallen one is there again at once. This one
opens nothing but the embedded database's place among its users, starts no thread, and only watches.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping
from multiprocessing.context import ForkProcess

from sqlalchemy.orm import configure_mappers

from edms import collector, logs
from edms.config import load
from edms.db.engine import Urls, database_urls
from edms.keeper import kept_environ, named
from edms.services import shelf
from edms.web import redirect
from edms.web import server as web
from workers import __main__ as worker
from workers.watch import Kept, keep_running

_FORKS = multiprocessing.get_context("fork")
_ENDING = {signal.SIGTERM, signal.SIGINT}


class Fork:
    """A process that goes on from here with what is loaded, and does one thing."""

    def __init__(self, name: str, do: Callable[[], None], urls: Urls) -> None:
        self._process: ForkProcess = _FORKS.Process(target=_begin, args=(name, do, urls, kept_environ({})))
        before = signal.pthread_sigmask(signal.SIG_BLOCK, _ENDING)  # until it answers them as its own
        try:
            self._process.start()
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)

    def poll(self) -> int | None:
        """See `Running.poll`."""
        return self._process.exitcode

    def terminate(self) -> None:
        """See `Running.terminate`."""
        self._process.terminate()

    def kill(self) -> None:
        """See `Running.kill`."""
        self._process.kill()

    def wait(self, timeout: float | None = None) -> int:
        """See `Running.wait`."""
        self._process.join(timeout)
        if self._process.exitcode is None:
            raise subprocess.TimeoutExpired("fork", timeout or 0)
        return self._process.exitcode


def _begin(name: str, do: Callable[[], None], urls: Urls, keeper: Mapping[str, str]) -> None:
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, _ENDING)
    named(f"edms {name}")
    os.environ.update(keeper)
    urls.stop()  # the place of the one that watches: this one takes its own
    do()


def main(workers: int) -> None:
    """Hold the embedded database and keep the web server and its workers running."""
    settings = load()
    logs.configure(settings.log_level)
    urls = database_urls(settings)

    def kept(name: str, do: Callable[[], None]) -> Kept:
        return Kept(name, lambda: Fork(name, do, urls))

    processes = [kept("web", web.main)]
    if settings.https != "off" and settings.http_redirect:
        processes.append(kept("redirect", redirect.main))
    processes += [kept(f"worker {n + 1}", lambda: worker.main([])) for n in range(workers)]
    configure_mappers()
    shelf.shipped()  # half a second of reading, once for all
    collector.settle()
    try:
        keep_running(processes)
    finally:
        urls.stop()


if __name__ == "__main__":
    main(int(sys.argv[1]))
