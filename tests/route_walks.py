"""Walks through a document route by chance, drawn towards what was not walked yet, until every way was taken."""

from __future__ import annotations

import random
from datetime import date, timedelta
from typing import Any

from edms.services.conditions import holds, parsed
from edms.services.definition import Field, Route
from edms.services.graph import Edge, all_edges
from edms.services.kinds import FieldKind
from edms.services.simulating import Course, begin
from edms.terms import for_country

MOST_WALKS, MOST_STEPS = 200, 300
Way = tuple[str, str]


class Walker:
    """Knows the ways of one route, and which of them were walked."""

    def __init__(self, route: Route, day: date) -> None:
        self.route, self.day, self.chance = route, day, random.Random(route.key)
        self.ways: list[Edge] = list(all_edges(route))
        self.out: dict[str, list[Edge]] = {}
        self.before: dict[str, set[str]] = {}
        for edge in self.ways:
            self.out.setdefault(edge.step.id, []).append(edge)
            self.before.setdefault(edge.to, set()).add(edge.step.id)
        self.left: set[Way] = {(e.step.id, e.to) for e in self.ways}
        self.asking: dict[str, set[str]] = {}
        for step in route.steps.values():
            for field in step.asks:
                self.asking.setdefault(field.name, set()).add(step.id)

    def walk_all(self) -> list[Course]:
        """Walks until nothing is left, or `MOST_WALKS`. Each has come to its end."""
        walks: list[Course] = []
        while self.left and len(walks) < MOST_WALKS:
            walks.append(self.walk())
        return walks

    def walk(self) -> Course:
        route = self.route
        course = begin(route, for_country(route.country), self.day, self.some(route.form.fields, {}))
        day = self.day
        if route.silence.to is not None and self.chance.random() < 0.3:
            silent = course.due_of_case()
            assert silent is not None and silent.silence_on is not None
            day = silent.silence_on
            course.pass_days(day)
        limit = course.due_of_limit()
        if limit is not None and limit.on is not None and self.chance.random() < 0.3:
            day = max(day, limit.on + timedelta(days=1))
            course.pass_days(day)
        for _ in range(MOST_STEPS):
            self.left -= set(course.taken)
            if course.outcome is not None:
                return course
            edge = self.choose(course)
            here, step = edge.step.id, edge.step
            reached = course.due_of(here)
            if edge.timer is not None and reached is not None and reached.on is not None:
                day = max(day, reached.on + timedelta(days=1))
                course.pass_days(day)
            else:
                answer = edge.branch.answer if edge.branch is not None else None
                known = self.some(step.asks, course.values)
                course.finish(here, day, answer or self.chance.choice(step.answers or (None,)), known)
        raise AssertionError(f"{route.key} goes round without an end: {course.at()}")

    def choose(self, course: Course) -> Edge:
        ways = [e for s in course.standing for e in self.out[s.step]]
        if self.chance.random() < 0.15:
            return self.chance.choice(ways)
        far = self.far(course)
        near = {(e.step.id, e.to): 0 if (e.step.id, e.to) in self.left else 1 + far.get(e.to, 98) for e in ways}
        least = min(near.values())
        return self.chance.choice([e for e in ways if near[e.step.id, e.to] == least])

    def far(self, course: Course) -> dict[str, int]:
        """How many ways each step is from one that is left: where its condition does not hold, from what it asks."""
        far: dict[str, int] = {}
        for edge in self.ways:
            if (edge.step.id, edge.to) not in self.left:
                continue
            when = edge.branch.when if edge.branch is not None else "True"
            if holds(when, self.route.fields, course.values):
                far[edge.step.id] = 0
            else:
                far |= {step: 0 for name in parsed(when).names for step in self.askers(name, edge.step.id)}
        ring = list(far)
        while ring:
            found = {b: far[step] + 1 for step in ring for b in self.before.get(step, ()) if b not in far}
            far |= found
            ring = list(found)
        return far

    def askers(self, name: str, step: str) -> set[str]:
        """The steps that ask for a field, of several those in the same block as `step`."""
        steps = self.asking.get(name, set())
        block = step.rpartition(".")[0]
        alike = {s: sum(a == b for a, b in zip(s.split("."), block.split("."), strict=False)) for s in steps}
        return {s for s, n in alike.items() if n == max(alike.values())}

    def some(self, fields: tuple[Field, ...], known: dict[str, Any]) -> dict[str, Any]:
        """Values by chance; often such that a way that is left becomes open."""
        made = {f.name: self.value(f) for f in fields}
        conditions = [e.branch.when for e in self.ways if e.branch and (e.step.id, e.to) in self.left]
        wanted = [c for c in conditions if parsed(c).names & made.keys()]
        if wanted and self.chance.random() < 0.8:
            condition = self.chance.choice(wanted)
            for _ in range(20):
                if holds(condition, self.route.fields, {**known, **made}):
                    break
                made = {f.name: self.value(f) for f in fields}
        return made

    def value(self, field: Field) -> Any:
        if field.choices:
            return self.chance.choice(field.choices).name
        if field.kind is FieldKind.YES_NO:
            return self.chance.random() < 0.5
        if field.kind.is_number:
            return str(self.chance.choice([field.low or 0, field.high or 100]))
        return self.chance.choice([None, "2025-01-01"])
