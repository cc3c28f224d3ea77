"""Towns for a simulated day: each with forty people, the usual registers and a list of cases, in one database."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from itertools import product
from pathlib import Path
from tempfile import TemporaryDirectory

from sqlalchemy.orm import Session

from benchmarks.stage import Stage, stage
from edms import clock
from edms.access.actor import Actor
from edms.access.roles import Role
from edms.demo import authority as authorities
from edms.demo.authority import Authority, Holder
from edms.demo.letters import FIRST, LAST
from edms.demo.running import environ_of, free_port
from edms.demo.town import BEGAN, CASES, PASSWORD, PIN, UNITS
from edms.filing import plan
from edms.registry.openings import usual_registers
from edms.staff.credentials import give_password
from edms.staff.granting import grant_role
from edms.staff.models import Official
from edms.staff.officials import enter_official
from edms.staff.organisations import open_organisation
from edms.staff.units import open_unit

REGISTRARS, EXECUTORS = 2, 29
# login, post, index of the unit (None: above all), roles
LEADING = (
    ("mayor", "მერი", None, (Role.HEAD,)),
    ("deputy1", "მერის მოადგილე", None, (Role.DEPUTY, Role.OFFICIAL)),
    ("deputy2", "მერის მოადგილე", None, (Role.DEPUTY, Role.OFFICIAL)),
    ("secretary", "მერის თანაშემწე", "01", (Role.HEAD_SECRETARY,)),
    ("head03", "სამსახურის უფროსი", "03", (Role.HEAD, Role.OFFICIAL)),
    ("head07", "სამსახურის უფროსი", "07", (Role.HEAD, Role.OFFICIAL)),
    ("head12", "სამსახურის უფროსი", "12", (Role.HEAD, Role.OFFICIAL)),
    ("controller", "შესრულების კონტროლიორი", "01", (Role.CONTROLLER,)),
    ("archivist", "არქივარიუსი", "01", (Role.ARCHIVIST,)),
)


@dataclass(frozen=True)
class Town:
    """A town's code, before every login, and the names of its people by login."""

    code: str
    names: dict[str, str]

    def login(self, who: str) -> str:
        """The login of one of its people."""
        return f"{self.code}-{who}"

    @property
    def executors(self) -> list[str]:
        """Those who do the work."""
        return [f"executor{n}" for n in range(EXECUTORS)]

    @property
    def registrars(self) -> list[str]:
        """Those at the counter."""
        return [f"registrar{n}" for n in range(REGISTRARS)]


@contextmanager
def towns(count: int) -> Iterator[tuple[Stage, Authority, list[Town]]]:
    """That many towns, their mayors with keys of an authority that is yet to be served."""
    with TemporaryDirectory(prefix="edms-bench-authority-") as name:
        codes = [f"t{n:02}" for n in range(count)]
        made = authorities.make(
            Path(name), [Holder(code, f"Mayor of {code}", code, PIN) for code in codes],
            f"http://127.0.0.1:{free_port(0)}", since=clock.now().replace(microsecond=0) - timedelta(days=400),
        )  # fmt: skip
        with stage(tsa_url=made.tsa_url, trust_dir=made.trust_dir) as here:
            founded = []
            for code in codes:
                with here.house.transaction() as session:
                    town, mayor = _found(session, code)
                here.house.signers.install(mayor.official_id, made.pkcs12(code).read_bytes(), pin=PIN)
                founded.append(town)
            yield replace(here, environ=environ_of(here.settings)), made, founded


def _found(session: Session, code: str) -> tuple[Town, Official]:
    """One town; it and its mayor."""
    names = {"ka": f"{code} მუნიციპალიტეტის მერია", "en": f"Municipality {code}"}
    organisation = open_organisation(session, Actor.system(), code=code, names=names)
    actor = Actor.system(organisation.organisation_id)
    units = {index: open_unit(session, actor, organisation, names=names, index=index) for index, names in UNITS}
    usual_registers(session, organisation)
    cases = [
        dict(zip(("index", "title_ka", "title_en", "retention_class", "unit"), case, strict=True)) for case in CASES
    ]
    plan.load(session, actor, organisation, cases, year=clock.today(organisation.time_zone).year)
    called = (f"{first} {last}" for last, first in product(LAST, FIRST))
    town, mayor = Town(code, {}), None
    for login, post, index, roles in _people():
        official = enter_official(
            session, actor, organisation, login=town.login(login), names={"ka": next(called)}, posts={"ka": post},
            unit=units[index] if index else None, language="ka", hired_on=BEGAN,
        )  # fmt: skip
        for role in roles:
            grant_role(session, actor, official, role=role, unit=official.unit if login.startswith("head0") else None)
        give_password(session, actor, official, PASSWORD)
        town.names[login] = official.name("ka")
        mayor = official if login == "mayor" else mayor
    assert mayor is not None
    return town, mayor


def _people() -> list[tuple[str, str, str | None, tuple[Role, ...]]]:
    registrars = [(f"registrar{n}", "რეგისტრატორი", "01", (Role.REGISTRAR, Role.OFFICIAL)) for n in range(REGISTRARS)]
    working = [(f"executor{n}", "სპეციალისტი", ("03", "07", "12")[n % 3], (Role.OFFICIAL,)) for n in range(EXECUTORS)]
    return [*LEADING, *registrars, *working]
