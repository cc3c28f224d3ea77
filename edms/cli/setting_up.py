"""setup: the machine made ready, then a town moved in: its organisation, registers and first administrator.

Asked in the town's own language where somebody sits at the terminal; given as options where nobody does. What was answered
is kept beside the data until it is written, so that one can leave and come back; what was done is found done.
"""

from __future__ import annotations

import getpass
import sys

import click

from edms import words
from edms.access.actor import Actor
from edms.bootstrap import House, build, set_up
from edms.cli.asking import LANGUAGES, Asking, pairs
from edms.cli.saying import said, show
from edms.cli.towns import ZONE_OF
from edms.config import Settings, load
from edms.errors import Invalid, RuleBroken
from edms.https.names import reached_at
from edms.language.romanised import romanised
from edms.overview import moving_in
from edms.registry.founding import Town, found, without_administrator
from edms.registry.openings import usual_of
from edms.staff import founding
from edms.staff.credentials import first_administrator
from edms.staff.models import Organisation, OrganisationKind
from edms.staff.organisations import organisations

COUNTRY_OF = {"hy": "AM"}  # else Georgia


@click.command()
@click.option("--code", help="Short Latin name of the organisation; without it and without a terminal only the machine is set up.")  # fmt: skip
@click.option("--name", "names", multiple=True, help="ka=სახელი; repeat for more languages.")
@click.option("--kind", type=click.Choice([kind.value for kind in OrganisationKind]), help="What it is.")
@click.option("--language", type=click.Choice(LANGUAGES), help="Of its papers and pages.")
@click.option("--country", type=click.Choice(["GE", "AM"]), help="Whose law and holidays count terms.")
@click.option("--time-zone", help="Whose civil days are meant.")
@click.option("--first-serial", "serials", multiple=True, help="Today's next number: 418 of every register, or in=418; repeat.")  # fmt: skip
@click.option("--admin", help="Login of the first administrator; she enters everybody else.")
@click.option("--admin-name", "admin_names", multiple=True, help="ka=სახელი გვარი; repeat for more languages.")
@click.option("--ask-password", is_flag=True, help="Type her password instead of having one made.")
@click.option("--json", "as_json", is_flag=True, help="What is done and still open as JSON, for programs.")
@said
def setup(
    code: str | None, names: tuple[str, ...], kind: str | None, language: str | None, country: str | None,
    time_zone: str | None, serials: tuple[str, ...], admin: str | None, admin_names: tuple[str, ...], ask_password: bool,
    as_json: bool,
) -> None:  # fmt: skip
    """Make the machine ready and move a town in. Safe to repeat: after every update, and until everything is there."""
    settings = load()
    if settings.demo:
        raise RuleBroken("founding.demo_settings")
    set_up(settings)
    given = {
        "code": code, "names": pairs(names), "kind": kind, "language": language, "country": country,
        "time_zone": time_zone, "serials": _serials(serials), "admin": admin, "admin_names": pairs(admin_names),
    }  # fmt: skip
    ask = Asking({name: value for name, value in given.items() if value}, settings.data_dir, person=sys.stdin.isatty())
    house = build(settings, pool_size=1)
    try:
        with house.transaction() as session:
            founding.require(session, demo=False)
            empty = founding.is_empty(session)
        if code or (empty and ask.person):
            _found(house, ask, as_json)
        _administrators(house, ask, code, ask_password)
        if ask.person:
            ask.done()
        _tell(house, as_json, person=ask.person)
    finally:
        house.close()


def _found(house: House, ask: Asking, quiet: bool) -> None:
    speaks = ask.language()
    names = ask.texts("names", speaks)
    kind = OrganisationKind(ask.choice("kind", [each.value for each in OrganisationKind], "municipality"))
    country = ask.choice("country", ["GE", "AM"], COUNTRY_OF.get(speaks, "GE"))
    zone = ask.line("time_zone", ZONE_OF[country])
    address, counter = ask.texts("address", speaks, needed=False), ask.texts("counter", speaks, needed=False)
    telephone = ask.line("telephone", "")
    code = ask.line("code", _short(names))
    every, each = ask.serials({book: words.say(ask.speaks, f"registry.register_kind.{k.value}") for book, k in usual_of(kind).items()})  # fmt: skip
    town = Town(code, names, kind, speaks, country, zone, address, counter, telephone or None, every, each)
    ask.confirm(names.get(speaks) or code)
    with house.transaction() as session:
        opened = found(session, town)
        click.echo(ask.say("setup.open", code=opened.code, name=opened.name(opened.language)), err=quiet)
    ask.forget_town()


def _administrators(house: House, ask: Asking, code: str | None, ask_password: bool) -> None:
    """Every town has one who may enter the others; asked for each that has none, or given for the one that is named."""
    with house.transaction() as session:
        lacking = without_administrator(session)
    for office in lacking:
        if (code and office.code != code) or not (ask.person or ask.given("admin")):
            continue
        names = ask.texts("admin_names", office.language, needed=ask.person)
        login = ask.line("admin", ".".join(romanised(word) for word in (names.get(office.language) or "").split()[:2]))
        password = getpass.getpass(ask.say("setup.ask.password")) if ask_password or ask.person else ""
        with house.transaction() as session:
            where = session.get_one(Organisation, office.organisation_id)
            called = names or {office.language: login}
            _, shown = first_administrator(session, where, login=login, names=called, password=password or None)
        click.echo(ask.say("setup.administrator", login=login))
        if shown:
            click.echo(ask.say("setup.password_shown", password=shown))
        ask.forget_administrator()


def _tell(house: House, as_json: bool, *, person: bool) -> None:
    """What is done and what is still open, for each town; the first step where there is none yet."""
    settings, system = house.settings, Actor.system()
    rows, lines = [], []
    with house.transaction() as session:
        offices = [each for each in organisations(session, system) if each.parent_id is None]
        for office in offices:
            speaks = office.language if person and _can_write(office.name(office.language)) else "en"
            lines.append(f"{office.code}  {office.name(speaks)}")
            for step in moving_in.steps(session, system, office):
                said_so = words.say(speaks, f"moving_in.step.{step.name}")
                rows.append({"organisation": office.code, "step": step.name, "done": step.done})
                lines.append(
                    f"  {words.say(speaks, 'moving_in.done' if step.done else 'moving_in.still_open'):10} {said_so}"
                )
    if not offices:
        at = f"{_address(settings)}/setup?key={founding.code(house.keys)}"
        lines = [f"Ready in {settings.data_dir.resolve()}.", f"Next: edms setup in a terminal, or edms serve and open {at} in a browser."]  # fmt: skip
    else:
        lines.append("The open steps are links under House, Moving in. Run: edms serve")
    show(rows, as_json=as_json, text="\n".join(lines))


def _address(settings: Settings) -> str:
    """Where the desk is reached: as it was said, else where the web server listens."""
    said_so = settings.desk_url or settings.public_url
    secure = settings.https != "off"
    return said_so.rstrip("/") if said_so else reached_at(settings.listen, secure=secure, more=settings.https_names)


def _serials(given: tuple[str, ...]) -> dict[str, int]:
    """ "418" as {"": 418}, "in=418" as {"in": 418}. Errors: Invalid."""
    made = {}
    for text in given:
        code, _, serial = text.rpartition("=")
        if not serial.isdecimal() or int(serial) < 1:
            raise Invalid(fields={"first_serial": "registry.first_serial_below_one"})
        made[code] = int(serial)
    return made


def _short(names: dict[str, str]) -> str:
    """A short Latin name: the first word of the name."""
    word = next((text.split()[0] for text in (names.get("en"), *names.values()) if text), "")
    return "".join(c for c in romanised(word) if c.isalnum())[:20] or "town"


def _can_write(text: str) -> bool:
    try:
        text.encode(sys.stdout.encoding or "ascii")
    except (UnicodeEncodeError, LookupError):
        return False
    return True


COMMANDS = (setup,)
