"""Makes the letters of a list, each in a transaction of its own: a worker that dies goes on where it stopped."""

from __future__ import annotations

from edms.bootstrap import House
from edms.drafting.mailing import making
from edms.drafting.mailing.models import Mailing
from edms.drafting.mailing.naming import words_of


def make(house: House, subject_id: int | None) -> None:
    """Make what waits of this list. Errors: Unavailable (tried again)."""
    with house.transaction() as session:
        mailing = session.get(Mailing, subject_id) if subject_id is not None else None
        if mailing is None:
            return
        mailing_id, one_number = mailing.mailing_id, mailing.one_number
    if one_number:
        with house.transaction() as session:
            making.make_one(session, mailing_id, store=house.store)
    else:
        heads = words_of().heads
        more = True
        while more:
            with house.transaction() as session:
                more = making.make_next(session, mailing_id, heads, store=house.store) is not None
    with house.transaction() as session:
        making.finish(session, mailing_id)
