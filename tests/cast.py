"""The cast of the rooms' tests: the municipality of Kvemo with its people and registers, and a neighbour, Zemo.

Nobody here is real. `office.mayor.actor()` is what the mayor may do today; `office.stranger` works in another unit
and is named on no letter; `office.foreigner` is the registrar of the other organisation.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import Session

from edms.access.actor import Actor
from edms.access.roles import Role
from edms.registry.models import Register
from edms.registry.registers import open_register
from edms.registry.words import RegisterKind
from edms.staff.actors import actor_for
from edms.staff.models import Official, Organisation, RoleGrant, Unit

HIRED_ON = date(2015, 1, 5)


@dataclass(frozen=True)
class Person:
    """One of the cast: the row, and the actor made of it."""

    session: Session
    official: Official

    @property
    def official_id(self) -> int:
        return self.official.official_id

    def actor(self, *, acting_for: Person | None = None, stepped_up: bool = False) -> Actor:
        """What she may do today."""
        absent = acting_for.official if acting_for else None
        return actor_for(self.session, self.official, acting_for=absent, stepped_up=stepped_up)


@dataclass(frozen=True)
class Office:
    """Kvemo, its units, people and registers; and the neighbour."""

    organisation: Organisation
    neighbour: Organisation
    chancellery: Unit
    infrastructure: Unit
    roads: Unit  # below infrastructure
    social: Unit
    registrar: Person
    mayor: Person
    deputy: Person
    head_secretary: Person
    unit_head: Person  # of infrastructure and what is below
    executor: Person  # in roads
    second_executor: Person  # in infrastructure
    controller: Person
    lawyer: Person
    archivist: Person
    auditor: Person
    administrator: Person
    stranger: Person  # an official of the social unit
    foreigner: Person  # registrar of the neighbour
    foreign_administrator: Person
    incoming: Register
    outgoing: Register
    internal: Register
    applications: Register
    orders: Register
    foreign_incoming: Register

    def actor(self, name: str, *, acting_for: str | None = None, stepped_up: bool = False) -> Actor:
        """The actor of the one called `name` here: `office.actor("mayor")`."""
        person: Person = getattr(self, name)
        return person.actor(acting_for=getattr(self, acting_for) if acting_for else None, stepped_up=stepped_up)


def office(session: Session) -> Office:
    """Set the stage in this session."""
    kvemo, zemo = _organisation("kvemo", "ქვემოს მუნიციპალიტეტი"), _organisation("zemo", "ზემოს მუნიციპალიტეტი")
    session.add_all([kvemo, zemo])
    session.flush()
    chancellery, infrastructure, social = (
        _unit(session, kvemo, *facts)
        for facts in (("01", "კანცელარია"), ("12", "ინფრასტრუქტურის სამსახური"), ("07", "სოციალური სამსახური"))
    )
    roads = _unit(session, kvemo, "12-05", "გზების განყოფილება", above=infrastructure)
    there = _unit(session, zemo, "01", "კანცელარია")
    granted: list[tuple[Official, Role, Unit | None]] = []

    def person(login: str, name: str, post: str, unit: Unit | None, *roles: Role, only: Unit | None = None) -> Person:
        organisation = unit.organisation if unit is not None else kvemo
        official = Official(
            organisation=organisation,
            organisation_id=organisation.organisation_id,
            unit_id=unit.unit_id if unit is not None else None,
            login=login,
            names={"ka": name},
            posts={"ka": post},
            hired_on=HIRED_ON,
        )
        session.add(official)
        granted.extend((official, role, only if role is Role.HEAD else None) for role in roles)
        return Person(session, official)

    staged = Office(
        organisation=kvemo,
        neighbour=zemo,
        chancellery=chancellery,
        infrastructure=infrastructure,
        roads=roads,
        social=social,
        registrar=person("nino", "ნინო ბერიძე", "რეგისტრატორი", chancellery, Role.REGISTRAR, Role.OFFICIAL),
        mayor=person("davit", "დავით მაისურაძე", "მერი", None, Role.HEAD),
        deputy=person("tamar", "თამარ გელაშვილი", "მერის მოადგილე", None, Role.DEPUTY, Role.OFFICIAL),
        head_secretary=person("salome", "სალომე ჯაფარიძე", "მერის თანაშემწე", chancellery, Role.HEAD_SECRETARY),
        unit_head=person(
            "irakli",
            "ირაკლი ლომიძე",
            "სამსახურის უფროსი",
            infrastructure,
            Role.HEAD,
            Role.OFFICIAL,
            only=infrastructure,
        ),
        executor=person("gocha", "გოჩა კვარაცხელია", "სპეციალისტი", roads, Role.OFFICIAL),
        second_executor=person("mariam", "მარიამ წიკლაური", "სპეციალისტი", infrastructure, Role.OFFICIAL),
        controller=person("ketevan", "ქეთევან დოლიძე", "შესრულების კონტროლიორი", chancellery, Role.CONTROLLER),
        lawyer=person("zurab", "ზურაბ ხარაიშვილი", "იურისტი", chancellery, Role.LAWYER, Role.OFFICIAL),
        archivist=person("eka", "ეკა აბაშიძე", "არქივარიუსი", chancellery, Role.ARCHIVIST),
        auditor=person("levan", "ლევან ჩხეიძე", "აუდიტორი", None, Role.AUDITOR),
        administrator=person("giorgi", "გიორგი ნადირაძე", "ადმინისტრატორი", None, Role.ADMINISTRATOR),
        stranger=person("lali", "ლალი ცქიტიშვილი", "სპეციალისტი", social, Role.OFFICIAL),
        foreigner=person("maka", "მაკა გოგოლაძე", "რეგისტრატორი", there, Role.REGISTRAR, Role.OFFICIAL),
        foreign_administrator=person("vakho", "ვახტანგ ბოლქვაძე", "ადმინისტრატორი", there, Role.ADMINISTRATOR),
        incoming=_register(session, kvemo, RegisterKind.INCOMING, "in", "შემოსული", term="ge.letter"),
        outgoing=_register(session, kvemo, RegisterKind.OUTGOING, "out", "გასული"),
        internal=_register(session, kvemo, RegisterKind.INTERNAL, "int", "შიდა"),
        applications=_register(session, kvemo, RegisterKind.APPLICATIONS, "app", "განცხადებები", term="ge.letter"),
        orders=_register(session, kvemo, RegisterKind.ORDERS, "ord", "ბრძანებები"),
        foreign_incoming=_register(session, zemo, RegisterKind.INCOMING, "in", "შემოსული", term="ge.letter"),
    )
    session.flush()
    session.add_all(_grant(*grant) for grant in granted)
    session.flush()
    return staged


def _organisation(code: str, name: str) -> Organisation:
    return Organisation(
        code=code,
        names={"ka": name, "en": code.title()},
        language="ka",
        country="GE",
        time_zone="Asia/Tbilisi",
        address={"ka": "თავისუფლების ქუჩა 1"},
        telephone="+995 32 200 00 00",
        counter={"ka": "პირველი სართული, 9:00-18:00"},
    )


def _unit(session: Session, organisation: Organisation, index: str, name: str, *, above: Unit | None = None) -> Unit:
    unit = Unit(
        organisation=organisation,
        organisation_id=organisation.organisation_id,
        index=index,
        names={"ka": name},
        parent_id=above.unit_id if above is not None else None,
    )
    session.add(unit)
    session.flush()
    return unit


def _grant(official: Official, role: Role, only: Unit | None) -> RoleGrant:
    return RoleGrant(
        official_id=official.official_id,
        role=role,
        organisation_id=official.organisation_id,
        unit_id=only.unit_id if only is not None else None,
        from_on=HIRED_ON,
    )


def _register(
    session: Session, organisation: Organisation, kind: RegisterKind, code: str, name: str, term: str | None = None
) -> Register:
    return open_register(
        session,
        Actor.system(organisation.organisation_id),
        organisation,
        kind=kind,
        code=code,
        names={"ka": name},
        pattern=[{"part": "case"}, {"part": "text", "text": "/"}, {"part": "serial"}],
        term=term,
    )


def within(session: Session) -> Callable[[], AbstractContextManager[Session]]:
    """A session that is open already, for what opens transactions of its own."""
    return lambda: nullcontext(session)
