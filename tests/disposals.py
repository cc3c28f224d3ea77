"""Closed case files and acts of destruction for the tests of keeping: a year long past, and the people who decide."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from sqlalchemy.orm import Session

from edms import clock
from edms.access.actor import Actor
from edms.access.roles import Role
from edms.filing import case_files, lines, plan
from edms.filing.models import CaseFile
from edms.retention import acts, approving, confirming, dating, erasing, proposing
from edms.retention.act_models import DisposalAct
from edms.staff.models import RoleGrant
from tests.cast import HIRED_ON, Office, Person
from tests.letters import letter

YEAR = 2020
FILED = datetime(YEAR, 11, 2, 8, tzinfo=UTC)
CLOSED = datetime(YEAR + 1, 1, 12, 8, tzinfo=UTC)
LAST_DAY = datetime(YEAR + 5, 12, 31, 8, tzinfo=UTC)
DUE = datetime(YEAR + 6, 1, 5, 8, tzinfo=UTC)
GROUND = "საექსპერტო კომისიის ოქმი №1"


def commission(session: Session, office: Office) -> tuple[Person, Person]:
    """Two members of the expert commission: the lawyer and the controller."""
    for person in (office.lawyer, office.controller):
        session.add(
            RoleGrant(
                official_id=person.official_id,
                role=Role.COMMISSION_MEMBER,
                organisation_id=office.organisation.organisation_id,
                from_on=HIRED_ON,
            )
        )
    session.flush()
    return office.lawyer, office.controller


def closed_case(
    session: Session, office: Office, *, index: str = "12-05", kind: str = "correspondence", letters: int = 2
) -> CaseFile:
    """A case file of 2020, closed after its end, with its date."""
    with clock.at(FILED):
        line = lines.IndexLine(index, {"ka": f"გზების შეკეთების მიმოწერა {index}"}, kind)
        plan.enter(session, office.archivist.actor(), office.organisation, line, year=YEAR)
        for _ in range(letters):
            made = letter(session, office, case_index=index)
            entry = case_files.file_document(session, office.registrar.actor(), made)
    with clock.at(CLOSED):
        case_file = session.get_one(CaseFile, entry.case_file_id)
        case_files.close(session, office.archivist.actor(), case_file)
        dating.set_due(session, case_file.case_file_id)
    return case_file


def confirmed(session: Session, office: Office, kind: str = "correspondence") -> None:
    """The archivist's confirmation of a class."""
    confirming.confirm(session, office.archivist.actor(), office.organisation, kind, ground="ნუსხა, 101")


def proposed(session: Session, office: Office, *cases: CaseFile) -> DisposalAct:
    """An act before the commission."""
    ids = [case.case_file_id for case in cases]
    archivist = office.archivist.actor(stepped_up=True)
    return proposing.propose(session, archivist, office.organisation, ids, ground=GROUND)


def approved(session: Session, office: Office, *cases: CaseFile) -> DisposalAct:
    """An act that cools off."""
    act = proposed(session, office, *cases)
    for person in commission(session, office):
        approving.approve(session, person.actor(stepped_up=True), act, cases=len(cases))
    return act


def begun(session: Session, office: Office, *cases: CaseFile) -> DisposalAct:
    """An act whose cooling-off is over: it is being erased."""
    act = approved(session, office, *cases)
    with clock.at(clock.now() + timedelta(days=acts.COOLING_DAYS + 2)):
        erasing.begin_due(session)
    session.refresh(act)
    return act


def machine(office: Office) -> Actor:
    """The service itself, in the office."""
    return Actor.system(office.organisation.organisation_id)
