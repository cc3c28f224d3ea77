"""Handing over visas, signatures and drafts: who leads the person decides, as for her letters (routing/handing_over)."""

from __future__ import annotations

from sqlalchemy.orm import Session

from edms import clock
from edms.access.actor import Actor
from edms.drafting import signatories
from edms.drafting.drafts import back_to_writing, note
from edms.drafting.models import Draft, DraftState, DraftVersion, SignatoryState, Visa, VisaState
from edms.drafting.seats import seat, signers, wrong_with
from edms.errors import Invalid, RuleBroken
from edms.events import Event
from edms.routing.handing_over import Change

UNSIGNED = (DraftState.WRITING, DraftState.VISAS, DraftState.TO_SIGN)
UNFINISHED = (*UNSIGNED, DraftState.SIGNING)
# What still lies with one of the signers; after a refusal it does once the paper is written anew.
LIES_WITH = tuple(each for each in SignatoryState if each is not SignatoryState.SIGNED)


def visa(session: Session, actor: Actor, asked: Visa, change: Change) -> None:
    """Ask the other for her agreement instead, in the same place of the order.

    Errors: Invalid when the other is asked already, RuleBroken once it was answered or is another's.
    """
    draft = asked.draft
    open_ = (VisaState.ASKED, VisaState.WAITING)
    if asked.state not in open_ or asked.official_id != change.giver.official_id:
        raise RuleBroken("drafting.visa_not_asked")
    if any(v.official_id == change.receiver.official_id and v.state in open_ for v in draft.visas):
        raise Invalid(fields={"to": "drafting.visa_asked_already"})
    asked.official_id = change.receiver.official_id
    _note(session, actor, Event.VISA_HANDED_OVER, draft, change, draft.author_id)


def signature(session: Session, actor: Actor, draft: Draft, change: Change) -> None:
    """Let the other sign, in the same place of the order.

    The page bears the signers' names and posts (D414 art. 28): it is written and shown anew. Once a number or a signature
    stands on it, it stays as it is, and the other signs in her place, under her own name.
    Errors: Invalid for one who may not sign there; RuleBroken when it is another's to sign, or is being signed now.
    """
    giver, receiver = change.giver.official_id, change.receiver.official_id
    place = next((each for each in draft.signatories if each.official_id == giver and each.state in LIES_WITH), None)
    if place is None or draft.state not in UNFINISHED:
        raise RuleBroken("drafting.not_to_sign")
    if draft.state is DraftState.SIGNING or draft.numbered_on:
        signatories.pass_on(session, actor, place, to=receiver, reason=change.reason)
        _note(session, actor, Event.SIGNATURE_HANDED_OVER, draft, change, draft.author_id)
        return
    everybody = [receiver if each is place else each.named_id for each in draft.signatories]
    may = place.position > 0 or receiver in {person.official_id for person in signers(session, actor)}
    if not may or wrong_with(session, draft, everybody, draft.sign_by):
        raise Invalid(fields={"to": "drafting.signer_unknown"})
    back_to_writing(draft)
    draft.signer_id = everybody[0]
    seat(draft, everybody)
    last = draft.versions[-1]
    if last.content_id is not None:  # the shown page bears another name
        draft.versions.append(
            DraftVersion(
                draft_id=draft.draft_id,
                ordinal=last.ordinal + 1,
                text=last.text,
                word_content_id=last.word_content_id,
                saved_at=clock.now(),
                saved_by_id=actor.official_id or draft.author_id,
            )
        )
    _note(session, actor, Event.SIGNATURE_HANDED_OVER, draft, change, draft.author_id)


def draft(session: Session, actor: Actor, made: Draft, change: Change) -> None:
    """Let the other write on. Errors: RuleBroken once it is signed, given up, or another's."""
    if made.state not in UNFINISHED or made.author_id != change.giver.official_id:
        raise RuleBroken("drafting.not_in_writing")
    made.author_id = change.receiver.official_id
    _note(session, actor, Event.DRAFT_HANDED_OVER, made, change, None)


def _note(session: Session, actor: Actor, event: Event, made: Draft, change: Change, author: int | None) -> None:
    told = [person for person in (change.receiver.official_id, change.giver.official_id, author) if person is not None]
    note(
        session, actor, event, made,
        to=list(dict.fromkeys(told)), official=change.giver.official_id, receiver=change.receiver.official_id,
        reason=change.reason,
    )  # fmt: skip
