"""The fictional municipality of Kvemo with its people, units, registers and list of cases, and the neighbour Zemo.

Nobody here is real. Everybody's password is printed by `make demo`; outside the demo there is no default password.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy.orm import Session

from edms import clock
from edms.access.actor import Actor
from edms.access.roles import Role
from edms.filing import plan
from edms.registry.correspondents import CorrespondentCard, enter
from edms.registry.models import Register
from edms.registry.openings import usual_registers
from edms.registry.words import CorrespondentKind, RegisterKind
from edms.staff import founding
from edms.staff.credentials import give_password
from edms.staff.granting import grant_role
from edms.staff.models import Official, Organisation, Unit
from edms.staff.officials import enter_official
from edms.staff.organisations import change_organisation, open_organisation
from edms.staff.units import open_unit

PASSWORD = "kvemo-demo-reading-room"
PIN = "demo-2026"
BEGAN = date(2020, 1, 6)


@dataclass(frozen=True)
class Person:
    """One of the people: login, names and posts in Georgian, English and Armenian, unit, roles."""

    login: str
    names: Mapping[str, str]
    posts: Mapping[str, str]
    unit: str | None
    roles: tuple[Role, ...]
    only_unit: bool = False
    language: str = "ka"


PEOPLE = (
    Person("nino", {"ka": "ნინო ბერიძე", "en": "Nino Beridze", "hy": "Նինո Բերիձե"}, {"ka": "რეგისტრატორი", "en": "Registrar", "hy": "Գործավար"}, "01", (Role.REGISTRAR, Role.OFFICIAL)),
    Person("davit", {"ka": "დავით მაისურაძე", "en": "Davit Maisuradze", "hy": "Դավիթ Մայսուրաձե"}, {"ka": "მერი", "en": "Mayor", "hy": "Քաղաքապետ"}, None, (Role.HEAD,)),
    Person("tamar", {"ka": "თამარ გელაშვილი", "en": "Tamar Gelashvili", "hy": "Թամար Գելաշվիլի"}, {"ka": "მერის მოადგილე", "en": "Deputy mayor", "hy": "Քաղաքապետի տեղակալ"}, None, (Role.DEPUTY, Role.OFFICIAL)),
    Person("salome", {"ka": "სალომე ჯაფარიძე", "en": "Salome Japaridze", "hy": "Սալոմե Ջափարիձե"}, {"ka": "მერის თანაშემწე", "en": "Assistant to the mayor", "hy": "Քաղաքապետի օգնական"}, "01", (Role.HEAD_SECRETARY,)),
    Person("irakli", {"ka": "ირაკლი ლომიძე", "en": "Irakli Lomidze", "hy": "Իրակլի Լոմիձե"}, {"ka": "ინფრასტრუქტურის სამსახურის უფროსი", "en": "Head of infrastructure", "hy": "Ենթակառուցվածքների բաժնի պետ"}, "12", (Role.HEAD, Role.OFFICIAL), True),
    Person("gocha", {"ka": "გოჩა კვარაცხელია", "en": "Gocha Kvaratskhelia", "hy": "Գոչա Կվարացխելիա"}, {"ka": "უფროსი სპეციალისტი", "en": "Senior specialist", "hy": "Ավագ մասնագետ"}, "12", (Role.OFFICIAL,)),
    Person("mariam", {"ka": "მარიამ წიკლაური", "en": "Mariam Tsiklauri", "hy": "Մարիամ Ցիկլաուրի"}, {"ka": "სოციალური სამსახურის უფროსი", "en": "Head of social services", "hy": "Սոցիալական բաժնի պետ"}, "07", (Role.HEAD, Role.OFFICIAL), True),
    Person("lali", {"ka": "ლალი ცქიტიშვილი", "en": "Lali Tskitishvili", "hy": "Լալի Ցկիտիշվիլի"}, {"ka": "სპეციალისტი", "en": "Specialist", "hy": "Մասնագետ"}, "07", (Role.OFFICIAL,)),
    Person("zurab", {"ka": "ზურაბ ხარაიშვილი", "en": "Zurab Kharaishvili", "hy": "Զուրաբ Խարաիշվիլի"}, {"ka": "იურისტი", "en": "Lawyer", "hy": "Իրավաբան"}, "03", (Role.LAWYER, Role.OFFICIAL, Role.COMMISSION_MEMBER)),
    Person("ketevan", {"ka": "ქეთევან დოლიძე", "en": "Ketevan Dolidze", "hy": "Քեթևան Դոլիձե"}, {"ka": "შესრულების კონტროლიორი", "en": "Controller", "hy": "Հսկիչ"}, "01", (Role.CONTROLLER, Role.COMMISSION_MEMBER)),
    Person("eka", {"ka": "ეკა აბაშიძე", "en": "Eka Abashidze", "hy": "Էկա Աբաշիձե"}, {"ka": "არქივარიუსი", "en": "Archivist", "hy": "Արխիվավար"}, "01", (Role.ARCHIVIST,)),
    Person("levan", {"ka": "ლევან ჩხეიძე", "en": "Levan Chkheidze", "hy": "Լևան Չխեիձե"}, {"ka": "აუდიტორი", "en": "Auditor", "hy": "Աուդիտոր"}, None, (Role.AUDITOR,)),
    Person("giorgi", {"ka": "გიორგი ნადირაძე", "en": "Giorgi Nadiradze", "hy": "Գիորգի Նադիրաձե"}, {"ka": "ადმინისტრატორი", "en": "Administrator", "hy": "Ադմինիստրատոր"}, None, (Role.ADMINISTRATOR,)),
)  # fmt: skip
NEIGHBOURS = (
    Person("maka", {"ka": "მაკა გოგოლაძე", "en": "Maka Gogoladze", "hy": "Մակա Գոգոլաձե"}, {"ka": "რეგისტრატორი", "en": "Registrar", "hy": "Գործավար"}, "01", (Role.REGISTRAR, Role.OFFICIAL, Role.ADMINISTRATOR)),
)  # fmt: skip
SIGNERS = ("davit", "tamar")
SEAL = "kvemo-seal"

UNITS = (
    ("01", {"ka": "კანცელარია", "en": "Chancellery", "hy": "Քարտուղարություն"}),
    ("03", {"ka": "იურიდიული სამსახური", "en": "Legal service", "hy": "Իրավաբանական բաժին"}),
    ("07", {"ka": "სოციალური სამსახური", "en": "Social service", "hy": "Սոցիալական բաժին"}),
    ("12", {"ka": "ინფრასტრუქტურის სამსახური", "en": "Infrastructure service", "hy": "Ենթակառուցվածքների բաժին"}),
)

CASES = (
    ("01-03", "მიმოწერა სახელმწიფო უწყებებთან საქმისწარმოების საკითხებზე", "Correspondence with state bodies on records", "correspondence", "01"),
    ("01-07", "მერის ბრძანებები ძირითად საქმიანობაზე", "Orders of the mayor on main activity", "orders", "01"),
    ("03-02", "საჯარო ინფორმაციის მოთხოვნები და პასუხები", "Public information requests and answers", "information_requests", "03"),
    ("07-02", "მოქალაქეთა განცხადებები სოციალური დახმარების შესახებ", "Applications for social assistance", "social_assistance", "07"),
    ("07-04", "მოქალაქეთა საჩივრები მომსახურების შესახებ", "Complaints about services", "applications", "07"),
    ("12-05", "განცხადებები გზებისა და სახურავების შეკეთების შესახებ", "Applications for repair of roads and roofs", "applications", "12"),
    ("12-08", "მიმოწერა წყალმომარაგებისა და განათების საკითხებზე", "Correspondence on water and street lighting", "correspondence", "12"),
)  # fmt: skip


@dataclass
class Town:
    """The organisations and their people, as rows."""

    kvemo: Organisation
    zemo: Organisation
    people: dict[str, Official]
    units: dict[str, Unit]
    books: dict[RegisterKind, Register]
    zemo_books: dict[RegisterKind, Register]


def found(session: Session, *, years: tuple[int, ...]) -> Town:
    """Found both municipalities: people, registers, the list of cases of these years, each other as correspondents."""
    founding.begin(session, demo=True)
    kvemo = _organisation(
        session, "kvemo", "ქვემოს მუნიციპალიტეტის მერია", "Kvemo Municipality", "Քվեմոյի համայնքապետարան"
    )
    zemo = _organisation(session, "zemo", "ზემოს მუნიციპალიტეტის მერია", "Zemo Municipality", "Զեմոյի համայնքապետարան")
    actor = Actor.system(kvemo.organisation_id)
    units = {index: open_unit(session, actor, kvemo, names=names, index=index) for index, names in UNITS}
    there = open_unit(session, Actor.system(zemo.organisation_id), zemo, names=UNITS[0][1], index="01")
    people = {p.login: _official(session, kvemo, p, units.get(p.unit or "")) for p in PEOPLE}
    people |= {p.login: _official(session, zemo, p, there) for p in NEIGHBOURS}
    books = {book.kind: book for book in usual_registers(session, kvemo)}
    zemo_books = {book.kind: book for book in usual_registers(session, zemo)}
    for year in years:
        plan.load(session, actor, kvemo, [_case(*case) for case in CASES], year=year)
    for here, other in ((kvemo, zemo), (zemo, kvemo)):
        enter(
            session,
            Actor.system(here.organisation_id),
            CorrespondentCard(
                name=other.name("ka"),
                kind=CorrespondentKind.BODY,
                address=str(other.address["ka"]),
                own_organisation_id=other.organisation_id,
                language="ka",
            ),
            organisation_id=here.organisation_id,
        )
    return Town(kvemo, zemo, people, units, books, zemo_books)


def _case(index: str, ka: str, en: str, retention: str, unit: str) -> dict[str, object]:
    return {
        "index": index,
        "title_ka": ka,
        "title_en": en,
        "retention_class": retention,
        "unit": unit,
    }


def _organisation(session: Session, code: str, ka: str, en: str, hy: str) -> Organisation:
    system = Actor.system()
    organisation = open_organisation(session, system, code=code, names={"ka": ka, "en": en, "hy": hy})
    street = {"kvemo": ("თავისუფლების მოედანი 1, ქვემო", "1 Freedom Square, Kvemo", "Ազատության հրապարակ 1, Քվեմո"), "zemo": ("რუსთაველის ქუჩა 5, ზემო", "5 Rustaveli Street, Zemo", "Ռուսթավելու փողոց 5, Զեմո")}[code]  # fmt: skip
    return change_organisation(
        session,
        system,
        organisation,
        version=organisation.version,
        address=dict(zip(("ka", "en", "hy"), street, strict=True)),
        telephone="+995 32 200 00 00",
        email=f"office@{code}.example",
        counter={
            "ka": "მოქალაქეთა მისაღები, I სართული, 9:00–18:00",
            "en": "Citizens' counter, ground floor, 9:00–18:00",
            "hy": "Քաղաքացիների ընդունարան, առաջին հարկ, 9:00–18:00",
        },
    )


def _official(session: Session, organisation: Organisation, person: Person, unit: Unit | None) -> Official:
    actor = Actor.system(organisation.organisation_id)
    official = enter_official(
        session,
        actor,
        organisation,
        login=person.login,
        names=person.names,
        posts=person.posts,
        unit=unit,
        language=person.language,
        email=f"{person.login}@{organisation.code}.example",
        hired_on=BEGAN,
    )
    for role in person.roles:
        only = unit if person.only_unit and role is Role.HEAD else None
        until = clock.today("Asia/Tbilisi") + timedelta(days=365) if role is Role.AUDITOR else None
        grant_role(session, actor, official, role=role, unit=only, until_on=until)
    give_password(session, actor, official, PASSWORD)
    return official
