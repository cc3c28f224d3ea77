"""The two clocks of a letter: the legal term that its register gives it, and the internal term of a resolution.

The legal term is counted from registration under the organisation's calendar and kept with its reasons (GAC 100, 177;
domain rules of the country). Internal terms are calendar days from the signature of the resolution (D414 art. 43) and
never reach past the legal one while that still runs.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from edms import clock, terms
from edms.access.actor import Actor
from edms.access.permissions import Permission
from edms.access.policy import require
from edms.errors import Invalid, RuleBroken
from edms.events import Event, record
from edms.registry import former
from edms.registry.card import clean
from edms.registry.downtime import sheets
from edms.registry.models import Document, Register
from edms.routing.matter import hold, require_open, subject
from edms.staff.calendars import calendar_of
from edms.staff.models import Organisation


def today_of(session: Session, document: Document) -> date:
    """The civil day where the document is."""
    return clock.today(session.get_one(Organisation, document.organisation_id).time_zone)


def begin_legal_term(session: Session, document: Document) -> None:
    """Count the legal term that the document's register names, once; its reasons are kept with it.

    It runs from our own registration, also of a letter that another body forwarded: the proceeding begins when the
    competent body registers (GAC 76, 100). The day on which it was filed there is kept on the card (`filed_on`) and
    decides only whether the applicant kept a term of hers (GAC 80).
    """
    if document.due_on is not None or document.term is not None:
        return
    name = session.get_one(Register, document.register_id).term
    if not name:
        return
    organisation = session.get_one(Organisation, document.organisation_id)
    counted = terms.due(terms.named(name), calendar_of(organisation), first_day(session, document))
    _keep(document, counted, {"name": name})


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


def extend_legal_term(
    session: Session, actor: Actor, document: Document, *, count: int, kind: terms.Kind, reason: str
) -> None:
    """A longer legal term, by the leader's reasoned decision and within the rule of the term (GAC 100).

    Errors: RuleBroken when the term knows no extension or it would be too long; Invalid without a reason.
    """
    require(actor, Permission.CONTROL_PUT, document)
    document = hold(session, document.document_id)
    require_open(document)
    if not (reason := clean(reason) or ""):
        raise Invalid(fields={"reason": "routing.reason_missing"})
    reached = legal_due(session, document)
    if reached is None or document.term is None:
        raise RuleBroken("routing.no_legal_term", number=document.number)
    today = today_of(session, document)
    earlier = [terms.Extension.from_json(e) for e in document.term.get("extensions", ())]
    added = terms.Extension(count, kind, today)
    counted = terms.check_extension(reached, added, requested_on=today, earlier=earlier)
    before = document.due_on
    _keep(
        document,
        counted,
        {"name": document.term.get("name"), "extensions": [e.to_json() for e in (*earlier, added)]},
    )
    record(
        session,
        actor,
        Event.EXTENSION_GRANTED,
        subject(document, "document", document.document_id),
        organisation_id=document.organisation_id,
        detail={
            "legal": True,
            "reason": reason,
            "before": before.isoformat() if before else None,
            "due_on": document.due_on.isoformat() if document.due_on else None,
        },
    )


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


def _keep(document: Document, counted: terms.Due, more: Mapping[str, Any]) -> None:
    document.due_on = counted.on
    document.term = {**counted.to_json(), **more}
