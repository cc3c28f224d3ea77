"""The routes of the house, and the choice among versions by country and day of registration.

Those that come with the service hold for every organisation of their country. Those of an organisation's own stand
beside them, for her alone: one of the same key takes the shipped one's place, one with a higher version goes before it
on the days of both.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from importlib.resources import files
from pathlib import Path

from edms.errors import Invalid, NotFound
from edms.services.checks import check
from edms.services.definition import Route
from edms.services.reading import Fault, examined, read_route
from edms.services.text import LARGEST


@dataclass(frozen=True)
class Own:
    """The organisations' own routes: by the code of the organisation, then by key."""

    by_code: Mapping[str, Mapping[str, Route]] = field(default_factory=dict)

    def beside(self, code: str | None) -> tuple[Route, ...]:
        """The routes of an organisation, its own among those that come along; None: only those."""
        found = {**{r.key: r for r in shipped()}, **self.by_code.get(code or "", {})}
        return _sorted(found.values())

    def all(self) -> Iterator[tuple[str, Route]]:
        """Each route with the code of each organisation for which it holds."""
        for code, routes in sorted(self.by_code.items()):
            yield from ((code, route) for route in _sorted(routes.values()))


NOBODYS = Own()


@cache
def shipped() -> tuple[Route, ...]:
    """The routes that come with the service, by country, name and version."""
    folder = files("edms.services").joinpath("routes")
    texts = {p.name: p.read_text(encoding="utf-8") for p in folder.iterdir() if p.name.endswith(".yaml")}
    return _sorted(read_route(text, name, trusted=True) for name, text in texts.items())  # the tests have examined them


def of_folder(folder: Path | None) -> tuple[Own, list[Fault]]:
    """The routes of a folder, and what is wrong with those left out.

    A file in the folder named by an organisation's code is that organisation's; one beside these folders says itself
    for which it is. What has a fault is left out and named: whoever wrote it is told, the chancellery opens all the same.
    """
    if folder is None:
        return NOBODYS, []
    if not folder.is_dir():
        return NOBODYS, [Fault(str(folder), "", "services.folder_not_found", {"name": str(folder)})]
    own: dict[str, dict[str, Route]] = {}
    faults: list[Fault] = []
    for path in sorted([*folder.glob("*.yaml"), *folder.glob("[!.]*/*.yaml")]):
        code = path.parent.name if path.parent != folder else None
        name = path.relative_to(folder).as_posix()
        route, found = _read(path, name, code)
        faults += found
        if route is None or found:
            continue
        codes = [code] if code is not None else route.organisations
        if any(route.key in own.get(each, {}) for each in codes):
            faults.append(Fault(name, "version", "services.fault.key_twice", {"name": route.key}))
            continue
        for each in codes:
            own.setdefault(each, {})[route.key] = route
    return Own(own), faults


def _read(path: Path, name: str, code: str | None) -> tuple[Route | None, list[Fault]]:
    """The route of a file and all that is wrong with it; `code` is the organisation in whose folder it lies."""
    try:
        route, found = examined(text_of(path), name)
    except (Invalid, NotFound) as error:
        return None, [Fault(name, "", error.message, error.values)]
    if route is None or found:
        return route, found
    if code is None and not route.organisations:
        return route, [Fault(name, "organisations", "services.fault.for_nobody", {})]
    if code is not None and set(route.organisations) - {code}:
        return route, [Fault(name, "organisations", "services.fault.for_others", {"name": code})]
    return route, check(route, name)


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


def _sorted(routes: Iterable[Route]) -> tuple[Route, ...]:
    return tuple(sorted(routes, key=lambda r: (r.country, r.name, r.version)))
