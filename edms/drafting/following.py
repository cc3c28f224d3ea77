"""The tracking code of the letter that is answered, printed on our first answer to whoever wrote it.

Who wrote by post was handed no slip, and a slip is lost: from our answer she follows her letter as from the slip. Only a
paper that goes to her alone bears it, for the code is hers.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from edms.drafting.models import Draft
from edms.drafting.paper.letter import Letter
from edms.registry import tracking
from edms.registry.going_out import addressees
from edms.registry.models import Document, DocumentLink
from edms.registry.names import stands_in
from edms.registry.words import LinkKind

Issue = tuple[int, int]
"""Of which letter and which of its codes: by these the code is made, with a key that no row holds."""


@dataclass(frozen=True)
class TrackPage:
    """Where a citizen follows her letter, and the key from which the codes follow."""

    address: str
    key: bytes


def first_answer_to(session: Session, draft: Draft, letter: Document | None) -> Issue | None:
    """The letter whose code this paper bears: one from outside, not answered yet, whose sender is its one addressee."""
    if letter is None or not letter.kind.comes_in or not stands_in(letter.correspondent_name, draft.addressee):
        return None
    answered = exists().where(DocumentLink.other_id == letter.document_id, DocumentLink.kind == LinkKind.REPLY_TO)
    if addressees.of_draft(session, draft.draft_id) or session.scalar(select(answered)):
        return None
    return letter.document_id, letter.tracking_issue


def with_code(values: Letter, issue: Issue | None, page: TrackPage | None) -> Letter:
    """The letter with the code where it bears one; without a page to follow it on a code is of no use."""
    if issue is None or page is None:
        return values
    return replace(values, tracking_address=page.address, tracking_code=tracking.code(page.key, *issue))
