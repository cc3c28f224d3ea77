"""The mark on a page and the letter that it answers: where the letter's grade is raised, the page is of the past.

Nobody signs under the old mark, at whatever moment it is raised: a signature is asked for, taken to the key and kept only
while the letter is held as it is. Soon after a machine prints the page anew; it stays where it lies, for its words are
the same, and the author and all before whom it lies are told. What a machine cannot print goes back to its author.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from edms.access.actor import Actor
from edms.db import locking
from edms.drafting import drafts, grades, printing, signatories, texts
from edms.drafting.by_hand.models import HandSigning, HandState
from edms.drafting.models import Draft, DraftSource, DraftState
from edms.errors import EdmsError, RuleBroken, Unavailable
from edms.events import Event
from edms.registry.models import Document
from edms.signing import turns
from edms.signing.models import SignatureRequest, SignatureState

TO_COME = (DraftState.WRITING, DraftState.VISAS, DraftState.TO_SIGN, DraftState.SIGNING)
RAISED = "drafting.mark_raised"


def require(session: Session, draft: Draft) -> None:
    """Its page bears the mark that it must, and does so until this transaction ends. Errors: RuleBroken."""
    if draft.in_reply_to_id is None:
        return
    if grades.is_past(draft, locking.locked(session, Document, draft.in_reply_to_id, read=True)):
        raise RuleBroken(RAISED)


def refused(session: Session, requests: Iterable[SignatureRequest]) -> Mapping[int, EdmsError]:
    """Which of these requests are not to be signed, with the reason; the letters of the others are held meanwhile."""
    asked = {each.signature_request_id: each.draft_ref for each in requests if each.draft_ref is not None}
    found = select(Draft).where(Draft.draft_id.in_(set(asked.values())), Draft.in_reply_to_id.is_not(None))
    papers = session.scalars(found.options(selectinload(Draft.versions))).all()
    ids = [each.in_reply_to_id for each in papers]
    held = select(Document).where(Document.document_id.in_(ids)).order_by(Document.document_id)
    held = held.with_for_update(read=True, of=Document).execution_options(populate_existing=True)
    letters = {each.document_id: each for each in session.scalars(held)} if ids else {}
    past = {each.draft_id for each in papers if grades.is_past(each, letters.get(each.in_reply_to_id or 0))}
    return {request_id: RuleBroken(RAISED) for request_id, draft_id in asked.items() if draft_id in past}


def answering(session: Session, document_id: int) -> list[int]:
    """The papers in the making that answer a letter."""
    found = select(Draft.draft_id).where(Draft.in_reply_to_id == document_id, Draft.state.in_(TO_COME))
    return list(session.scalars(found.order_by(Draft.draft_id)))


def follow(session: Session, draft_id: int) -> None:
    """Give a paper whose letter was raised a page with the mark that it must bear.

    Errors: Unavailable while a signature is being set on it: then it is tried again.
    """
    draft = locking.locked(session, Draft, draft_id)
    letter = session.get(Document, draft.in_reply_to_id) if draft.in_reply_to_id is not None else None
    if printing.awaited(draft) and draft.source is DraftSource.TEXT:
        printing.follows(session, draft)  # what is being printed meanwhile may be under the old mark: it is not kept
        return
    if draft.state not in TO_COME or not grades.is_past(draft, letter):
        return
    system, told = Actor.system(draft.organisation_id), [draft.author_id, *drafts.looked_at(draft, draft.author_id)]
    if not _lies_for_the_pen(session, draft):
        _print_anew(session, system, draft)
    drafts.note(session, system, Event.DRAFT_MARK_RAISED, draft, to=told)


def _print_anew(session: Session, system: Actor, draft: Draft) -> None:
    paper = turns.locked(session, turns.of_paper(session, draft.draft_id))
    if any(each.on_its_way for each in paper):
        raise Unavailable
    signed = any(each.state is SignatureState.RAISED for each in paper)
    before_others = draft.state is not DraftState.WRITING
    if before_others and (signed or draft.source is not DraftSource.TEXT):
        signatories.end(session, draft, trouble=RAISED, values={}, reason=RAISED)
    else:
        turns.end_all([each for each in paper if each.state in turns.UNPREPARED], trouble=RAISED, values={})
        if draft.state is DraftState.SIGNING:
            draft.state = DraftState.TO_SIGN  # its number waits for her until midnight, as when signing failed
    texts.write(draft, system, draft.versions[-1].text)
    if draft.state in printing.BEFORE_OTHERS:
        session.flush()  # the machine finds the version that has no page
        printing.follows(session, draft)


def _lies_for_the_pen(session: Session, draft: Draft) -> bool:
    """Then the paper itself is in somebody's hands: she is told, and gives it up or not."""
    waits = HandSigning.draft_id == draft.draft_id, HandSigning.state == HandState.WAITING
    return session.scalar(select(HandSigning.hand_signing_id).where(*waits).limit(1)) is not None
