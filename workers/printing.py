"""Prints the page of a draft that was sent on: it lies before people already, and they see its page when it is there."""

from __future__ import annotations

from edms.access.actor import Actor
from edms.bootstrap import House
from edms.drafting import pages, printing, regrading
from edms.drafting.models import Draft
from edms.errors import Conflict, EdmsError, Unavailable


def print_draft(house: House, subject_id: int | None) -> None:
    """Print what has no page. What cannot be printed goes back to its author. Errors: Unavailable (tried again)."""
    with house.transaction() as session:
        draft = session.get(Draft, subject_id) if subject_id is not None else None
        wanted = pages.wanted(session, draft) if draft is not None and printing.awaited(draft) else None
    if wanted is None:
        return
    try:
        made = pages.printed(wanted, house.store, track_page=house.track_page)
        with house.transaction() as session:
            draft = session.get_one(Draft, wanted.draft_id, with_for_update=True)
            pages.keep(session, Actor.system(draft.organisation_id), draft, made)
    except Conflict:
        return  # it was taken back and says something else: whoever sends that on has it printed
    except Unavailable:
        raise
    except EdmsError as error:
        _back(house, wanted.draft_id, error)


def mark_drafts(house: House, subject_id: int | None) -> None:
    """Each of them for itself. Errors: Unavailable while one is just being signed (tried again)."""
    waits: Unavailable | None = None
    with house.transaction() as session:
        found = regrading.answering(session, subject_id or 0)
    for draft_id in found:
        try:
            with house.transaction() as session:
                regrading.follow(session, draft_id)
        except Unavailable as error:
            waits = error
    if waits is not None:
        raise waits


def give_up(house: House, subject_id: int | None) -> None:
    """Its job stands: the draft goes back to its author, who is told and can send it on again."""
    if subject_id is not None:
        _back(house, subject_id, Unavailable("paper.not_printed"))


def _back(house: House, draft_id: int, error: EdmsError) -> None:
    with house.transaction() as session:
        printing.not_printed(session, session.get_one(Draft, draft_id, with_for_update=True), error)
