"""Drafts: replies, and letters, memos and orders of our own initiative, from the first word to the signer's desk.

A draft has versions. What was shown to somebody (a visa, the signer) is never overwritten: writing on makes the next
version, and visas given to an older one are void. Rendering and signing are next door (`papers.py`, `act.py`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, exists, or_, select
from sqlalchemy.orm import Session

from edms import clock
from edms.access.actor import Actor
from edms.access.permissions import Permission
from edms.access.policy import require
from edms.db.locking import lock
from edms.drafting import books, seats, texts
from edms.drafting.models import (
    Draft,
    DraftKind,
    DraftSource,
    DraftState,
    Signatory,
    SignatoryState,
    SigningOrder,
    Visa,
    VisaState,
    WordTemplate,
)
from edms.errors import Conflict, Invalid, NotFound, RuleBroken
from edms.events import Event, Subject, record
from edms.registry import closeness, reaching
from edms.registry.card import clean
from edms.registry.models import Correspondent, Document
from edms.registry.words import Channel, DocumentState, Grade
from edms.staff.models import Official

LONGEST = {"subject": 500, "addressee": 300, "address": 500, "case_index": 40, "annexes": 2000}
ADDRESSED = (DraftKind.REPLY, DraftKind.LETTER, DraftKind.CONTRACT)  # to somebody outside


@dataclass(frozen=True)
class DraftCard:
    """What the author enters beside the text."""

    subject: str
    signer_id: int
    register_id: int | None = None  # empty: the organisation's open register of the fitting kind
    correspondent_id: int | None = None
    addressee: str | None = None
    address: str | None = None
    channel: Channel = Channel.POST
    language: str = "ka"
    case_index: str | None = None
    annexes: str | None = None  # one a line
    grade: Grade = Grade.OPEN  # an answer is at least as close as its letter
    final: bool = True
    cosigners: tuple[int, ...] = ()  # who sign beside the signer, after her
    signing_order: SigningOrder = SigningOrder.IN_ORDER
    sign_by: date | None = None  # the last day for signing; None: no term


def begin(
    session: Session, actor: Actor, *, kind: DraftKind, card: DraftCard, text: str = "",
    in_reply_to: Document | None = None, template: WordTemplate | None = None,
) -> Draft:  # fmt: skip
    """Begin a draft. A reply takes addressee, language and case index from its letter where the card is silent.

    With a Word `template` its paper is made of that, else of letterhead.
    """
    if in_reply_to is not None:
        require(actor, Permission.DOCUMENT_READ, in_reply_to)
        # As it is now: what erases it holds it, and nothing of it may be copied into an answer afterwards.
        lock(session, in_reply_to, key_share=True, read=True)
        if in_reply_to.state is DocumentState.DESTROYED:
            raise RuleBroken("retention.state_is.destroyed")
    if (kind is DraftKind.REPLY) != (in_reply_to is not None):
        raise Invalid(fields={"in_reply_to": "drafting.reply_needs_letter"})
    if actor.official_id is None or actor.organisation_id is None:
        raise RuleBroken("drafting.author_is_a_person")
    book = books.book_for(session, actor.organisation_id, kind, card.register_id)
    draft = Draft(
        organisation_id=actor.organisation_id,
        kind=kind,
        source=DraftSource.TEXT if template is None else DraftSource.WORD,
        word_template_id=template.word_template_id if template is not None else None,
        state=DraftState.WRITING,
        register_id=book.register_id,
        author_id=actor.official_id,
        in_reply_to_id=in_reply_to.document_id if in_reply_to else None,
        created_at=clock.now(),
    )
    _fill(session, draft, card, in_reply_to)
    session.add(draft)
    session.flush()  # version and event carry its id
    draft.versions.append(texts.version(draft, actor, 1, texts.checked(text)))
    note(session, actor, Event.DRAFT_BEGUN, draft)
    return draft


def save(
    session: Session,
    actor: Actor,
    draft: Draft,
    *,
    version: int,
    text: str | None = None,
    card: DraftCard | None = None,
) -> Draft:
    """Keep what was written. Text that nobody was shown is replaced; shown text stays and a new version begins.

    Errors: Conflict on a stale edit; RuleBroken once it lies with visas or the signer (take it back first); Invalid.
    """
    require(actor, Permission.DRAFT_WRITE, draft)
    if draft.version != version:
        raise Conflict("error.stale")
    if draft.state is not DraftState.WRITING:
        raise RuleBroken("drafting.not_in_writing")
    if card is not None:
        before = _printed(draft)
        if not card.address and card.channel is Channel.EMAIL and _kept_back(session, actor, draft):
            card = replace(card, address=draft.address)  # nobody takes away what she does not see
        letter = session.get(Document, draft.in_reply_to_id) if draft.in_reply_to_id else None
        _fill(session, draft, card, letter)
        if _printed(draft) != before and text is None:
            text = draft.versions[-1].text  # what is printed changed: the shown page is of the past
    if text is not None:
        texts.write(draft, actor, texts.checked(text))
    return draft


def take_back(session: Session, actor: Actor, draft: Draft) -> None:
    """The author takes it back from visas to write on; those who were asked or agreed are told.

    Errors: RuleBroken when it does not lie there. Of its signers it is called off, with a reason (`calling_off`).
    """
    require(actor, Permission.DRAFT_WRITE, draft)
    if draft.state in (DraftState.TO_SIGN, DraftState.SIGNING):
        raise RuleBroken("signing.call_off_instead")
    if draft.state is not DraftState.VISAS:
        raise RuleBroken("drafting.nothing_to_take_back")
    told = looked_at(draft, actor.official_id)
    back_to_writing(draft)
    note(session, actor, Event.DRAFT_TAKEN_BACK, draft, to=told)


def withdraw(session: Session, actor: Actor, draft: Draft, *, reason: str) -> None:
    """Give the draft up, before a number was drawn for it; those who were asked, agreed or should sign are told."""
    require(actor, Permission.DRAFT_WRITE, draft)
    if draft.state in (DraftState.SIGNING, DraftState.SIGNED, DraftState.WITHDRAWN) or draft.numbered_on:
        raise RuleBroken("drafting.too_late_to_withdraw")
    draft.state = DraftState.WITHDRAWN
    note(session, actor, Event.DRAFT_WITHDRAWN, draft, reason=clean(reason), to=looked_at(draft, actor.official_id))


def looked_at(draft: Draft, but: int | None) -> list[int]:
    """Before whom it lies, or who agreed to it as it is."""
    visas = [visa.official_id for visa in draft.visas if visa.state in (VisaState.ASKED, VisaState.AGREED)]
    signers = [each.official_id for each in draft.signatories if each.state is SignatoryState.ASKED]
    return [person for person in dict.fromkeys((*visas, *signers)) if person != but]


def draft_of(session: Session, actor: Actor, draft_id: int, *, lock: bool = False) -> Draft:
    """One draft that the actor writes, visas, signs, or whose letter she may read. Errors: NotFound."""
    found = select(Draft).where(Draft.draft_id == draft_id, mine(actor))
    if lock:
        found = found.with_for_update(of=Draft).execution_options(populate_existing=True)
    draft = session.scalar(found)
    if draft is None:
        raise NotFound
    return draft


def mine(actor: Actor) -> ColumnElement[bool]:
    """The scope of drafts: author, signers, those asked for a visa, and their substitutes."""
    people = sorted(actor.people)
    asked = exists().where(Visa.draft_id == Draft.draft_id, Visa.official_id.in_(people))
    signs = exists().where(
        Signatory.draft_id == Draft.draft_id, or_(Signatory.official_id.in_(people), Signatory.named_id.in_(people))
    )
    inside = Draft.organisation_id == actor.organisation_id
    return inside & or_(Draft.author_id.in_(people), Draft.signer_id.in_(people), asked, signs)


def of_author(session: Session, actor: Actor, *, limit: int = 50) -> list[Draft]:
    """The actor's own unfinished drafts, the last touched first."""
    found = select(Draft).where(
        Draft.author_id.in_(sorted(actor.people)),
        Draft.state.not_in((DraftState.SIGNED, DraftState.WITHDRAWN)),
    )
    return list(session.scalars(found.order_by(Draft.draft_id.desc()).limit(limit)))


def letters_of(session: Session, actor: Actor, *, limit: int = 500) -> list[int]:
    """The ids of letters that the actor wrote or signed, the newest; for what becomes of them."""
    people = sorted(actor.people)
    mine_ = or_(Draft.author_id.in_(people), Draft.signer_id.in_(people))
    found = select(Draft.document_id).where(mine_, Draft.document_id.is_not(None))
    return [ident for ident in session.scalars(found.order_by(Draft.draft_id.desc()).limit(limit)) if ident]


def of_letter(session: Session, actor: Actor, document: Document) -> list[Draft]:
    """The drafts that answer a letter, as far as they are the actor's."""
    found = select(Draft).where(Draft.in_reply_to_id == document.document_id, mine(actor))
    return list(session.scalars(found.order_by(Draft.draft_id)))


def back_to_writing(draft: Draft) -> None:
    """Every answer given so far was to what was shown then."""
    draft.state = DraftState.WRITING
    for signatory in draft.signatories:
        if signatory.state is SignatoryState.ASKED:
            signatory.state = SignatoryState.WAITING
    for visa in draft.visas:
        if visa.state in (VisaState.WAITING, VisaState.ASKED, VisaState.AGREED, VisaState.REMARKS):
            visa.state = VisaState.VOID if visa.answered_at else VisaState.WAITING


def note(session: Session, actor: Actor, event: Event, draft: Draft, **detail: Any) -> None:
    """The history line of an act on a draft."""
    record(
        session,
        actor,
        event,
        Subject("draft", draft.draft_id, document_id=draft.in_reply_to_id),
        organisation_id=draft.organisation_id,
        detail={"subject": draft.subject, **detail},
    )


def _fill(session: Session, draft: Draft, card: DraftCard, letter: Document | None) -> None:
    wrong: dict[str, str] = {}
    texts = {name: clean(getattr(card, name)) for name in LONGEST}
    wrong |= {name: "registry.text_too_long" for name, most in LONGEST.items() if len(texts[name] or "") > most}
    if not texts["subject"]:
        wrong["subject"] = "drafting.subject_missing"
    signer = session.get(Official, card.signer_id)
    if signer is None or signer.organisation_id != draft.organisation_id:
        wrong["signer"] = "drafting.signer_unknown"
    correspondent_id = card.correspondent_id or (letter.correspondent_id if letter else None)
    correspondent = session.get(Correspondent, correspondent_id) if correspondent_id else None
    if correspondent is not None and correspondent.organisation_id != draft.organisation_id:
        wrong["correspondent"] = "registry.correspondent_unknown"
    addressee = texts["addressee"] or (letter.correspondent_name if letter else None)
    if draft.kind in ADDRESSED and not (addressee or correspondent):
        wrong["addressee"] = "drafting.addressee_missing"
    everybody = [card.signer_id, *card.cosigners]
    wrong |= seats.wrong_with(session, draft, everybody, card.sign_by)
    if wrong:
        raise Invalid(fields=wrong)
    draft.subject = texts["subject"] or ""
    draft.signer_id = card.signer_id
    draft.signing_order, draft.sign_by = card.signing_order, card.sign_by
    seats.seat(draft, everybody)
    draft.correspondent_id = correspondent_id
    draft.addressee = addressee or (correspondent.name if correspondent else None)
    draft.address = (
        texts["address"]
        or (letter.correspondent_address if letter else None)
        or (correspondent.address if correspondent else None)
    )
    draft.channel = Channel.INTERNAL if draft.kind not in ADDRESSED else card.channel
    draft.language = card.language
    draft.case_index = texts["case_index"] or (letter.case_index if letter else None)
    draft.annexes, draft.final = texts["annexes"], card.final
    draft.grade = closeness.closest(card.grade, letter.grade) if letter else card.grade


def _kept_back(session: Session, actor: Actor, draft: Draft) -> bool:
    """Does the draft go to an e-mail address that the actor does not see?"""
    seen = reaching.address_of(session, actor, draft, draft.address, draft.correspondent_id)
    return draft.channel is Channel.EMAIL and seen != draft.address


def _printed(draft: Draft) -> Sequence[object]:
    signers_ = tuple(each.named_id for each in draft.signatories)
    said = (draft.subject, draft.addressee, draft.address, draft.language, draft.annexes, draft.grade)
    return (draft.signer_id, signers_, *said)
