"""The round of saved searches: whoever follows one is told of new letters that answer, in one line a search."""

from __future__ import annotations

from sqlalchemy.orm import Session

from edms import clock
from edms.bootstrap import House
from edms.notices import notices
from edms.search import following
from workers import apart

MESSAGE = "notices.search_answered"


def follow(house: House, subject_id: int | None) -> None:
    """Look at the subscriptions that waited longest, each in its own transaction. Errors: Unavailable."""
    with house.transaction() as session:
        due = following.due(session)

    def tell(session: Session, subscription: tuple[int, int]) -> None:
        saved_search_id, official_id = subscription
        found = following.news(session, saved_search_id, official_id, index=house.search.index(session))
        if found is not None:
            values = {"search": found.name, "n": found.count, "saved_search_id": saved_search_id}
            key = f"search:{saved_search_id}:{official_id}:{clock.now().isoformat()}"
            notices.tell(session, official_id, None, MESSAGE, values, key)

    apart.each(house, due, tell)
