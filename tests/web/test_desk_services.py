"""Services from their letter to their end on the pages of the desk: each step by those whose it is, with what it asks."""

from __future__ import annotations

import re
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import select

from edms import clock
from edms.access.actor import Actor
from edms.access.roles import Role
from edms.registry.models import Register
from edms.registry.registers import open_register
from edms.services import papers, tending, texts, timing
from edms.services.kinds import FieldKind, StepKind
from edms.services.models import Case, CaseState, CaseStep
from edms.staff.models import RoleGrant
from tests import letters
from tests.cases import begun
from tests.cast import HIRED_ON

pytest_plugins = ["tests.web.desk_site"]

MONDAY = date(2026, 3, 9)
WHOSE = {Role.HEAD: "mayor", Role.REGISTRAR: "registrar", Role.ARCHIVIST: "archivist", Role.LAWYER: "lawyer"}
"""Everything else is of whoever has the letter."""
BY_THE_CLOCK = ("window", "notice")
"""Nobody complains, and the days before a hearing pass."""
MOST_STEPS = 80


class Service:
    """A case on its way through the desk, one step a day."""

    def __init__(self, desk, service, answers=None, fields=None, **values):
        self.desk, self.answers, self.fields, self.day = desk, answers or {}, fields or {}, MONDAY
        self.done: list[str] = []
        self.pages: dict[str, str] = {}

        def act(session, office):
            one = office.stranger.official
            for role in (Role.COUNCIL_MEMBER, Role.COUNCIL_SECRETARY, Role.TERRITORIAL_REPRESENTATIVE):
                grant = RoleGrant(official_id=one.official_id, organisation_id=one.organisation_id, from_on=HIRED_ON)
                grant.role = role
                session.add(grant)
            session.flush()
            return begun(session, office, service, office.stranger, **values).case_id

        with self.now():
            self.case_id = desk.do(act)

    def now(self):
        """Nine in the morning of its day."""
        return clock.at(datetime.combine(self.day, time(9), ZoneInfo("Asia/Tbilisi")))

    def walk(self, wrong=None):
        """To its end; the outcome. `wrong` is what is tried first at a step, and refused."""
        self.wrong = wrong or {}
        for _ in range(MOST_STEPS):
            with self.now():
                self.desk.readers.clear()  # a sign-in does not last for weeks
                rows = self.open()
                if rows is None:
                    return self.desk.do(lambda s, o: s.get_one(Case, self.case_id).outcome)
                ours = next((row for row in rows if self.is_done_by_hand(row)), None)
                if ours is not None:
                    self.do(ours)
                    self.day += timedelta(days=1)
                    continue
                self.day = max(self.day, min(due for _, _, _, due in rows if due is not None)) + timedelta(days=1)
            with self.now():
                self.desk.do(lambda s, o: tending.tend(s, self.case_id))
        raise AssertionError(self.done)

    def open(self):
        """The open steps: id, name, kind, last day; None when it is over."""

        def act(session, office):
            case = session.get_one(Case, self.case_id)
            if case.state is not CaseState.RUNNING:
                return None
            route = texts.route_of(session, case)
            return [(r.case_step_id, r.step, route.steps[r.step].kind, r.due_on) for r in timing.open_rows(case)]

        return self.desk.do(act)

    def is_done_by_hand(self, row):
        return row[2] is not StepKind.JOIN and row[1].rpartition(".")[2] not in BY_THE_CLOCK

    def do(self, row):
        """One step on its page, by whoever's it is, after the papers that it brings forth were registered and named."""
        ident, name = row[:2]
        who, version, form, made = self.desk.do(lambda s, o: self.asked(s, o, ident))
        registrar = self.desk.as_("registrar")
        for document, number in made:
            registrar.post(f"/proceedings/steps/{ident}/name", {"document": document, "number": number})
        self.done.append(name)
        open_ = {each[0] for each in self.open() or ()}
        if ident not in open_:
            return  # its signature was all that was waited for
        reader = self.desk.as_(who)
        self.pages[name] = page = reader.get(f"/proceedings/{self.case_id}?lang=en")
        assert f"/proceedings/steps/{ident}/do" in page, (name, who)
        version = self.desk.do(lambda s, o: s.get_one(CaseStep, ident).version)
        if name in self.wrong:
            reader.post(f"/proceedings/steps/{ident}/do", {"version": version, **form, **self.wrong[name]}, status=422)
        reader.post(f"/proceedings/steps/{ident}/do", {"version": version, **form})

    def asked(self, session, office, ident):
        row = session.get_one(CaseStep, ident)
        case = session.get_one(Case, row.case_id)
        route = texts.route_of(session, case)
        step = route.steps[row.step]
        short = row.step.rpartition(".")[2]
        form = {f"v_{field.name}": self.value(field) for field in step.asks}
        if step.answers:
            form["answer"] = self.answers.get(row.step, self.answers.get(short, step.answers[0]))
        if step.sitting is not None:
            form |= {"members": 30, "present": 25, "in_favour": 20, "against": 5}
        made = []
        for name in step.produces:
            if not papers.not_made(session, case, route, row):
                continue
            kind = route.documents[name].register
            found = select(Register).where(Register.kind == kind, Register.organisation_id == case.organisation_id)
            book = session.scalar(found) or open_register(
                session, Actor.system(case.organisation_id), office.organisation, kind=kind, code=kind.value,
                names={"ka": kind.value}, pattern=[{"part": "serial"}],
            )  # fmt: skip
            made.append((name, letters.letter(session, office, book, summary=name).number))
        return WHOSE.get(row.role, "stranger"), row.version, form, made

    def value(self, field):
        if field.name in self.fields:
            return self.fields[field.name]
        if field.kind is FieldKind.CHOICE:
            return field.choices[0].name
        if field.kind is FieldKind.YES_NO:
            return "no"
        if field.kind.is_number:
            return str(max(field.low or 0, 10))
        return self.day.isoformat() if field.kind is FieldKind.DATE else "ტექსტი"

    def page(self, who="stranger"):
        return self.desk.as_(who).get(f"/proceedings/{self.case_id}?lang=en")


def test_a_design_is_approved_after_its_council_voted_and_runs_out_with_its_use(desk):
    design = Service(desk, "design_approval", fields={"council_needed": "yes"}, object_class="class_2")
    assert design.walk() == "approved"
    assert {"council", "stamping", "approval.sign", "validity"} <= set(design.done)
    assert "members 30, present 25, in favour 20, against 5" in design.page()


def test_property_that_nobody_had_registered_becomes_the_towns(desk):
    found = Service(desk, "property_identification", {"registry_check": "unregistered"}, {"overlap": "yes"})
    assert found.walk() == "registered"
    assert {"neighbours", "conclusion", "order.serve", "filing", "entry"} <= set(found.done)


def test_main_property_is_listed_by_two_thirds_of_the_whole_council_and_not_by_fewer(desk):
    """Twenty of thirty are two thirds."""
    main = {"property_category": "main", "function_lost": True}
    listed = Service(desk, "privatization_list", **main)
    refused = {"members": 30, "present": 25, "in_favour": 19, "against": 6}
    assert listed.walk(wrong={"sitting_main": refused}) == "listed"
    assert {"sitting_main", "ordinance", "list_publication", "flag"} <= set(listed.done)
    public = re.search(r"Make public: [^<]+", listed.pages["list_publication"])
    assert public and public[0].endswith("(website and notice board).")


def test_a_sale_from_the_order_to_the_certificate(desk):
    sale = Service(desk, "privatization", has_conditions=False)
    assert sale.walk() == "sold"
    assert {"auction_announced", "protocol", "refund", "contract", "payment", "certificate"} <= set(sale.done)


def test_a_fine_is_set_told_and_paid(desk):
    offence = Service(
        desk, "administrative_offences", {"appeal": "not_appealed"}, track="general", offence_date=MONDAY.isoformat()
    )
    assert offence.walk() == "fine_paid"
    assert {"summons", "review", "decision", "decision_told", "fine"} <= set(offence.done)


def test_a_house_that_stands_is_legalised(desk):
    house = Service(desk, "legalization", {"opinions": "answered"}, {"surveys_needed": "yes"}, fine_paid=True)
    assert house.walk() == "legalised"
    assert {"site_visit", "survey_told", "survey", "order.serve", "register_change"} <= set(house.done)
