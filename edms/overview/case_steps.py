"""The steps of cases that lie with somebody, for her desk."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Protocol, TypeVar

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from edms import clock
from edms.access.actor import Actor
from edms.access.scope import visible
from edms.overview.line import LetterLine, lines_of, with_inner
from edms.registry.models import Document
from edms.services import seats, texts, walking
from edms.services.models import Case, CaseState, CaseStep, StepState

CAP = 50
NEAR = timedelta(days=30)
"""So long before its last day a limit is said on the desk."""


@dataclass(frozen=True)
class StepWork:
    """An open step on somebody's desk, with its letter's line."""

    case: Case
    row: CaseStep
    title: str
    line: LetterLine
    limit_on: date | None = None  # the last day on which the case can be decided at all, once it is near


def steps_of(session: Session, actor: Actor, *, limit: int = CAP) -> list[StepWork]:
    """The open steps that lie with the actor, or with the one she stands in for, the most urgent first."""
    today = clock.today(actor.time_zone)
    near = case((Case.limit_wakes_on.is_not(None) & (Case.limit_on <= today + NEAR), Case.limit_on))
    found = (
        select(CaseStep, Case, Document)
        .join(Case, Case.case_id == CaseStep.case_id)
        .join(Document, Document.document_id == Case.document_id)
        .where(
            CaseStep.organisation_id == actor.organisation_id,
            CaseStep.state == StepState.OPEN,
            Case.state == CaseState.RUNNING,
            seats.mine(session, actor),
            visible(actor, Document.readers),
        )
        .order_by(func.least(CaseStep.due_on, near).nulls_last(), CaseStep.case_step_id)
    )
    rows = session.execute(found.limit(limit)).all()
    lines = lines_of(session, [document for _, _, document in rows], today)
    made = []
    for (row, one, _), line in zip(rows, lines, strict=True):
        step = texts.route_of(session, one).steps[row.step]
        if step.kind not in walking.SILENT_KINDS:
            limit_on = _near(one, today)
            work = with_inner(line, row.due_on, today)
            if limit_on is not None and work.kind != "late":
                work = replace(work, kind="near")
            made.append(StepWork(one, row, step.title, work, limit_on))
    return made


def _near(one: Case, today: date) -> date | None:
    """The last day on which a case can be decided, where it was not yet and that day is near."""
    waits = one.limit_on is not None and one.limit_wakes_on is not None and one.limit_on <= today + NEAR
    return one.limit_on if waits else None


class _OnLine(Protocol):
    @property
    def line(self) -> LetterLine: ...


W = TypeVar("W", bound=_OnLine)


def beside(steps: Sequence[StepWork], works: Sequence[W]) -> list[W]:
    """The work on letters of whose cases no step lies with her: else that step says what is to be done."""
    here = {each.case.document_id for each in steps}
    return [work for work in works if work.line.document.document_id not in here]
