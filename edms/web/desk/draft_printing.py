"""Prints a draft between two transactions: the first reads what is wanted, the second keeps the page."""

from __future__ import annotations

from edms.access.actor import Actor
from edms.drafting import drafts, pages
from edms.errors import EdmsError
from edms.web.kit.house import house


def printed(who: Actor, wanted: pages.Wanted | None) -> pages.Printed | None:
    """The page, printed while no transaction is open; None when it was there. What goes wrong is noted on the draft.

    Errors: those of `pages.printed`.
    """
    if wanted is None:
        return None
    try:
        return pages.printed(wanted, house().store, track_page=house().track_page)
    except EdmsError as error:
        with house().transaction() as session:
            pages.failed(drafts.draft_of(session, who, wanted.draft_id, lock=True), wanted, error)
        raise
