"""Organisations: opened under the one above, changed by their administrators or by those of an organisation above."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import Session

from edms.access.actor import Actor
from edms.access.permissions import Permission
from edms.access.policy import require
from edms.access.roles import Role
from edms.access.scope import own_organisation
from edms.errors import Conflict, NotFound
from edms.events import Event, Subject, record
from edms.staff.entry import Entry
from edms.staff.models import Organisation, OrganisationKind

COUNTRIES = ("GE", "AM")
DEFAULT_ZONE = "Asia/Tbilisi"


def open_organisation(
    session: Session,
    actor: Actor,
    *,
    code: str,
    names: Mapping[str, str],
    kind: OrganisationKind = OrganisationKind.MUNICIPALITY,
    above: Organisation | None = None,
    language: str = "ka",
    time_zone: str = "Asia/Tbilisi",
    country: str = "GE",
    identification: str | None = None,
) -> Organisation:
    """Open an organisation. One without an organisation above is opened by the service itself (`edms` on the server).

    Errors: Forbidden, Invalid, Conflict on a used code.
    """
    require(actor, Permission.PEOPLE_MANAGE, above if above is not None else _Nowhere())
    entry = Entry()
    organisation = Organisation(
        parent_id=above.organisation_id if above is not None else None,
        code=entry.code(code),
        kind=_kind(entry, kind),
        names=entry.names("names", names),
        language=entry.language(language),
        time_zone=entry.time_zone(time_zone),
        country=_country(entry, country),
        identification=entry.text("identification", identification),
    )
    entry.require()
    if session.scalar(select(Organisation).where(Organisation.code == organisation.code)) is not None:
        raise Conflict("staff.code_taken", fields={"code": "staff.code_taken"}, code=organisation.code)
    session.add(organisation)
    session.flush()  # the event carries its id
    _record(session, actor, organisation, {"opened": organisation.code})
    return organisation


def change_organisation(
    session: Session, actor: Actor, organisation: Organisation, *, version: int, **changes: Any
) -> Organisation:
    """Change what is given: kind, names, language, time_zone, country, identification, address, telephone, email, counter.

    Errors: Forbidden, Invalid, Conflict on a stale edit.
    """
    require(actor, Permission.PEOPLE_MANAGE, organisation)
    if organisation.version != version:
        raise Conflict("error.stale")
    entry = Entry()
    checks: dict[str, Callable[[Any], Any]] = {
        "names": lambda given: entry.names("names", given),
        "address": lambda given: entry.names("address", given, needed=False),
        "counter": lambda given: entry.names("counter", given, needed=False),
        "kind": lambda given: _kind(entry, given),
        "language": entry.language,
        "time_zone": entry.time_zone,
        "country": lambda given: _country(entry, given),
        "identification": lambda given: entry.text("identification", given),
        "telephone": lambda given: entry.text("telephone", given),
        "email": entry.email,
    }
    checked = {name: checks[name](given) for name, given in changes.items()}
    entry.require()
    before = {
        name: getattr(organisation, name) for name, given in checked.items() if getattr(organisation, name) != given
    }
    for name in before:
        setattr(organisation, name, checked[name])
    if before:
        _record(session, actor, organisation, {"before": before, "after": {name: checked[name] for name in before}})
    return organisation


def look_through(session: Session, actor: Actor, organisation: Organisation, *, step: str, on: date) -> None:
    """Note that a step of moving in is right as it is, though nothing of it was changed. Errors: Forbidden."""
    require(actor, Permission.PEOPLE_MANAGE, organisation)
    if step not in organisation.looked_through:
        organisation.looked_through = {**organisation.looked_through, step: on.isoformat()}
        _record(session, actor, organisation, {"looked_through": step})


def administered(actor: Actor, organisation_id: Any) -> ColumnElement[bool]:
    """The condition that a row's organisation is the actor's own, or one she administers."""
    own = own_organisation(actor, organisation_id)
    others = sorted({grant.organisation_id for grant in actor.grants if grant.role is Role.ADMINISTRATOR})
    return or_(own, organisation_id.in_(others)) if others else own


def organisations(session: Session, actor: Actor) -> list[Organisation]:
    """The actor's own organisation and those she administers, by code."""
    require(actor, Permission.PEOPLE_READ)
    found = select(Organisation).where(administered(actor, Organisation.organisation_id))
    return list(session.scalars(found.order_by(Organisation.code)))


def main_zone(session: Session) -> str:
    """The time zone in which most towns of this house lie: its night is the house's night."""
    zone, number = Organisation.time_zone, func.count()
    return session.scalar(select(zone).group_by(zone).order_by(number.desc(), zone).limit(1)) or DEFAULT_ZONE


def organisation_of(session: Session, actor: Actor, organisation_id: int) -> Organisation:
    """One of them. Errors: NotFound."""
    found = select(Organisation).where(
        administered(actor, Organisation.organisation_id), Organisation.organisation_id == organisation_id
    )
    organisation = session.scalar(found)
    if organisation is None:
        raise NotFound
    return organisation


def _country(entry: Entry, given: str) -> str:
    if given not in COUNTRIES:
        entry.wrong["country"] = "staff.country_unknown"
    return given


def _kind(entry: Entry, given: str) -> OrganisationKind:
    try:
        return OrganisationKind(given)
    except ValueError:
        entry.wrong["kind"] = "field.not_a_choice"
        return OrganisationKind.MUNICIPALITY


class _Nowhere:
    """Above the topmost organisation: nobody holds a role there, only the service itself may act."""

    organisation_id = 0


def _record(session: Session, actor: Actor, organisation: Organisation, detail: Mapping[str, Any]) -> None:
    subject = Subject("organisation", organisation.organisation_id)
    record(
        session,
        actor,
        Event.ORGANISATION_CHANGED,
        subject,
        organisation_id=organisation.organisation_id,
        detail=detail,
    )
