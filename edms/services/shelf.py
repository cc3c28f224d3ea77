"""The routes of the house, and the choice among versions by country and day of registration.

Those that come with the service, and those of the municipality's own folder (`lay_out`, once at start): one of the same
key takes the shipped one's place, one with a higher version goes before it on the days of both.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from functools import cache
from importlib.resources import files
from pathlib import Path

from edms.errors import Invalid, NotFound
from edms.services.checks import check
from edms.services.definition import Route
from edms.services.reading import Fault, examined, read_route
from edms.services.text import LARGEST

_own: dict[str, Route] = {}


def shipped() -> tuple[Route, ...]:
    """All routes on the shelf, by country, name and version."""
    found = {**_built_in(), **_own}
    return tuple(sorted(found.values(), key=lambda r: (r.country, r.name, r.version)))


@cache
def _built_in() -> dict[str, Route]:
    folder = files("edms.services").joinpath("routes")
    texts = {p.name: p.read_text(encoding="utf-8") for p in folder.iterdir() if p.name.endswith(".yaml")}
    routes = [read_route(text, name, trusted=True) for name, text in texts.items()]  # the tests have examined them
    return {r.key: r for r in routes}


def lay_out(folder: Path | None) -> list[Fault]:
    """Put the routes (`*.yaml`) of this folder on the shelf in place of those laid out before.

    What has a fault is left out and named: whoever wrote it is told, the chancellery opens all the same.
    """
    global _own
    _own, faults = of_folder(folder)
    return faults


def of_folder(folder: Path | None) -> tuple[dict[str, Route], list[Fault]]:
    """The routes of a folder by key, and what is wrong with those left out."""
    routes: dict[str, Route] = {}
    faults: list[Fault] = []
    if folder is not None and not folder.is_dir():
        return {}, [Fault(str(folder), "", "services.folder_not_found", {"name": str(folder)})]
    for path in sorted(folder.glob("*.yaml")) if folder is not None else ():
        try:
            route, found = examined(text_of(path), path.name)
        except (Invalid, NotFound) as error:
            faults.append(Fault(path.name, "", error.message, error.values))
            continue
        found = found or (check(route, path.name) if route is not None else [])
        if route is not None and route.key in routes:
            found = [Fault(path.name, "version", "services.fault.key_twice", {"name": route.key})]
        if route is not None and not found:
            routes[route.key] = route
        faults += found
    return routes, faults


def text_of(path: Path) -> str:
    """The text of a route's file, no more than a route may be long. Errors: NotFound; Invalid when it is not UTF-8."""
    try:
        if not path.is_file():  # a pipe would keep the house shut until somebody writes into it
            raise NotFound("services.file_not_found", name=str(path))
        with path.open("rb") as opened:
            return opened.read(LARGEST + 1).decode("utf-8")
    except OSError:
        raise NotFound("services.file_not_found", name=str(path)) from None
    except UnicodeDecodeError:
        raise Invalid("services.text.not_utf8", name=path.name) from None


def choose(routes: Iterable[Route], name: str, country: str, day: date) -> Route:
    """The version that a case registered on `day` follows; of several the highest. Errors: NotFound."""
    fitting = [r for r in routes if r.name == name and r.country == country and r.valid_on(day)]
    if not fitting:
        raise NotFound("services.route_not_found", name=name)
    return max(fitting, key=lambda r: r.version)
