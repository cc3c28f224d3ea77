"""The two clocks of a letter: the legal term that its register gives it, and the internal term of a resolution.

The legal term is counted from registration under the organisation's calendar and kept with its reasons (GAC 100, 177;
domain rules of the country). Internal terms are calendar days from the signature of the resolution (D414 art. 43) and
never reach past the legal one while that still runs.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy import and_, select
from sqlalchemy.orm import Session

from edms import clock, terms
from edms.errors import Invalid
from edms.registry import former
from edms.registry.downtime import sheets
from edms.registry.models import Document, Register
from edms.registry.words import OPEN_STATES
from edms.routing import standing
from edms.routing.models import Control
from edms.staff.calendars import calendar_of
from edms.staff.models import Organisation

OF_ROUTE = "route:"
"""Before the name of a term that the letter has from the route of its case, not from its register."""
# While the clock of an open letter's legal term stands nothing of the letter is late: not its term, not its control.
STANDS = and_(Document.state.in_(OPEN_STATES), Document.term["stands_since"].astext.is_not(None))


def stands(document: Document) -> terms.Interval | None:
    """Since when, and until what, the clock of an open letter's legal term stands; None while it runs."""
    if document.state not in OPEN_STATES or not (document.term or {}).get("stands_since"):
        return None
    return next((each for each in intervals_of(document) if each.until is None), None)


def day_of_term(document: Document) -> date | None:
    """The last day of the legal term; while its clock stands the one that it had before."""
    was = (document.term or {}).get("was")
    return document.due_on or (date.fromisoformat(was) if was else None)


def today_of(session: Session, document: Document) -> date:
    """The civil day where the document is."""
    return clock.today(session.get_one(Organisation, document.organisation_id).time_zone)


def begin_legal_term(session: Session, document: Document, *, anew: bool = False) -> None:
    """Count the legal term that the document's register names, once, or `anew`; its reasons are kept with it.

    It runs from our own registration, also of a letter that another body forwarded: the proceeding begins when the
    competent body registers (GAC 76, 100). The day on which it was filed there is kept on the card (`filed_on`) and
    decides only whether the applicant kept a term of hers (GAC 80). Counted anew it heeds the days in which it stood.
    """
    if not anew and (document.due_on is not None or document.term is not None):
        return
    name = session.get_one(Register, document.register_id).term
    organisation = session.get_one(Organisation, document.organisation_id)
    calendar, intervals = calendar_of(organisation), intervals_of(document)
    if not name:
        stood, today = (document.term or {}).get("stands_since"), clock.today(organisation.time_zone)
        document.due_on = document.term = None
        if stood:
            standing.go_on(session, document, calendar, lambda since: (today - since).days)
        return
    counted = terms.due(terms.named(name), calendar, first_day(session, document), intervals=intervals)
    redate(session, document, counted, {"name": name}, intervals=intervals)


def first_day(session: Session, document: Document) -> date:
    """The day on which the letter was first registered: by hand during a downtime, or under the number it had before."""
    earlier = [number.drawn_on for number in former.of(session, [document.document_id]).get(document.document_id, ())]
    written = sheets.by_hand(session, [document.document_id]).values()
    return min([document.registered_on, *earlier, *written])


def legal_due(session: Session, document: Document) -> terms.Due | None:
    """The legal term as it was counted, for its explanation and for what is left of it."""
    if document.term is None or "steps" not in document.term:
        return None
    organisation = session.get_one(Organisation, document.organisation_id)
    return terms.Due.from_json(document.term, calendar_of(organisation))


def internal_term(
    session: Session, document: Document, *, due_on: date | None, term: str | None, within: date | None
) -> tuple[date, dict[str, Any] | None]:
    """The last day of a resolution and how it was counted.

    `due_on` is a day that a person set, `term` a named term; with neither the organisation's default counts. `within`
    is the day of the assignment above. Errors: Invalid at "due_on" for a day gone by, or past the term above it.
    """
    organisation = session.get_one(Organisation, document.organisation_id)
    today = clock.today(organisation.time_zone)
    limit = _limit(document, within, today)
    if due_on is not None:
        if due_on < today:
            raise Invalid(fields={"due_on": "routing.due_in_the_past"})
        if limit is not None and due_on > limit:
            raise Invalid("routing.due_beyond_term", fields={"due_on": "routing.due_beyond_term"}, limit=limit)
        return due_on, None
    chosen = terms.named(term) if term else terms.default_term(organisation.country, "assignment")
    counted = terms.due(chosen, calendar_of(organisation), today)
    on = counted.on or today
    if limit is not None and on > limit:
        return limit, None
    return on, counted.to_json()


def _limit(document: Document, within: date | None, today: date) -> date | None:
    """The nearest term above that has not passed: a term that is over binds nobody to a day gone by."""
    ahead = [day for day in (document.due_on, within) if day is not None and day >= today]
    return min(ahead, default=None)


def extensions_of(document: Document) -> list[terms.Extension]:
    """What was granted to the legal term so far."""
    return [terms.Extension.from_json(each) for each in (document.term or {}).get("extensions", ())]


def intervals_of(document: Document) -> list[terms.Interval]:
    """When its clock stood."""
    return [terms.Interval.from_json(each) for each in (document.term or {}).get("intervals", ())]


def count_again(
    session: Session, document: Document, calendar: terms.Calendar, *, extensions: Sequence[terms.Extension],
    intervals: Sequence[terms.Interval],
) -> terms.Due:  # fmt: skip
    """Count the legal term from where it began, through all that happened to it, and keep it."""
    kept = document.term or {}
    reached = terms.Due.from_json(kept, calendar)
    counted = terms.due(reached.term, calendar, reached.started_on, extensions=extensions, intervals=intervals)
    redate(session, document, counted, {"name": kept.get("name")}, extensions=extensions, intervals=intervals)
    return counted


def redate(
    session: Session, document: Document, counted: terms.Due, more: Mapping[str, Any], *,
    extensions: Sequence[terms.Extension] = (), intervals: Sequence[terms.Interval] = (),
) -> None:  # fmt: skip
    """Keep the legal term as it is counted now, `more` beside it; control that stood on its day before moves with it.

    While the clock stands there is no such day: the one before is kept, and unfinished work stands with it. When it
    goes on control moves as far as the term does, also where a person set its day, unless that was over before the
    clock stood; work goes on with the days it had left.
    """
    before, stood = day_of_term(document), (document.term or {}).get("stands_since")
    document.due_on = counted.on
    document.term = {
        **counted.to_json(),
        **more,
        **({"extensions": [each.to_json() for each in extensions]} if extensions else {}),
        **({"intervals": [each.to_json() for each in intervals]} if intervals else {}),
        **({"was": before.isoformat()} if counted.on is None and before is not None else {}),
    }
    if counted.stands_since is not None and not stood:
        standing.stop(session, document, counted.stands_since)
    elif counted.on is not None and stood:
        standing.go_on(
            session, document, counted.calendar, lambda since: terms.days_stood(counted.term, intervals, since),
            before=before, limit=counted.on,
        )  # fmt: skip
    if before is not None and counted.on is not None:
        controlled = (Control.document_id == document.document_id, Control.removed_at.is_(None))
        control = session.scalar(select(Control).where(*controlled))
        if control is not None and control.due_on == before:
            control.due_on = counted.on
        elif control is not None and stood and control.due_on >= date.fromisoformat(stood):
            control.due_on = counted.calendar.next_working(control.due_on + (counted.on - before))
