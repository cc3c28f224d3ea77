"""The thin layer: a function with annotations becomes a route, and tells the document what it takes and gives.

`read` answers, `create` makes a thing (Idempotency-Key), `change` changes one (If-Match), `ask` changes nothing that
could be overwritten. The layer reads body and question strictly, opens the one transaction (none where the view takes
no session: it works outside of it too), and writes ETag, Location and Link. A view takes what it names: session, who, body, query, match, and the ids in its path.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from functools import partial
from inspect import getdoc
from typing import Any, TypeVar, get_type_hints

from flask import Blueprint, request
from flask import Response as Answer
from pydantic import BaseModel
from sqlalchemy.orm import Session
from werkzeug.exceptions import PreconditionFailed, PreconditionRequired, UnsupportedMediaType
from werkzeug.wrappers import Response

from edms.access.actor import Actor
from edms.db.locking import lock
from edms.errors import Invalid
from edms.staff import answers
from edms.web.api.shapes import MOST_ID, PREFIX, Page, Thing, etag
from edms.web.kit import csrf
from edms.web.kit.forms import read_json, read_question
from edms.web.kit.house import house
from edms.web.kit.session import program

JSON_LIMIT = 4 * 1024 * 1024
LONGEST_KEY = 200
View = TypeVar("View", bound=Callable[..., Any])

guarded = Blueprint("api", __name__, url_prefix=PREFIX)
"""Behind a bearer token, asked for by the layer itself: everything but what the other one holds."""
public = Blueprint("api_public", __name__, url_prefix=PREFIX)
"""Without a token: the document itself, tracking, the ledger's key and checkpoint."""

for each in (guarded, public):
    csrf.protect.exempt(each)  # no cookie opens anything here, so there is nothing to forge


class Kind(StrEnum):
    """What a route does."""

    READ = "read"
    CREATE = "create"
    CHANGE = "change"
    ASK = "ask"
    ACT = "act"


class Match:
    """If-Match: the state on which the change is based."""

    def check(self, session: Session, row: Any) -> None:
        """Lock the row, read it afresh and compare. What belongs to a letter is checked under the letter's own lock, taken
        before: pages lock in that order too. Errors: 412; NotFound when somebody has just taken it away."""
        lock(session, row)
        if not request.if_match.contains(etag(row)):
            raise PreconditionFailed


@dataclass(frozen=True)
class Route:
    """One route as the document tells it."""

    kind: Kind
    method: str
    path: str
    name: str
    tag: str
    view: Callable[..., Any]
    summary: str
    more: str
    takes: dict[str, Any]
    gives: Any
    media: str
    open: bool
    takes_bytes: bool
    headers: dict[str, str] = field(default_factory=dict)
    fails: tuple[int, ...] = ()  # beside what routes of its kind may answer

    @property
    def status(self) -> int:
        """Of the answer when all went well."""
        return 201 if self.kind is Kind.CREATE else 204 if self.gives is type(None) else 200

    @property
    def ids(self) -> list[str]:
        """The ids in the path."""
        return re.findall(r"{(\w+)}", self.path)


ROUTES: list[Route] = []


def read(path: str, **more: Any) -> Callable[[View], View]:
    """GET."""
    return _route(Kind.READ, "GET", path, **more)


def create(path: str, **more: Any) -> Callable[[View], View]:
    """POST that makes a thing: once per Idempotency-Key."""
    return _route(Kind.CREATE, "POST", path, **more)


def change(path: str, method: str = "POST", **more: Any) -> Callable[[View], View]:
    """A change of a thing: If-Match."""
    return _route(Kind.CHANGE, method, path, **more)


def ask(path: str, method: str = "POST", **more: Any) -> Callable[[View], View]:
    """A question too private for an address, or a mark that can be set again."""
    return _route(Kind.ASK, method, path, **more)


def act(path: str, method: str = "POST", **more: Any) -> Callable[[View], View]:
    """A step that its own rule guards: done again it changes nothing, or is refused as over."""
    return _route(Kind.ACT, method, path, **more)


def idempotency_key() -> str:
    """The key of this creation. Errors: Invalid without one."""
    key = request.headers.get("Idempotency-Key", "").strip()
    if not key or len(key) > LONGEST_KEY or not key.isprintable():
        raise Invalid(fields={"Idempotency-Key": "api.key_missing"})
    return key


def _route(
    kind: Kind, method: str, path: str, *, media: str = "application/json", open: bool = False,  # noqa: A002
    takes_bytes: bool = False, headers: dict[str, str] | None = None, fails: tuple[int, ...] = (),
) -> Callable[[View], View]:  # fmt: skip
    def made(view: View) -> View:
        hints = get_type_hints(view)
        gives = hints.pop("return")
        tag = view.__module__.rpartition(".")[2]
        summary, _, more = (getdoc(view) or "").partition("\n")
        route = Route(
            kind, method, path, f"{tag}_{view.__name__}".rstrip("_"), tag, view, summary, more.strip(), hints, gives,
            media, open, takes_bytes, headers or {}, fails,
        )  # fmt: skip
        ROUTES.append(route)
        rule = re.sub(r"{(\w+)}", rf"<int(max={MOST_ID}):\1>", path)
        blueprint = public if open else guarded
        blueprint.add_url_rule(rule, route.name, partial(_answer, route), methods=[method])
        return view

    return made


def _answer(route: Route, **values: Any) -> Response:
    raw = _raw(route)  # before any transaction is open: a slow line holds nobody up
    if route.open or "session" not in route.takes:
        if not route.open:
            with house().transaction() as session:
                who = program(session)
            if "who" in route.takes:
                values["who"] = who
        return _said(route, route.view(**values, **_read(route, raw)))
    with house().transaction() as session:
        values["who"] = who = program(session)
        given = _read(route, raw)
        make = partial(route.view, session=session, **values, **given)
        if route.kind is Kind.CREATE:
            return once(session, who, idempotency_key(), _hash(who, given.get("body")), make)
        result = make()
    return _said(route, result)


def _raw(route: Route) -> bytes:
    if route.takes_bytes:
        return b""
    request.max_content_length = JSON_LIMIT
    return request.get_data() if "body" in route.takes else b""


def _read(route: Route, raw: bytes) -> dict[str, Any]:
    """What the request brings, read strictly."""
    given: dict[str, Any] = {}
    if body := route.takes.get("body"):
        if request.mimetype != "application/json":
            raise UnsupportedMediaType
        given["body"] = read_json(body, raw)
    if query := route.takes.get("query"):
        given["query"] = read_question(query)
    if route.kind is Kind.CHANGE:
        if not request.if_match:
            raise PreconditionRequired
        given["match"] = Match()
    return given


def once(session: Session, who: Actor, key: str, asked: bytes, make: Callable[[], Thing]) -> Response:
    """Make the thing under this key, or answer what was answered before. Errors: Conflict for another question."""
    taken = answers.take(session, who, key, asked)
    if taken.earlier is None:
        thing = make()
        body, place = thing.model_dump_json(), thing.place if thing.PLACE else None
        answers.keep(session, taken, answer=body, place=place)
    else:
        body, place = taken.earlier
    answer = Answer(body, 201, mimetype="application/json")
    if place:
        answer.headers["Location"] = place
    if found := re.match(r'{"etag":"(\w+)"', body):
        answer.set_etag(found[1])
    return answer


def _hash(who: Actor, body: BaseModel | None) -> bytes:
    """What is asked, and in whose place."""
    asked = body.model_dump_json() if body is not None else ""
    return hashlib.sha256(f"{request.method} {request.path} {who.acting_for or ''}\n{asked}".encode()).digest()


def _said(route: Route, result: Any) -> Response:
    if isinstance(result, Response):
        return result
    if result is None:
        return Answer(status=204)
    answer = Answer(result.model_dump_json(), route.status, mimetype="application/json")
    if isinstance(result, Thing):
        if route.kind is Kind.READ and request.if_none_match.contains_weak(result.etag):
            answer = Answer(status=304)
        answer.set_etag(result.etag)
    if isinstance(result, Page) and result.next:
        answer.headers["Link"] = f'<{result.next}>; rel="next"'
    return answer
