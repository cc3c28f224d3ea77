"""Several signers of one paper: whose signature is on its way, upon which revision the next is set, when one prepared
before is prepared anew.

Each may be asked when she likes; the signatures are set one after another, for each covers all before it. Who signs
locks all requests of the paper first, so of two at the same instant the second sees the first's.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from edms import clock
from edms.errors import RuleBroken
from edms.registry.models import Content
from edms.signing.models import OVER, SignatureRequest, SignatureState

UNPREPARED = (SignatureState.ASKED, SignatureState.PREPARED)


def locked(session: Session, requests: Iterable[SignatureRequest]) -> list[SignatureRequest]:
    """These requests and all others of their papers, locked in one order so that no two signers wait for each other."""
    those = list(requests)
    ids = [each.signature_request_id for each in those]
    drafts = {each.draft_ref for each in those if each.draft_ref is not None}
    found = select(SignatureRequest).where(
        or_(SignatureRequest.signature_request_id.in_(ids), SignatureRequest.draft_ref.in_(drafts))
    )
    found = found.order_by(SignatureRequest.signature_request_id).with_for_update()
    return list(session.scalars(found.execution_options(populate_existing=True)))


def of_paper(session: Session, draft_ref: int) -> list[SignatureRequest]:
    """All requests of one paper, the oldest first."""
    found = select(SignatureRequest).where(SignatureRequest.draft_ref == draft_ref)
    return list(session.scalars(found.order_by(SignatureRequest.signature_request_id)))


def of_papers(session: Session, draft_refs: Collection[int]) -> dict[int, list[SignatureRequest]]:
    """The requests of many papers in one question, by paper, the oldest first; their contents are then at hand."""
    found = select(SignatureRequest).where(SignatureRequest.draft_ref.in_(draft_refs))
    papers: dict[int, list[SignatureRequest]] = {each: [] for each in draft_refs}
    for request in session.scalars(found.order_by(SignatureRequest.signature_request_id)):
        papers[request.draft_ref or 0].append(request)
    return papers


def newest(session: Session, paper: Collection[SignatureRequest]) -> Content | None:
    """The revision with the signatures that are there so far; None before the first."""
    made = [each for each in paper if each.state is SignatureState.RAISED and each.raised_content_id is not None]
    last = max(made, key=lambda each: (each.ended_at or clock.now(), each.signature_request_id), default=None)
    return session.get(Content, last.raised_content_id) if last is not None else None


def require_turn(paper: Collection[SignatureRequest], request: SignatureRequest | None = None) -> None:
    """Refuse while another's signature is being set, or this one is at its key already. Errors: RuleBroken, naming her."""
    for other in paper:
        if other is not request and other.on_its_way:
            raise RuleBroken("signing.another_signs", name=other.name)
    if request is not None and request.at_key:
        raise RuleBroken("signing.at_key")


def is_stale(session: Session, paper: Collection[SignatureRequest], request: SignatureRequest) -> bool:
    """Did another sign since it was prepared?"""
    content = newest(session, paper)
    return content is not None and content.content_id != request.base_content_id


def prepare_again(request: SignatureRequest) -> None:
    """Let its bytes be made anew; the caller posts the job or makes them herself."""
    request.state = SignatureState.ASKED
    request.digest = request.container = request.prepared_content_id = request.prepared_at = None
    request.with_key = request.with_key_until = None


def end_all(paper: Sequence[SignatureRequest], *, trouble: str, values: dict[str, str]) -> None:
    """The paper does not come about: what is signed stays unused, what was asked is asked no longer."""
    for each in paper:
        if each.state not in OVER or each.state is SignatureState.RAISED:
            each.state = SignatureState.VOID
            each.trouble, each.trouble_values = trouble, values
            each.ended_at = clock.now()
