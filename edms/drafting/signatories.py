"""Those who sign a paper: asked in order or all at once, letting another sign, refusing, running out of time.

The draft's signer has the right of the first signature, those beside her follow. Whoever signs first numbers the paper,
of whatever kind it is: an own document is registered on the day of its signature (D414 art. 33, 38), its number and day
are printed on the page, and a stamp must lie beneath every signature. Each later signature bears its own day in its
block. When one refuses or the term runs out, nobody's signature counts: the paper goes back to its author, and a number
that stands on a signed page is void with its reason.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from edms import clock, words
from edms.access.actor import Actor
from edms.access.permissions import Permission
from edms.access.policy import require
from edms.drafting import printing, seats
from edms.drafting.drafts import back_to_writing, note
from edms.drafting.models import Draft, DraftState, Signatory, SignatoryState, SigningOrder
from edms.errors import Invalid, RuleBroken
from edms.events import Event
from edms.registry import reservations
from edms.registry.card import clean
from edms.registry.models import Number
from edms.registry.words import NumberState
from edms.signing import turns
from edms.signing.models import SignatureState
from edms.staff.models import Official, Organisation
from edms.staff.standing_in import substitutes

OPEN = (SignatoryState.ASKED, SignatoryState.WAITING)
TO_BE_SIGNED = (DraftState.TO_SIGN, DraftState.SIGNING)


class Seat:
    """A signatory as the policy table sees her."""

    def __init__(self, signatory: Signatory) -> None:
        self.signer_id = self.official_id = signatory.official_id
        self.organisation_id = signatory.draft.organisation_id


def seat_of(actor: Actor, draft: Draft) -> Signatory | None:
    """The actor's own place among those who sign, or that of whom she stands in for: the one that is asked first."""
    mine = [each for each in draft.signatories if each.official_id in actor.people]
    return next((each for each in mine if each.state is SignatoryState.ASKED), mine[0] if mine else None)


def begin(session: Session, actor: Actor, draft: Draft) -> None:
    """The paper is ready: its first signer is asked, or all of them."""
    ordinal = draft.versions[-1].ordinal
    for each in draft.signatories:
        each.state, each.ended_at, each.reason = SignatoryState.WAITING, None, None
    first = draft.signatories if draft.signing_order is SigningOrder.AT_ONCE else draft.signatories[:1]
    for each in first:
        each.state, each.asked_at = SignatoryState.ASKED, clock.now()
    note(session, actor, Event.DRAFT_SENT_TO_SIGN, draft, to=[each.official_id for each in first], ordinal=ordinal)


def signed(session: Session, draft: Draft, signer_id: int) -> None:
    """Her signature is in the paper: the next is asked. Doing it twice changes nothing."""
    seat = next((each for each in draft.signatories if each.official_id == signer_id), None)
    if seat is None or seat.state is not SignatoryState.ASKED:
        return
    seat.state, seat.ended_at = SignatoryState.SIGNED, clock.now()
    waiting = next((each for each in draft.signatories if each.state is SignatoryState.WAITING), None)
    if unsigned(draft):
        system = Actor.system(draft.organisation_id)
        note(session, system, Event.SIGNATURE_MADE, draft, to=[draft.author_id], official=signer_id)
        if waiting is not None:
            waiting.state, waiting.asked_at = SignatoryState.ASKED, clock.now()
            note(session, system, Event.SIGNATURE_ASKED, draft, to=[waiting.official_id])


def unsigned(draft: Draft, but: int | None = None) -> list[Signatory]:
    """Those whose signature is still wanted, but for one of them."""
    return [each for each in draft.signatories if each.state in OPEN and each.official_id != but]


def may_take_over(session: Session, actor: Actor, signatory: Signatory) -> list[Official]:
    """To whom she may leave her signature: those who sign here, and who stand in for her today."""
    taken = {each.official_id for each in signatory.draft.signatories}
    own = session.get_one(Official, signatory.official_id)
    people = {each.official_id: each for each in (*substitutes(session, own), *seats.signers(session, actor))}
    return [each for each in people.values() if each.official_id not in taken]


def delegate(session: Session, actor: Actor, draft: Draft, *, to: int, reason: str) -> None:
    """Let another sign in her place, under her own name and post (D414 art. 28); both names are kept.

    Errors: Forbidden for others; RuleBroken once her signature is on its way; Invalid for one who may not (to), or
    without a reason.
    """
    signatory = _own(actor, draft, Permission.SIGNATURE_DELEGATE)
    if not (reason := clean(reason) or ""):
        raise Invalid(fields={"reason": "registry.reason_missing"})
    before = signatory.official_id
    pass_on(session, actor, signatory, to=to, reason=reason)
    told = [to, draft.author_id, before]
    note(session, actor, Event.SIGNATURE_DELEGATED, draft, to=told, official=before, receiver=to, reason=reason)


def pass_on(session: Session, actor: Actor, signatory: Signatory, *, to: int, reason: str) -> None:
    """Put another into the place of one who has not signed; the caller has seen that she may decide it.

    Errors: RuleBroken once the signature is on its way; Invalid (to) for one who may not take it over.
    """
    if to not in {each.official_id for each in may_take_over(session, actor, signatory)}:
        raise Invalid(fields={"to": "signatory.may_not_take_over"})
    for each in turns.locked(session, turns.of_paper(session, signatory.draft_id)):
        if each.signer_id == signatory.official_id and each.on_its_way:
            raise RuleBroken("signing.too_late_to_refuse")
        if each.signer_id == signatory.official_id and each.state in turns.UNPREPARED:
            turns.end_all([each], trouble="signing.delegated", values={})
    signatory.official_id, signatory.reason = to, reason


def refuse(session: Session, actor: Actor, draft: Draft, *, reason: str) -> None:
    """One of the signers refuses, with the reason that its author reads: nobody else is asked any longer.

    A refused draft never takes a number; one whose first signature is there gives its number back as void.
    Errors: Forbidden; RuleBroken when it is not hers to sign now, or her own signature is made; Invalid (reason).
    """
    signatory = _own(actor, draft, Permission.SIGNATURE_REFUSE)
    if not (reason := clean(reason) or ""):
        raise Invalid(fields={"reason": "registry.reason_missing"})
    printing.require_printed(draft)
    told = reached(draft, signatory.official_id)
    signatory.state, signatory.ended_at, signatory.reason = SignatoryState.REFUSED, clock.now(), reason
    end(session, draft, trouble="signing.refused", values={"reason": reason}, reason=reason)
    draft.refusal = reason
    note(session, actor, Event.DRAFT_REFUSED, draft, reason=reason, to=told)


def expire(session: Session, organisation: Organisation, *, limit: int = 200) -> int:
    """End what was not signed in its term, once a civil day is over; how many. Its author may ask again."""
    found = (
        select(Draft)
        .where(
            Draft.organisation_id == organisation.organisation_id,
            Draft.state.in_(TO_BE_SIGNED),
            Draft.sign_by < clock.today(organisation.time_zone),
        )
        .order_by(Draft.draft_id)
        .limit(limit)
        .with_for_update(of=Draft, skip_locked=True)
    )
    ended = 0
    for draft in session.scalars(found).all():
        if any(each.on_its_way for each in turns.of_paper(session, draft.draft_id)):
            continue  # signed in time: it only waits for the time stamp
        late = [each.official_id for each in draft.signatories if each.state is SignatoryState.ASKED]
        told = reached(draft, None)
        for each in draft.signatories:
            if each.state is SignatoryState.ASKED:
                each.state, each.ended_at = SignatoryState.EXPIRED, clock.now()
        day = draft.sign_by.isoformat() if draft.sign_by is not None else ""
        said = words.date(draft.language, draft.sign_by) if draft.sign_by is not None else ""
        end(session, draft, trouble="signing.expired", values={"day": said}, reason="signing.expired")
        note(session, Actor.system(draft.organisation_id), Event.SIGNATURE_EXPIRED, draft, to=told, late=late, day=day)
        ended += 1
    return ended


def _own(actor: Actor, draft: Draft, permission: Permission) -> Signatory:
    signatory = seat_of(actor, draft)
    require(actor, permission, Seat(signatory) if signatory is not None else draft)
    if signatory is None or signatory.state is not SignatoryState.ASKED or draft.state not in TO_BE_SIGNED:
        raise RuleBroken("drafting.not_to_sign")
    return signatory


def end(session: Session, draft: Draft, *, trouble: str, values: dict[str, str], reason: str) -> None:
    """Back to its author: no request stays open, no signature that was made is used, the number is void if printed."""
    paper = turns.locked(session, turns.of_paper(session, draft.draft_id))
    if any(each.on_its_way for each in paper):
        raise RuleBroken("signing.too_late_to_refuse")
    made = any(each.state is SignatureState.RAISED for each in paper)
    turns.end_all(paper, trouble=trouble, values=values)
    for each in draft.signatories:
        if each.state in (*OPEN, SignatoryState.SIGNED):
            each.state, each.ended_at = SignatoryState.ENDED, clock.now()
    back_to_writing(draft)
    if made:
        system = Actor.system(draft.organisation_id)
        kept = select(Number).where(Number.draft_ref == draft.draft_id, Number.state == NumberState.RESERVED)
        for number in session.scalars(kept).all():
            reservations.void(session, system, number, reason=reason)
        draft.numbered_on = None


def reached(draft: Draft, but: int | None) -> list[int]:
    """The author, and whoever was asked or has signed."""
    reached: Sequence[SignatoryState] = (SignatoryState.ASKED, SignatoryState.SIGNED)
    people = [draft.author_id, *(each.official_id for each in draft.signatories if each.state in reached)]
    return [person for person in dict.fromkeys(people) if person != but]
