"""Visas: those who agree before the signer signs, one after another (D414 art. 28: name, post, date, consent within
competence; remarks beside). Remarks send the draft back; a changed draft asks them anew."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from edms import clock
from edms.access.actor import Actor
from edms.access.permissions import Permission
from edms.access.policy import require
from edms.drafting import grades, printing, signatories, texts
from edms.drafting.brought import papers
from edms.drafting.drafts import back_to_writing, note
from edms.drafting.models import Draft, DraftState, DraftVersion, Visa, VisaState
from edms.errors import Conflict, Invalid, RuleBroken
from edms.events import Event
from edms.registry.card import clean
from edms.registry.models import Document
from edms.staff.models import Official

MOST = 20


def ask(session: Session, actor: Actor, draft: Draft, official_ids: Sequence[int], *, version: int) -> None:
    """Send the draft for visas, in this order; with nobody named, straight to the signer.

    A text whose page is not made yet is printed by a machine meanwhile (`printing`).
    Errors: Conflict on a stale edit, RuleBroken, Invalid.
    """
    require(actor, Permission.DRAFT_WRITE, draft)
    if draft.version != version:
        raise Conflict("error.stale")
    if draft.state is not DraftState.WRITING:
        raise RuleBroken("drafting.not_in_writing")
    letter = session.get(Document, draft.in_reply_to_id) if draft.in_reply_to_id is not None else None
    if grades.is_past(draft, letter):
        texts.write(draft, actor, shown(draft).text)
        session.flush()  # the machine that prints it reads the new version
    if shown(draft).content_id is None:
        printing.follows(session, draft)
    papers.require_agreed(session, draft)
    order = in_order(session, draft, official_ids)
    for visa in draft.visas:
        visa.state = VisaState.VOID
    first = len(draft.visas)
    for place, official_id in enumerate(order):
        state = VisaState.ASKED if place == 0 else VisaState.WAITING
        draft.visas.append(Visa(official_id=official_id, position=first + place, state=state))
    draft.refusal = None
    draft.state = DraftState.VISAS if order else DraftState.TO_SIGN
    if not order:
        signatories.begin(session, actor, draft)
        return
    note(session, actor, Event.DRAFT_SENT_TO_VISAS, draft, to=[order[0]], ordinal=shown(draft).ordinal)


def in_order(session: Session, draft: Draft, official_ids: Sequence[int]) -> list[int]:
    """Those who shall agree, each once. Errors: Invalid (visas) for too many, or for somebody of elsewhere."""
    order = list(dict.fromkeys(official_ids))
    if len(order) > MOST:
        raise Invalid(fields={"visas": "drafting.too_many_visas"})
    for official_id in order:
        official = session.get(Official, official_id)
        if official is None or official.organisation_id != draft.organisation_id:
            raise Invalid(fields={"visas": "drafting.visa_unknown"})
    return order


def agree(session: Session, actor: Actor, visa: Visa, *, ordinal: int, remark: str | None = None) -> None:
    """Agree to the version that was shown. Errors: Conflict if another one is there by now."""
    _answer(actor, visa, ordinal, VisaState.AGREED, remark)
    draft = visa.draft
    following = next((other for other in draft.visas if other.state is VisaState.WAITING), None)
    if following is not None:
        following.state = VisaState.ASKED
        note(session, actor, Event.VISA_AGREED, draft, official=visa.official_id)
        note(session, actor, Event.DRAFT_SENT_TO_VISAS, draft, to=[following.official_id], ordinal=ordinal)
        return
    draft.state = DraftState.TO_SIGN
    note(session, actor, Event.VISA_AGREED, draft, official=visa.official_id)
    signatories.begin(session, actor, draft)


def remark(session: Session, actor: Actor, visa: Visa, *, ordinal: int, text: str) -> None:
    """Send the draft back to its author with remarks."""
    if not (text := clean(text) or ""):
        raise Invalid(fields={"remark": "drafting.remark_missing"})
    _answer(actor, visa, ordinal, VisaState.REMARKS, text)
    back_to_writing(visa.draft)
    visa.state = VisaState.REMARKS
    note(
        session,
        actor,
        Event.VISA_REMARKED,
        visa.draft,
        official=visa.official_id,
        remark=text,
        to=[visa.draft.author_id],
    )


def shown(draft: Draft) -> DraftVersion:
    """The version that lies before people now: the last."""
    return draft.versions[-1]


def asked_of(session: Session, actor: Actor, *, limit: int = 50) -> list[Visa]:
    """The visas that wait for the actor (or for whom she stands in), the oldest first."""
    found = (
        select(Visa)
        .join(Draft, Draft.draft_id == Visa.draft_id)
        .where(
            Visa.official_id.in_(sorted(actor.people)),
            Visa.state == VisaState.ASKED,
            Draft.state == DraftState.VISAS,
            Draft.organisation_id == actor.organisation_id,
        )
    )
    return list(session.scalars(found.order_by(Visa.visa_id).limit(limit)))


def _answer(actor: Actor, visa: Visa, ordinal: int, state: VisaState, remark: str | None) -> None:
    require(actor, Permission.DRAFT_VISA, _Place(visa))
    if visa.state is not VisaState.ASKED or visa.draft.state is not DraftState.VISAS:
        raise RuleBroken("drafting.visa_not_asked")
    printing.require_printed(visa.draft)
    if shown(visa.draft).ordinal != ordinal:
        raise Conflict("drafting.version_changed")
    visa.state = state
    visa.version_ordinal = ordinal
    visa.remark = clean(remark)
    visa.answered_at = clock.now()
    visa.answered_by_id = actor.official_id


class _Place:
    """A visa as the policy table sees it."""

    def __init__(self, visa: Visa) -> None:
        self.official_id = visa.official_id
        self.organisation_id = visa.draft.organisation_id
