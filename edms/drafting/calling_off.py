"""A round of signatures is called off by the paper's author, or by who leads her: with a reason that all who were asked read.

Nobody's signature counts then, as when one of the signers refuses: the paper is written on, and asked for anew.
"""

from __future__ import annotations

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from edms.access.actor import Actor
from edms.access.scope import visible
from edms.drafting import signatories
from edms.drafting.by_hand.models import HandSigning, HandState
from edms.drafting.drafts import note
from edms.drafting.models import Draft
from edms.errors import Invalid, NotFound, RuleBroken
from edms.events import Event
from edms.registry.card import clean
from edms.registry.models import Document
from edms.routing.handing_over import leads, require_may
from edms.staff.models import Official


def round_of(session: Session, actor: Actor, draft_id: int, *, lock: bool = False) -> Draft:
    """A paper that lies before its signers, for its author and who leads her. Errors: NotFound for everybody else."""
    found = (
        select(Draft)
        .outerjoin(Document, Document.document_id == Draft.in_reply_to_id)
        .where(
            Draft.draft_id == draft_id,
            Draft.organisation_id == actor.organisation_id,
            or_(Draft.in_reply_to_id.is_(None), Draft.author_id.in_(actor.people), visible(actor, Document.readers)),
        )
    )
    if lock:
        found = found.with_for_update(of=Draft).execution_options(populate_existing=True)
    draft = session.scalar(found)
    if draft is None or not may_call_off(session, actor, draft):
        raise NotFound
    return draft


def may_call_off(session: Session, actor: Actor, draft: Draft) -> bool:
    """Does it lie before its signers, and is it hers or of somebody whom she leads?"""
    if draft.state not in signatories.TO_BE_SIGNED:
        return False
    return draft.author_id in actor.people or leads(session, actor, session.get_one(Official, draft.author_id))


def call_off(session: Session, actor: Actor, draft: Draft, *, reason: str) -> None:
    """End the round. A number that stands on a signed page is void with this reason.

    Errors: Forbidden; RuleBroken when it is not before its signers, a signature is just being set, or a signed sheet is
    awaited from her who signs by hand; Invalid without a reason.
    """
    if draft.author_id not in actor.people:
        require_may(session, actor, session.get_one(Official, draft.author_id))
    if draft.state not in signatories.TO_BE_SIGNED:
        raise RuleBroken("drafting.not_to_sign")
    pen = select(HandSigning.hand_signing_id).where(
        HandSigning.draft_id == draft.draft_id, HandSigning.state == HandState.WAITING
    )
    if session.scalar(pen.limit(1)) is not None:
        raise RuleBroken("signing.pen_waits")
    if not (reason := clean(reason) or ""):
        raise Invalid(fields={"reason": "registry.reason_missing"})
    told = signatories.reached(draft, actor.official_id)
    signatories.end(session, draft, trouble="signing.called_off", values={"reason": reason}, reason=reason)
    for each in draft.signatories:
        each.reason = reason  # where she looks for what became of it
    note(session, actor, Event.SIGNING_CALLED_OFF, draft, reason=reason, to=told)
