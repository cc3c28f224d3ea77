"""The whole staff from a table, before anything is written: what would be new line by line, and what is wrong in which row.

For the day a town moves in. A table is taken whole or not at all. A unit cell that is empty means the unit above, as in
a sheet with merged cells; names whose letters look alike but are of two scripts are refused, for nobody would find them.
A row without a login that names somebody of that unit is that person: the same table can come again with five people more.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from edms import clock
from edms.access.actor import Actor
from edms.access.permissions import Permission
from edms.access.policy import require
from edms.access.roles import Role
from edms.errors import EdmsError, Invalid
from edms.language.romanised import romanised
from edms.language.scripts import scripts_in
from edms.staff.entry import Entry, clean
from edms.staff.granting import grant_role, roles_on
from edms.staff.models import Official, Organisation, Unit
from edms.staff.officials import enter_official
from edms.staff.units import open_unit, units

COLUMNS = ("unit_index", "unit", "name", "post", "roles", "login", "email", "telephone")
MOST = 2_000  # people in one table

_WORD = re.compile(r"[^\W\d_]+")
_APART = re.compile(r"[,;/\n]+")


class Change(StrEnum):
    """What loading would do with a row."""

    NEW = "new"
    KNOWN = "known"  # she works here already: nothing of her is changed
    WRONG = "wrong"


@dataclass(frozen=True)
class Person:
    """A row as it is understood. `unit` None: she stands above the units, as the mayor does."""

    name: str
    post: str
    login: str
    roles: tuple[Role, ...]
    unit: str | None
    unit_index: str
    email: str | None
    telephone: str | None


@dataclass(frozen=True)
class Row:
    """A row of the table, counted from 1 under the heading. `new_unit`: her unit would be opened with her."""

    place: int
    person: Person
    change: Change
    new_unit: bool = False
    faults: Mapping[str, str] = field(default_factory=dict)  # column to message id


def preview(
    session: Session, actor: Actor, organisation: Organisation, rows: Iterable[Mapping[str, str]], *, roles: Mapping[str, Role]
) -> list[Row]:  # fmt: skip
    """What `load` would do with the same rows; nothing is written. `roles` are what roles may be called, lower case."""
    require(actor, Permission.PEOPLE_MANAGE, organisation)
    known_units = {_folded(name) for unit in _open(session, actor, organisation) for name in _names(unit)}
    here, taken = _logins(session, organisation)
    working = _working(session, organisation)
    seen: dict[str, int] = {}
    twins: set[tuple[str, str | None]] = set()
    made = []
    for place, texts, unit in _carried(rows):
        person, wrong = _understood(texts, unit, roles)
        login = (
            person.login
            or working.get((_folded(person.name), _folded(person.unit or "")))
            or _free(person.name, {*taken, *here, *seen})
        )
        person = Person(**{**vars(person), "login": login})
        if login in taken:
            wrong["login"] = "staff.login_taken"
        if login in seen:
            wrong["login"] = "staff.row_twice"
        if (person.name, person.unit) in twins:
            wrong["name"] = "staff.row_twice"
        seen[login] = place
        twins.add((person.name, person.unit))
        change = Change.WRONG if wrong else Change.KNOWN if login in here else Change.NEW
        made.append(
            Row(place, person, change, bool(person.unit) and _folded(person.unit or "") not in known_units, wrong)
        )
        known_units.add(_folded(person.unit or ""))
    if not made:
        raise Invalid(fields={"table": "staff.table_empty"})
    if len(made) > MOST:
        raise Invalid(fields={"table": "staff.table_too_long"})
    return made


def load(
    session: Session, actor: Actor, organisation: Organisation, rows: Iterable[Mapping[str, str]], *, roles: Mapping[str, Role]
) -> list[Official]:  # fmt: skip
    """Open the units, enter the people and grant their roles; those who work here already stay as they are.

    Errors: Invalid (rows, "<row>.<column>"), nothing is written then.
    """
    made = preview(session, actor, organisation, rows, roles=roles)
    if wrong := {f"{row.place}.{column}": message for row in made for column, message in row.faults.items()}:
        raise Invalid("staff.rows_wrong", fields=wrong)
    open_units = {_folded(name): unit for unit in _open(session, actor, organisation) for name in _names(unit)}
    entered = []
    for row in made:
        if row.change is Change.NEW:
            try:
                entered.append(_enter(session, actor, organisation, row.person, open_units))
            except EdmsError as error:
                fields = {f"{row.place}.{name}": said for name, said in error.fields.items()}
                raise Invalid("staff.rows_wrong", fields=fields or {f"{row.place}.name": error.message}) from error
    return entered


def lines_of(session: Session, actor: Actor, people: Sequence[Official]) -> list[Person]:
    """Those who work here as rows, to be changed outside and loaded elsewhere."""
    require(actor, Permission.PEOPLE_READ)
    held = roles_on(session, actor, people, clock.today(actor.time_zone))
    return [
        Person(
            each.name(each.organisation.language), each.post(each.organisation.language), each.login,
            tuple(held[each.official_id]), each.unit.name(each.organisation.language) if each.unit else None,
            each.unit.index if each.unit else "", each.email, each.telephone,
        )
        for each in people
    ]  # fmt: skip


def _enter(
    session: Session, actor: Actor, organisation: Organisation, person: Person, open_units: dict[str, Unit]
) -> Official:
    tongue, unit = organisation.language, None
    if person.unit:
        unit = open_units.get(_folded(person.unit))
        if unit is None:
            unit = open_unit(session, actor, organisation, names={tongue: person.unit}, index=person.unit_index)
            open_units[_folded(person.unit)] = unit
    official = enter_official(
        session, actor, organisation, login=person.login, names={tongue: person.name},
        posts={tongue: person.post} if person.post else {}, unit=unit, email=person.email, telephone=person.telephone,
    )  # fmt: skip
    for role in person.roles:
        of_unit = unit if role is Role.HEAD and unit is not None else None
        grant_role(session, actor, official, role=role, unit=of_unit)
    return official


def _carried(rows: Iterable[Mapping[str, str]]) -> Iterator[tuple[int, dict[str, str], tuple[str, str]]]:
    """Each row that says anything, with its unit: an empty cell means the one above."""
    unit = ("", "")
    for place, row in enumerate(rows, start=1):
        texts = {str(name): clean(str(cell)) or "" for name, cell in row.items() if cell is not None}
        if texts.get("unit") or texts.get("unit_index"):
            unit = (texts.get("unit_index", ""), texts.get("unit", "") or texts["unit_index"])
        if any(texts.get(name) for name in ("name", "post", "login", "roles")):
            yield place, texts, unit


def _understood(
    texts: Mapping[str, str], unit: tuple[str, str], roles: Mapping[str, Role]
) -> tuple[Person, dict[str, str]]:
    entry = Entry()
    name = texts.get("name", "")
    if not name:
        entry.wrong["name"] = "staff.name_missing"
    for column, text in (("name", name), ("post", texts.get("post", "")), ("unit", unit[1])):
        if _mixed(text):
            entry.wrong[column] = "staff.letters_of_two_scripts"
    held = []
    for said in filter(None, (part.strip() for part in _APART.split(texts.get("roles", "")))):
        role = roles.get(said.lower())
        if role is None:
            entry.wrong["roles"] = "staff.role_unknown"
        elif role not in held:
            held.append(role)
    login = entry.login(texts["login"]) if texts.get("login") else ""
    email = entry.email(texts.get("email"))
    person = Person(
        name, texts.get("post", ""), login, tuple(held), unit[1] if unit[1] not in ("", "-", "—") else None, unit[0], email,
        entry.text("telephone", texts.get("telephone")),
    )  # fmt: skip
    return person, dict(entry.wrong)


def _mixed(text: str) -> bool:
    """Is there a word of two scripts? A Latin "a" in a Cyrillic name looks the same and is never found."""
    return any(sum(1 for n in scripts_in(word).values() if n) > 1 for word in _WORD.findall(text))


def _free(name: str, taken: set[str]) -> str:
    """A login for a person: her names in Latin letters, with a number where another has it."""
    folded = ["".join(c for c in romanised(word) if c.isalnum()) for word in _WORD.findall(name)]
    stem = ".".join(part for part in (folded[:1] + folded[1:][-1:]) if part)[:40] or "person"
    return next(each for n in range(1, MOST + 2) if (each := stem if n == 1 else f"{stem}{n}") not in taken)


def _logins(session: Session, organisation: Organisation) -> tuple[set[str], set[str]]:
    """The logins of this organisation, and those of all others."""
    rows = session.execute(select(Official.login, Official.organisation_id)).all()
    here = {login for login, where in rows if where == organisation.organisation_id}
    return here, {login for login, _ in rows} - here


def _working(session: Session, organisation: Organisation) -> dict[tuple[str, str], str]:
    """The logins of those who work here, by name and unit; of a name that two of a unit have none."""
    found = select(Official).where(Official.organisation_id == organisation.organisation_id, Official.left_on.is_(None))
    logins: dict[tuple[str, str], set[str]] = {}
    for each in session.scalars(found.options(selectinload(Official.unit))):
        for name in filter(None, each.names.values()):
            for unit in _names(each.unit) if each.unit else [""]:
                logins.setdefault((_folded(str(name)), _folded(unit)), set()).add(each.login)
    return {where: next(iter(one)) for where, one in logins.items() if len(one) == 1}


def _open(session: Session, actor: Actor, organisation: Organisation) -> list[Unit]:
    return [unit for unit in units(session, actor, organisation=organisation) if unit.closed_on is None]


def _names(unit: Unit) -> list[str]:
    return [str(name) for name in unit.names.values() if name]


def _folded(text: str) -> str:
    return " ".join(text.casefold().split())
