"""A case as its page shows it: what was done, what is open and until when, what is known, brought, written and told."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from edms import clock, terms, words
from edms.access.actor import Actor
from edms.access.permissions import Permission
from edms.access.policy import permits
from edms.access.scope import visible
from edms.drafting.models import Draft, DraftState
from edms.overview import case_fees
from edms.overview.case_fees import FeeSeen
from edms.registry.models import Document
from edms.routing.clocks import legal_due, today_of
from edms.services import (
    cases,
    facts,
    fees,
    following,
    links,
    papers,
    repeating,
    seats,
    steps,
    telling,
    texts,
    timing,
    walking,
)
from edms.services.definition import Paper, Route, Step
from edms.services.forms import Field
from edms.services.kinds import Addressee, FieldKind, Source, StepKind
from edms.services.models import (
    Case,
    CaseBody,
    CaseDocument,
    CaseNotice,
    CasePaper,
    CaseQuery,
    CaseState,
    CaseStep,
    StepState,
)
from edms.services.participation import proposing
from edms.services.walking import Walk
from edms.staff.models import Official, Organisation
from edms.terms.term import Cause

CAP = 50
WAYS_TO_REACH = (FieldKind.PHONE, FieldKind.EMAIL)
FOR_HER = (Addressee.APPLICANT, Addressee.PARTIES)


@dataclass(frozen=True)
class Written:
    """A document that a step brings forth, as far as the reader may know of it: its draft, then its number."""

    name: str
    made: CaseDocument | None = None
    draft: Draft | None = None
    document: Document | None = None
    visas_missing: Sequence[str] = ()
    written_here: bool = True  # not: what comes from outside


@dataclass(frozen=True)
class StepSeen:
    """A step on the page. `kind` is done, present, late or left; `due` its term for "why this date".

    What can be done with it now, by the reader: `may_do`, `may_hand`, `back` (earlier rows), `may_extend`.
    """

    row: CaseStep
    step: Step
    kind: str
    who: Official | None
    due: terms.Due | None = None
    written: Sequence[Written] = ()
    bodies: Sequence[CaseBody] = ()
    sitting: Sequence[Official] = ()
    back: Sequence[CaseStep] = ()
    may_do: bool = False
    may_name: bool = False
    may_hand: bool = False
    may_extend: bool = False
    needs: Sequence[str] = ()
    """Message ids of what must be there before it can be ended."""


@dataclass(frozen=True)
class CaseSeen:
    """The whole page."""

    case: Case
    document: Document
    route: Route
    steps: Sequence[StepSeen]
    values: dict[str, object]
    """By field; how the applicant is reached is kept back from those who decide."""
    form: Sequence[Field]
    """The fields of the application that the reader sees."""
    papers: Sequence[tuple[Paper, bool, CasePaper | None]]
    queries: Sequence[CaseQuery]
    notices: Sequence[CaseNotice]
    fee: FeeSeen | None
    named: Sequence[tuple[Document, Case]]
    """The cases that this one names, and those that name it."""
    naming: Sequence[tuple[Document, Case]]
    legal: terms.Due | None
    limit: terms.Due | None
    """Until when it can be decided at all."""
    repeats: Sequence[repeating.Earlier]
    """Earlier cases that make it a repetition."""
    late: bool
    may_enter: bool
    may_break_off: bool
    may_withdraw: bool
    missing: Sequence[Paper] = field(default_factory=tuple)

    @property
    def open_steps(self) -> list[StepSeen]:
        """What is open now."""
        return [each for each in self.steps if each.row.state is StepState.OPEN]

    @property
    def stands(self) -> bool:
        """Does the legal clock stand?"""
        return self.legal is not None and self.legal.on is None


def form_of(actor: Actor, document: Document, route: Route) -> list[Field]:
    """The fields of the application that the actor sees and may correct."""
    kept_back = () if permits(actor, Permission.CORRESPONDENT_REACH, document) else WAYS_TO_REACH
    return [each for each in route.form.fields if each.kind not in kept_back]


def seen(session: Session, actor: Actor, case: Case) -> CaseSeen:
    """The case as the actor may see it; she may read its letter."""
    document = session.get_one(Document, case.document_id)
    route = texts.route_of(session, case)
    walk = Walk(session, actor, case, document, route)
    values = facts.values(session, case)
    unseen = {each.name for each in route.form.fields} - {each.name for each in form_of(actor, document, route)}
    here = facts.papers(session, case)
    running = case.state is CaseState.RUNNING
    matter = seats.matter_of_case(session, actor, document, case)
    may_enter = running and permits(actor, Permission.CASE_ENTER, matter)
    shown = [row for row in case.steps if walk.step(row).kind not in walking.SILENT_KINDS]
    return CaseSeen(
        case=case,
        document=document,
        route=route,
        steps=[_step(walk, row) for row in shown],
        values={name: value for name, value in values.items() if name not in unseen},
        form=form_of(actor, document, route),
        papers=[(paper, must, here.get(paper.name)) for paper, must in facts.wanted(route, values)],
        queries=facts.queries(session, case),
        notices=telling.told(session, case),
        fee=case_fees.seen(session, actor, case, document, route, may_enter=may_enter),
        named=links.named_by(session, actor, case, route.fields.values()),
        naming=links.naming_it(session, actor, case, document),
        legal=legal_due(session, document),
        limit=timing.limit_of(session, case),
        repeats=repeating.earlier(session, actor, case, route),
        late=cases.is_late(session, case, document),
        may_enter=may_enter,
        may_break_off=(may_end := running and permits(actor, Permission.CASE_BREAK_OFF, document)),
        may_withdraw=may_end and cases.withdrawable(case, document, route),
        missing=[
            p for p, must in facts.wanted(route, values) if must and p.source is Source.APPLICANT and p.name not in here
        ],
    )


def _step(walk: Walk, row: CaseStep) -> StepSeen:
    session, step = walk.session, walk.step(row)
    person = row.ended_by_id if row.state is StepState.DONE else row.official_id
    who = session.get(Official, person) if person is not None else None
    due = timing.due_of(session, walk.case, row) if row.term is not None else None
    if row.state is not StepState.OPEN:
        kind = "done" if row.state is StepState.DONE else "left"
        return StepSeen(row, step, kind, who, due, _written(walk, row, step), papers.bodies(session, row))
    late = row.due_on is not None and row.due_on < walk.today
    organisation = session.get_one(Organisation, walk.case.organisation_id)
    matter = seats.matter(session, walk.actor, walk.document, row)
    may_do = permits(walk.actor, Permission.CASE_STEP_DO, matter)
    return StepSeen(
        row, step, "late" if late else "present", who, due, _written(walk, row, step), papers.bodies(session, row),
        sitting=seats.sitting(session, organisation, walk.document, row.role, row.seat),
        back=steps.ways_back(walk, row) if permits(walk.actor, Permission.CASE_STEP_RETURN, matter) else (),
        may_do=may_do,
        may_name=permits(walk.actor, Permission.CASE_DOCUMENT_NAME, matter),
        may_hand=permits(walk.actor, Permission.CASE_STEP_HAND, matter),
        may_extend=steps.may_extend(walk, row),
        needs=_needs(walk, row, step) if may_do else (),
    )  # fmt: skip


def _needs(walk: Walk, row: CaseStep, step: Step) -> list[str]:
    found = []
    if papers.not_made(walk.session, walk.case, walk.route, row):
        found.append("proceedings.needs.document")
    if step.kind is StepKind.CONSULT and papers.not_answered(walk.session, row):
        found.append("proceedings.needs.bodies")
    if fees.unpaid_before(walk.session, walk.case, walk.route, step):
        found.append("proceedings.needs.fee")
    if proposing.lacking(walk.session, walk.case, step):
        found.append("proceedings.needs.proposals")
    return found


def _written(walk: Walk, row: CaseStep, step: Step) -> list[Written]:
    """What the step brings forth; of a step that is over only what it did bring forth."""
    names = papers.wanted(walk.route, step) if row.state is StepState.OPEN else step.produces
    found = []
    for name in names:
        made = papers.current(walk.session, walk.case, row, name)
        ours = not walk.route.documents[name].register.comes_in
        if made is None:
            found += [Written(name, written_here=ours)] if row.state is StepState.OPEN else []
            continue
        draft = walk.session.get(Draft, made.draft_id) if made.draft_id is not None else None
        missing = following.visas_missing(walk, draft, step) if draft is not None and step.visas else []
        found.append(Written(name, made, draft, _document(walk, made), missing))
    return found


def _document(walk: Walk, made: CaseDocument) -> Document | None:
    found = select(Document).where(Document.document_id == made.document_id, visible(walk.actor, Document.readers))
    return walk.session.scalar(found)


def mine_to_write(written: Written, actor: Actor) -> bool:
    """Is its draft the reader's to open?"""
    return (
        written.draft is not None
        and written.draft.author_id in actor.people
        and written.document is None
        and (written.draft.state is not DraftState.WITHDRAWN)
    )


@dataclass(frozen=True)
class Course:
    """What an applicant is told of her case, as message ids of its route: no names of people, nothing personal.

    `steps` are (title, the day it ended, None while it is open), `told` what she was told and when, `missing` the
    papers that she still has to bring, while that is what is waited for; `owing` what is due still of a reckoned fee.
    """

    route: Route
    steps: Sequence[tuple[str, date | None]]
    told: Sequence[tuple[str, date]]
    outcome: str | None
    missing: Sequence[str]
    owing: words.Sum | None = None
    withdrawn: bool = False


def course_of(session: Session, document: Document) -> Course | None:
    """The course of a letter's case in the applicant's words; None where there is none, or it was broken off."""
    case = cases.of_letter(session, document)
    if case is None or case.state is CaseState.BROKEN_OFF:
        return None
    route = texts.route_of(session, case)
    zone = session.get_one(Organisation, document.organisation_id).time_zone
    rows = [row for row in case.steps if row.state is not StepState.LEFT]
    shown = [row for row in rows if route.steps[row.step].kind not in walking.SILENT_KINDS]
    waits = any(row.state is StepState.OPEN and route.steps[row.step].suspends is Cause.DEFICIENCY for row in rows)
    return Course(
        route=route,
        steps=[(route.steps[row.step].title, row.ended_on) for row in shown],
        told=[
            (notice.message, clock.day_of(notice.at, zone))
            for notice in telling.told(session, case)
            if notice.addressee in FOR_HER
        ],
        outcome=f"services.outcome.{case.outcome}" if case.outcome else None,
        missing=[paper.title for paper in facts.missing(session, case, route)] if waits else [],
        owing=_owing(session, case),
        withdrawn=case.state is CaseState.WITHDRAWN,
    )


def _owing(session: Session, case: Case) -> words.Sum | None:
    row = fees.fee_of(session, case) if case.state is CaseState.RUNNING else None
    return words.Sum(fees.rest(row), row.currency) if row is not None and fees.rest(row) else None


def today_at(session: Session, document: Document) -> date:
    """The civil day where the letter is."""
    return today_of(session, document)
