"""A draft sent on before its page is there: a machine prints it while the draft already lies before others.

They are not told of it sooner than ten seconds later, so they find its page; who looks earlier reads that it is being
printed, and can neither answer nor sign. What cannot be printed is its author's again.
"""

from __future__ import annotations

from sqlalchemy.orm import Session

from edms.access.actor import Actor
from edms.drafting import drafts, pages
from edms.drafting.models import Draft, DraftSource, DraftState
from edms.errors import EdmsError, RuleBroken
from edms.events import Event
from edms.jobs import Kind, defer

BEFORE_OTHERS = (DraftState.VISAS, DraftState.TO_SIGN)


def follows(session: Session, draft: Draft) -> None:
    """Have the newest version printed by a machine.

    Errors: RuleBroken without a text, and for what its author must see first: paper of a Word file, or one brought.
    """
    if draft.source is not DraftSource.TEXT:
        raise RuleBroken("drafting.page_not_made")
    version = draft.versions[-1]
    if not version.text.strip():
        raise RuleBroken("drafting.text_missing")
    version.trouble, version.trouble_values = None, {}
    defer(session, Kind.PRINT_DRAFT, draft.draft_id)


def awaited(draft: Draft) -> bool:
    """Does it lie before others whose page is still being printed?"""
    return draft.state in BEFORE_OTHERS and draft.versions[-1].content_id is None


def require_printed(draft: Draft) -> None:
    """An answer is to a page that could be seen. Errors: RuleBroken while it is being printed."""
    if awaited(draft):
        raise RuleBroken("drafting.printing")


def not_printed(session: Session, draft: Draft, error: EdmsError) -> None:
    """Its page cannot be made: it goes back to its author, who is told, as are those before whom it lay."""
    if not awaited(draft):
        return
    pages.troubled(draft.versions[-1], error)
    told = [draft.author_id, *drafts.looked_at(draft, draft.author_id)]
    drafts.back_to_writing(draft)
    drafts.note(session, Actor.system(draft.organisation_id), Event.DRAFT_NOT_PRINTED, draft, to=told)
