"""The OpenAPI 3.1 document, written from the routes themselves: what each takes, what it gives, how it fails."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

from pydantic import BaseModel, Field
from pydantic.json_schema import JsonSchemaMode, models_json_schema

import edms
from edms.web.api.layer import ROUTES, Kind, Route
from edms.web.api.shapes import PREFIX, Page, Thing

REF = "#/components/schemas/{model}"
PROBLEM = {"application/problem+json": {"schema": {"$ref": REF.format(model="Problem")}}}
BYTES = {"schema": {"type": "string", "format": "binary"}}
ABOUT = """Everything that a person can do at the desk a program can do here, with the rights of the official whose \
token it carries, at that moment and never more.

Tokens come from `edms token create` and go into `Authorization: Bearer …`. Cookies open nothing here. A creation \
needs an `Idempotency-Key`: the same key with the same body is answered the same way and makes nothing twice, the same \
key with another body is refused (409). A change needs `If-Match` with the thing's ETag: 428 without, 412 when somebody \
changed it in between. Lists have a `next` address while there is more. Errors are `application/problem+json`, in the \
language of `Accept-Language` (ka, hy, en, ru). Days are year-month-day, instants end in Z. Missing and invisible look \
the same: 404. Who stands in for somebody says so by `Acting-For` with that official's id. Signing and voiding a number ask for the password again, so they are done at the desk."""


class FieldProblem(BaseModel):
    """What is wrong with one field."""

    field: str
    code: str = Field(description="A name that stays the same in every language.")
    detail: str


class Problem(BaseModel):
    """An error (RFC 9457). `type` stays the same in every language, `detail` is for a person."""

    type: str
    title: str
    status: int
    detail: str
    instance: str
    errors: list[FieldProblem] = []


FAILURES = {
    400: "What was sent cannot be read.",
    401: "No token, or one that opens nothing.",
    403: "Seen, but not for this official to do.",
    404: "Not there, or not for this official to see.",
    409: "A rule forbids it in this state, or somebody was first.",
    412: "Somebody changed the thing since it was read.",
    413: "Larger than can be taken.",
    415: "Not application/json.",
    422: "Some fields cannot be accepted; each is named.",
    428: "If-Match is missing.",
    503: "Something does not answer now, or there were too many attempts: see Retry-After.",
}


@cache
def document() -> dict[str, Any]:
    """The whole document."""
    schemas, refs = _schemas()
    paths: dict[str, Any] = {}
    for route in sorted(ROUTES, key=lambda each: each.path):
        paths.setdefault(PREFIX + route.path, {})[route.method.lower()] = _Telling(route, schemas, refs).operation()
    return {
        "openapi": "3.1.0",
        "info": {"title": "edms", "version": edms.__version__, "description": ABOUT},
        "servers": [{"url": "/"}],
        "security": [{"token": []}],
        "tags": [{"name": tag} for tag in sorted({route.tag for route in ROUTES})],
        "paths": paths,
        "components": {
            "schemas": schemas,
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
            "responses": {str(status): {"description": text, "content": PROBLEM} for status, text in FAILURES.items()},
        },
    }


Refs = dict[tuple[type[BaseModel], JsonSchemaMode], dict[str, Any]]


def _schemas() -> tuple[dict[str, Any], Refs]:
    """Every model's schema by name, and where each model is found."""
    wanted: list[tuple[type[BaseModel], JsonSchemaMode]] = [(Problem, "serialization")]
    for route in ROUTES:
        wanted += [(route.takes[name], "validation") for name in ("body", "query") if name in route.takes]
        if _is_model(route.gives):
            wanted.append((route.gives, "serialization"))
    refs, made = models_json_schema(list(dict.fromkeys(wanted)), ref_template=REF)
    return made["$defs"], refs  # type: ignore[return-value]


def failures(route: Route) -> list[int]:
    """How a route may fail, by status."""
    may = {503, *route.fails}
    if not route.open:
        may |= {401, 403}
    if route.ids or route.media != "application/json" or route.open:
        may |= {404}
    if "body" in route.takes:
        may |= {400, 404, 413, 415, 422}
    if "query" in route.takes or route.kind is Kind.CREATE:
        may |= {422}
    if route.kind in (Kind.CREATE, Kind.CHANGE, Kind.ACT):
        may |= {404, 409, 422}
    if route.kind is Kind.CHANGE:
        may |= {412, 428}
    if route.takes_bytes:
        may |= {413}
    return sorted(may)


@dataclass(frozen=True)
class _Telling:
    """One route, told."""

    route: Route
    schemas: dict[str, Any]
    refs: Refs

    def operation(self) -> dict[str, Any]:
        route = self.route
        told: dict[str, Any] = {
            "operationId": route.name,
            "tags": [route.tag],
            "summary": route.summary,
            "parameters": [*self._path(), *self._headers(), *self._question()],
            "responses": {str(route.status): self._success()},
        }
        if route.more:
            told["description"] = route.more
        if route.open:
            told["security"] = []
        if route.takes_bytes:
            told["requestBody"] = {"required": True, "content": {"application/octet-stream": BYTES}}
        if body := route.takes.get("body"):
            schema = self.refs[body, "validation"]
            told["requestBody"] = {"required": True, "content": {"application/json": {"schema": schema}}}
        for status in failures(route):
            told["responses"][str(status)] = {"$ref": f"#/components/responses/{status}"}
        return told

    def _path(self) -> list[dict[str, Any]]:
        schema = {"type": "integer", "minimum": 1}
        return [{"name": name, "in": "path", "required": True, "schema": schema} for name in self.route.ids]

    def _headers(self) -> list[dict[str, Any]]:
        wanted = [(name, about, False) for name, about in self.route.headers.items()]
        if self.route.kind is Kind.CREATE:
            wanted.append(("Idempotency-Key", "Of your making, at most 200 characters, one for each creation.", True))
        if self.route.kind is Kind.CHANGE:
            wanted.append(("If-Match", "The thing's ETag, in quotes.", True))
        return [
            {"name": name, "in": "header", "required": must, "description": about, "schema": {"type": "string"}}
            for name, about, must in wanted
        ]

    def _question(self) -> list[dict[str, Any]]:
        query = self.route.takes.get("query")
        if query is None:
            return []
        schema = self.schemas[self.refs[query, "validation"]["$ref"].rpartition("/")[2]]
        needed = schema.get("required", ())
        return [
            {"name": name, "in": "query", "required": name in needed, "schema": about}
            for name, about in schema["properties"].items()
        ]

    def _success(self) -> dict[str, Any]:
        gives = self.route.gives
        said: dict[str, Any] = {"description": "Made." if self.route.kind is Kind.CREATE else "Done."}
        if gives is type(None):
            return said
        if not _is_model(gives):
            return {**said, "content": {self.route.media: BYTES}}
        headers = {}
        if issubclass(gives, Thing):
            headers["ETag"] = "The state of the thing."
            if self.route.kind is Kind.CREATE and gives.PLACE:
                headers["Location"] = "The thing's own address."
        if issubclass(gives, Page):
            headers["Link"] = 'The next page, as rel="next"; absent on the last.'
        if headers:
            string = {"type": "string"}
            said["headers"] = {name: {"description": text, "schema": string} for name, text in headers.items()}
        return {**said, "content": {self.route.media: {"schema": self.refs[gives, "serialization"]}}}


def _is_model(gives: Any) -> bool:
    return isinstance(gives, type) and issubclass(gives, BaseModel)
