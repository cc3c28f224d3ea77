"""The routes that come with the service, and the choice among versions by country and day of registration."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from functools import cache
from importlib.resources import files

from edms.errors import NotFound
from edms.services.definition import Route
from edms.services.reading import read_route


@cache
def shipped() -> tuple[Route, ...]:
    """All routes of `edms/services/routes`, by country, name and version. Errors: Invalid when one cannot be read."""
    folder = files("edms.services").joinpath("routes")
    texts = {p.name: p.read_text(encoding="utf-8") for p in folder.iterdir() if p.name.endswith(".yaml")}
    routes = [read_route(text, name, trusted=True) for name, text in texts.items()]  # the tests have examined them
    return tuple(sorted(routes, key=lambda r: (r.country, r.name, r.version)))


def choose(routes: Iterable[Route], name: str, country: str, day: date) -> Route:
    """The version that a case registered on `day` follows; of several the highest. Errors: NotFound."""
    fitting = [r for r in routes if r.name == name and r.country == country and r.valid_on(day)]
    if not fitting:
        raise NotFound("services.route_not_found", name=name)
    return max(fitting, key=lambda r: r.version)
