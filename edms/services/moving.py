"""Where a step leads, and on which day a term began: the rules that the engine and the simulator share."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Any

from edms.errors import Invalid, RuleBroken
from edms.services.conditions import holds
from edms.services.definition import Body, Branch, Fee, Route, RouteTerm, Step
from edms.services.kinds import StepKind
from edms.terms.term import Start, Term

Values = Mapping[str, Any]
FROM_APPLICATION = (Start.REGISTERED, Start.COMPLETE)
"""What a term runs from that the applicant's own letter set going."""
AT_ONCE = (StepKind.CHOICE, StepKind.FORK, StepKind.JOIN, StepKind.END)
"""Steps that nobody does: the engine goes through them at once (a join when all that its fork began have come)."""


def following(route: Route, step: Step, answer: str | None, values: Values) -> tuple[Branch, ...]:
    """The branches taken when the step ends with this answer: one, or all that hold for a fork; none for an end.

    Errors: Invalid for an answer that the step does not know, or none where one is needed; RuleBroken when no branch
    holds, which the static checks exclude.
    """
    if step.answers and answer not in step.answers:
        message = "services.answer_needed" if answer is None else "services.answer_unknown"
        raise Invalid(message, fields={"answer": message}, answer=answer or "")
    if not step.answers and answer is not None:
        raise Invalid("services.answer_unknown", fields={"answer": "services.answer_unknown"}, answer=answer)
    fields = route.fields
    fitting = [b for b in step.branches if b.answer in (None, answer) and holds(b.when, fields, values)]
    if step.kind is StepKind.FORK:
        return tuple(fitting)
    if not fitting and step.kind is not StepKind.END:
        raise RuleBroken("services.no_branch_holds", step=step.id)
    return tuple(fitting[:1])


def term_of(route: Route, name: str, values: Values) -> RouteTerm:
    """The term of this name in this case: one of those in its place where its condition holds."""
    named, fields = route.terms[name], route.fields
    other = next((i.term for i in named.instead if holds(i.when, fields, values)), None)
    return named if other is None else route.terms[other]


def begun_on(route: Route, step: Step, entered_on: date, marks: Mapping[Start, date]) -> date | None:
    """The day from which the step's term is counted; None while its event has not happened.

    `marks` holds the latest day of each event of the case; Start.PREVIOUS and Start.REQUESTED run from `entered_on`,
    the day the step was reached.
    """
    if step.term is None:
        return None
    return term_began(route, step.term, marks, entered_on)


def term_began(route: Route, name: str, marks: Mapping[Start, date], entered_on: date | None = None) -> date | None:
    """The same for a term of the case as a whole, such as that of the silence rule."""
    start = anew(route.terms[name].term, marks).start
    if start in (Start.PREVIOUS, Start.REQUESTED) and start not in marks:
        return entered_on
    return marks.get(start)


def anew(term: Term, marks: Mapping[Start, date]) -> Term:
    """The term of a case that was sent back: what ran from the application runs once more, from the day it was sent back.

    The application is undecided again, and the body that has to decide it owes its act within the same term (GAC 100),
    with what follows when it is silent (GAC 177). That the count begins with the decision on the complaint no source at
    hand says in so many words: it is read so here because any other day would leave a term that is over before it begins.
    """
    back = marks.get(Start.REMITTED)
    if term.start not in FROM_APPLICATION or back is None or back < marks.get(term.start, back):
        return term
    return replace(term, start=Start.REMITTED)


def asked(route: Route, step: Step, values: Values) -> tuple[Body, ...]:
    """The other bodies that a consultation asks in this case."""
    fields = route.fields
    return tuple(body for body in step.bodies if holds(body.when, fields, values))


def fee_due(route: Route, values: Values) -> Fee | None:
    """The fee rule of this case: the first that holds, None when nothing is due."""
    fields = route.fields
    return next((fee for fee in route.fees if holds(fee.when, fields, values)), None)
