"""The log: one line of JSON an event, on standard error, of facts that may be said.

Never in it: what stands in a letter, names, addresses, queries, codes, PINs. So our own events carry ids and message
ids; an exception is its kind and where it happened, without its text; and of libraries, whose sentences may quote what
they read, only the fixed part of the sentence is kept. Everything outside ASCII and every control character is escaped:
nobody can write a second line into it.
"""

from __future__ import annotations

import json
import logging
import sys
import traceback
from collections.abc import MutableMapping
from pathlib import Path
from types import TracebackType
from typing import Any, TextIO

import structlog
from structlog.contextvars import bind_contextvars, clear_contextvars, merge_contextvars

LEVELS = {"debug": logging.DEBUG, "info": logging.INFO, "warning": logging.WARNING, "error": logging.ERROR}
DEEPEST = 8
Facts = MutableMapping[str, Any]

__all__ = ["LEVELS", "bind_contextvars", "clear_contextvars", "configure"]


def configure(level: str, stream: TextIO | None = None) -> None:
    """From now on this process logs so: ours from `level` on, libraries from warnings on. Safe to repeat."""
    least = LEVELS[level]
    structlog.configure(
        processors=[
            merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True, key="at"),
            _place_of_exception,
            _one_line,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(least),
        logger_factory=structlog.PrintLoggerFactory(stream or sys.stderr),
        cache_logger_on_first_use=False,
    )
    root = logging.getLogger()
    root.handlers = [_Library()]
    root.setLevel(max(least, logging.WARNING))


class _Library(logging.Handler):
    """What libraries say, as an event of ours."""

    def emit(self, record: logging.LogRecord) -> None:
        facts: Facts = {"logger": record.name, "place": f"{Path(record.pathname).name}:{record.lineno}"}
        # With arguments the sentence itself is a fixed text of the library; without them it may be ready made.
        if record.args and isinstance(record.msg, str):
            facts["sentence"] = record.msg
        if record.exc_info and record.exc_info[1] is not None:
            facts["exc_info"] = record.exc_info
        level = logging.getLevelName(record.levelno).lower()
        say = getattr(structlog.get_logger(), level if level in LEVELS or level == "critical" else "warning")
        say("library", **facts)


def _place_of_exception(_logger: object, _method: str, facts: Facts) -> Facts:
    """Instead of an exception its kind and where it was raised."""
    given = facts.pop("exc_info", None)
    if given is True:
        given = sys.exc_info()
    error = given[1] if isinstance(given, tuple) else given
    if isinstance(error, BaseException):
        facts["error"] = type(error).__name__
        facts["trace"] = _places(error.__traceback__)
    return facts


def _places(trace: TracebackType | None) -> list[str]:
    frames = traceback.extract_tb(trace)[-DEEPEST:]
    return [f"{frame.name} {Path(frame.filename).name}:{frame.lineno}" for frame in frames]


def _one_line(_logger: object, _method: str, facts: Facts) -> str:
    order = ("at", "level", "event")
    told = {name: facts[name] for name in order if name in facts}
    told.update(facts)
    return json.dumps(told, ensure_ascii=True, default=str)
