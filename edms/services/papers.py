"""The documents that a case brings forth: begun as drafts where the route says so, known again once they are registered.

A paper written with visas and signed is drafting's own; the case only knows which draft became which of its documents.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from edms import clock
from edms.access.actor import Actor
from edms.access.permissions import Permission
from edms.access.policy import require
from edms.access.roles import Role
from edms.drafting import drafts
from edms.drafting.models import Draft, DraftKind, DraftState
from edms.errors import Invalid, RuleBroken
from edms.events import followed
from edms.jobs import Kind, defer
from edms.registry import closeness, documents
from edms.registry.models import Document, Register
from edms.registry.registers import is_open
from edms.registry.words import Grade, LinkKind, RegisterKind
from edms.routing.clocks import today_of
from edms.services import holding, seats
from edms.services.definition import Produced, Route, Step
from edms.services.kinds import StepKind
from edms.services.models import Case, CaseBody, CaseDocument, CaseState, CaseStep, StepState
from edms.staff.models import Organisation
from edms.terms.term import Start

WRITTEN_AS: Mapping[RegisterKind, DraftKind] = {
    RegisterKind.OUTGOING: DraftKind.REPLY,
    RegisterKind.INTERNAL: DraftKind.MEMO,
    RegisterKind.ORDERS: DraftKind.ORDER,
    RegisterKind.CONTRACTS: DraftKind.CONTRACT,
}
"""What is written in each register; in all others, an act."""


def wanted(route: Route, step: Step) -> Sequence[str]:
    """The documents that may be written while the step is open: its own; where it prepares one for visas, that one."""
    if step.produces or not step.visas:
        return step.produces
    following = [route.steps[branch.to] for branch in step.branches]
    return [name for each in following if each.kind is StepKind.SIGN for name in each.produces]


def of_case(session: Session, case: Case) -> list[CaseDocument]:
    """What the case brought forth so far, in order."""
    found = select(CaseDocument).where(CaseDocument.case_id == case.case_id)
    return list(session.scalars(found.order_by(CaseDocument.case_document_id)))


def in_the_making(session: Session, made: CaseDocument) -> bool:
    """Is its draft being written, agreed to or signed?"""
    draft = session.get(Draft, made.draft_id) if made.draft_id is not None and made.document_id is None else None
    return draft is not None and draft.state not in (DraftState.SIGNED, DraftState.WITHDRAWN)


def forget_given_up(session: Session, case: Case, names: Sequence[str]) -> None:
    """The step goes on without the drafts that were withdrawn, as where the paper was written by hand after all."""
    for each in of_case(session, case):
        draft = session.get(Draft, each.draft_id) if each.draft_id is not None else None
        if each.name in names and each.document_id is None and (draft is None or draft.state is DraftState.WITHDRAWN):
            session.delete(each)
    session.flush()


def current(session: Session, case: Case, row: CaseStep, name: str) -> CaseDocument | None:
    """The document of this name that the step is about: in the making, or made at it or the step that led to it."""
    ids = {row.case_step_id, row.from_step_id}
    named = [each for each in of_case(session, case) if each.name == name]
    found = [each for each in named if each.document_id is None or each.case_step_id in ids]
    return found[-1] if found else None


def begin(
    session: Session, actor: Actor, row: CaseStep, name: str, *, subject: str, signer_id: int, text: str = ""
) -> Draft:  # fmt: skip
    """Begin the draft of a document of this step; while one is being written it is that one.

    Errors: Forbidden; Invalid for a document that the step does not bring forth, and as `drafting.begin`; RuleBroken.
    """
    case = session.get_one(Case, row.case_id)
    document, route = holding.hold(session, case)
    require(actor, Permission.CASE_STEP_DO, seats.matter(session, actor, document, row))
    require_open(case, row, document)
    if name not in wanted(route, route.steps[row.step]):
        raise Invalid(fields={"document": "field.not_a_choice"})
    earlier = current(session, case, row, name)
    if earlier is not None and earlier.draft_id is not None:
        standing = session.get_one(Draft, earlier.draft_id)
        if standing.state is not DraftState.WITHDRAWN:
            return standing
    produced = route.documents[name]
    kind = WRITTEN_AS.get(produced.register, DraftKind.ACT)
    card = drafts.DraftCard(
        subject=subject,
        signer_id=signer_id,
        register_id=_book(session, document, produced).register_id,
        language=document.language,
        case_index=document.case_index,
        addressee=document.correspondent_name,
        address=document.correspondent_address,
        correspondent_id=document.correspondent_id,
        final=is_decision(route, name),
        grade=document.grade,
    )
    answers = document if kind is DraftKind.REPLY else None
    draft = drafts.begin(session, actor, kind=kind, card=card, text=text, in_reply_to=answers)
    session.add(made(case, row, name, draft_id=draft.draft_id))
    followed.follow(session, followed.DRAFT, draft.draft_id)
    session.flush()
    return draft


def join(session: Session, case: Case, route: Route, made: CaseDocument) -> None:
    """The registered document belongs to the letter of the case; a decision answers it. Both are as close as the letter is,
    then and later, but for what the route makes public.

    What few may read of a letter that few may read, its own people do, or nobody could send it.
    """
    if made.document_id is None or made.document_id == case.document_id:
        return
    document = session.get_one(Document, made.document_id)
    letter = session.get_one(Document, case.document_id)
    if is_decision(route, made.name) and not document.kind.comes_in:
        document.final = True if document.final is None else document.final
        documents.join(session, document, case.document_id, LinkKind.REPLY_TO)
    elif route.documents[made.name].publish:
        documents.join(session, document, case.document_id, LinkKind.CONCERNS)
    else:
        documents.join(session, document, case.document_id, LinkKind.MADE_FOR)
    session.flush()
    closeness.follow(session, Actor.system(case.organisation_id), letter)
    if document.grade is not Grade.OPEN:
        closeness.grant(document, letter)
        defer(session, Kind.INDEX, document.document_id)


def is_decision(route: Route, name: str) -> bool:
    """Is it the document by which the case is decided?"""
    deciding = [s for s in route.steps.values() if any(Start.DECIDED in b.marks for b in s.branches)]
    return any(name in step.produces for step in deciding)


def not_made(session: Session, case: Case, route: Route, row: CaseStep) -> list[str]:
    """What the step must have brought forth before it ends, and has not; nothing for a step that only prepares."""
    step = route.steps[row.step]
    here = {name: current(session, case, row, name) for name in step.produces}
    return [name for name, made in here.items() if made is None or made.document_id is None]


def bodies(session: Session, row: CaseStep) -> list[CaseBody]:
    """The bodies that a consultation asks."""
    found = select(CaseBody).where(CaseBody.case_step_id == row.case_step_id)
    return list(session.scalars(found.order_by(CaseBody.case_body_id)))


def not_answered(session: Session, row: CaseStep) -> list[CaseBody]:
    """Those of them that still may answer."""
    return [each for each in bodies(session, row) if each.answered_on is None and not each.silent]


def signers(session: Session, case: Case, route: Route, document: Document, step: Step) -> list[int]:
    """Who may sign what is written at this step: whoever sits where the signing step belongs."""
    signing = (
        step
        if step.kind is StepKind.SIGN
        else next((s for b in step.branches if (s := route.steps[b.to]).kind is StepKind.SIGN), step)
    )
    party = route.parties[signing.party] if signing.party is not None else None
    organisation = session.get_one(Organisation, case.organisation_id)
    role, seat = (party.role, party.unit) if party is not None else (Role.HEAD, None)
    return [one.official_id for one in seats.sitting(session, organisation, document, role, seat)]


def _book(session: Session, document: Document, produced: Produced) -> Register:
    found = select(Register).where(
        Register.organisation_id == document.organisation_id, Register.kind == produced.register
    )
    today = today_of(session, document)
    for book in session.scalars(found.order_by(Register.register_id)):
        if is_open(book, today):
            return book
    raise RuleBroken("proceedings.no_register", number=document.number)


def made(case: Case, row: CaseStep, name: str, *, draft_id: int | None = None) -> CaseDocument:
    """The row of a document that the step brings forth."""
    return CaseDocument(
        case_id=case.case_id, case_step_id=row.case_step_id, name=name, draft_id=draft_id, made_at=clock.now()
    )


def require_open(case: Case, row: CaseStep, document: Document) -> None:
    """Refuse what is done at a step that is over. Errors: RuleBroken."""
    if case.state is not CaseState.RUNNING or row.state is not StepState.OPEN:
        raise RuleBroken("proceedings.step_over", number=document.number)
