"""A case follows what happens to its letter and its papers elsewhere: resolved, signed, handed over, filed.

The rooms below know nothing of cases. What happened there is read from their rows, so nothing is lost where a job was,
and done again it changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from sqlalchemy import Select, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from edms import clock
from edms.access.actor import Actor
from edms.drafting.models import Draft, DraftState, VisaState
from edms.registry.models import Dispatch
from edms.registry.words import DispatchState, DocumentState
from edms.routing.models import Resolution, ResolutionState
from edms.services import facts, holding, papers, publishing, seats, timing, walking
from edms.services.conditions import holds
from edms.services.definition import Step
from edms.services.elsewhere import Elsewhere
from edms.services.kinds import StepKind
from edms.services.models import Case, CaseDocument, CaseState, CaseStep
from edms.services.walking import Walk
from edms.staff.models import Organisation

BEFORE_SIGNERS = (DraftState.TO_SIGN, DraftState.SIGNING, DraftState.SIGNED)
SIGNED, RETURNED = "signed", "returned"
"""How a signing step is answered where it has answers."""


def follow(session: Session, case: Case) -> int:
    """Carry the case on to where its letter and papers stand; how many steps ended by that."""
    document, route = holding.hold(session, case)
    walk = Walk(session, Actor.system(case.organisation_id), case, document, route)
    ended = 0
    while case.state is CaseState.RUNNING:
        _registered(walk)
        timing.count_open(session, walk.actor, case, document, route)
        done = next(_done(walk), None)
        if done is None:
            return ended
        row, answer, on = done
        walking.leave(walk, row, answer=answer, on=on)
        walking.settle(walk)
        ended += 1
    return ended


def _done(walk: Walk) -> Iterator[tuple[CaseStep, str | None, date | None]]:
    for row in timing.open_rows(walk.case):
        step = walk.step(row)
        if step.ends_with is not None:
            if _happened(walk, step.ends_with):
                yield row, next(iter(step.answers), None), None
        elif _asks_still(walk, step):
            continue
        elif step.kind is StepKind.SIGN and (answer := _signing(walk, row, step)) is not None:
            yield row, answer or None, None
        elif (step.visas and not step.answers and _seen(walk, row, step)) or (
            step.kind is StepKind.CONSULT and not papers.not_answered(walk.session, row)
        ):
            yield row, None, None
        elif publishing.lacking(walk.session, walk.case, walk.route, row):
            continue
        elif step.kind is StepKind.SERVE and (on := served_on(walk.session, walk.case, row)) is not None:
            yield row, None, max(on, row.opened_on)


def _asks_still(walk: Walk, step: Step) -> bool:
    """Is something asked of whoever does the step that nobody has entered? Then she ends it herself."""
    values, fields = facts.values(walk.session, walk.case) if step.asks else {}, walk.route.fields
    return any(f.name not in values and holds(f.shown, fields, values) for f in step.asks)


def _registered(walk: Walk) -> None:
    """What was a draft and is registered now."""
    for made in papers.of_case(walk.session, walk.case):
        if made.draft_id is not None and made.document_id is None:
            made.document_id = walk.session.get_one(Draft, made.draft_id).document_id
            if made.document_id is None:
                continue
            # It belongs to the step that it ends; where that has not opened yet, to the one that prepares it.
            here = [
                row for row in timing.open_rows(walk.case) if made.name in papers.wanted(walk.route, walk.step(row))
            ]
            made.case_step_id = here[-1].case_step_id if here else made.case_step_id
            papers.join(walk.session, walk.case, walk.route, made)


def _happened(walk: Walk, act: Elsewhere) -> bool:
    match act:
        case Elsewhere.RESOLUTION:
            return walk.session.scalar(resolutions(walk.case.document_id).limit(1)) is not None
        case Elsewhere.FILING:
            return walk.document.state is DocumentState.FILED


def resolutions(document_id: int | InstrumentedAttribute[int]) -> Select[int]:
    """The resolutions on a letter that stand and cannot be undone with a key any more."""
    return select(Resolution.resolution_id).where(
        Resolution.document_id == document_id,
        Resolution.state != ResolutionState.CANCELLED,
        or_(Resolution.not_before.is_(None), Resolution.not_before <= clock.now()),
    )


def _signing(walk: Walk, row: CaseStep, step: Step) -> str | None:
    """The answer of a signing step, empty where it has none; None while it waits."""
    made = [papers.current(walk.session, walk.case, row, name) for name in step.produces]
    if made and all(each is not None and each.document_id is not None for each in made):
        return SIGNED if SIGNED in step.answers else ""
    came_back = [each for each in made if each is not None and _came_back(walk, row, each)]
    return RETURNED if came_back and RETURNED in step.answers else None


def _came_back(walk: Walk, row: CaseStep, made: CaseDocument) -> bool:
    """Is it with its author again: refused, called off, not signed in time, given up? One begun at this step never left."""
    draft = walk.session.get(Draft, made.draft_id) if made.draft_id else None
    if draft is None or made.document_id is not None or draft.state in BEFORE_SIGNERS:
        return False
    return made.case_step_id != row.case_step_id or draft.refusal is not None


def _seen(walk: Walk, row: CaseStep, step: Step) -> bool:
    """Does the paper lie before its signers, agreed to by all whose visa the route asks for?"""
    made = [papers.current(walk.session, walk.case, row, name) for name in papers.wanted(walk.route, step)]
    if not made:
        return False
    for each in made:
        draft = walk.session.get(Draft, each.draft_id) if each is not None and each.draft_id else None
        if draft is None or draft.state not in BEFORE_SIGNERS or visas_missing(walk, draft, step):
            return False
    return True


def at_signers(session: Session, case: Case) -> bool:
    """Is any paper of the case with those who sign it, so that it may be signed at any moment?"""
    found = (
        select(Draft.draft_id)
        .join(CaseDocument, CaseDocument.draft_id == Draft.draft_id)
        .where(CaseDocument.case_id == case.case_id, Draft.state.in_((DraftState.TO_SIGN, DraftState.SIGNING)))
    )
    return session.scalar(found.limit(1)) is not None


def lies_before_signers(walk: Walk, row: CaseStep) -> bool:
    """Is a paper of this step with those who sign it, not signed yet?"""
    return any(draft.state in (DraftState.TO_SIGN, DraftState.SIGNING) for draft in _drafts(walk, row))


def visas_lacking(walk: Walk, row: CaseStep) -> bool:
    """Is the paper of a step that asks for visas still in the making, and not agreed to by all of them?"""
    step, over = walk.step(row), (DraftState.SIGNED, DraftState.WITHDRAWN)
    making = [draft for draft in _drafts(walk, row) if draft.state not in over]
    return any(draft.state not in BEFORE_SIGNERS or visas_missing(walk, draft, step) for draft in making)


def _drafts(walk: Walk, row: CaseStep) -> list[Draft]:
    """What is written for the documents of a step."""
    made = [papers.current(walk.session, walk.case, row, name) for name in papers.wanted(walk.route, walk.step(row))]
    drafts = [walk.session.get(Draft, each.draft_id) for each in made if each is not None and each.draft_id]
    return [draft for draft in drafts if draft is not None]


def visas_missing(walk: Walk, draft: Draft, step: Step) -> list[str]:
    """The parties whose agreement the route asks for and nobody has given; one that nobody sits in is not waited for."""
    organisation = walk.session.get_one(Organisation, walk.case.organisation_id)
    agreed = {visa.official_id for visa in draft.visas if visa.state is VisaState.AGREED} | {draft.author_id}
    missing = []
    for name in step.visas:
        party = walk.route.parties[name]
        sitting = seats.sitting(walk.session, organisation, walk.document, party.role, party.unit)
        if sitting and not agreed & {one.official_id for one in sitting}:
            missing.append(name)
    return missing


def served_on(session: Session, case: Case, row: CaseStep) -> date | None:
    """The day of service of what was signed right before: of its sending to whoever stands on its card."""
    made = [each for each in papers.of_case(session, case) if each.case_step_id in _signed_before(case, row)]
    for each in reversed(made):
        if each.document_id is None:
            continue
        found = select(Dispatch.served_on).where(
            Dispatch.document_id == each.document_id,
            Dispatch.state == DispatchState.SERVED,
            Dispatch.addressee_id.is_(None),
        )
        return session.scalar(found.order_by(Dispatch.dispatch_id.desc()).limit(1))
    return None


def _signed_before(case: Case, row: CaseStep) -> set[int]:
    """The step that signed, and the one that wrote for it."""
    nearest = walking.before(case, row)[:2]
    return {each.case_step_id for each in nearest}


def cases_of(session: Session, document_id: int) -> list[Case]:
    """The running cases that a document is about: of the letter itself, or that it was made for."""
    made = select(CaseDocument.case_id).join(Draft, Draft.draft_id == CaseDocument.draft_id, isouter=True)
    made = made.where((CaseDocument.document_id == document_id) | (Draft.document_id == document_id))
    found = select(Case).where((Case.document_id == document_id) | Case.case_id.in_(made))
    return list(session.scalars(found.where(Case.state == CaseState.RUNNING).order_by(Case.case_id)))


def follow_document(session: Session, document_id: int) -> int:
    """Carry on every case that the document is about."""
    return sum(follow(session, case) for case in cases_of(session, document_id))


def follow_draft(session: Session, draft_id: int) -> int:
    """Carry on the running case for which a draft is written."""
    found = (
        select(Case)
        .join(CaseDocument, CaseDocument.case_id == Case.case_id)
        .where(CaseDocument.draft_id == draft_id, Case.state == CaseState.RUNNING)
    )
    return sum(follow(session, case) for case in session.scalars(found).all())
