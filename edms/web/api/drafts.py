"""Drafts: begun, written on, printed, sent to visas and to the signer, refused.

Signing itself asks for the password again and for the key's PIN: it is done at the desk, no token opens it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from edms.access.actor import Actor
from edms.access.permissions import Permission
from edms.access.policy import require
from edms.drafting import act, calling_off, drafts, pages, signatories, visas
from edms.drafting.models import (
    Draft,
    Visa,
    VisaState,
)
from edms.errors import NotFound
from edms.overview import reading
from edms.registry import correspondents, reaching
from edms.web.api.draft_shapes import (
    Agreeing,
    Beginning,
    Delegating,
    DraftGiven,
    DraftShown,
    DraftsWanted,
    Remarking,
    Sending,
    SignatoryShown,
    VisaShown,
)
from edms.web.api.layer import Match, change, create, read
from edms.web.api.paging import whole
from edms.web.api.shapes import Page, Reason, shown
from edms.web.desk import draft_printing, pictures
from edms.web.kit.house import house


@read("/drafts")
def index(session: Session, who: Actor, query: DraftsWanted) -> Page[DraftShown]:
    """One's own drafts, or those that wait for one's visa or signature."""
    found = {
        "mine": lambda: drafts.of_author(session, who, limit=500),
        "to_visa": lambda: [visa.draft for visa in visas.asked_of(session, who, limit=500)],
        "to_sign": lambda: act.to_sign(session, who, limit=500),
    }[query.which]()
    return whole(found, query, lambda row: _of(session, who, row), lambda row: row.draft_id)


@create("/drafts")
def begin(session: Session, who: Actor, body: Beginning) -> DraftShown:
    """Begin a reply, letter, memo or order. A reply takes what the card leaves out from its letter."""
    letter = reading.read(session, who, body.in_reply_to_id) if body.in_reply_to_id is not None else None
    made = drafts.begin(
        session, who, kind=body.kind, card=_card(session, who, body), text=body.text, in_reply_to=letter
    )
    return _shown(session, who, made)


@read("/drafts/{draft_id}")
def show(session: Session, who: Actor, draft_id: int) -> DraftShown:
    """One draft that one writes, agrees to or signs."""
    return _of(session, who, drafts.draft_of(session, who, draft_id))


@change("/drafts/{draft_id}", "PUT")
def save(session: Session, who: Actor, draft_id: int, body: DraftGiven, match: Match) -> DraftShown:
    """Keep what was written. A text that somebody was shown stays, and a new version begins."""
    draft = _locked(session, who, draft_id, match)
    drafts.save(session, who, draft, version=draft.version, text=body.text, card=_card(session, who, body))
    return _shown(session, who, draft)


@change("/drafts/{draft_id}/print")
def print_(who: Actor, draft_id: int, match: Match) -> DraftShown:
    """Print the newest version as it will be signed. Where that fails, `trouble` says why; try again."""
    made = _printed(who, draft_id, match, [])
    with house().transaction() as session:
        draft = drafts.draft_of(session, who, draft_id, lock=True)
        if made is not None:
            pages.keep(session, who, draft, made)
        return _shown(session, who, draft)


@read("/drafts/{draft_id}/page", media="application/pdf")
def page(session: Session, who: Actor, draft_id: int) -> Response:
    """The printed page of the newest version."""
    content = pages.content_of(session, drafts.draft_of(session, who, draft_id).versions[-1])
    if content is None:
        raise NotFound
    return pictures.download(house().store, content)


@change("/drafts/{draft_id}/send")
def send(who: Actor, draft_id: int, body: Sending, match: Match) -> DraftShown:
    """Send it to visas, or straight to the signer."""
    made = _printed(who, draft_id, match, body.official_ids)
    with house().transaction() as session:
        draft = _locked(session, who, draft_id, match)
        if made is not None:
            pages.keep(session, who, draft, made)
            session.flush()  # the page belongs to the version that is sent
        visas.ask(session, who, draft, body.official_ids, version=draft.version)
        return _shown(session, who, draft)


@change("/drafts/{draft_id}/take-back")
def take_back(session: Session, who: Actor, draft_id: int, match: Match) -> DraftShown:
    """Take it back from visas, to write on; before its signers the signing is called off, with a reason."""
    draft = _locked(session, who, draft_id, match)
    drafts.take_back(session, who, draft)
    return _shown(session, who, draft)


@change("/drafts/{draft_id}/withdraw")
def withdraw(session: Session, who: Actor, draft_id: int, body: Reason, match: Match) -> DraftShown:
    """Give it up, before a number was drawn for it."""
    draft = _locked(session, who, draft_id, match)
    drafts.withdraw(session, who, draft, reason=body.reason)
    return _shown(session, who, draft)


@change("/drafts/{draft_id}/agree")
def agree(session: Session, who: Actor, draft_id: int, body: Agreeing, match: Match) -> DraftShown:
    """Agree to the version that was shown: one's own visa."""
    draft = _locked(session, who, draft_id, match)
    visas.agree(session, who, _own_visa(who, draft), ordinal=body.ordinal, remark=body.remark)
    return _shown(session, who, draft)


@change("/drafts/{draft_id}/remark")
def remark(session: Session, who: Actor, draft_id: int, body: Remarking, match: Match) -> DraftShown:
    """Send it back to its author with remarks, instead of one's visa."""
    draft = _locked(session, who, draft_id, match)
    visas.remark(session, who, _own_visa(who, draft), ordinal=body.ordinal, text=body.remark)
    return _shown(session, who, draft)


@change("/drafts/{draft_id}/refuse")
def refuse(session: Session, who: Actor, draft_id: int, body: Reason, match: Match) -> DraftShown:
    """A signer sends it back with a reason. Signing itself is done at the desk, with password and PIN."""
    draft = _locked(session, who, draft_id, match)
    signatories.refuse(session, who, draft, reason=body.reason)
    return _shown(session, who, draft)


@change("/drafts/{draft_id}/call-off")
def call_off(session: Session, who: Actor, draft_id: int, body: Reason, match: Match) -> DraftShown:
    """Its author, or who leads her, ends the round of signatures: no signature counts, and it is written on."""
    draft = calling_off.round_of(session, who, draft_id, lock=True)
    match.check(session, draft)
    calling_off.call_off(session, who, draft, reason=body.reason)
    return _shown(session, who, draft)


@change("/drafts/{draft_id}/delegate")
def delegate(session: Session, who: Actor, draft_id: int, body: Delegating, match: Match) -> DraftShown:
    """Let another sign in one's place: who signs in this organisation, or who stands in for one today."""
    draft = _locked(session, who, draft_id, match)
    signatories.delegate(session, who, draft, to=body.official_id, reason=body.reason)
    return _shown(session, who, draft)


def _printed(who: Actor, draft_id: int, match: Match, asked: Sequence[int]) -> pages.Printed | None:
    """The page where there is none yet, printed while nothing is locked."""
    with house().transaction() as session:
        draft = _locked(session, who, draft_id, match)
        require(who, Permission.DRAFT_WRITE, draft)
        visas.in_order(session, draft, asked)
        wanted = pages.wanted(session, draft)
    return draft_printing.printed(who, wanted)


def _locked(session: Session, who: Actor, draft_id: int, match: Match) -> Draft:
    draft = drafts.draft_of(session, who, draft_id, lock=True)
    match.check(session, draft)
    return draft


def _own_visa(who: Actor, draft: Draft) -> Visa:
    for visa in draft.visas:
        if visa.official_id in who.people and visa.state is VisaState.ASKED:
            return visa
    raise NotFound


def _card(session: Session, who: Actor, given: DraftGiven) -> drafts.DraftCard:
    if given.correspondent_id is not None:
        correspondents.correspondent_of(session, who, given.correspondent_id)
    typed = given.model_dump(exclude={"text", "kind", "in_reply_to_id", "cosigners"})
    return drafts.DraftCard(**typed, cosigners=tuple(given.cosigners))


def _shown(session: Session, who: Actor, draft: Draft) -> DraftShown:
    return shown(session, DraftShown, draft, **_more(session, who, draft))


def _of(session: Session, who: Actor, draft: Draft) -> DraftShown:
    return DraftShown.of(draft, **_more(session, who, draft))


def _more(session: Session, who: Actor, draft: Draft) -> dict[str, Any]:
    last = draft.versions[-1]
    seen = [VisaShown.model_validate(visa) for visa in draft.visas]
    return {
        "address": reaching.address_of(session, who, draft, draft.address, draft.correspondent_id),
        "ordinal": last.ordinal,
        "printed": last.content_id is not None,
        "trouble": last.trouble,
        "text": last.text,
        "visas": seen,
        "signatories": [SignatoryShown.model_validate(each) for each in draft.signatories],
    }
