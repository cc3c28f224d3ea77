"""Every answered request leaves one line in the log and its mark on the meters: route, status, time, whose, nothing said."""

from __future__ import annotations

import re
from functools import cache
from time import perf_counter

import structlog
from flask import Flask, Response, g, request

from edms import logs
from edms.web.kit.headers import request_code
from edms.web.kit.meters import Meters

_log = structlog.get_logger(__name__)
_QUIET = frozenset({"static", "healthz", "readyz", "metrics"})


@cache
def _called(rule: str) -> str:
    """A route as logs and figures name it: of fifty acts at one place, the place."""
    return re.sub(r"<any\(.*?\):", "<", rule)


def install(app: Flask, meters: Meters) -> None:
    """Watch the application's requests."""

    def begin() -> None:
        g.begun = perf_counter()
        logs.clear_contextvars()
        logs.bind_contextvars(request_id=request_code())

    def end(response: Response) -> Response:
        seconds = perf_counter() - g.get("begun", perf_counter())
        # The template, not the address: an address may hold a number and a code.
        route = _called(request.url_rule.rule) if request.url_rule is not None else "none"
        meters.count(request.method, route, response.status_code, seconds)
        who = g.get("actor")  # only if somebody asked: a picture of the frame is nobody's act
        say = _log.debug if request.endpoint in _QUIET else _log.info
        say(
            "request",
            method=request.method if request.url_rule is not None else None,
            route=route,
            status=response.status_code,
            ms=round(seconds * 1000, 1),
            actor_id=who.official_id if who is not None else None,
        )
        return response

    app.before_request(begin)
    app.after_request(end)
    app.teardown_request(lambda _error: logs.clear_contextvars())
