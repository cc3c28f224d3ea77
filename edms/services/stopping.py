"""Steps of a case that end undone: gone back from, broken off, overtaken by the end of all; and clocks that run on."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from sqlalchemy.orm import Session

from edms import clock
from edms.access.actor import Actor
from edms.registry.models import Document
from edms.routing import suspending
from edms.routing.clocks import today_of
from edms.services import timing
from edms.services.definition import Route, Step
from edms.services.models import Case, CaseStep, StepState
from edms.terms.term import Start


def drop(
    session: Session, actor: Actor, case: Case, document: Document, route: Route, rows: Iterable[CaseStep]
) -> None:
    """Leave these steps as they are. What they had marked has not happened, and no clock stands for them any longer."""
    case.moves += 1
    for row in rows:
        was_open = row.state is StepState.OPEN
        row.state, row.wakes_on = StepState.LEFT, None
        if was_open:
            row.ended_at, row.ended_by_id = clock.now(), actor.official_id
            run_on(session, actor, case, document, route, route.steps[row.step], today_of(session, document))
    case.decided_on = timing.marked(case).get(Start.DECIDED)
    session.flush()


def run_on(
    session: Session, actor: Actor, case: Case, document: Document, route: Route, step: Step, on: date
) -> None:
    """Let the letter's clock go on that stood for this step, unless another one that is open lets it stand too."""
    beside = {route.steps[row.step].suspends for row in timing.open_rows(case)}
    if step.suspends is not None and step.suspends not in beside:
        suspending.run_on(session, actor, document, cause=step.suspends, until=on)
