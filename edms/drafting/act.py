"""The signer's one act (design: step 8). Number drawn, stamp set, prepared, signed, embedded, raised; each resumable.

A draft that is refused never takes a number. A number whose signing failed stays with its draft for the day and is then
void with its reason. The letter stands in the register once it is signed to B-LTA, under the number and the day that are
printed on it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Any
from urllib.parse import quote
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from edms import clock
from edms.access.actor import Actor
from edms.access.permissions import Permission
from edms.access.policy import require
from edms.drafting.drafts import note
from edms.drafting.models import Draft, DraftKind, DraftState
from edms.drafting.paper.marks import RegistrationMark, SignatureMark, registration_mark, signature_mark, usual_place
from edms.drafting.visas import shown
from edms.errors import Corrupt, RuleBroken
from edms.events import Event, Subject, record
from edms.registry import registration, reservations, tracking
from edms.registry.card import Card
from edms.registry.going_out import addressees
from edms.registry.models import Content, Document, Number, Register
from edms.registry.words import Channel, DocumentType, LinkKind, NumberState
from edms.signing import requests
from edms.signing.container import Box
from edms.signing.models import OVER, SignatureRequest
from edms.signing.steps import Work
from edms.staff.models import Official, Organisation, Unit

TYPES = {
    DraftKind.REPLY: DocumentType.LETTER,
    DraftKind.LETTER: DocumentType.LETTER,
    DraftKind.MEMO: DocumentType.MEMO,
    DraftKind.ORDER: DocumentType.ORDER,
}


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
    session: Session, actor: Actor, draft: Draft, *, shown_sha256: bytes, check_page: CheckPage | None = None
) -> SignatureRequest:
    """The first moment of the act: draw the number, say what is set on the page, ask for the signature.

    `check_page` is where the paper can be checked; without it the signature's face says nothing of it.
    Asking again while it is under way gives the same request. Errors: RuleBroken if it is not to be signed; Corrupt if
    the page is not the one that was shown.
    """
    require(actor, Permission.DOCUMENT_SIGN, draft)
    version = shown(draft)
    page = session.get(Content, version.content_id) if version.content_id else None
    if page is None or page.sha256 != shown_sha256:
        raise Corrupt("signing.not_what_was_shown")
    earlier = requests.latest_for_draft(session, draft.draft_id)
    if draft.state is DraftState.SIGNING and earlier is not None and earlier.state not in OVER:
        if earlier.shown_sha256 != shown_sha256:
            raise Corrupt("signing.not_what_was_shown")
        return earlier
    if draft.state not in (DraftState.TO_SIGN, DraftState.SIGNING):
        raise RuleBroken("drafting.not_to_sign")
    number = draw_number(session, draft)
    request = requests.ask(
        session,
        actor,
        signer_id=draft.signer_id,
        shown=page,
        shown_sha256=shown_sha256,
        name=session.get_one(Official, draft.signer_id).name(draft.language),
        draft_ref=draft.draft_id,
        marks=_marks(session, draft, number, version.place, check_page),
    )
    draft.state, draft.numbered_on = DraftState.SIGNING, number.drawn_on
    return request


def draw_marks(work: Work) -> list[tuple[str, Box, bytes]]:
    """The marks of a request as one-page PDFs: what `signing.steps.prepare` sets on the page."""
    drawn = []
    for mark in work.marks:
        said = dict(mark["words"])
        said["day"] = datetime.fromisoformat(said["day"]).date()
        made = (
            registration_mark(RegistrationMark(**said))
            if mark["kind"] == "registration"
            else signature_mark(SignatureMark(**said))
        )
        drawn.append((mark["kind"], Box(**mark["place"]), made))
    return drawn


def hold_number(session: Session, request: SignatureRequest) -> None:
    """The signature is in its place: its number no longer lapses, even if the time stamp has to wait for days."""
    number = number_of(session, request.draft_ref)
    if number is not None:
        number.reserved_until = None


def register_signed(session: Session, request: SignatureRequest) -> Document | None:
    """Enter the signed letter in its register, just before `signing.steps.finished` puts the signed content on it."""
    draft = session.get(Draft, request.draft_ref) if request.draft_ref else None
    if draft is None or draft.state is DraftState.SIGNED:
        return None
    number = number_of(session, draft.draft_id)
    if number is None:
        raise RuleBroken("drafting.number_gone", subject=draft.subject)
    document = enter(session, draft, number, signed_by_id=request.signed_by_id)
    request.document_id = document.document_id
    return document


def enter(session: Session, draft: Draft, number: Number, *, signed_by_id: int | None) -> Document:
    """Enter the signed letter in its register under the number and the day that stand on its paper."""
    book = session.get_one(Register, draft.register_id)
    document = registration.register(
        session,
        Actor.system(draft.organisation_id),
        book,
        card_of(session, draft, number),
        idempotency_key=f"draft:{draft.draft_id}",
        reserved=number,
    )
    document.final = draft.final if draft.in_reply_to_id else None
    document.registered_by_id = signed_by_id
    document.readers = sorted({*document.readers, f"official:{draft.author_id}", f"official:{draft.signer_id}"})
    addressees.follow(session, draft.draft_id, document)
    draft.document_id, draft.state, draft.signed_at = document.document_id, DraftState.SIGNED, clock.now()
    return document


def fail(session: Session, request: SignatureRequest) -> None:
    """The signature could not be: the draft lies before the signer again, its number waits for her until midnight."""
    draft = session.get(Draft, request.draft_ref) if request.draft_ref else None
    if draft is None or draft.state is not DraftState.SIGNING:
        return
    draft.state = DraftState.TO_SIGN
    record(
        session,
        Actor.system(draft.organisation_id),
        Event.SIGNATURE_FAILED,
        Subject("draft", draft.draft_id, document_id=draft.in_reply_to_id),
        organisation_id=draft.organisation_id,
        detail={"to": [draft.signer_id, draft.author_id], "subject": draft.subject, "trouble": request.trouble},
    )


def to_sign(session: Session, actor: Actor, *, limit: int = 100) -> list[Draft]:
    """The pile: what waits for the actor's signature (or of whom she stands in for), the oldest first."""
    found = select(Draft).where(
        Draft.signer_id.in_(sorted(actor.people)),
        Draft.state.in_((DraftState.TO_SIGN, DraftState.SIGNING)),
        Draft.organisation_id == actor.organisation_id,
    )
    return list(session.scalars(found.order_by(Draft.draft_id).limit(limit)))


def refuse(session: Session, actor: Actor, draft: Draft, request: SignatureRequest, *, reason: str) -> None:
    """Refuse after the number was drawn, before signing: the draft goes back, its number is void at midnight."""
    requests.refuse(session, actor, request, reason=reason)
    draft.state, draft.refusal = DraftState.WRITING, reason
    note(session, actor, Event.DRAFT_REFUSED, draft, reason=reason, to=[draft.author_id])


def draw_number(session: Session, draft: Draft) -> Number:
    """Today's number of this draft: the one drawn before and not used, or the next."""
    kept = number_of(session, draft.draft_id)
    organisation = session.get_one(Organisation, draft.organisation_id)
    today = clock.today(organisation.time_zone)
    if kept is not None and kept.drawn_on == today:
        return kept
    book = session.get_one(Register, draft.register_id)
    author = session.get_one(Official, draft.author_id)
    unit = session.get(Unit, author.unit_id) if author.unit_id else None
    number = reservations.draw_number(
        session, book, unit=unit.index if unit else "", case=draft.case_index or (unit.index if unit else "")
    )
    number.draft_ref, number.reserved_by_id = draft.draft_id, draft.signer_id
    number.reserved_until = _midnight(number.drawn_at, organisation.time_zone)
    number.reason = draft.subject[:200]
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


def _marks(
    session: Session, draft: Draft, number: Number, places: dict[str, Any], check_page: CheckPage | None
) -> list[requests.MarkAsked]:
    organisation = session.get_one(Organisation, draft.organisation_id)
    signer = session.get_one(Official, draft.signer_id)
    day = number.drawn_on.isoformat()
    said: dict[str, dict[str, Any]] = {
        "registration": {
            "language": draft.language,
            "number": number.text,
            "day": day,
            "office": organisation.name(draft.language),
            "framed": "registration" not in places,
        },
        "signature": {
            "language": draft.language,
            "name": signer.name(draft.language),
            "post": signer.post(draft.language),
            "office": organisation.name(draft.language),
            "day": day,
            **(check_page.of(number) if check_page is not None else {}),
        },
    }
    marks = []
    for kind, words in said.items():
        place = places.get(kind) or usual_place(kind).as_json()
        marks.append(requests.MarkAsked(kind=kind, place=Box(**place), words=words))
    return marks


def card_of(session: Session, draft: Draft, number: Number) -> Card:
    author = session.get_one(Official, draft.author_id)
    page = shown(draft)
    return Card(
        summary=draft.subject,
        channel=Channel.INTERNAL if draft.channel is Channel.INTERNAL else draft.channel,
        received_on=number.drawn_on,
        document_on=number.drawn_on,
        correspondent_id=draft.correspondent_id,
        correspondent_name=draft.addressee,
        correspondent_address=draft.address,
        document_type=TYPES[draft.kind].value,
        sheets=page.place.get("pages", 1),
        unit_id=author.unit_id,
        case_index=draft.case_index,
        language=draft.language,
        links=((draft.in_reply_to_id, LinkKind.REPLY_TO),) if draft.in_reply_to_id else (),
    )
