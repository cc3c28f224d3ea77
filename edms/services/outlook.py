"""A route as its case sees it: what is done, where it stands, what can still come, what lies on no way from here. Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from edms.services.bounds import limit_of
from edms.services.conditions import parsed
from edms.services.definition import Route, Step
from edms.services.graph import edges
from edms.services.kinds import StepKind
from edms.services.moving import following

BETWEEN = (StepKind.CHOICE, StepKind.FORK, StepKind.JOIN)
"""What only leads on: nobody does it, and it is not shown."""


class Place(StrEnum):
    """Where a step lies, seen from where the case stands."""

    DONE = "done"
    HERE = "here"
    AHEAD = "ahead"
    ASIDE = "aside"


@dataclass(frozen=True)
class Way:
    """Where a step can lead: by which answer (None: whatever is found, or with its term), and to which steps."""

    answer: str | None
    to: tuple[Step, ...]


@dataclass(frozen=True)
class Stop:
    """A step of the route, with its ways where there is more than one."""

    step: Step
    place: Place
    ways: tuple[Way, ...] = ()


def seen_from(
    route: Route, *, done: Collection[str], at: Collection[str], values: Mapping[str, Any], decided: bool = False,
    over: bool = False,
) -> Sequence[Stop]:  # fmt: skip
    """The steps of the route in its order. `done` and `at` are ids of steps that were done and are open; of a case that
    is over nothing can come any more, of one that was decided nothing by the mere passing of its term."""
    by_clock = () if decided else _by_clock(route, values)
    ahead = set() if over else _ahead(route, at, by_clock, values)
    found = []
    for step in route.steps.values():
        if step.kind in BETWEEN:
            continue
        place = (
            Place.HERE if step.id in at else Place.AHEAD if step.id in ahead and step.id not in done
            else Place.DONE if step.id in done else Place.ASIDE
        )  # fmt: skip
        leads = place in (Place.HERE, Place.AHEAD)
        found.append(Stop(step, place, _ways(route, step, values) if leads else ()))
    return found


def _by_clock(route: Route, values: Mapping[str, Any]) -> list[str]:
    """Where a case goes when its term passes with nothing decided."""
    limit = limit_of(route, values)
    return [name for name in (route.silence.to, limit.to if limit is not None else None) if name is not None]


def _ahead(route: Route, at: Collection[str], by_clock: Collection[str], values: Mapping[str, Any]) -> set[str]:
    """What can be come to from here, as far as it is known which way a choice goes."""
    found: set[str] = set()
    waiting = [*by_clock, *(to for step in at for to in _next(route, route.steps[step], values))]
    while waiting:
        here = waiting.pop()
        if here not in found:
            found.add(here)
            waiting += _next(route, route.steps[here], values)
    return found


def _next(route: Route, step: Step, values: Mapping[str, Any]) -> list[str]:
    names = {name for branch in step.branches for name in parsed(branch.when).names}
    if step.kind is StepKind.CHOICE and names and names <= {n for n, value in values.items() if value is not None}:
        return [branch.to for branch in following(route, step, None, values)]
    return [edge.to for edge in edges(step)]


def _ways(route: Route, step: Step, values: Mapping[str, Any]) -> tuple[Way, ...]:
    """The ways out, those by one answer together; none where all lead to the same."""
    by_answer: dict[str | None, dict[str, Step]] = {}
    for edge in edges(step):
        answer = edge.branch.answer if edge.branch is not None else None
        by_answer.setdefault(answer, {}).update({each.id: each for each in _shown(route, edge.to, values)})
    if len({name for to in by_answer.values() for name in to}) < 2:
        return ()
    return tuple(Way(answer, tuple(to.values())) for answer, to in by_answer.items())


def _shown(route: Route, name: str, values: Mapping[str, Any]) -> list[Step]:
    """The steps that are shown where a way leads: past choices, forks and joins."""
    found, seen, waiting = [], set(), [name]
    while waiting:
        here = waiting.pop(0)
        step = route.steps[here]
        if here in seen:
            continue
        seen.add(here)
        if step.kind in BETWEEN:
            waiting += _next(route, step, values)
        else:
            found.append(step)
    return found
