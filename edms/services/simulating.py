"""Walks a route without a database: what the engine does on rows, on values, for checks, examples and tests.

The same rules as the engine's (`moving.py`): a case stands at one or more steps, each since a day; a step ends with an
answer on a day; the calendar fires timers and silence. Nothing here knows people or documents.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from edms.errors import RuleBroken
from edms.services import bounds
from edms.services.definition import Branch, Route, Step, Timer
from edms.services.graph import inside
from edms.services.kinds import StepKind
from edms.services.moving import AT_ONCE, anew, begun_on, following, term_began, term_of
from edms.terms import Calendar, Due, Interval, due
from edms.terms.term import Silence, Start

LIMIT = Timer()
"""Stands for the day on which a case can be decided no more."""


@dataclass(frozen=True)
class Standing:
    """A step that is open, since the day it was reached; the timers that fired there."""

    step: str
    since: date
    fired: frozenset[Timer] = frozenset()


@dataclass
class Course:
    """A case under way: where it stands, what is known, which events happened when, and how it ended."""

    route: Route
    calendar: Calendar
    values: dict[str, Any]
    standing: list[Standing] = field(default_factory=list)
    arrived: set[str] = field(default_factory=set)
    marks: dict[Start, date] = field(default_factory=dict)
    intervals: list[Interval] = field(default_factory=list)
    taken: list[tuple[str, str]] = field(default_factory=list)
    """The ways taken, as (from, to), in order."""
    silent_since: date | None = None
    lapsed: bool = False
    outcome: str | None = None
    _forking: int = 0

    def at(self) -> list[str]:
        """The ids of the open steps, in the order in which they were reached."""
        return [s.step for s in self.standing]

    def due_of(self, step: str) -> Due | None:
        """Until when this open step is to be done; None without a term, or before its event."""
        here = self._standing_at(step)
        definition = self.route.steps[step]
        begun = begun_on(self.route, definition, here.since, self.marks)
        if definition.term is None or begun is None:
            return None
        named = term_of(self.route, definition.term, self.values)
        return due(anew(named.term, self.marks), self.calendar, begun, intervals=self._all_intervals())

    def due_of_case(self) -> Due | None:
        """Until when the case is to be decided by its silence rule; None without one."""
        name = self.route.silence.term
        begun = term_began(self.route, name, self.marks) if name is not None else None
        if name is None or begun is None:
            return None
        named = term_of(self.route, name, self.values)
        return due(anew(named.term, self.marks), self.calendar, begun, intervals=self._all_intervals())

    def due_of_limit(self) -> Due | None:
        """Until when the case can be decided at all; None without such a limit, or before its day is known."""
        limit = bounds.limit_of(self.route, self.values)
        return bounds.reached(limit, self.values, self.calendar) if limit is not None else None

    def finish(self, step: str, on: date, answer: str | None = None, values: Mapping[str, Any] | None = None) -> None:
        """End an open step on this day. Errors: RuleBroken when it is not open; Invalid for a wrong answer."""
        here = self._standing_at(step)
        self.values |= values or {}
        definition = self.route.steps[step]
        self._leave(here, on)
        self._follow(definition, following(self.route, definition, answer, self.values), on)

    def pass_days(self, until: date) -> None:
        """Let the calendar do what it does up to the morning of this day, in the order of the days."""
        while self.outcome is None and (act := self._next_act(until)) is not None:
            day, here, timer = act
            if here is None and timer is LIMIT:
                self._stop(day, "limit", (bounds.limit_of(self.route, self.values) or self.route.limits[0]).to)
            elif here is None:
                self._silence(day)
            elif timer.to is None:
                self.standing[self.standing.index(here)] = Standing(here.step, here.since, here.fired | {timer})
            else:
                last_day = day - timedelta(days=1) if timer.days_before == 0 else day
                self._leave(here, last_day)
                self._go(here.step, timer.to, last_day)
                self._meet(last_day)

    def _next_act(self, until: date) -> tuple[date, Standing | None, Timer] | None:
        acts: list[tuple[date, int, Standing | None, Timer]] = []
        case = self.due_of_case()
        if case is not None and case.on is not None and Start.DECIDED not in self.marks and self.silent_since is None:
            acts.append((case.on + timedelta(days=1), 0, None, Timer()))
        limit = self.due_of_limit()
        if limit is not None and limit.on is not None and Start.DECIDED not in self.marks and not self.lapsed:
            acts.append((limit.on + timedelta(days=1), 2, None, LIMIT))
        for here in self.standing:
            timers = [t for t in self.route.steps[here.step].timers if t not in here.fired]
            reached = self.due_of(here.step) if timers else None
            if reached is not None and reached.on is not None:
                acts += [(_fires(timer, reached.on), 1, here, timer) for timer in timers]
        day, _, standing, timer = min(acts, key=lambda act: act[:2], default=(date.max, 0, None, Timer()))
        return (day, standing, timer) if day <= until else None

    def _silence(self, day: date) -> None:
        rule = self.route.silence
        self.silent_since = day
        if rule.to is not None and rule.effect is not Silence.NONE:
            self._stop(day, "silence", rule.to)

    def _stop(self, day: date, why: str, to: str) -> None:
        """All that is open stops; the case goes on where the rule leads."""
        self.lapsed |= why == "limit"
        for here in list(self.standing):
            self._leave(here, day)
        self.arrived.clear()
        self._go(why, to, day)

    def _standing_at(self, step: str) -> Standing:
        for here in self.standing:
            if here.step == step:
                return here
        raise RuleBroken("services.step_not_open", step=step)

    def _leave(self, here: Standing, on: date) -> None:
        self.standing.remove(here)
        cause = self.route.steps[here.step].suspends
        if cause is not None:
            self.intervals.append(Interval(cause, here.since, max(here.since, on)))

    def _all_intervals(self) -> list[Interval]:
        steps = self.route.steps
        running = [Interval(cause, s.since) for s in self.standing if (cause := steps[s.step].suspends) is not None]
        return [*self.intervals, *running]

    def _follow(self, step: Step, branches: tuple[Branch, ...], on: date) -> None:
        self._forking += 1  # a join waits for the branches that are still to be taken
        for branch in branches:
            if Start.REMITTED in branch.marks:  # the act is gone: it is undecided again
                self.marks.pop(Start.DECIDED, None)
                self.silent_since = None
            self.marks |= dict.fromkeys(branch.marks, on)
            if branch.breaks_off:
                self._break_off(step.id, branch.to, on)
            self._go(step.id, branch.to, on)
        self._forking -= 1
        self._meet(on)

    def _break_off(self, step: str, to: str, on: date) -> None:
        for fork in (s for s in self.route.steps.values() if s.kind is StepKind.FORK):
            region = inside(self.route, fork)
            if step in region and to not in region:
                for here in [s for s in self.standing if s.step in region]:
                    self._leave(here, on)
                self.arrived = {j for j in self.arrived if self.route.steps[j].fork != fork.id}

    def _go(self, before: str, to: str, on: date) -> None:
        """Come to a step; go through it at once when nobody does it."""
        self.taken.append((before, to))
        step = self.route.steps[to]
        if step.kind is StepKind.END:
            for here in list(self.standing):
                self._leave(here, on)
            self.outcome = step.outcome
        elif step.kind is StepKind.JOIN:
            self.arrived.add(to)
        elif step.kind in AT_ONCE:
            self._follow(step, following(self.route, step, None, self.values), on)
        else:
            for each in step.asks:
                if each.anew:
                    self.values.pop(each.name, None)
            self.standing.append(Standing(to, on))

    def _meet(self, on: date) -> None:
        """Go on from each join to which all has come that its fork began."""
        for name in sorted(self.arrived) if not self._forking else ():
            join = self.route.steps[name]
            region = inside(self.route, self.route.steps[join.fork or ""])
            if name in self.arrived and not any(s.step in region for s in self.standing):
                self.arrived.discard(name)
                self._follow(join, following(self.route, join, None, self.values), on)


def _fires(timer: Timer, last_day: date) -> date:
    return last_day + timedelta(days=1) if timer.days_before == 0 else last_day - timedelta(days=timer.days_before)


def begin(route: Route, calendar: Calendar, on: date, values: Mapping[str, Any] | None = None) -> Course:
    """A case whose application was registered on this day, its first step done."""
    course = Course(route, calendar, dict(values or {}))
    course.standing.append(Standing(route.start, on))
    start = route.steps[route.start]
    course.finish(start.id, on, start.answers[0] if start.answers else None)
    return course
