"""Makes the letters of a list, each in a transaction of its own: a worker that dies goes on where it stopped.

Printing takes its time, so it lies between two transactions, and the page is in the store before a row speaks of it.
"""

from __future__ import annotations

from collections.abc import Mapping

from edms.bootstrap import House
from edms.drafting import pages
from edms.drafting.mailing import letters, making
from edms.drafting.mailing.models import Mailing
from edms.drafting.mailing.naming import words_of
from edms.errors import EdmsError, RuleBroken, Unavailable


def make(house: House, subject_id: int | None) -> None:
    """Make what waits of this list. Errors: Unavailable (tried again)."""
    with house.transaction() as session:
        mailing = session.get(Mailing, subject_id) if subject_id is not None else None
        if mailing is None:
            return
        mailing_id, one_number = mailing.mailing_id, mailing.one_number
    if one_number:
        _one(house, mailing_id)
    else:
        heads = words_of().heads
        while _next(house, mailing_id, heads):
            pass
    with house.transaction() as session:
        making.finish(session, mailing_id)


def give_up(house: House, subject_id: int | None) -> None:
    """Its job stands: what was not made is named to the list's author, who can have it tried once more."""
    if subject_id is not None:
        with house.transaction() as session:
            letters.fail_rest(session, subject_id, RuleBroken("drafting.list_given_up"))
            making.finish(session, subject_id)


def _one(house: House, mailing_id: int) -> None:
    """The one letter of all, or why it cannot be."""
    try:
        with house.transaction() as session:
            letter = letters.one_letter_of(session, mailing_id)
        if letter is not None:
            _print(house, letter)
    except Unavailable:
        raise
    except EdmsError as error:
        with house.transaction() as session:
            letters.fail_rest(session, mailing_id, error)


def _next(house: House, mailing_id: int, heads: Mapping[str, str]) -> bool:
    """Make the next letter, or note why it cannot be; is there one?"""
    with house.transaction() as session:
        row_id = letters.next_row(session, mailing_id)
        letter = letters.letter_of(session, row_id, heads) if row_id is not None else None
    if letter is not None:
        try:
            _print(house, letter)
        except Unavailable:
            raise
        except EdmsError as error:  # this page cannot be printed: the others are
            with house.transaction() as session:
                letters.fail(session, row_id or 0, error)
    return row_id is not None


def _print(house: House, letter: letters.Letter) -> None:
    printed = pages.printed(letter.wanted, house.store)
    with house.transaction() as session:
        letters.make(session, letter, printed)
