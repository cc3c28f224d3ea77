"""A route as a graph: what leads where, what lies between a fork and its join, which events have surely happened."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from edms.services.definition import Branch, Route, Step, Timer
from edms.services.kinds import StepKind
from edms.terms.term import Start


@dataclass(frozen=True)
class Edge:
    """One way from a step to another: by a branch or by a timer."""

    step: Step
    to: str
    branch: Branch | None = None
    timer: Timer | None = None

    @property
    def breaks_off(self) -> bool:
        """Whether it leaves the parallel part it stands in."""
        return self.branch is not None and self.branch.breaks_off

    @property
    def marks(self) -> frozenset[Start]:
        """The events that happen when it is taken."""
        return frozenset(self.branch.marks) if self.branch is not None else frozenset()


def edges(step: Step) -> Iterator[Edge]:
    """The ways out of a step, branches first."""
    yield from (Edge(step, b.to, branch=b) for b in step.branches)
    yield from (Edge(step, t.to, timer=t) for t in step.timers if t.to is not None)


def all_edges(route: Route) -> Iterator[Edge]:
    """Every way of the route."""
    for step in route.steps.values():
        yield from edges(step)


def entries(route: Route) -> tuple[str, ...]:
    """The steps a case can come to from nowhere: the first, those of its limits, and that of the silence rule."""
    limits = tuple(dict.fromkeys(limit.to for limit in route.limits))
    return (route.start, *limits, *([route.silence.to] if route.silence.to is not None else []))


def reached(route: Route, begin: Iterable[str]) -> frozenset[str]:
    """The steps that can be come to from these, they included."""
    found: set[str] = set()
    waiting = [s for s in begin if s in route.steps]
    while waiting:
        here = waiting.pop()
        if here not in found:
            found.add(here)
            waiting += [e.to for e in edges(route.steps[here]) if e.to in route.steps]
    return frozenset(found)


def ending(route: Route) -> frozenset[str]:
    """The steps from which an end can be come to."""
    before: dict[str, set[str]] = {}
    for edge in all_edges(route):
        before.setdefault(edge.to, set()).add(edge.step.id)
    found: set[str] = set()
    waiting = [s.id for s in route.steps.values() if s.kind is StepKind.END]
    while waiting:
        here = waiting.pop()
        if here not in found:
            found.add(here)
            waiting += before.get(here, ())
    return frozenset(found)


def join_of(route: Route, fork: Step) -> Step | None:
    """The join in which what this fork began meets; None when there is none or more than one."""
    joins = [s for s in route.steps.values() if s.fork == fork.id]
    return joins[0] if len(joins) == 1 else None


def inside(route: Route, fork: Step) -> frozenset[str]:
    """The steps between a fork and its join, neither of them included, not past branches that break off."""
    join = join_of(route, fork)
    found: set[str] = set()
    waiting = [b.to for b in fork.branches]
    while waiting:
        here = waiting.pop()
        if here in found or here not in route.steps or (join is not None and here == join.id):
            continue
        found.add(here)
        waiting += [e.to for e in edges(route.steps[here]) if not e.breaks_off]
    return frozenset(found)


def surely_marked(route: Route) -> dict[str, frozenset[Start]]:
    """For each step the events that have happened on every way to it."""
    everything = frozenset(Start)
    known = dict.fromkeys(route.steps, everything)
    known |= {name: frozenset({Start.REGISTERED}) for name in entries(route) if name in known}
    known[route.start] = frozenset()
    changed = True
    while changed:
        changed = False
        for edge in all_edges(route):
            if edge.to not in known:
                continue
            both = known[edge.to] & (known[edge.step.id] | edge.marks)
            changed |= both != known[edge.to]
            known[edge.to] = both
    return known
