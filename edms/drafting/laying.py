"""What lies before a signer, and what her signature sets on it: the revision she signs upon, her field, her marks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from edms import clock
from edms.access.actor import Actor
from edms.drafting.models import Draft, Signatory
from edms.drafting.paper.marks import usual_place
from edms.drafting.visas import shown
from edms.errors import Corrupt
from edms.jobs import Kind, defer
from edms.registry.models import Content, Number
from edms.signing import requests, turns
from edms.signing.container import Box
from edms.signing.models import SignatureRequest, SignatureState
from edms.staff.models import Official, Organisation


def shown_now(session: Session, draft: Draft) -> Content | None:
    """What lies before a signer: the page with the signatures that are on it so far."""
    return pile(session, [draft])[0][0]


def pile(session: Session, drafts: Sequence[Draft]) -> list[tuple[Content | None, list[SignatureRequest]]]:
    """The same of a whole pile in two questions: of each draft what lies before its signers, and its requests."""
    papers = turns.of_papers(session, [draft.draft_id for draft in drafts])
    raised = {each.raised_content_id for paper in papers.values() for each in paper}
    pages = {shown(draft).content_id for draft in drafts}
    found = session.scalars(select(Content).where(Content.content_id.in_((raised | pages) - {None})))
    contents = {content.content_id: content for content in found}
    made = []
    for draft in drafts:
        paper = papers[draft.draft_id]
        made.append((turns.newest(session, paper) or contents.get(shown(draft).content_id or 0), paper))
    return made


def seen(session: Session, draft: Draft, paper: list[SignatureRequest], sha256: bytes) -> Content:
    """The content that she was shown: the page, or it with the signatures of others, who may have signed since."""
    version = shown(draft)
    made = [each.raised_content_id for each in paper if each.state is SignatureState.RAISED]
    for content_id in (version.content_id, *made):
        content = session.get(Content, content_id) if content_id else None
        if content is not None and content.sha256 == sha256:
            return content
    raise Corrupt("signing.not_what_was_shown")


def renew(
    session: Session,
    request: SignatureRequest,
    page: Content,
    marks: list[requests.MarkAsked],
    paper: list[SignatureRequest],
) -> None:
    """Bring a request that waits for its PIN to the present: another day's number, another's signature before it."""
    asked = [mark.as_json() for mark in marks]
    same = request.marks == asked and request.shown_content_id == page.content_id
    if same and not turns.is_stale(session, paper, request):
        return
    request.marks, request.shown_content_id, request.shown_sha256 = asked, page.content_id, page.sha256
    turns.prepare_again(request)
    defer(session, Kind.PREPARE_SIGNATURE, request.signature_request_id)


def among(draft: Draft, seat: Signatory) -> requests.Among:
    """Her field and those of the others, by their places in the order."""
    places = shown(draft).place
    others = [each for each in draft.signatories if each is not seat]
    return requests.Among(
        field=f"Signature{seat.position + 1}",
        later={f"Signature{each.position + 1}": _place(places, each.position) for each in others},
    )


def hand(session: Session, actor: Actor, seat: Signatory) -> Official:
    """Who signs: she, or who stands in for her, under her own name and post (D414 art. 28)."""
    return session.get_one(Official, actor.official_id or seat.official_id)


def marks(
    session: Session, actor: Actor, draft: Draft, seat: Signatory, number: Number, printed: dict[str, str]
) -> list[requests.MarkAsked]:
    """The stamp, set before the first signature, and the face of hers with the day on which she signs."""
    organisation = session.get_one(Organisation, draft.organisation_id)
    signs = hand(session, actor, seat)
    places = shown(draft).place
    stamp = {
        "language": draft.language,
        "number": number.text,
        "day": number.drawn_on.isoformat(),
        "office": organisation.name(draft.language),
        "framed": "registration" not in places,
    }
    face = {
        "language": draft.language,
        "name": signs.name(draft.language),
        "post": signs.post(draft.language),
        "office": organisation.name(draft.language),
        "day": clock.today(organisation.time_zone).isoformat(),
        **printed,
    }
    stamp_place = Box(**(places.get("registration") or usual_place("registration").as_json()))
    return [
        requests.MarkAsked(kind="registration", place=stamp_place, words=stamp),
        requests.MarkAsked(kind="signature", place=_place(places, seat.position), words=face),
    ]


def _place(places: dict[str, Any], position: int) -> Box:
    """Where the block of the signer at this position stands."""
    kept = places.get("signature" if position == 0 else f"signature-{position + 1}")
    return Box(**(kept or usual_place("signature").as_json()))
