"""Proposals of a case: entered while a step collects them, scored, judged and answered at the steps that the route says.

Everybody sees what a finished step made public: no sooner, and no letter that is not open to all.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from edms import clock
from edms.access.actor import Actor
from edms.access.permissions import Permission
from edms.access.policy import permits, require
from edms.errors import Invalid, NotFound, RuleBroken
from edms.events import Event, Subject
from edms.registry.card import clean
from edms.registry.models import Document
from edms.registry.words import Grade
from edms.routing.clocks import first_day
from edms.services import holding, seats, texts, timing
from edms.services.building_forms import CURRENCY
from edms.services.definition import Route, Step
from edms.services.kinds import Participation as P
from edms.services.models import Case, CaseState, CaseStep, StepState
from edms.services.participation.models import Proposal, Verdict
from edms.staff.models import Organisation

MOST = 1000
"""Proposals of one case."""
LONGEST = {"settlement": 200, "text": 2000, "conclusion": 2000, "answer": 4000}
FIELDS: Mapping[P, Sequence[str]] = {
    P.COLLECT: ("settlement", "text"),
    P.SCORE: ("voters", "score"),
    P.JUDGE: ("verdict", "cost", "conclusion"),
    P.ANSWER: ("answer",),
}
NEEDED = ("settlement", "text", "score", "verdict", "answer")
HIGHEST_SCORE = Decimal(10)


def takes_part(route: Route) -> bool:
    """Does the route know proposals at all?"""
    return any(step.participation for step in route.steps.values())


def proposals(session: Session, case: Case) -> list[Proposal]:
    """Those of a case, the best first; what was struck is not among them."""
    found = select(Proposal).where(Proposal.case_id == case.case_id, Proposal.struck_at.is_(None))
    return list(session.scalars(found.order_by(Proposal.score.desc().nulls_last(), Proposal.proposal_id)))


def fields_for(session: Session, actor: Actor, case: Case, document: Document, route: Route) -> Sequence[str]:
    """What the actor may enter now, by the open steps that lie with her."""
    if case.state is not CaseState.RUNNING:
        return ()
    mine = [
        route.steps[row.step]
        for row in timing.open_rows(case)
        if route.steps[row.step].participation
        and permits(actor, Permission.CASE_STEP_DO, seats.matter(session, actor, document, row))
    ]
    return [name for of, names in FIELDS.items() if any(of in step.participation for step in mine) for name in names]


def add(session: Session, actor: Actor, case: Case, given: Mapping[str, str]) -> Proposal:
    """Enter a proposal. Errors: Forbidden; RuleBroken while no step collects, or there are too many; Invalid by field."""
    document, row, step = _held(session, actor, case, P.COLLECT)
    if (session.scalar(select(func.count()).where(Proposal.case_id == case.case_id)) or 0) >= MOST:
        raise RuleBroken("proceedings.too_many_proposals", number=document.number, n=MOST)
    values = _read({name: given.get(name, "") for name in FIELDS[P.COLLECT]})
    if P.SCORE in step.participation and (given.get("score") or given.get("voters")):
        values |= _read({name: given.get(name, "") for name in FIELDS[P.SCORE]})
    proposal = Proposal(case_id=case.case_id, entered_at=clock.now(), entered_by_id=actor.official_id, **values)
    session.add(proposal)
    session.flush()
    _note(session, actor, case, document, row, proposal, sorted(values))
    return proposal


def enter(
    session: Session, actor: Actor, case: Case, proposal: Proposal, given: Mapping[str, str], *, version: int
) -> None:
    """Enter or correct what the open steps ask about a proposal; fields of other steps are left as they are.

    Errors: Forbidden; RuleBroken where no open step asks for any; Invalid by field; Conflict on a stale edit.
    """
    asked = {of for of, names in FIELDS.items() if any(name in given for name in names)}
    if not asked:
        return
    held = [_held(session, actor, case, of) for of in sorted(asked)]
    holding.require_version(proposal, version)
    document, row, _ = held[0]
    values = _read({name: given.get(name, "") for of in asked for name in FIELDS[of] if name in given})
    changed = sorted(name for name, value in values.items() if getattr(proposal, name) != value)
    for name, value in values.items():
        setattr(proposal, name, value)
    session.flush()
    if changed:
        _note(session, actor, case, document, row, proposal, changed)


def strike(session: Session, actor: Actor, case: Case, proposal: Proposal, *, version: int) -> None:
    """Take off what was entered by mistake, while they are collected. Errors: Forbidden; RuleBroken; Conflict."""
    document, row, _ = _held(session, actor, case, P.COLLECT)
    holding.require_version(proposal, version)
    proposal.struck_at = clock.now()
    session.flush()
    _note(session, actor, case, document, row, proposal, ["struck"])


def proposal_of(session: Session, case: Case, proposal_id: int) -> Proposal:
    """One of a case that the caller may read. Errors: NotFound."""
    found = session.scalar(
        select(Proposal).where(
            Proposal.proposal_id == proposal_id, Proposal.case_id == case.case_id, Proposal.struck_at.is_(None)
        )
    )
    if found is None:
        raise NotFound
    return found


def lacking(session: Session, case: Case, step: Step) -> int:
    """How many proposals lack what must be said of them before the step ends."""
    said = {P.JUDGE: Proposal.verdict, P.ANSWER: Proposal.answer}
    asked = [column for of, column in said.items() if of in step.participation]
    if not asked:
        return 0
    found = select(func.count()).where(Proposal.case_id == case.case_id, Proposal.struck_at.is_(None))
    return sum(session.scalar(found.where(column.is_(None))) or 0 for column in asked)


@dataclass(frozen=True)
class Shown:
    """The proposals of a year as everybody may see them: `judged` and `answered` say how far it is."""

    route: Route
    year: int
    proposals: Sequence[Proposal]
    judged: bool
    answered: bool

    @property
    def currency(self) -> str:
        """In which the costs are."""
        return CURRENCY[self.route.country]


def published(session: Session, organisation: Organisation, *, limit: int = 5) -> list[Shown]:
    """What everybody may see, the newest year first."""
    found = (
        select(Case, Document)
        .join(Document, Document.document_id == Case.document_id)
        .where(
            Case.organisation_id == organisation.organisation_id,
            Case.state != CaseState.BROKEN_OFF,
            Case.case_id.in_(select(Proposal.case_id)),
            Document.grade == Grade.OPEN,
        )
        .order_by(Case.case_id.desc())
        .limit(limit)
    )
    shown = []
    for case, document in session.execute(found):
        route = texts.route_of(session, case)
        over = {row.step for row in case.steps if row.state is StepState.DONE}
        done = {of for name in over for of in route.steps[name].participation}
        if P.PUBLISH in done:
            year = first_day(session, document).year
            shown.append(Shown(route, year, proposals(session, case), P.JUDGE in done, P.ANSWER in done))
    return shown


def _held(session: Session, actor: Actor, case: Case, what: P) -> tuple[Document, CaseStep, Step]:
    """The letter, and the open step at which this is entered. Errors: Forbidden; RuleBroken where none is open."""
    document, route = holding.hold(session, case)
    open_ = [row for row in timing.open_rows(case) if what in route.steps[row.step].participation]
    if case.state is not CaseState.RUNNING or not open_:
        require(actor, Permission.CASE_ENTER, seats.matter_of_case(session, actor, document, case))
        raise RuleBroken("proceedings.no_proposals_now", number=document.number)
    require(actor, Permission.CASE_STEP_DO, seats.matter(session, actor, document, open_[0]))
    return document, open_[0], route.steps[open_[0].step]


def _note(
    session: Session, actor: Actor, case: Case, document: Document, row: CaseStep, proposal: Proposal, changed: Sequence[str]
) -> None:  # fmt: skip
    about = Subject("case-step", row.case_step_id, document_id=document.document_id)
    detail = {"proposal": proposal.proposal_id, "fields": list(changed)}
    holding.note(session, actor, Event.CASE_PROPOSAL_ENTERED, case, document, detail, subject=about)


def _read(given: Mapping[str, str]) -> dict[str, Any]:
    """The values of what was typed. Errors: Invalid, all fields at once."""
    values: dict[str, Any] = {}
    wrong: dict[str, str] = {}
    for name, typed in given.items():
        text = clean(typed) or ""
        if not text:
            values[name] = None
            if name in NEEDED:
                wrong[name] = "field.missing"
            continue
        if len(text) > LONGEST.get(name, 30):
            wrong[name] = "registry.text_too_long"
            continue
        try:
            values[name] = _READ.get(name, str)(text)
        except (ValueError, InvalidOperation):
            wrong[name] = f"proceedings.proposal.{name}"
    if wrong:
        raise Invalid(fields=wrong)
    return values


def _number(text: str, highest: Decimal) -> Decimal:
    number = Decimal(text.replace("\u00a0", "").replace(" ", "").replace(",", "."))
    if not number.is_finite() or not 0 <= number <= highest:
        raise ValueError
    return number.quantize(Decimal("0.01"))


def _voters(text: str) -> int:
    number = int(text)
    if not 0 <= number <= 10_000_000:
        raise ValueError
    return number


_READ: Mapping[str, Callable[[str], Any]] = {
    "voters": _voters,
    "score": lambda text: _number(text, HIGHEST_SCORE),
    "cost": lambda text: _number(text, Decimal("999999999999")),
    "verdict": Verdict,
}
