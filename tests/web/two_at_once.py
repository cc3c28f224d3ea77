"""Two who act at the same moment, the first held at the worst of moments, on the real database.

The first is stopped inside her transaction, where she has read and not yet written, where she has her first lock and
not the next one, or where she has written and not yet committed; the second begins then and goes as far as she can. Who acts on what somebody else is just changing must fare
as if she had come after.
"""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import psycopg
from sqlalchemy import Engine, event, make_url

Act = Callable[[], Any]
"""Does something in a transaction of its own; what it answers is what came of it."""
PATIENCE = 60.0  # seconds, of a slow machine; nobody is held so long elsewhere
_WRITES = re.compile(r"^\s*(INSERT|UPDATE|DELETE|WITH act\b)|FOR (NO KEY )?UPDATE|pg_advisory")
# What each writes for herself alone: the key of her form, that she was here.
_OWN = re.compile(r"(INTO|UPDATE|FROM) (api_answer|api_token|sign_in|attempt)\b")


class Moment(StrEnum):
    """Where the first is stopped."""

    READ = "read"
    HOLDS = "holds"  # two who lock in another order each have what the other wants
    WRITTEN = "written"


@dataclass(frozen=True)
class Came:
    """What came of both; `waited`: the second came to a lock of the first."""

    first: Any
    second: Any
    waited: bool


class _Gate:
    """Stops one thread at its moment, once, until it is opened."""

    def __init__(self, moment: Moment) -> None:
        self.held, self.opened = threading.Event(), threading.Event()
        self._moment, self._who, self._wrote = moment, 0, 0

    def watch(self) -> None:
        self._who = threading.get_ident()

    def statement(self, _connection: Any, _cursor: Any, statement: str, *_more: Any) -> None:
        if self._who == threading.get_ident() and _WRITES.search(statement) and not _OWN.search(statement):
            self._wrote += 1
            self._stop(Moment.READ if self._wrote == 1 else Moment.HOLDS)

    def commit(self, _connection: Any) -> None:
        if self._who == threading.get_ident() and self._wrote:
            self._stop(Moment.WRITTEN)

    def _stop(self, here: Moment) -> None:
        if here is self._moment:
            self._who = 0
            self.held.set()
            self.opened.wait(PATIENCE)


def at_once(engine: Engine, first: Act, second: Act, moment: Moment) -> Came | None:
    """The second while the first is held; None when the first never came to that moment (she writes nothing)."""
    gate, said = _Gate(moment), {}

    def begin() -> None:
        gate.watch()
        said["first"] = first()

    def follow() -> None:
        said["second"] = second()

    with _listening(engine, gate):
        one, two = threading.Thread(target=begin), threading.Thread(target=follow)
        one.start()
        while not gate.held.wait(0.002):
            if not one.is_alive():
                return None
        two.start()
        waited = _comes_to_a_lock(engine, two)
        gate.opened.set()
        one.join(PATIENCE)
        two.join(PATIENCE)
    return Came(said["first"], said["second"], waited)


@contextmanager
def _listening(engine: Engine, gate: _Gate) -> Iterator[None]:
    event.listen(engine, "before_cursor_execute", gate.statement)
    event.listen(engine, "commit", gate.commit)
    try:
        yield
    finally:
        event.remove(engine, "before_cursor_execute", gate.statement)
        event.remove(engine, "commit", gate.commit)


def _comes_to_a_lock(engine: Engine, thread: threading.Thread) -> bool:
    asked = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    url = make_url(engine.url).set(drivername="postgresql").render_as_string(hide_password=False)
    until = time.monotonic() + PATIENCE
    with psycopg.connect(url, autocommit=True) as connection:
        while thread.is_alive() and time.monotonic() < until:
            found = connection.execute(asked).fetchone()
            if found is not None and found[0]:
                return True
            thread.join(0.002)
    return thread.is_alive()
