"""Puts the shared blocks into a route: written once, included by `use`, told apart by `as`.

A block is steps with parameters. `use: intake`, `as: intake`, `with: {complete: programme}` brings its steps as
`intake.received` and so on; each `$complete` in them becomes `programme`. Blocks may use blocks. What a block needs
besides (documents, outcomes) and what all share (parties, terms of the country) comes along unless the route says it
itself.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from edms.errors import Invalid

DEEPEST = 4
MOST_STEPS = 300


@dataclass(frozen=True)
class Blocks:
    """The shared blocks by name, what all routes of a country share (`{parties, terms}`), and shared parts of forms."""

    blocks: Mapping[str, Mapping[str, Any]]
    common: Mapping[str, Mapping[str, Mapping[str, Any]]]
    forms: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    laws: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """By country: the acts that stand for those which the blocks cite."""


@dataclass
class Composed:
    """The steps of a route with all blocks in place, in order, and what the blocks bring."""

    steps: list[dict[str, Any]] = field(default_factory=list)
    firsts: dict[str, str] = field(default_factory=dict)
    documents: dict[str, Any] = field(default_factory=dict)
    outcomes: dict[str, Any] = field(default_factory=dict)

    def resolved(self, ref: str) -> str:
        """The step that a reference leads to: the name of a block means its first step."""
        return self.firsts.get(ref, ref)


def whole_form(form: Mapping[str, Any], blocks: Blocks) -> dict[str, list[Any]]:
    """The fields and papers of a form with the shared parts it uses, those first. Errors: Invalid for an unknown part."""
    made: dict[str, list[Any]] = {"fields": [], "papers": []}
    for n, name in enumerate(form.get("use", ())):
        if name not in blocks.forms:
            raise Invalid("services.block.unknown", path=f"form.use[{n}]", name=name)
        for kind, items in made.items():
            items += blocks.forms[name].get(kind, ())
    for kind, items in made.items():
        items += form.get(kind, ())
    return made


def compose(items: list[Any], country: str, blocks: Blocks) -> Composed:
    """Flatten the items of `steps`. Errors: Invalid (`services.block.…`) with the path of the item."""
    blocks = replace(blocks, blocks={n: _cited(b, blocks.laws.get(country, {})) for n, b in blocks.blocks.items()})
    composed = Composed()
    _add(composed, items, "", "", blocks, "steps", 0)
    for step in composed.steps:
        _map_refs(step, composed.resolved)
    return composed


def _add(
    composed: Composed, items: list[Any], owner: str, prefix: str, blocks: Blocks, path: str, depth: int
) -> str | None:
    """Add items under `prefix`; returns the id of the first step."""
    first = None
    for n, item in enumerate(items):
        at = f"{path}[{n}]"
        if "use" not in item:
            step = dict(item)
            step.setdefault("title", f"services.step.{owner}{step['step']}")
            step["step"] = prefix + step["step"]
            step["at"] = at
            composed.steps.append(step)
            here = step["step"]
        else:
            here = _use(composed, item, prefix, blocks, at, depth)
        first = first or here
        if len(composed.steps) > MOST_STEPS:
            raise Invalid("services.block.too_many_steps", path=at, n=MOST_STEPS)
    return first


def _use(composed: Composed, item: Mapping[str, Any], prefix: str, blocks: Blocks, at: str, depth: int) -> str:
    name = item["use"]
    block = blocks.blocks.get(name)
    if block is None:
        raise Invalid("services.block.unknown", path=at, name=name)
    if depth >= DEEPEST:
        raise Invalid("services.block.too_deep", path=at, name=name)
    inner = f"{prefix}{item['as']}."
    own = {i.get("step") or i["as"] for i in block["steps"]}
    values = _parameters(block, item.get("with", {}), at)
    steps = [_filled(_local(step, own, inner), values) for step in block["steps"]]
    for what, found in (("documents", composed.documents), ("outcomes", composed.outcomes)):
        found.update(_filled(block.get(what, {}), values))
    first = _add(composed, steps, f"{name}.", inner, blocks, f"{at}.{name}", depth + 1)
    if first is None:
        raise Invalid("services.block.empty", path=at, name=name)
    composed.firsts[inner[:-1]] = first
    return first


def _cited(value: Any, acts: Mapping[str, str]) -> Any:
    """The block with the acts of another country in place of those it cites; their articles are not the same."""
    if isinstance(value, list):
        return [_cited(part, acts) for part in value]
    if not isinstance(value, Mapping):
        return value
    made = {key: _cited(part, acts) for key, part in value.items()}
    if acts and "law" in made:
        cited = made.pop("law")
        names = [acts.get(law.partition(" ")[0], law) for law in ([cited] if isinstance(cited, str) else cited)]
        if kept := [name for name in dict.fromkeys(names) if name]:
            made["law"] = kept
    return made


def _parameters(block: Mapping[str, Any], given: Mapping[str, Any], at: str) -> dict[str, Any]:
    wanted: Mapping[str, Any] = block.get("parameters", {})
    if unknown := sorted(given.keys() - wanted.keys()):
        raise Invalid("services.block.parameter_unknown", path=f"{at}.with", name=unknown[0])
    values = {**{name: rule["default"] for name, rule in wanted.items() if "default" in rule}, **given}
    if missing := sorted(wanted.keys() - values.keys()):
        raise Invalid("services.block.parameter_missing", path=f"{at}.with", name=missing[0])
    for name, value in given.items():  # a list where one step is meant could not even be looked up
        if isinstance(value, list | Mapping) != isinstance(wanted[name].get("default", ""), list | Mapping):
            raise Invalid("services.fault.kind", path=f"{at}.with.{name}", value=repr(value)[:60])
    return values


def _local(step: Mapping[str, Any], own: set[str], inner: str) -> dict[str, Any]:
    """The step with references to its block's own steps made whole."""
    made: dict[str, Any] = _copied(step)

    def whole(ref: str) -> str:
        return inner + ref if ref.partition(".")[0] in own else ref

    if "use" in made:
        made["with"] = {k: whole(v) if isinstance(v, str) else v for k, v in made.get("with", {}).items()}
    else:
        _map_refs(made, whole)
    return made


def _map_refs(step: dict[str, Any], change: Any) -> None:
    """Change every reference to a step, in place."""
    for holder, key in _refs(step):
        holder[key] = change(holder[key])


def _refs(step: dict[str, Any]) -> Iterator[tuple[Any, Any]]:
    for key in ("late", "fork", "then"):
        if isinstance(step.get(key), str):
            yield step, key
    for key in ("then", "timers"):
        if isinstance(step.get(key), list):
            yield from ((part, "to") for part in step[key] if isinstance(part, dict) and "to" in part)
    if isinstance(step.get("other_than"), list):
        yield from ((step["other_than"], n) for n in range(len(step["other_than"])))


def _copied(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _copied(part) for key, part in value.items()}
    return [_copied(part) for part in value] if isinstance(value, list) else value


def _filled(value: Any, values: Mapping[str, Any]) -> Any:
    """The value with each text `$name` replaced by the parameter of that name, in keys too."""
    if isinstance(value, Mapping):
        return {_filled(key, values): _filled(part, values) for key, part in value.items()}
    if isinstance(value, list):
        return [_filled(part, values) for part in value]
    if isinstance(value, str) and value.startswith("$"):
        if value[1:] not in values:
            raise Invalid("services.block.parameter_unknown", path="", name=value[1:])
        return _copied(values[value[1:]])
    return value
