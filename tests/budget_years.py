"""The case of a year's budget priorities, carried from step to step by its people."""

from __future__ import annotations

from sqlalchemy import select

from edms.access.actor import Actor
from edms.access.roles import Role
from edms.registry.models import Register
from edms.registry.registers import open_register
from edms.services import cases, entering, following, seats, steps, texts, timing
from edms.services.participation import proposing
from edms.staff.models import RoleGrant
from tests import letters
from tests.cases import made_public
from tests.cast import HIRED_ON

ROAD = {"settlement": "სოფელი ქვედა", "text": "გზის შეკეთება"}


class Year:
    """The case of a year, with its people at their steps."""

    def __init__(self, session, office):
        self.session, self.office = session, office
        one = office.stranger.official
        granted = RoleGrant(official_id=one.official_id, organisation_id=one.organisation_id, from_on=HIRED_ON)
        granted.role = Role.TERRITORIAL_REPRESENTATIVE
        session.add(granted)
        unit = office.infrastructure.unit_id
        seats.name(session, office.actor("administrator"), office.organisation, "finance", unit_id=unit, version=0)
        document = letters.letter(session, office, office.internal, summary="ბიუჯეტის პრიორიტეტები")
        self.document = document
        self.case = cases.begin(session, office.registrar.actor(), document, "budget_priorities")

    def row(self, step):
        return next(row for row in timing.open_rows(self.case) if row.step == step)

    def do(self, who, step, answer=None, **more):
        row = self.row(step)
        made_public(self.session, self.office.actor(who), self.case, row)
        return steps.do(self.session, self.office.actor(who), row, version=row.version, answer=answer, **more)

    def paper(self, step, name):
        """A document of the step, entered in its register and named."""
        kind = texts.route_of(self.session, self.case).documents[name].register
        found = select(Register).where(Register.kind == kind, Register.organisation_id == self.case.organisation_id)
        book = self.session.scalar(found) or open_register(
            self.session, Actor.system(self.case.organisation_id), self.office.organisation, kind=kind, code=kind.value,
            names={"ka": kind.value}, pattern=[{"part": "serial"}],
        )  # fmt: skip
        made = letters.letter(self.session, self.office, book, summary=name)
        entering.name_document(self.session, self.office.registrar.actor(), self.row(step), name, made.number)
        following.follow(self.session, self.case)

    def published(self):
        return proposing.published(self.session, self.office.organisation)

    def to_assembly(self):
        """The problems are listed, the assembly announced."""
        self.paper("problems", "problem_list")
        self.do("stranger", "problems")
        self.do("stranger", "announcement", given={"gathering": "assembly"})
        self.do("stranger", "assembly_wait")

    def to_conclusions(self):
        """The assembly named its priorities, and they were handed in."""
        self.paper("assembly", "assembly_minutes")
        self.paper("assembly", "attendance_list")
        votes = steps.Votes(members=100, present=40, in_favour=38, against=0)
        self.do("stranger", "assembly", "priorities_named", votes=votes)
        self.paper("handing_in", "priorities_letter")
        self.do("stranger", "handing_in")
