"""Which routes an organisation follows: those that come along, and her own before them.

Her own are read from files when the service starts, and go with the sessions of that service: no other organisation of
the same database sees them.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from edms.db.engine import Sessions
from edms.services import shelf
from edms.services.definition import Route
from edms.services.shelf import Own
from edms.staff.models import Organisation

_NAME = "own_routes"


def bring(sessions: Sessions, own: Own) -> None:
    """Let every session of these carry the organisations' own routes."""
    sessions.configure(info=carried(own))


def carried(own: Own) -> dict[str, Own]:
    """What a session holds so that it carries them."""
    return {_NAME: own}


def routes_of(session: Session, organisation: Organisation) -> tuple[Route, ...]:
    """All versions that hold for the organisation: those of its country, its own in the place of a shipped one."""
    carried: Mapping[Any, Any] = session.info
    own: Own = carried.get(_NAME, shelf.NOBODYS)
    return tuple(route for route in own.beside(organisation.code) if route.country == organisation.country)


def on(session: Session, organisation: Organisation, day: date) -> list[Route]:
    """Of each service the version that a case registered there on that day follows, by name."""
    found = [route for route in routes_of(session, organisation) if route.valid_on(day)]
    names = sorted({route.name for route in found})
    return [shelf.choose(found, name, organisation.country, day) for name in names]


def titled(session: Session, organisation: Organisation) -> list[Route]:
    """Of each service the newest version, whatever its days: for the names of services in lists."""
    newest: dict[str, Route] = {}
    for route in routes_of(session, organisation):
        if route.name not in newest or newest[route.name].version < route.version:
            newest[route.name] = route
    return [newest[name] for name in sorted(newest)]
