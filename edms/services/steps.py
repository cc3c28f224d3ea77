"""What people do with the steps of a case: do one, take it on, hand it to a colleague, go back, give it more time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from edms import terms
from edms.access.actor import Actor
from edms.access.permissions import Permission
from edms.access.policy import permits, require
from edms.access.scope import visible
from edms.errors import Forbidden, Invalid, NotFound, RuleBroken
from edms.events import Event, Subject
from edms.registry.card import clean
from edms.registry.models import Document
from edms.routing import people
from edms.services import (
    facts,
    fees,
    filling,
    following,
    holding,
    links,
    moving,
    papers,
    publishing,
    seats,
    timing,
    voting,
    walking,
)
from edms.services.definition import RouteTerm, Step
from edms.services.kinds import PartyKind, StepKind
from edms.services.models import Case, CaseState, CaseStep, StepState
from edms.services.participation import proposing
from edms.services.voting import Votes as Votes
from edms.services.walking import Walk
from edms.staff.models import Organisation

BY_HAND = (StepKind.WORK, StepKind.SIGN, StepKind.SERVE, StepKind.CONSULT, StepKind.SITTING, StepKind.WAIT)
NOT_UNDONE = (StepKind.SIGN, StepKind.SERVE, StepKind.START)
"""What was signed or handed over is out of the house: nobody goes back behind it."""
LONGEST_REMARK = 2000


def step_of(session: Session, actor: Actor, case_step_id: int) -> tuple[CaseStep, Case]:
    """One step, for those who may read the letter of its case. Errors: NotFound."""
    found = (
        select(CaseStep, Case)
        .join(Case, Case.case_id == CaseStep.case_id)
        .join(Document, Document.document_id == Case.document_id)
        .where(CaseStep.case_step_id == case_step_id, visible(actor, Document.readers))
    )
    row = session.execute(found).one_or_none()
    if row is None:
        raise NotFound
    return row[0], row[1]


def do(
    session: Session, actor: Actor, row: CaseStep, *, version: int, answer: str | None = None,
    given: Mapping[str, str] | None = None, votes: Votes | None = None, remark: str | None = None, on: date | None = None,
) -> Case:  # fmt: skip
    """End a step by what was found, decided or received; the case goes on. Done again by the same hand it changes nothing.

    `given` are the step's fields as typed, `on` the civil day that counts where it is not today. Errors: Forbidden;
    Conflict when another changed it; Invalid by field; RuleBroken when it is over or what it needs is not there.
    """
    walk, row = _held(session, actor, row)
    require(actor, Permission.CASE_STEP_DO, seats.matter(session, actor, walk.document, row))
    if row.state is StepState.DONE and (row.ended_by_id, row.answer) == (actor.official_id, answer):
        return walk.case
    _require_open(walk, row)
    holding.require_version(row, version)
    step = walk.step(row)
    _require_may_end(walk, row, step, answer)
    today = walk.today
    wrong: dict[str, str] = {}
    if on is not None and not row.opened_on <= on <= today:
        wrong["on"] = "proceedings.not_that_day"
    if step.sitting is not None:
        wrong |= voting.wrong(step.sitting, answer, votes)
    if len(remark := clean(remark) or "") > LONGEST_REMARK:
        wrong["remark"] = "routing.text_too_long"
    known = facts.values(session, walk.case)
    try:
        values = filling.read(step.asks, given or {}, walk.route.fields, known, today=today)
    except Invalid as error:
        raise Invalid(fields={**error.fields, **wrong}) from None
    wrong |= {f.name: "field.missing" for f in step.asks if answer in f.needed_for and values.get(f.name) is None}
    if wrong:
        raise Invalid(fields=wrong)
    named = links.require_known(session, actor, walk.case, step.asks, values)
    changed = facts.write(session, actor, walk.case, values, case_step_id=row.case_step_id, named=named)
    if changed:
        holding.note(session, actor, Event.CASE_FACTS_ENTERED, walk.case, walk.document, {"fields": changed})
    papers.forget_given_up(session, walk.case, papers.wanted(walk.route, step))
    row.official_id = row.official_id or actor.official_id
    row.remark, row.votes = remark or None, asdict(votes) if votes is not None else None
    # What runs from the announcement runs from the day on which it could be read.
    on = on or publishing.published_on(session, walk.case, walk.route, row)
    walking.leave(walk, row, answer=answer, on=on)
    walking.settle(walk)
    following.follow(session, walk.case)
    return walk.case


def hand(session: Session, actor: Actor, row: CaseStep, *, official_id: int, version: int) -> None:
    """Let one of those who sit there have it by name: oneself, or a colleague.

    Errors: Forbidden to strangers; Invalid for one who does not sit there; Conflict; RuleBroken when it is over.
    """
    walk, row = _held(session, actor, row)
    require(actor, Permission.CASE_STEP_HAND, seats.matter(session, actor, walk.document, row))
    _require_open(walk, row)
    holding.require_version(row, version)
    organisation = session.get_one(Organisation, walk.case.organisation_id)
    here = seats.sitting(session, organisation, walk.document, row.role, row.seat)
    if not here:  # nobody sits there: anybody of the house may be asked
        here = list(
            people.officials(session, walk.case.organisation_id, [official_id], walk.today, field="official").values()
        )
    if official_id not in {one.official_id for one in here}:
        raise Invalid(fields={"official": "proceedings.does_not_sit_there"})
    row.official_id = official_id
    walking.let_read(walk, [official_id])
    about = Subject("case-step", row.case_step_id, document_id=walk.document.document_id)
    detail = {"step": row.step, "to": [official_id]}
    holding.note(session, actor, Event.CASE_STEP_HANDED, walk.case, walk.document, detail, subject=about)


def ways_back(walk: Walk, row: CaseStep) -> list[CaseStep]:
    """The steps to which one may go back from here: people's own, up to what was signed or handed over, beside it too."""
    found: list[CaseStep] = []
    for each in walking.before(walk.case, row):
        step = walk.step(each)
        came_of_it = {walk.step(one).kind for one in walking.after(walk.case, each) if one.state is StepState.DONE}
        if step.kind in NOT_UNDONE or each.state is not StepState.DONE or came_of_it & set(NOT_UNDONE):
            break
        if step.kind not in walking.SILENT_KINDS:
            found.append(each)
    return found


def go_back(session: Session, actor: Actor, row: CaseStep, *, to: CaseStep, reason: str, version: int) -> Case:
    """Open an earlier step again; what came of it meanwhile does not count, and stays in the history.

    Errors: Forbidden; Invalid without a reason; RuleBroken behind what was signed, or when it is over; Conflict.
    """
    walk, row = _held(session, actor, row)
    require(actor, Permission.CASE_STEP_RETURN, seats.matter(session, actor, walk.document, row))
    _require_open(walk, row)
    holding.require_version(row, version)
    if to.case_step_id not in {each.case_step_id for each in ways_back(walk, row)}:
        raise RuleBroken("proceedings.not_back_there", number=walk.document.number)
    if not (reason := clean(reason) or ""):
        raise Invalid(fields={"reason": "routing.reason_missing"})
    source = next((each for each in walk.case.steps if each.case_step_id == to.from_step_id), None)
    walking.drop(walk, [*walking.after(walk.case, to), to])
    said = {"from": row.step, "to_step": to.step, "reason": reason}
    about = Subject("case-step", row.case_step_id, document_id=walk.document.document_id)
    told = [to.official_id] if to.official_id else []
    holding.note(
        session, actor, Event.CASE_STEP_RETURNED, walk.case, walk.document, {**said, "to": told},
        facts={"from": row.step, "to": to.step}, subject=about,
    )  # fmt: skip
    walking.open_step(walk, to.step, source)
    walking.settle(walk)
    return walk.case


def extend(
    session: Session, actor: Actor, row: CaseStep, *, count: int, kind: terms.Kind, reason: str, version: int
) -> terms.Due:
    """Give a step more time, within what its term allows, by whom the route names. The letter's own term is prolonged
    at the letter.

    Errors: Forbidden; RuleBroken where the term knows no extension or is over; Invalid without a reason; Conflict.
    """
    walk, row = _held(session, actor, row)
    require(actor, Permission.CASE_STEP_DO, _extender(walk, row))
    _require_open(walk, row)
    if not _extendable(walk, row):
        raise RuleBroken("proceedings.no_extension", number=walk.document.number)
    holding.require_version(row, version)
    if not (reason := clean(reason) or ""):
        raise Invalid(fields={"reason": "routing.reason_missing"})
    today, earlier = walk.today, timing.granted_to(row)
    reached = timing.due_of(session, walk.case, row)
    added = terms.Extension(count, kind, today)
    counted = terms.check_extension(reached, added, requested_on=today, earlier=earlier)
    row.term = {**(row.term or {}), "extensions": [each.to_json() for each in (*earlier, added)]}
    timing.count(session, walk.case, walk.document, walk.route, row)
    due_on = row.due_on.isoformat() if row.due_on else None
    about = Subject("case-step", row.case_step_id, document_id=walk.document.document_id)
    detail = {"step": row.step, "reason": reason, "due_on": due_on}
    holding.note(session, actor, Event.CASE_STEP_EXTENDED, walk.case, walk.document, detail, subject=about)
    return counted


def may_extend(walk: Walk, row: CaseStep) -> bool:
    """Is it for the actor to give this open step more time, and does its term know that?"""
    return _extendable(walk, row) and permits(walk.actor, Permission.CASE_STEP_DO, _extender(walk, row))


def _term(walk: Walk, row: CaseStep) -> RouteTerm | None:
    name = walk.step(row).term
    return moving.term_of(walk.route, name, facts.values(walk.session, walk.case)) if name is not None else None


def _extendable(walk: Walk, row: CaseStep) -> bool:
    rule = _term(walk, row)
    of_letter = walk.step(row).term == walk.route.silence.term
    return rule is not None and rule.term.extension is not None and row.term is not None and not of_letter


def _extender(walk: Walk, row: CaseStep) -> seats.Matter:
    """The step as it is of whoever the route lets extend it; where it names nobody, of whose step it is."""
    rule = _term(walk, row)
    if rule is None or rule.extended_by is None:
        return seats.matter(walk.session, walk.actor, walk.document, row)
    party = walk.route.parties[rule.extended_by]
    own = (party.role, party.unit) == (row.role, row.seat)
    return seats.place(
        walk.session, walk.actor, walk.document, party.role, party.unit, row.official_id if own else None
    )


def _held(session: Session, actor: Actor, row: CaseStep) -> tuple[Walk, CaseStep]:
    case = session.get_one(Case, row.case_id)
    document, route = holding.hold(session, case)
    return Walk(session, actor, case, document, route), row


def _require_open(walk: Walk, row: CaseStep) -> None:
    if walk.case.state is not CaseState.RUNNING:
        raise RuleBroken("proceedings.case_over", number=walk.document.number)
    if row.state is not StepState.OPEN:
        raise RuleBroken("proceedings.step_over", number=walk.document.number)


def _require_may_end(walk: Walk, row: CaseStep, step: Step, answer: str | None) -> None:
    """What must be there before the step ends. Errors: RuleBroken."""
    number = walk.document.number
    if step.kind not in BY_HAND or (step.party and walk.route.parties[step.party].kind is PartyKind.SYSTEM):
        raise RuleBroken("proceedings.not_by_hand", number=number)
    hands = {
        each.ended_by_id for each in walk.case.steps if each.step in step.other_than and each.state is StepState.DONE
    }
    if hands & walk.actor.people:
        raise Forbidden("proceedings.same_hand", number=number)
    if fees.unpaid_before(walk.session, walk.case, walk.route, step, answer):
        raise RuleBroken("proceedings.fee_unpaid", number=number)
    unsigned = step.kind is StepKind.SIGN and answer is not None and answer != following.SIGNED
    if unsigned and following.lies_before_signers(walk, row):
        raise RuleBroken("proceedings.refused_at_the_paper", number=number)
    if step.visas and not unsigned and following.visas_lacking(walk, row):
        raise RuleBroken("proceedings.visas_lacking", number=number)
    if not unsigned and papers.not_made(walk.session, walk.case, walk.route, row):
        raise RuleBroken("proceedings.document_not_made", number=number)
    if step.kind is StepKind.CONSULT and papers.not_answered(walk.session, row):
        raise RuleBroken("proceedings.bodies_not_answered", number=number)
    links.require_certain(walk.session, walk.actor, walk.case, walk.route, step)
    if publishing.lacking(walk.session, walk.case, walk.route, row):
        raise RuleBroken("proceedings.not_published", number=number)
    if n := proposing.lacking(walk.session, walk.case, step):
        raise RuleBroken("proceedings.proposals_lack", number=number, n=n)
