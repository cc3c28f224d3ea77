"""The engine: how a case goes from step to step. Rows in, rows out; who may is asked by the acts (`steps.py`).

A step that ends opens what its branches say, and what needs nobody (choices, forks, joins, ends) is gone through in
the same transaction. The rows know which step opened them, so a join knows whether all that its fork began has come,
and going back knows what came of a step.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from edms import clock
from edms.access.actor import Actor
from edms.errors import RuleBroken
from edms.events import Event, Subject
from edms.registry import readers
from edms.registry.models import Document
from edms.routing import suspending
from edms.routing.clocks import first_day, today_of
from edms.services import facts, holding, links, moving, seats, stopping, telling, timing
from edms.services.definition import Branch, Route, Step
from edms.services.kinds import NoticeMoment, PartyKind, StepKind
from edms.services.models import Case, CaseBody, CaseState, CaseStep, StepState
from edms.staff.models import Organisation
from edms.terms.term import Start

BY_ITSELF = (StepKind.START, StepKind.CHOICE, StepKind.FORK)
SILENT_KINDS = (*BY_ITSELF, StepKind.JOIN, StepKind.END)
"""What is gone through at once: it stands in the rows, and nobody is told of it."""
MOST_AT_ONCE = 200
"""More steps than that without anybody's doing are a circle."""


@dataclass
class Walk:
    """One act on a case, with all that follows from it."""

    session: Session
    actor: Actor
    case: Case
    document: Document
    route: Route
    left: int = MOST_AT_ONCE

    def step(self, row: CaseStep) -> Step:
        """The step of a row, in the route."""
        return self.route.steps[row.step]

    @property
    def today(self) -> date:
        """The civil day where the case is."""
        return today_of(self.session, self.document)


def open_step(walk: Walk, step_id: str, came_from: CaseStep | None) -> None:
    """Open a step that `came_from` led to. Errors: RuleBroken where the route turns in a circle."""
    walk.left -= 1
    if walk.left < 0:
        raise RuleBroken("proceedings.goes_in_circles", number=walk.document.number)
    if any(row.step == step_id for row in timing.open_rows(walk.case)):
        return  # two ways have met here
    step = walk.route.steps[step_id]
    row = _row(walk, step, came_from)
    if again := [field.name for field in step.asks if field.anew]:
        facts.ask_anew(walk.session, walk.case, again)
    if step.kind is StepKind.CONSULT and not _ask_bodies(walk, row, step):
        leave(walk, row)  # nobody is to be asked in this case
        return
    timing.count(walk.session, walk.case, walk.document, walk.route, row)
    if step.suspends is not None:
        suspending.stand(walk.session, walk.actor, walk.document, cause=step.suspends, reason="")
        timing.count_open(walk.session, walk.actor, walk.case, walk.document, walk.route)
    telling.tell(walk.session, walk.actor, walk.case, walk.document, row, step.notices, NoticeMoment.BEGUN)
    if step.kind is StepKind.END:
        _end(walk, row, step)
    elif step.kind in BY_ITSELF:
        leave(walk, row, on=first_day(walk.session, walk.document) if step.kind is StepKind.START else None)
    else:
        put_before(walk, row)


def leave(
    walk: Walk, row: CaseStep, *, answer: str | None = None, on: date | None = None, to: str | None = None
) -> None:
    """End a step, by its answer, or by the clock to where that leads, and go on. Errors: RuleBroken where no way leads on."""
    step = walk.step(row)
    row.state, row.answer = StepState.DONE, answer
    row.ended_at, row.ended_on, row.ended_by_id = clock.now(), on or walk.today, walk.actor.official_id
    walk.case.moves += 1
    if step.kind is StepKind.CONSULT:
        _note_silent(walk, row)
    ways = [Branch(to)] if to is not None else _ways(walk, step, answer)
    row.wakes_on, row.marks = None, sorted({mark.value for way in ways for mark in way.marks})
    if Start.DECIDED in row.marks:
        walk.case.decided_on = row.ended_on
    if Start.REMITTED in row.marks:  # nothing is decided any more, and silence means again what it meant
        walk.case.decided_on = walk.case.silent_at = None
    walk.session.flush()  # what is read next reads the step as ended
    stopping.run_on(walk.session, walk.actor, walk.case, walk.document, walk.route, step, row.ended_on)
    if row.marks or step.suspends is not None:
        timing.count_open(walk.session, walk.actor, walk.case, walk.document, walk.route)
    telling.tell(walk.session, walk.actor, walk.case, walk.document, row, step.notices, NoticeMoment.DONE)
    links.effects(walk.session, walk.actor, walk.case, walk.document, walk.route, step)
    if step.kind not in SILENT_KINDS:
        said = {"step": row.step, "answer": answer, "on": row.ended_on.isoformat()}
        about = Subject("case-step", row.case_step_id, document_id=walk.document.document_id)
        holding.note(
            walk.session, walk.actor, Event.CASE_STEP_DONE, walk.case, walk.document,
            {**said, "remark": row.remark}, facts=said, subject=about,
        )  # fmt: skip
    for branch in ways:
        _go(walk, row, branch)


def settle(walk: Walk) -> None:
    """Let the joins go on whose branches have all come; every act ends with it."""
    while walk.case.state is CaseState.RUNNING:
        walk.session.flush()
        ready = next((row for row in timing.open_rows(walk.case) if _all_come(walk, row)), None)
        if ready is None:
            return
        leave(walk, ready)


def put_before(walk: Walk, row: CaseStep) -> None:
    """Let those read the letter whose step it is, and tell them."""
    organisation = walk.session.get_one(Organisation, walk.case.organisation_id)
    people = seats.sitting(walk.session, organisation, walk.document, row.role, row.seat)
    has_it = walk.document.responsible_id
    if row.official_id is None and (not people or has_it in {one.official_id for one in people}):
        row.official_id = has_it  # who has the letter does it where she sits herself, or nobody does
    to = [row.official_id] if row.official_id is not None else [one.official_id for one in people]
    let_read(walk, to)
    due_on = row.due_on.isoformat() if row.due_on else None
    holding.note(
        walk.session, walk.actor, Event.CASE_STEP_OPENED, walk.case, walk.document,
        {"step": row.step, "to": to, "due_on": due_on},
        subject=Subject("case-step", row.case_step_id, document_id=walk.document.document_id),
    )  # fmt: skip


def let_read(walk: Walk, officials: Iterable[int]) -> None:
    """Open the letter to these people."""
    readers.grant(walk.document, officials)


def drop(walk: Walk, rows: Iterable[CaseStep]) -> None:
    """Leave these steps as they are: gone back from, or overtaken by what came of another."""
    stopping.drop(walk.session, walk.actor, walk.case, walk.document, walk.route, rows)


def after(case: Case, row: CaseStep) -> list[CaseStep]:
    """All that came of a step, whatever became of it."""
    found: list[CaseStep] = []
    ids = {row.case_step_id}
    for each in sorted(case.steps, key=lambda one: one.case_step_id):
        if each.from_step_id in ids:
            ids.add(each.case_step_id)
            found.append(each)
    return found


def before(case: Case, row: CaseStep) -> list[CaseStep]:
    """The steps that led to this one, the nearest first."""
    by_id = {each.case_step_id: each for each in case.steps}
    found: list[CaseStep] = []
    current = by_id.get(row.from_step_id or 0)
    while current is not None:
        found.append(current)
        current = by_id.get(current.from_step_id or 0)
    return found


def _row(walk: Walk, step: Step, came_from: CaseStep | None) -> CaseStep:
    party = walk.route.parties[step.party] if step.party is not None else None
    inside = party is not None and party.kind is PartyKind.OFFICIAL
    again = [each for each in walk.case.steps if each.step == step.id and each.state is not StepState.OPEN]
    row = CaseStep(
        case_id=walk.case.case_id,
        organisation_id=walk.case.organisation_id,
        step=step.id,
        state=StepState.OPEN,
        role=party.role if party is not None and inside else None,
        seat=party.unit if party is not None and inside else None,
        ends_with=step.ends_with,
        official_id=again[-1].official_id if again else None,  # who had it has it again
        from_step_id=came_from.case_step_id if came_from is not None else None,
        opened_at=clock.now(),
        opened_on=walk.today,
        fired=[],
    )
    walk.case.steps.append(row)
    walk.session.flush()  # what it leads to carries its id
    return row


def _ways(walk: Walk, step: Step, answer: str | None) -> Sequence[Branch]:
    return moving.following(walk.route, step, answer, facts.values(walk.session, walk.case))


def _go(walk: Walk, row: CaseStep, branch: Branch) -> None:
    if walk.case.state is not CaseState.RUNNING:
        return  # a branch beside this one has ended the case
    if branch.breaks_off and (fork := _fork_around(walk, row)) is not None:
        drop(walk, [each for each in after(walk.case, fork) if each.state is StepState.OPEN])
    step = walk.route.steps[branch.to]
    if step.kind is not StepKind.JOIN:
        open_step(walk, branch.to, row)
    elif not any(each.step == step.id for each in timing.open_rows(walk.case)):
        _row(walk, step, _fork_of(walk, step))


def _fork_of(walk: Walk, join: Step) -> CaseStep | None:
    done = [each for each in walk.case.steps if each.step == join.fork and each.state is StepState.DONE]
    return done[-1] if done else None


def _fork_around(walk: Walk, row: CaseStep) -> CaseStep | None:
    """The fork of the parallel part in which a step stands; what was joined on the way is another part."""
    joined: set[str | None] = set()
    for each in before(walk.case, row):
        step = walk.step(each)
        if step.kind is StepKind.JOIN:
            joined.add(step.fork)
        elif step.kind is StepKind.FORK and each.step not in joined:
            return each
    return None


def _all_come(walk: Walk, row: CaseStep) -> bool:
    step = walk.step(row)
    if step.kind is not StepKind.JOIN:
        return False
    fork = _fork_of(walk, step)
    beside = after(walk.case, fork) if fork is not None else []
    return not any(each is not row and each.state is StepState.OPEN for each in beside)


def _note_silent(walk: Walk, row: CaseStep) -> None:
    """Bodies that have not answered when the step ends are silent, and stand in nobody's way (GAC 84)."""
    asked = select(CaseBody).where(CaseBody.case_step_id == row.case_step_id, CaseBody.answered_on.is_(None))
    for body in walk.session.scalars(asked):
        body.silent = True


def _ask_bodies(walk: Walk, row: CaseStep, step: Step) -> bool:
    asked = moving.asked(walk.route, step, facts.values(walk.session, walk.case))
    walk.session.add_all(CaseBody(case_step_id=row.case_step_id, body=body.name) for body in asked)
    walk.session.flush()
    return bool(asked)


def _end(walk: Walk, row: CaseStep, step: Step) -> None:
    row.state, row.ended_at, row.ended_on = StepState.DONE, clock.now(), walk.today
    row.ended_by_id = walk.actor.official_id
    drop(walk, timing.open_rows(walk.case))
    telling.tell(walk.session, walk.actor, walk.case, walk.document, row, step.notices, NoticeMoment.DONE)
    links.effects(walk.session, walk.actor, walk.case, walk.document, walk.route, step)
    walk.case.state, walk.case.outcome, walk.case.ended_at = CaseState.ENDED, step.outcome, clock.now()
    said = {"outcome": step.outcome}
    holding.note(walk.session, walk.actor, Event.CASE_ENDED, walk.case, walk.document, said, facts=said)
    links.over(walk.session, walk.actor, walk.case, walk.document, walk.route)
