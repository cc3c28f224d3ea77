"""What an applicant is told of her case: its steps, how it was decided, what she must bring. No names, nothing personal."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import Session

from edms import clock, words
from edms.registry.models import Document
from edms.services import cases, facts, fees, telling, texts, timing, walking
from edms.services.definition import Route
from edms.services.kinds import Addressee, PartyKind
from edms.services.models import Case, CaseState, CaseStep, StepState
from edms.staff.models import Organisation
from edms.terms.term import Cause, Start

FOR_HER = (Addressee.APPLICANT, Addressee.PARTIES)
COMPLAINING = frozenset({"complaint_filing", "appeal", "construction_appeal"})
"""Terms of routes that run while the decision may be complained of."""


@dataclass(frozen=True)
class Course:
    """The course of a case, as message ids of its route.

    `steps` are (title, the day it ended, None while it is open), `told` what she was told and when, the newest first,
    `missing` the papers that she still has to bring and `until` the last day for it, while that is what is waited for.
    `asked` are open steps at which she has something to do herself, `until` their last day then.
    `owing` is what is due still of a reckoned fee. `decided_on` is the day of the decision that stands, `by_silence` that the law took it in the office's place, `handed`
    that she has it; `complain_until` is the last day for a complaint against it.
    """

    route: Route
    steps: Sequence[tuple[str, date | None]]
    told: Sequence[tuple[str, date]]
    outcome: str | None
    missing: Sequence[str]
    waits: bool
    until: date | None
    asked: Sequence[str]
    owing: words.Sum | None
    decided_on: date | None
    by_silence: bool
    handed: bool
    complain_until: date | None
    withdrawn: bool

    @property
    def over(self) -> bool:
        """Is nothing to be decided any more?"""
        return self.withdrawn or self.decided_on is not None


def course_of(session: Session, document: Document) -> Course | None:
    """The course of a letter's case in the applicant's words; None where there is none, or it was broken off."""
    case = cases.of_letter(session, document)
    if case is None or case.state is CaseState.BROKEN_OFF:
        return None
    route = texts.route_of(session, case)
    zone = session.get_one(Organisation, document.organisation_id).time_zone
    rows = [row for row in case.steps if row.state is not StepState.LEFT]
    shown = [row for row in rows if route.steps[row.step].kind not in walking.SILENT_KINDS]
    open_ = [row for row in rows if row.state is StepState.OPEN]
    curing = next((row for row in open_ if route.steps[row.step].suspends is Cause.DEFICIENCY), None)
    hers = [row for row in open_ if _is_hers(route, row)] if curing is None else []
    marked, decided = timing.marked(case), case.decided_on
    return Course(
        route=route,
        steps=[(route.steps[row.step].title, row.ended_on) for row in shown],
        told=[
            (notice.message, clock.day_of(notice.at, zone))
            for notice in telling.told(session, case)
            if notice.addressee in FOR_HER
        ],
        outcome=f"services.outcome.{case.outcome}" if case.outcome else None,
        missing=[paper.title for paper in facts.missing(session, case, route)] if curing is not None else [],
        waits=curing is not None,
        until=curing.due_on if curing is not None else min((row.due_on for row in hers if row.due_on), default=None),
        asked=[route.steps[row.step].title for row in hers],
        owing=_owing(session, case),
        decided_on=decided,
        by_silence=decided is not None and case.silent_at is not None and route.silence.to is not None,
        handed=decided is not None and (served := marked.get(Start.SERVED)) is not None and served >= decided,
        complain_until=next((row.due_on for row in open_ if route.steps[row.step].term in COMPLAINING), None),
        withdrawn=case.state is CaseState.WITHDRAWN,
    )


def _is_hers(route: Route, row: CaseStep) -> bool:
    """Does the route name the applicant beside whoever enters what came?"""
    return any(route.parties[name].kind is PartyKind.APPLICANT for name in route.steps[row.step].beside)


def _owing(session: Session, case: Case) -> words.Sum | None:
    row = fees.fee_of(session, case) if case.state is CaseState.RUNNING else None
    return words.Sum(fees.rest(row), row.currency) if row is not None and fees.rest(row) else None
