"""routes: the document routes of the house, and an organisation's own while she writes them."""

from __future__ import annotations

import sys
from datetime import date
from pathlib import Path

import click

from edms import clock, words
from edms.cli.saying import FOUND_WRONG, said, show
from edms.cli.towns import ZONE_OF
from edms.config import load
from edms.errors import Invalid
from edms.services import bpmn, in_words
from edms.services.checks import check
from edms.services.definition import Route
from edms.services.messages import title
from edms.services.reading import Fault, examined, read_route
from edms.services.shelf import choose, of_folder, shipped, text_of

_LANG = click.option(
    "--lang", type=click.Choice(words.LANGS), default="en", show_default=True, help="Language of the words."
)
_COUNTRY = click.option(
    "--country", type=click.Choice(["GE", "AM"]), default="GE", show_default=True, help="Of which country."
)
_ON = click.option("--on", "day", default=None, help="The day of registration, 2025-05-02; today when left out.")
_FOR = click.option(
    "--organisation", "code", default=None, help="As the organisation of this code has them, its own among them."
)
_JSON = click.option("--json", "as_json", is_flag=True, help="The result as JSON, for programs.")


@click.group()
def routes() -> None:
    """Document routes of the municipal services: list, check, show, draw."""


@routes.command("list")
@_FOR
@_LANG
@_JSON
@said
def routes_list(code: str | None, lang: str, as_json: bool) -> None:
    """The routes that come with the service, and those that organisations have of their own (EDMS_ROUTES_DIR)."""
    own, _ = of_folder(load().routes_dir)
    of_one = {route.key for route in own.by_code.get(code or "", {}).values()}
    found = (
        [(code if route.key in of_one else "", route) for route in own.beside(code)]
        if code is not None
        else [*(("", route) for route in shipped()), *own.all()]
    )
    rows = [
        {
            "name": r.name,
            "country": r.country,
            "version": r.version,
            "regime": r.regime,
            "from": r.valid_from,
            "to": r.valid_to,
            "steps": len(r.steps),
            "unconfirmed": len(in_words.unconfirmed(r)),
            "organisation": whose or None,
            "title": title(r, lang, r.title),
        }
        for whose, r in found
    ]
    text = "\n".join(
        f"{r['country']} {r['name']:26} {r['version']:>2}  {r['from']} – {r['to'] or '…':10}  {r['title']}"
        + (f"  ({r['organisation']})" if r["organisation"] else "")
        for r in rows
    )
    show(rows, as_json=as_json, text=text)


@routes.command("check")
@click.argument("files", nargs=-1, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@_LANG
@_JSON
@said
def routes_check(files: tuple[Path, ...], lang: str, as_json: bool) -> None:
    """Say what is wrong with routes: those of FILES, or all that the house has. Exit 4: something is."""
    faults: list[Fault] = []
    read: list[Route] = []
    if not files:
        own, faults = of_folder(load().routes_dir)
        read = [*shipped(), *{route.source: route for _, route in own.all()}.values()]
    for file in files:
        route, found = examined(text_of(file), file.name)
        faults += found
        read += [route] if route is not None else []
    for route in read:
        faults += check(route)
    rows = [{"file": f.file, "line": f.line, "path": f.path, "text": _sentence(f, lang)} for f in faults]
    places = [f"{f.file}:{f.line}" if f.line else f.file for f in faults]
    text = "\n".join(f"{p}  {r['path']}\n    {r['text']}" for p, r in zip(places, rows, strict=True))
    show(rows, as_json=as_json, text=text or f"{len(read)} routes read, nothing wrong.")
    if faults:
        sys.exit(FOUND_WRONG)


@routes.command("show")
@click.argument("name")
@_COUNTRY
@_FOR
@_ON
@_LANG
@_JSON
@said
def routes_show(name: str, country: str, code: str | None, day: str | None, lang: str, as_json: bool) -> None:
    """A route as text: NAME (with --country and --on), or a file. With --on also until when a case of that day is decided."""
    route = _found(name, country, code, day)
    counted = [*in_words.dates(route, lang, _day(day, country)), ""] if day is not None else []
    show(in_words.plain(route), as_json=as_json, text="\n".join([*counted, *in_words.tell(route, lang)]))


@routes.command("bpmn")
@click.argument("name")
@_COUNTRY
@_FOR
@_ON
@_LANG
@click.option("--output", type=click.Path(dir_okay=False, writable=True, path_type=Path), help="Into this file.")
@said
def routes_bpmn(name: str, country: str, code: str | None, day: str | None, lang: str, output: Path | None) -> None:
    """A route as BPMN 2.0 XML with its drawing, for bpmn.io and other readers. It is never run from there."""
    made = bpmn.export(_found(name, country, code, day), lang)
    if output is None:
        click.echo(made.decode("utf-8"), nl=False)
    else:
        output.write_bytes(made)


def _found(name: str, country: str, code: str | None, day: str | None) -> Route:
    file = Path(name)
    if file.suffix in (".yaml", ".yml"):
        return read_route(text_of(file), file.name)
    own, _ = of_folder(load().routes_dir)
    return choose(own.beside(code), name, country, _day(day, country))


def _day(day: str | None, country: str) -> date:
    """The day, or today in the country whose law the route follows."""
    try:
        return date.fromisoformat(day) if day is not None else clock.today(ZONE_OF[country])
    except ValueError:
        raise Invalid("services.day_unreadable", fields={"on": "services.day_unreadable"}, day=day) from None


def _sentence(fault: Fault, lang: str) -> str:
    return words.say(lang, fault.message, **fault.values)


COMMANDS = (routes,)
