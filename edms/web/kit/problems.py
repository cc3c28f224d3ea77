"""Errors become answers here and nowhere else: a page, a fragment for htmx, or problem+json for programs (RFC 9457)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import structlog
from flask import Flask, Response, jsonify, make_response, render_template, request
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException

from edms import errors, words
from edms.web.kit.headers import request_code
from edms.web.kit.language import explained, language
from edms.web.kit.look import back

_log = structlog.get_logger(__name__)

STATUS: dict[type[errors.EdmsError], tuple[int, str]] = {
    errors.NotFound: (404, "not_found"),
    errors.Forbidden: (403, "forbidden"),
    errors.Invalid: (422, "invalid"),
    errors.RuleBroken: (409, "rule_broken"),
    errors.Conflict: (409, "conflict"),
    errors.Unavailable: (503, "unavailable"),
    errors.Corrupt: (500, "corrupt"),
}
"""The seven families in HTTP, and the last part of their title's id."""

RETRY_SECONDS = "5"
"""When to try again what is unavailable now, for programs (RFC 9110, 10.2.3)."""

_HTTP: dict[int, tuple[str, str]] = {
    400: ("invalid", "error.invalid"),
    401: ("forbidden", "error.forbidden"),
    403: ("forbidden", "error.forbidden"),
    404: ("not_found", "error.not_found"),
    405: ("rule_broken", "error.method"),
    408: ("unavailable", "error.too_slow"),
    412: ("conflict", "error.stale"),
    413: ("invalid", "error.too_large"),
    415: ("invalid", "api.media_type"),
    422: ("invalid", "error.invalid"),
    428: ("invalid", "api.match_missing"),
    429: ("unavailable", "error.too_many"),
    503: ("unavailable", "error.unavailable"),
}


@dataclass(frozen=True)
class Said:
    """An error in the reader's language, with its status and message id."""

    status: int
    kind: str
    message_id: str
    problem: words.Problem
    field_ids: dict[str, str]


def install(app: Flask, *, standing: Callable[[], str]) -> None:
    """Map the families, HTTP's own errors and everything unforeseen. `standing` names the frame of error pages."""

    def family(error: errors.EdmsError) -> Response:
        said = _of_family(error)
        if said.status >= 500:
            (_log.critical if isinstance(error, errors.Corrupt) else _log.error)(
                "request.failed", request_id=request_code(), message=error.message, exc_info=error
            )
        answer = _answer(said, standing)
        if seconds := error.values.get("seconds"):
            answer.headers["Retry-After"] = str(seconds)
        elif said.status == 503:
            answer.headers["Retry-After"] = RETRY_SECONDS
        return answer

    def http(error: HTTPException) -> Response:
        if error.code is None or error.code < 400:
            return make_response(error.get_response())
        answer = _answer(_of_http(error), standing)
        for name in ("Allow", "Retry-After", "WWW-Authenticate"):
            if value := error.get_response().headers.get(name):
                answer.headers[name] = value
        return answer

    def unforeseen(error: Exception) -> Response:
        _log.error("request.unforeseen", request_id=request_code(), exc_info=error)
        problem = words.Problem(words.say(language(), "error.unknown"))
        return _answer(Said(500, "unknown", "error.unknown", problem, {}), standing)

    app.register_error_handler(errors.EdmsError, family)
    app.register_error_handler(HTTPException, http)
    app.register_error_handler(Exception, unforeseen)


def is_api() -> bool:
    """Whether a program asks: the api, or a request that takes JSON and no page."""
    wanted = request.accept_mimetypes
    return request.path.startswith("/api/") or (wanted.accept_json and not wanted.accept_html)


def is_partial() -> bool:
    """Whether htmx asks for a part of a page."""
    return "HX-Request" in request.headers and "HX-Boosted" not in request.headers


def _of_family(error: errors.EdmsError) -> Said:
    status, kind = next((STATUS[f] for f in type(error).__mro__ if f in STATUS), (500, "unknown"))
    problem = explained(error)
    return Said(status, kind, error.message, problem, dict(error.fields))


def _of_http(error: HTTPException) -> Said:
    code = error.code or 500
    kind, message_id = _HTTP.get(code, ("unknown", "error.unknown"))
    if isinstance(error, CSRFError):
        message_id = "error.form_expired"
    return Said(code, kind, message_id, words.Problem(words.say(language(), message_id)), {})


def _answer(said: Said, standing: Callable[[], str]) -> Response:
    title = words.say(language(), f"error.title.{said.kind}")
    if is_api():
        return _for_programs(said, title)
    shown: dict[str, Any] = {"title": title, "problem": said.problem, "status": said.status, "code": request_code()}
    if is_partial():
        answer = make_response(render_template("kit/problem_part.html", **shown), said.status)
        answer.headers["HX-Retarget"] = "#page-note"
        answer.headers["HX-Reswap"] = "innerHTML show:top"
        return answer
    here = back("")
    page = render_template("kit/problem.html", standing=standing(), back=here, **shown)
    return make_response(page, said.status)


def _for_programs(said: Said, title: str) -> Response:
    body: dict[str, Any] = {
        "type": f"urn:edms:problem:{said.message_id}",
        "title": title,
        "status": said.status,
        "detail": said.problem.text,
        "instance": f"urn:edms:request:{request_code()}",
    }
    if said.problem.fields:
        body["errors"] = [
            {"field": name, "code": said.field_ids.get(name, ""), "detail": sentence}
            for name, sentence in said.problem.fields.items()
        ]
    answer = jsonify(body)
    answer.status_code = said.status
    answer.mimetype = "application/problem+json"
    return answer
