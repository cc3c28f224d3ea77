"""The signer's one act (design: step 8). Number drawn, stamp set, prepared, signed, embedded, raised; each resumable.

A draft that is refused never takes a number. A number whose signing failed stays with its draft for the day and is then
void with its reason. The letter stands in the register once it is signed to B-LTA, under the number and the day that are
printed on it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Any
from urllib.parse import quote
from zoneinfo import ZoneInfo

from sqlalchemy import exists, select, update
from sqlalchemy.orm import Session, selectinload

from edms import clock
from edms.access.actor import Actor
from edms.access.permissions import Permission
from edms.access.policy import require
from edms.drafting import books, entering, laying, regrading, signatories
from edms.drafting.by_hand.models import HandSigning, HandState
from edms.drafting.models import Draft, DraftState, Signatory, SignatoryState
from edms.drafting.paper.marks import RegistrationMark, SignatureMark, marks
from edms.errors import RuleBroken
from edms.events import Event, Subject, record
from edms.registry import reservations, tracking
from edms.registry.models import Document, Number
from edms.registry.words import NumberState
from edms.signing import container, requests, rules, turns
from edms.signing.container import Box
from edms.signing.models import ON_ITS_WAY, SignatureRequest, SignatureState
from edms.signing.steps import Work
from edms.signing.verdicts import Level
from edms.staff.models import Official, Organisation, Unit

Drawn = tuple[str, Box, bytes]
"""A mark: its kind, its place and itself as a page of that size."""


@dataclass(frozen=True)
class CheckPage:
    """Where anybody can check a paper of ours, and the key from which the codes on papers follow."""

    address: str
    key: bytes

    def of(self, number: Number) -> dict[str, str]:
        """What stands on the paper with this number: the page, the code, and the link of the QR code."""
        code = tracking.paper_code(self.key, number.register_id, number.year, number.serial)
        return {"address": self.address, "code": code, "proof": f"{self.address}?n={quote(number.text)}&c={code}"}


def ask_signature(
    session: Session, actor: Actor, draft: Draft, *, shown_sha256: bytes, check_page: CheckPage | None = None,
    room: int = container.ROOM,
) -> SignatureRequest:  # fmt: skip
    """The first moment of the act: draw the number, say what is set on the page, ask for the signature.

    `check_page` is where the paper can be checked; without it the signature's face says nothing of it. `room` are the
    bytes that the signature needs. Of several signers the first draws the number, the others sign upon her revision.
    Asking again while it is under way gives the same request. Errors: RuleBroken if it is not to be signed, or another's
    signature is being set; Corrupt if the page is not one that was shown.
    """
    seat = signatories.seat_of(actor, draft)
    require(actor, Permission.DOCUMENT_SIGN, signatories.Seat(seat) if seat is not None else draft)
    if seat is None or draft.state not in signatories.TO_BE_SIGNED:
        raise RuleBroken("drafting.not_to_sign")
    paper = turns.of_paper(session, draft.draft_id)
    page = laying.seen(session, draft, paper, shown_sha256)
    earlier = requests.latest_for_draft(session, draft.draft_id, seat.official_id)
    if earlier is not None and earlier.on_its_way:
        return earlier
    if seat.state is not SignatoryState.ASKED:
        raise RuleBroken("drafting.not_to_sign")
    regrading.require(session, draft)
    turns.require_turn(paper)
    pen = select(HandSigning.hand_signing_id).where(
        HandSigning.draft_id == draft.draft_id, HandSigning.state == HandState.WAITING
    )
    if session.scalar(pen.limit(1)) is not None:
        raise RuleBroken("signing.pen_waits")
    number = draw_number(session, draft)
    draft.state, draft.numbered_on = DraftState.SIGNING, number.drawn_on
    wanted = laying.marks(
        session, actor, draft, seat, number, printed=check_page.of(number) if check_page is not None else {}
    )
    if earlier is not None and earlier.state in turns.UNPREPARED:
        laying.renew(session, earlier, page, wanted, paper)
        return earlier
    return requests.ask(
        session,
        actor,
        signer_id=seat.official_id,
        shown=page,
        shown_sha256=shown_sha256,
        name=laying.hand(session, actor, seat).name(draft.language),
        draft_ref=draft.draft_id,
        marks=wanted,
        among=laying.among(draft, seat),
        room=room,
    )


def draw_marks(work: Work) -> list[Drawn]:
    """The marks of a request as one-page PDFs: what `signing.preparing.prepare` sets on the page."""
    return draw_marks_of([work])[0]


def draw_marks_of(pile: Sequence[Work]) -> list[list[Drawn]]:
    """The same of a whole pile, printed in one go."""
    printed = iter(marks([_mark(mark) for work in pile for mark in work.marks]))
    return [[(mark["kind"], Box(**mark["place"]), next(printed)) for mark in work.marks] for work in pile]


def _mark(mark: Mapping[str, Any]) -> RegistrationMark | SignatureMark:
    said = {**mark["words"], "day": datetime.fromisoformat(mark["words"]["day"]).date()}
    return RegistrationMark(**said) if mark["kind"] == "registration" else SignatureMark(**said)


def hold_number(session: Session, request: SignatureRequest) -> None:
    """The signature is in its place: its number no longer lapses, even if the time stamp has to wait for days."""
    number = number_of(session, request.draft_ref)
    if number is not None:
        number.reserved_until = None
    draft = session.get(Draft, request.draft_ref) if request.draft_ref else None
    if draft is not None and signatories.unsigned(draft, but=request.signer_id):
        request.wanted = Level.LT  # the archive stamp of the last one lies over all


def hold_signed(session: Session) -> None:
    """The numbers of all papers whose signature is made no longer lapse, be it not in its place yet."""
    made = select(SignatureRequest.draft_ref).where(SignatureRequest.state.in_(ON_ITS_WAY))
    kept = Number.state == NumberState.RESERVED, Number.reserved_until.is_not(None), Number.draft_ref.in_(made)
    session.execute(update(Number).where(*kept).values(reserved_until=None))


def register_signed(session: Session, request: SignatureRequest, level: Level = Level.LTA) -> Document | None:
    """Enter the signed letter in its register, just before `signing.finishing.finished` puts the signed content on it.

    That is once the last signature is there, at the `level` from which a paper of this register may leave the house.
    """
    draft = session.get(Draft, request.draft_ref, with_for_update=True) if request.draft_ref else None
    if draft is None or draft.state is not DraftState.SIGNING or request.state is not SignatureState.EMBEDDED:
        return None
    if signatories.unsigned(draft, but=request.signer_id):
        return None
    if not rules.may_leave(session, draft.organisation_id, draft.register_id, level):
        return None
    number = number_of(session, draft.draft_id)
    if number is None:
        raise RuleBroken("drafting.number_gone", subject=draft.subject)
    document = entering.enter(session, draft, number, signed_by_id=request.signed_by_id)
    request.document_id = document.document_id
    signatories.signed(session, draft, request.signer_id)
    return document


def seated(session: Session, request: SignatureRequest) -> None:
    """One of several has signed: the next is asked."""
    draft = session.get(Draft, request.draft_ref) if request.draft_ref else None
    if draft is not None and request.state is SignatureState.RAISED and draft.state is DraftState.SIGNING:
        signatories.signed(session, draft, request.signer_id)


def fail(session: Session, request: SignatureRequest) -> None:
    """The signature could not be: the draft lies before the signer again, its number waits for her until midnight.

    Where others have signed before her their signatures stay, and so does the number.
    """
    draft = session.get(Draft, request.draft_ref) if request.draft_ref else None
    if draft is None or draft.state is not DraftState.SIGNING:
        return
    if not any(each.state is SignatureState.RAISED for each in turns.of_paper(session, draft.draft_id)):
        draft.state = DraftState.TO_SIGN
        if (number := number_of(session, draft.draft_id)) is not None:
            zone = session.get_one(Organisation, draft.organisation_id).time_zone
            number.reserved_until = _midnight(number.drawn_at, zone)
    record(
        session,
        Actor.system(draft.organisation_id),
        Event.SIGNATURE_FAILED,
        Subject("draft", draft.draft_id, document_id=draft.in_reply_to_id),
        organisation_id=draft.organisation_id,
        detail={"to": [request.signer_id, draft.author_id], "subject": draft.subject, "trouble": request.trouble},
    )


def to_sign(session: Session, actor: Actor, *, limit: int = 500) -> list[Draft]:
    """The pile: what waits for the actor's signature (or of whom she stands in for), the oldest first."""
    asked = exists().where(
        Signatory.draft_id == Draft.draft_id,
        Signatory.official_id.in_(sorted(actor.people)),
        Signatory.state == SignatoryState.ASKED,
    )
    found = select(Draft).where(
        asked,
        Draft.state.in_(signatories.TO_BE_SIGNED),
        Draft.organisation_id == actor.organisation_id,
    )
    at_hand = (selectinload(Draft.versions), selectinload(Draft.signatories), selectinload(Draft.visas))
    return list(session.scalars(found.order_by(Draft.draft_id).limit(limit).options(*at_hand)))


def draw_number(session: Session, draft: Draft) -> Number:
    """Today's number of this draft: the one drawn before and not used, or the next; once signed, the one printed."""
    kept = number_of(session, draft.draft_id)
    organisation = session.get_one(Organisation, draft.organisation_id)
    today = clock.today(organisation.time_zone)
    if kept is not None and (kept.drawn_on == today or kept.reserved_until is None):
        return kept
    book = books.open_now(session, draft)
    draft.register_id = book.register_id
    author = session.get_one(Official, draft.author_id)
    unit = session.get(Unit, author.unit_id) if author.unit_id else None
    number = reservations.draw_number(
        session, book, unit=unit.index if unit else "", case=draft.case_index or (unit.index if unit else "")
    )
    number.draft_ref, number.reserved_by_id = draft.draft_id, draft.signer_id
    number.reserved_until = _midnight(number.drawn_at, organisation.time_zone)
    number.reason = "registry.kept_for_draft"  # everybody reads the lists of numbers, few may read the draft
    record(
        session,
        Actor.system(draft.organisation_id),
        Event.NUMBER_RESERVED,
        Subject("number", number.number_id),
        organisation_id=draft.organisation_id,
        detail={"number": number.text, "draft": draft.draft_id},
        facts={"number": number.text, "serial": number.serial, "year": number.year, "register": book.code},
    )
    return number


def number_of(session: Session, draft_id: int | None) -> Number | None:
    """The number that is kept for this draft, if one is."""
    found = select(Number).where(Number.draft_ref == draft_id, Number.state == NumberState.RESERVED)
    return session.scalar(found.order_by(Number.number_id.desc()).limit(1)) if draft_id is not None else None


def _midnight(drawn_at: datetime, zone: str) -> datetime:
    day = clock.day_of(drawn_at, zone) + timedelta(days=1)
    return datetime.combine(day, time(), tzinfo=ZoneInfo(zone)).astimezone(UTC)
