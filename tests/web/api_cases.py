"""Makes bodies and questions from the API's own document: the least that is accepted, and what must be refused."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from edms import clock
from edms.web.api.openapi import document

NAUGHTY = (
    "", " ", "\u0000", "\ud7ff", "‮txet", "'; DROP TABLE document; --", "<script>alert(1)</script>", "{{7*7}}", "%s%n",
    "../../etc/passwd", "ა" * 10_001, "𝒳\u200d\u0301" * 50, "-1", "NaN", "0", "\r\nSet-Cookie: a=b", "null",
)  # fmt: skip
WRONG: tuple[Any, ...] = (
    None,
    True,
    0,
    -1,
    2**63,
    2**80,
    1.5,
    "x",
    "0",
    [],
    [None],
    {},
    {"a": {"b": []}},
    "2024-02-30",
)


def operations() -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Every operation: method, path with names in braces, and what the document says."""
    for path, methods in document()["paths"].items():
        for method, operation in methods.items():
            yield method.upper(), path, operation


def body_schema(operation: dict[str, Any]) -> dict[str, Any] | None:
    """The schema of the JSON body, if there is one."""
    media = operation.get("requestBody", {}).get("content", {}).get("application/json")
    return resolved(media["schema"]) if media else None


def resolved(schema: dict[str, Any]) -> dict[str, Any]:
    """The schema itself, where it is a reference."""
    if "$ref" in schema:
        return resolved(document()["components"]["schemas"][schema["$ref"].rpartition("/")[2]])
    return schema


def least(schema: dict[str, Any], known: dict[str, Any], name: str = "") -> Any:
    """The least value that the schema accepts; `known` gives real ids by name."""
    schema = resolved(schema)
    if name in known:
        return known[name]
    if "enum" in schema:
        return schema["enum"][0]
    if "const" in schema:
        return schema["const"]
    if "anyOf" in schema:
        return least(schema["anyOf"][0], known, name)
    match schema.get("type"):
        case "object":
            wanted = schema.get("required", [])
            made = {each: least(schema["properties"][each], known, each) for each in wanted}
            return made or (
                {"ka": "სახელი"} if "additionalProperties" in schema and not schema.get("properties") else {}
            )
        case "array":
            return [least(schema["items"], known, name)] if schema.get("minItems") else []
        case "integer":
            return max(1, schema.get("minimum", 1))
        case "boolean":
            return False
        case "string" if schema.get("format") == "date":
            return clock.today("Asia/Tbilisi").isoformat()
        case "string" if schema.get("format") == "date-time":
            return (clock.now() + timedelta(hours=2)).isoformat()
        case "string" if "pattern" in schema:
            return schema["pattern"].strip("^()$").split("|")[0]
    return "ტექსტი"[: schema.get("maxLength", 6)]


def refused(schema: dict[str, Any], known: dict[str, Any]) -> Iterator[Any]:
    """Bodies that are wrong in one place each."""
    whole = least(schema, known)
    yield from ([], "x", 5, None, {**whole, "no_such_field": 1})
    for name in schema.get("properties", {}):
        for value in WRONG:
            yield {**copy.deepcopy(whole), name: value}
    for name in schema.get("required", []):
        yield {each: value for each, value in whole.items() if each != name}


def naughty(schema: dict[str, Any], known: dict[str, Any]) -> Iterator[Any]:
    """Bodies with texts that break careless programs, in every field that takes a text."""
    whole = least(schema, known)
    texts = [name for name, about in schema.get("properties", {}).items() if '"string"' in str(about).replace("'", '"')]
    for text in NAUGHTY:
        for name in texts:
            yield {**copy.deepcopy(whole), name: text}
