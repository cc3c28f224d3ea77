"""Reads a route: text, schema, shared blocks, values. Everything wrong with its shape is named by file, path and reason."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import Any, cast

from jsonschema import Draft202012Validator, FormatChecker, ValidationError, validators

from edms.errors import Invalid
from edms.services.building import build
from edms.services.composing import Blocks, Composed, compose, whole_form
from edms.services.definition import Route
from edms.services.text import Text, read_text

MOST_FAULTS = 50
_FORMATS = FormatChecker(["date"])
# 2.0 is no number of days: JSON Schema takes it for one, the calendar does not.
_WHOLE = Draft202012Validator.TYPE_CHECKER.redefine("integer", lambda _, value: type(value) is int)
_Validator: Any = validators.extend(Draft202012Validator, type_checker=_WHOLE)  # type: ignore[no-untyped-call]


@dataclass(frozen=True)
class Fault:
    """One thing wrong with a route: where, and why as a message of the catalogue. `line` 0 is not known."""

    file: str
    path: str
    message: str
    values: Mapping[str, object] = field(default_factory=dict)
    line: int = 0


def read_route(text: str, file: str, blocks: Blocks | None = None, *, trusted: bool = False) -> Route:
    """The route that this text is. Errors: Invalid with `file`, `path` and the reason of the first fault.

    A trusted text, one that was read before and kept, is not held against the schema again: that is half of the time.
    """
    route, faults = examined(text, file, blocks, trusted=trusted)
    if route is None:
        first = faults[0]
        raise Invalid(
            first.message, fields={first.path or "route": first.message}, file=file, path=first.path, **first.values
        )
    return route


def examined(
    text: str, file: str, blocks: Blocks | None = None, *, trusted: bool = False
) -> tuple[Route | None, list[Fault]]:
    """The route, or all that is wrong with its shape (`MOST_FAULTS` at most)."""
    blocks = blocks or shared_blocks()
    try:
        read = read_text(text, file)
    except Invalid as error:
        return None, [_fault(file, error)]
    if not trusted and (faults := list(_shape(read.values, file, read))):
        return None, faults[:MOST_FAULTS]
    plain = read.values
    try:
        composed = compose(plain["steps"], plain["country"], blocks)
        if not trusted and (faults := list(_composed(composed, file, read))):
            return None, faults[:MOST_FAULTS]
        plain = {**plain, "form": whole_form(plain.get("form", {}), blocks)}
        return build(plain, composed, blocks.common[plain["country"]], text), []
    except Invalid as error:
        return None, [_fault(file, error, read)]


def _fault(file: str, error: Invalid, read: Text | None = None) -> Fault:
    values = {k: v for k, v in error.values.items() if k not in ("file", "path", "line")}
    path = str(error.values.get("path", ""))
    line = int(str(error.values.get("line", 0))) or (read.lines.get(path, 0) if read else 0)
    return Fault(file, path, error.message, values, line)


def _shape(plain: Any, file: str, read: Text) -> Iterator[Fault]:
    yield from _said(_validator("").iter_errors(plain), file, "", read)


def _composed(composed: Composed, file: str, read: Text) -> Iterator[Fault]:
    """The steps after blocks are in place: a parameter may have brought something that does not fit, or an id twice."""
    seen: set[str] = set()
    for step in composed.steps:
        at = step["at"]
        if step["step"] in seen:
            yield Fault(file, at, "services.fault.step_twice", {"name": step["step"]}, read.lines.get(at, 0))
        seen.add(step["step"])
        yield from _said(_validator("step").iter_errors({k: v for k, v in step.items() if k != "at"}), file, at, read)
    for part, plain in (("document", composed.documents), ("outcome", composed.outcomes)):
        for name, value in plain.items():
            yield from _said(_validator(part).iter_errors(value), file, name, read)


def _said(errors: Iterable[ValidationError], file: str, base: str, read: Text) -> Iterator[Fault]:
    for error in errors:
        while error.context and error.validator in ("oneOf", "anyOf") and len(error.context) > 0:
            error = min(error.context, key=lambda e: (e.validator == "type", -len(e.absolute_path)))
        path = base
        for part in error.absolute_path:
            path += f"[{part}]" if isinstance(part, int) else f".{part}" if path else str(part)
        known = next((read.lines[p] for p in _upwards(path) if p in read.lines), 0)
        yield Fault(file, path, *_reason(error), known)


def _upwards(path: str) -> Iterator[str]:
    while path:
        yield path
        path = re.sub(r"(\.[^.\[\]]+|\[[^\]]*\]|^[^.\[\]]+)$", "", path)


def _reason(error: ValidationError) -> tuple[str, Mapping[str, object]]:
    kind, value, instance = str(error.validator), cast(Any, error.validator_value), cast(Any, error.instance)
    shown = json.dumps(instance, ensure_ascii=False, default=str)[:60]
    if kind == "required":
        return "services.fault.missing", {"name": next(n for n in value if n not in instance)}
    if kind == "dependentRequired":
        missing = sorted(n for k, names in value.items() if k in instance for n in names if n not in instance)
        return "services.fault.missing", {"name": missing[0]}
    if kind == "additionalProperties":
        known = cast(Mapping[str, Any], error.schema).get("properties", {})
        return "services.fault.unknown", {"name": next((n for n in instance if n not in known), "")}
    if kind in ("enum", "const"):
        allowed = value if isinstance(value, list) else [value]
        return "services.fault.not_among", {"value": shown, "allowed": ", ".join(str(v) for v in allowed)}
    if kind == "type":
        return "services.fault.kind", {"value": shown}
    if kind == "None":  # the schema says false: this does not belong here
        return "services.fault.out_of_place", {"value": shown}
    return "services.fault.form", {"value": shown}


@cache
def schema() -> Mapping[str, Any]:
    """The JSON Schema of a route (2020-12)."""
    text = files("edms.services").joinpath("schema", "route.schema.json").read_text(encoding="utf-8")
    found: Mapping[str, Any] = json.loads(text)
    return found


@cache
def _validator(part: str) -> Any:
    """For the whole, or for one definition such as `step`."""
    whole = schema()
    wanted = whole if not part else {"$ref": f"#/$defs/{part}", "$defs": whole["$defs"]}
    return _Validator(wanted, format_checker=_FORMATS)


@cache
def shared_blocks() -> Blocks:
    """The blocks that come with the service. Errors: Invalid when one of them cannot be read."""
    found: dict[str, Any] = {}
    common: Mapping[str, Any] = {}
    for path in sorted(files("edms.services").joinpath("blocks").iterdir(), key=lambda p: p.name):
        if not path.name.endswith(".yaml"):
            continue
        plain = read_text(path.read_text(encoding="utf-8"), path.name).values
        if "block" in plain:
            found[plain["block"]] = plain
        else:
            common = plain
    shared = {c: {"parties": common["parties"], "terms": terms} for c, terms in common["terms"].items()}
    return Blocks(found, shared, common["forms"], common["laws"])
