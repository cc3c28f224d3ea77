"""Ends an arrival otherwise than by registration (D414 art. 33): each kind of end asks its own fields.

Not for registration: what it is. Returned: to whom, where, how and why, a court's matter within the legal term. Forwarded: to which competent body, whose letter
it is and why, within the legal term. Defective: what was wrong and who was present. Nothing else is kept of an end.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import date

from sqlalchemy.orm import Session

from edms import clock, terms
from edms.access.actor import Actor
from edms.access.permissions import Permission
from edms.access.policy import require
from edms.errors import Invalid
from edms.events import Event, record
from edms.registry import arrivals
from edms.registry.card import clean
from edms.registry.endings.models import ArrivalEnd
from edms.registry.endings.words import Fault, ItemKind
from edms.registry.going_out import answering
from edms.registry.models import Arrival
from edms.registry.words import ArrivalState, Channel
from edms.staff.calendars import calendar_of
from edms.staff.models import Organisation

LONGEST = {"reason": 2000, "sender_name": 300, "sender_address": 500, "body": 300, "body_address": 500}
MOST_MEMBERS, LONGEST_MEMBER = 12, 200
WAYS = (Channel.COUNTER, Channel.POST, Channel.COURIER, Channel.EMAIL, Channel.EXCHANGE)
"""How something goes back to its sender or on to another body."""


@dataclass(frozen=True)
class Asks:
    """What an end must be told, and what it may be told besides."""

    must: tuple[str, ...]
    may: tuple[str, ...] = ()


ASKS: Mapping[ArrivalState, Asks] = {
    ArrivalState.NOT_FOR_REGISTRATION: Asks(("item",), ("reason",)),
    ArrivalState.RETURNED: Asks(("reason", "sender_name", "sender_address", "sent_by"), ("court",)),
    ArrivalState.FORWARDED: Asks(("body", "reason", "sender_name", "sender_address"), ("body_address", "sent_by")),
    ArrivalState.DEFECTIVE: Asks(("faults", "members"), ("reason", "sender_name", "sender_address")),
}


@dataclass(frozen=True)
class Ending:
    """What is told of an end. `reason` is a remark where the kind of end needs no reason."""

    reason: str | None = None
    item: ItemKind | None = None
    sender_name: str | None = None
    sender_address: str | None = None
    body: str | None = None
    body_address: str | None = None
    sent_by: Channel | None = None
    faults: Sequence[Fault] = ()
    members: Sequence[str] = ()
    court: bool = False  # returned: its matter is a court's


def end(session: Session, actor: Actor, arrival: Arrival, *, state: ArrivalState, told: Ending) -> ArrivalEnd:
    """End an arrival in `state` with what that end must be told; a forwarded one gets its terms and keeps its filing day.

    Errors: Invalid naming the fields; Conflict if it has ended.
    """
    require(actor, Permission.ARRIVAL_END, arrival)
    told = _cleaned(told)
    _check(state, told)
    arrivals.require_waiting(session, arrival)
    made = ArrivalEnd(
        arrival_id=arrival.arrival_id,
        organisation_id=arrival.organisation_id,
        **{name: getattr(told, name) for name in _KEPT},
        faults=[fault.value for fault in told.faults],
        members=list(told.members),
        terms=[],
        court=told.court,
    )
    if state is ArrivalState.FORWARDED:
        _count(session, arrival, made, "forwarding", "forwarding_notice")
    elif told.court:
        _count(session, arrival, made, "court_return")
    session.add(made)
    arrivals.close(arrival, actor, state, told.reason)
    facts = {"state": state.value, **{k: v for k, v in _facts(made, told).items() if v}}
    record(
        session, actor, Event.ARRIVAL_ENDED, arrivals.subject(arrival),
        organisation_id=arrival.organisation_id, detail={"state": state.value, "reason": told.reason}, facts=facts,
    )  # fmt: skip
    answering.ended_there(session, arrival)
    return made


_KEPT = ("item", "sender_name", "sender_address", "body", "body_address", "sent_by")


def _cleaned(told: Ending) -> Ending:
    texts = {name: clean(getattr(told, name)) for name in LONGEST}
    people = tuple(name for member in told.members if (name := clean(member)))
    return replace(told, **texts, members=people, faults=tuple(dict.fromkeys(told.faults)))  # type: ignore[arg-type]


def _check(state: ArrivalState, told: Ending) -> None:
    asks = ASKS.get(state)
    if asks is None:
        raise Invalid(fields={"state": "registry.arrival_end_unknown"})
    wrong = {name: _missing(name) for name in asks.must if not getattr(told, name)}
    if not told.reason and (told.item is ItemKind.OTHER or Fault.OTHER in told.faults):
        wrong["reason"] = "endings.say_what"
    for field in fields(told):
        if getattr(told, field.name) and field.name not in (*asks.must, *asks.may):
            wrong[field.name] = "field.unknown"
    for name, longest in LONGEST.items():
        if len(getattr(told, name) or "") > longest:
            wrong[name] = "registry.text_too_long"
    if len(told.members) > MOST_MEMBERS or any(len(name) > LONGEST_MEMBER for name in told.members):
        wrong["members"] = "endings.too_many_members"
    if told.sent_by is not None and told.sent_by not in WAYS:
        wrong["sent_by"] = "field.not_a_choice"
    if wrong:
        raise Invalid("error.invalid", fields=wrong)


def _missing(name: str) -> str:
    return "registry.reason_missing" if name == "reason" else "field.missing"


def _count(session: Session, arrival: Arrival, made: ArrivalEnd, sending: str, telling: str | None = None) -> None:
    """The last days for sending it on or back and, of a forwarded one, for telling the applicant (GAC 80).

    The day on which the letter reached us stays its filing date, for the body that gets it too. Where the country's
    list names no such term, none is counted.
    """
    organisation = session.get_one(Organisation, arrival.organisation_id)
    made.filed_on = arrivals.arrived_on(arrival, organisation.time_zone)
    forward = _due(organisation, sending, made.filed_on)
    notice = _due(organisation, telling, made.filed_on) if telling else None
    made.forward_due_on = forward.on if forward else None
    made.notice_due_on = notice.on if notice else None
    made.terms = [counted.to_json() for counted in (forward, notice) if counted]


def _due(organisation: Organisation, what: str, filed_on: date) -> terms.Due | None:
    """A term of the country, from the arrival or from today's decision, as the term itself says."""
    term = terms.TABLE.get(f"{organisation.country.lower()}.{what}")
    if term is None:
        return None
    since = clock.today(organisation.time_zone) if term.start is terms.Start.DECIDED else filed_on
    return terms.due(term, calendar_of(organisation), since)


def _facts(made: ArrivalEnd, told: Ending) -> dict[str, object]:
    days = {name: getattr(made, name) for name in ("filed_on", "forward_due_on", "notice_due_on")}
    return {
        "reason": told.reason,
        **{name: getattr(told, name) for name in _KEPT},
        "faults": list(made.faults),
        "members": list(made.members),
        "court": made.court,
        **{name: day.isoformat() if day else None for name, day in days.items()},
    }
