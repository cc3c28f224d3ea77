"""Signed with a pen: number and date set at the signer's act, printed with its code, signed, scanned back, compared.

The letter stands in its register once the scan that bears its code is back, under the number and the day that are
printed on it, as an electronically signed one does. Until then the number is kept, for a paper bears it.
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from edms import clock
from edms.access.actor import Actor
from edms.access.permissions import Permission
from edms.access.policy import require
from edms.access.roles import Role
from edms.access.scope import visible
from edms.capture import labelled
from edms.db.locking import lock
from edms.drafting import act, entering
from edms.drafting.act import CheckPage
from edms.drafting.by_hand.models import Compared, HandRule, HandSigning, HandState
from edms.drafting.drafts import note
from edms.drafting.models import Draft, DraftState, DraftVersion
from edms.drafting.paper.marks import HandMark, RegistrationMark, hand_mark, registration_mark, usual_place
from edms.drafting.visas import shown
from edms.errors import Conflict, Corrupt, Invalid, NotFound, RuleBroken
from edms.events import Event, Subject, record
from edms.registry import arrivals, contents, labels, lifecycle, reservations, tracking
from edms.registry.card import clean
from edms.registry.models import Arrival, Content, Document, Number
from edms.registry.words import ContentRole, DocumentState
from edms.signing.container import Box, Mark, set_marks
from edms.staff.models import Official, Organisation
from edms.storage.port import ContentStore

LIMIT = 200 * 1024 * 1024


def allowed(session: Session, organisation_id: int) -> bool:
    """May letters be signed with a pen here? Until the administrator says otherwise they may."""
    rule = session.get(HandRule, organisation_id)
    return rule is None or rule.allowed


def set_rule(session: Session, actor: Actor, organisation: Organisation, *, allow: bool) -> None:
    """Let letters be signed with a pen, or no longer; those under way may come back."""
    require(actor, Permission.HAND_RULE_SET, organisation)
    rule = session.get(HandRule, organisation.organisation_id)
    if rule is None:
        rule = HandRule(organisation_id=organisation.organisation_id)
        session.add(rule)
    rule.allowed, rule.changed_at, rule.changed_by_id = allow, clock.now(), actor.official_id
    record(
        session,
        actor,
        Event.HAND_RULE_CHANGED,
        Subject("organisation", organisation.organisation_id),
        organisation_id=organisation.organisation_id,
        detail={"allowed": allow},
    )


@dataclass(frozen=True)
class PaperKeys:
    """What seals the two codes on the paper: its label, and the code that a person types on the check page."""

    label: bytes
    check: bytes


def in_tray(
    session: Session, actor: Actor, keys: PaperKeys, scans: Sequence[Arrival], *, number_ids: Collection[int]
) -> dict[int, tuple[Arrival, str]]:
    """Of the waiting scans those that bear the label of one of these numbers, by number: a person looks for the pen's
    mark on it and says so, a machine does not. The text is the label's code.
    """
    by_content = {each.content_id: each for each in scans if each.content_id is not None}
    found = labelled.found_on(session, keys.label, actor.organisation_id or 0, by_content)
    made = {}
    for content_id, each in found.items():
        if each.meaning is labelled.Meaning.NOT_ENTERED and each.number and each.number.number_id in number_ids:
            made[each.number.number_id] = (by_content[content_id], each.code)
    return made


def ask(session: Session, actor: Actor, draft: Draft, *, shown_sha256: bytes) -> HandSigning:
    """The signer's act: the number is drawn and kept for this paper. Asking again gives the same.

    Errors: RuleBroken if it is not to be signed, or not so; Corrupt if the page is not the one that was shown.
    """
    require(actor, Permission.DOCUMENT_SIGN, draft)
    page = shown(draft)
    content = session.get(Content, page.content_id) if page.content_id else None
    if content is None or content.sha256 != shown_sha256:
        raise Corrupt("signing.not_what_was_shown")
    if draft.state is DraftState.SIGNING and (earlier := under_way(session, draft)) is not None:
        return earlier
    if draft.state is not DraftState.TO_SIGN:
        raise RuleBroken("drafting.not_to_sign")
    if not allowed(session, draft.organisation_id):
        raise RuleBroken("by_hand.not_allowed")
    number = act.draw_number(session, draft)
    number.reserved_until = None  # a paper bears it from now on
    draft.state, draft.numbered_on = DraftState.SIGNING, number.drawn_on
    hand = HandSigning(
        organisation_id=draft.organisation_id,
        draft_id=draft.draft_id,
        number_id=number.number_id,
        state=HandState.WAITING,
        signer_id=draft.signer_id,
        asked_by_id=actor.official_id,
        shown_content_id=content.content_id,
        asked_at=clock.now(),
    )
    session.add(hand)
    session.flush()  # its id goes into addresses
    note(session, actor, Event.HAND_PRINTED, draft, number=number.text, to=[draft.author_id, draft.signer_id])
    return hand


def print_paper(
    session: Session, hand: HandSigning, *, store: ContentStore, keys: PaperKeys, check_page: CheckPage | None
) -> Content:
    """The paper for the pen: the page that was shown, with number, date and code in their places. Printed once."""
    lock(session, hand)
    if hand.printed_content_id is not None:
        return session.get_one(Content, hand.printed_content_id)
    draft = session.get_one(Draft, hand.draft_id)
    number = session.get_one(Number, hand.number_id)
    organisation = session.get_one(Organisation, hand.organisation_id)
    page = session.scalars(select(DraftVersion).where(DraftVersion.content_id == hand.shown_content_id)).one()
    with store.open(session.get_one(Content, hand.shown_content_id).store_key) as stream:
        blank = stream.read()
    stamp = registration_mark(
        RegistrationMark(
            draft.language, number.text, number.drawn_on, organisation.name(draft.language),
            framed="registration" not in page.place,
        )
    )  # fmt: skip
    numbered = set_marks(blank, [Mark(_place(page.place, "registration"), stamp)])
    digest = hashlib.sha256(numbered).digest()
    typed = tracking.paper_code(keys.check, number.register_id, number.year, number.serial)
    proof = f"{check_page.address}?n={quote(number.text)}&c={typed}&h={digest.hex()[:16]}" if check_page else ""
    face = hand_mark(
        HandMark(
            draft.language, session.get_one(Official, draft.signer_id).name(draft.language), number.drawn_on,
            label_of(organisation, number, keys.label), typed, digest.hex()[:16], proof,
        )
    )  # fmt: skip
    made = set_marks(numbered, [Mark(_place(page.place, "signature"), face)])
    content = contents.enter(
        session,
        Actor.system(hand.organisation_id),
        organisation_id=hand.organisation_id,
        stored=store.put(io.BytesIO(made), limit=LIMIT),
        name=f"{draft.subject[:80]}.pdf",
        media_type="application/pdf",
        parent_id=hand.shown_content_id,
    )
    hand.printed_content_id, hand.printed_sha256 = content.content_id, digest
    return content


def label_of(organisation: Organisation, number: Number, key: bytes) -> str:
    """What the QR code on the paper says: the letter's own label, as on every other paper of this office."""
    return labels.code(key, organisation.code, number.register_id, number.year, number.serial)


def names_it(session: Session, hand: HandSigning, found: str, keys: PaperKeys) -> bool:
    """Does a code, read from a scan or typed from the paper, name this letter?"""
    number = session.get_one(Number, hand.number_id)
    series = (number.register_id, number.year, number.serial)
    label = labels.read(found.strip().upper())
    if label is not None:
        return (label.register_id, label.year, label.serial) == series and labels.genuine(keys.label, label)
    _, _, typed = found.rpartition("&c=")
    return tracking.same(tracking.paper_code(keys.check, *series), typed.partition("&")[0])


def bring(
    session: Session,
    actor: Actor,
    hand: HandSigning,
    scan: Content | Arrival,
    *,
    found: str,
    how: Compared,
    keys: PaperKeys,
) -> Document:
    """The scan is back, brought or in the tray: compared by the code on it, it is the signed paper.

    The letter stands in its register then. Errors: Invalid (code) when the code is missing or of another paper; Conflict if it was brought or given up before.
    """
    draft = session.get_one(Draft, hand.draft_id)
    require(actor, Permission.HAND_SIGNED_BRING, draft)
    lock(session, hand)
    number = session.get_one(Number, hand.number_id)
    if hand.state is not HandState.WAITING:
        raise Conflict("by_hand.over", number=number.text)
    if hand.printed_content_id is None:
        raise RuleBroken("by_hand.not_printed")
    if not clean(found):
        raise Invalid(fields={"code": "by_hand.code_missing"})
    if not names_it(session, hand, found, keys):
        raise Invalid("by_hand.another_paper", fields={"code": "by_hand.another_paper"}, number=number.text)
    document = entering.enter(session, draft, number, signed_by_id=hand.asked_by_id)
    if isinstance(scan, Arrival):
        arrivals.join(session, actor, scan, document, role=ContentRole.SIGNED)
        content = session.get_one(Content, scan.content_id)
    else:
        content = scan
        contents.attach(session, actor, document, content, ContentRole.SIGNED)
    lifecycle.step(document, DocumentState.SIGNED)
    hand.state, hand.document_id, hand.scan_content_id = HandState.SIGNED, document.document_id, content.content_id
    hand.compared, hand.ended_at, hand.ended_by_id = how, clock.now(), actor.official_id
    record(
        session,
        actor,
        Event.DOCUMENT_SIGNED,
        Subject("document", document.document_id, document_id=document.document_id, content_id=content.content_id),
        organisation_id=document.organisation_id,
        detail={"by_hand": True, "signer": hand.signer_id, "content_id": content.content_id, "compared": how.value},
        facts={
            "number": document.number,
            "sha256": content.sha256.hex(),
            "printed_sha256": hand.printed_sha256.hex() if hand.printed_sha256 else None,
            "by_hand": True,
        },
    )
    return document


def give_up(session: Session, actor: Actor, hand: HandSigning, *, reason: str) -> None:
    """Not signed after all: the draft goes back to its author with the reason, the number is void with it."""
    draft = session.get_one(Draft, hand.draft_id)
    require(actor, Permission.HAND_SIGNED_BRING, draft)
    if not (reason := clean(reason) or ""):
        raise Invalid(fields={"reason": "registry.reason_missing"})
    lock(session, hand)
    number = session.get_one(Number, hand.number_id)
    if hand.state is not HandState.WAITING:
        raise Conflict("by_hand.over", number=number.text)
    reservations.void(session, Actor.system(hand.organisation_id), number, reason=reason)
    hand.state, hand.reason = HandState.GIVEN_UP, reason
    hand.ended_at, hand.ended_by_id = clock.now(), actor.official_id
    draft.state, draft.refusal, draft.numbered_on = DraftState.WRITING, reason, None
    note(session, actor, Event.HAND_UNSIGNED, draft, reason=reason, to=[draft.author_id, draft.signer_id])


def under_way(session: Session, draft: Draft) -> HandSigning | None:
    """The paper of this draft that waits for its pen and scan."""
    found = select(HandSigning).where(HandSigning.draft_id == draft.draft_id, HandSigning.state == HandState.WAITING)
    return session.scalar(found)


def waiting(session: Session, actor: Actor, *, limit: int = 100) -> list[tuple[HandSigning, Draft, Number]]:
    """Papers that wait for pen and scan: a registrar's office has them all, others what they write or sign."""
    found = _mine(actor).where(HandSigning.state == HandState.WAITING).order_by(HandSigning.hand_signing_id)
    return [(hand, draft, number) for hand, draft, number in session.execute(found.limit(limit))]


def hand_of(session: Session, actor: Actor, hand_signing_id: int) -> tuple[HandSigning, Draft, Number]:
    """One of them. Errors: NotFound."""
    row = session.execute(_mine(actor).where(HandSigning.hand_signing_id == hand_signing_id)).one_or_none()
    if row is None:
        raise NotFound
    hand, draft, number = row
    return hand, draft, number


def by_hand(session: Session, document_ids: list[int]) -> set[int]:
    """Which of these letters were signed with a pen."""
    found = select(HandSigning.document_id).where(HandSigning.document_id.in_(document_ids))
    return {ident for ident in session.scalars(found) if ident is not None} if document_ids else set()


def _mine(actor: Actor) -> Any:
    """A registrar has all but those that answer a letter which she may not see."""
    people = sorted(actor.people)
    own = or_(Draft.author_id.in_(people), Draft.signer_id.in_(people))
    known = or_(own, Draft.in_reply_to_id.is_(None), visible(actor, Document.readers))
    return (
        select(HandSigning, Draft, Number)
        .join(Draft, Draft.draft_id == HandSigning.draft_id)
        .join(Number, Number.number_id == HandSigning.number_id)
        .outerjoin(Document, Document.document_id == Draft.in_reply_to_id)
        .where(HandSigning.organisation_id == actor.organisation_id, known if actor.has(Role.REGISTRAR) else own)
    )


def _place(places: dict[str, Any], kind: str) -> Box:
    return Box(**(places.get(kind) or usual_place(kind).as_json()))
