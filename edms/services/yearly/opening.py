"""Begins the cases of the year on their day, or as soon as the house is up again; tells whoever is responsible.

All of one case is one transaction: letter, number, case and the row of the year, or nothing of them. A year whose day
passed while nobody had asked for it, or that is over, is not caught up.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Mapping
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from edms import clock, words
from edms.access.actor import Actor
from edms.access.permissions import Permission
from edms.access.policy import require
from edms.access.roles import Role
from edms.errors import Conflict, Invalid, RuleBroken
from edms.events import Event, Subject, record
from edms.registry import readers, registration
from edms.registry.card import Card
from edms.registry.models import Register
from edms.registry.registers import is_open
from edms.registry.words import Channel, DocumentType
from edms.services import cases, holding, own_routes, seats
from edms.services.definition import Route
from edms.services.kinds import Opening
from edms.services.messages import title
from edms.services.models import Case
from edms.services.yearly import years
from edms.services.yearly.models import ServiceYear, Yearly
from edms.staff.actors import employed
from edms.staff.models import Official, Organisation


def routes(session: Session, organisation: Organisation) -> list[Route]:
    """The routes of today that have a day of the year."""
    today = clock.today(organisation.time_zone)
    return [route for route in own_routes.on(session, organisation, today) if Opening.YEARLY in route.opens.ways]


def chosen(session: Session, organisation: Organisation) -> Mapping[str, Yearly]:
    """What begins by itself here, by service."""
    found = session.scalars(select(Yearly).where(Yearly.organisation_id == organisation.organisation_id))
    return {row.service: row for row in found}


def choose(
    session: Session, actor: Actor, organisation: Organisation, service: str, *, official_id: int | None, version: int
) -> Yearly | None:
    """Let the service begin by itself each year, for this official; None: it is begun by hand. `version` is that of the
    choice so far, 0 where there was none.

    Errors: Forbidden; Invalid for a service without a day, an official of others, or where no register is open for it;
    Conflict on a stale edit.
    """
    require(actor, Permission.SERVICES_MANAGE, organisation)
    row = chosen(session, organisation).get(service)
    if (row.version if row is not None else 0) != version:
        raise Conflict("error.stale")
    before = row.official_id if row is not None else None
    if before == official_id:
        return row
    today = clock.today(organisation.time_zone)
    if official_id is not None:
        _require_possible(session, organisation, service, official_id, today)
    if row is not None and official_id is None:
        session.delete(row)
        row = None
    elif row is not None and official_id is not None:
        row.official_id = official_id
    elif official_id is not None:
        row = Yearly(organisation_id=organisation.organisation_id, service=service, official_id=official_id)
        row.from_on, row.set_at, row.set_by_id = today, clock.now(), actor.official_id
        session.add(row)
    session.flush()
    record(
        session,
        actor,
        Event.SERVICE_YEARLY_CHOSEN,
        Subject("organisation", organisation.organisation_id),
        organisation_id=organisation.organisation_id,
        detail={"service": service, "before": before, "after": official_id},
    )
    return row


def next_day(session: Session, organisation: Organisation, route: Route, row: Yearly) -> date:
    """The day on which the next case of the service begins by itself."""
    today = clock.today(organisation.time_zone)
    this = day_in(route, today.year)
    taken = _taken(session, organisation, route.name, today.year)
    return this if not taken and this >= row.from_on else day_in(route, today.year + 1)


def day_in(route: Route, year: int) -> date:
    """Its day in that year; 29 February is the 28th where there is none."""
    month, day = divmod(route.opens.yearly or 101, 100)
    return date(year, month, min(day, monthrange(year, month)[1]))


def this_year(organisation: Organisation, route: Route) -> date:
    """Its day in the present year."""
    return day_in(route, clock.today(organisation.time_zone).year)


def due(session: Session, organisation: Organisation, *, by: date | None = None) -> list[str]:
    """The services whose case of this year is to be opened: today, or was by an earlier day."""
    today = by or clock.today(organisation.time_zone)
    wanted = chosen(session, organisation)
    return [
        route.name
        for route in (routes(session, organisation) if wanted else ())
        if (row := wanted.get(route.name)) is not None
        and row.from_on <= day_in(route, today.year) <= today
        and not _taken(session, organisation, route.name, today.year)
    ]


def begin(session: Session, organisation: Organisation, service: str) -> Case | None:
    """Open the case of this year: a letter of our own in its register, and the case with the year that it is for.

    None where it was opened meanwhile, by whomever. Errors: RuleBroken where no register is open for it.
    """
    system = Actor.system(organisation.organisation_id)
    today = clock.today(organisation.time_zone)
    route = next(each for each in routes(session, organisation) if each.name == service)
    if years.take(session, organisation.organisation_id, service, today.year) is None:
        return None
    official = session.get_one(Official, chosen(session, organisation)[service].official_id)
    here = employed(official, today)
    speaks = organisation.language
    name = title(route, speaks, route.title)
    card = Card(
        summary=words.say(speaks, "proceedings.yearly_summary", service=name, year=today.year),
        channel=Channel.INTERNAL,
        document_type=DocumentType.MEMO.value,
        addressee_id=official.official_id if here else None,
        unit_id=official.unit_id if here else None,
        language=speaks,
    )
    book = _book(session, organisation, route, today)
    document = registration.register(session, system, book, card, idempotency_key=f"yearly:{service}:{today.year}")
    document.responsible_id = official.official_id if here else None  # what no unit has falls to her
    values = {route.opens.for_year: today.year + 1} if route.opens.for_year is not None else {}
    case = cases.begin(session, system, document, service, values=values)
    heads = [one.official_id for one in seats.sitting(session, organisation, document, Role.HEAD, None)]
    to = sorted({*heads, *([official.official_id] if here else [])})
    readers.grant(document, to)
    said = {"service": service, "year": today.year}
    holding.note(session, system, Event.CASE_OPENED_YEARLY, case, document, {**said, "to": to}, facts=said)
    return case


def _taken(session: Session, organisation: Organisation, service: str, year: int) -> bool:
    found = select(ServiceYear.service_year_id).where(
        ServiceYear.organisation_id == organisation.organisation_id,
        ServiceYear.service == service,
        ServiceYear.year == year,
    )
    return session.scalar(found) is not None


def _book(session: Session, organisation: Organisation, route: Route, today: date) -> Register:
    found = select(Register).where(
        Register.organisation_id == organisation.organisation_id, Register.kind == route.opens.register
    )
    for book in session.scalars(found.order_by(Register.register_id)):
        if is_open(book, today):
            return book
    raise RuleBroken("proceedings.no_register", number=title(route, organisation.language, route.title))


def _require_possible(
    session: Session, organisation: Organisation, service: str, official_id: int, today: date
) -> None:
    route = next((each for each in routes(session, organisation) if each.name == service), None)
    official = session.get(Official, official_id)
    ours = official is not None and official.organisation_id == organisation.organisation_id
    if route is None:
        raise Invalid(fields={"service": "field.not_a_choice"})
    if official is None or not ours or not employed(official, today):
        raise Invalid(fields={"official": "proceedings.official_unknown"})
    try:
        _book(session, organisation, route, today)
    except RuleBroken as error:
        raise Invalid(fields={"official": error.message}) from None
