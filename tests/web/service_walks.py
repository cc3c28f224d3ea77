"""A service walked at the desk to one of its ends: each step on its page, by whoever's it is, with what it asks."""

from __future__ import annotations

import re
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import select, update

from edms import clock
from edms.access.actor import Actor
from edms.access.roles import Role
from edms.registry import tracking
from edms.registry.models import Document, Register
from edms.registry.registers import open_register
from edms.services import cases, fees, papers, publishing, tending, texts, timing
from edms.services.kinds import FieldKind, StepKind
from edms.services.models import Case, CaseBody, CaseState, CaseStep
from edms.staff.models import Organisation, RoleGrant
from tests import letters
from tests.cases import begun
from tests.cast import HIRED_ON

MONDAY = date(2026, 3, 9)
WHOSE = {Role.HEAD: "mayor", Role.REGISTRAR: "registrar", Role.ARCHIVIST: "archivist", Role.LAWYER: "lawyer"}
"""Everything else is of whoever has the letter."""
BY_THE_CLOCK = ("window", "notice")
"""Nobody complains, and the days before a hearing pass."""
ARMENIAN = {"country": "AM", "time_zone": "Asia/Yerevan", "language": "hy"}
MOST_STEPS = 80
VOTES = {"members": 30, "present": 25, "in_favour": 20, "against": 5}


class Service:
    """A case on its way through the desk, one step a day.

    `answers` say what a step is answered, by its id: one answer, or one for each time it is done; none
    is left, and the clock passes over it.
    Steps in `waits` nobody does: the clock passes over them. `votes` are those of a sitting, where they are other than usual.
    Its letter came on `day`, and the mayor gave it to somebody (`given`), or the registrar has it still.
    """

    def __init__(
        self, desk, service, answers=None, fields=None, *, waits=(), votes=None, country="GE", day=MONDAY, given=True,
        **values,
    ):  # fmt: skip
        self.desk, self.answers, self.fields, self.day = desk, dict(answers or {}), fields or {}, day
        self.waits, self.votes = (*BY_THE_CLOCK, *waits), votes or {}
        self.done: list[str] = []
        self.pages: dict[str, str] = {}
        self.told: dict[str, str] = {}
        """The citizen's page as it was before each step."""

        def act(session, office):
            one = office.stranger.official
            for role in (
                Role.COUNCIL_MEMBER, Role.COUNCIL_SECRETARY, Role.TERRITORIAL_REPRESENTATIVE, Role.COMMISSION_MEMBER
            ):  # fmt: skip
                grant = RoleGrant(official_id=one.official_id, organisation_id=one.organisation_id, from_on=HIRED_ON)
                grant.role = role
                session.add(grant)
            session.flush()
            if given:
                return begun(session, office, service, office.stranger, **values).case_id
            letter = letters.letter(session, office, office.applications, document_type="application")
            return cases.begin(session, office.registrar.actor(), letter, service, values=values).case_id

        if country == "AM":
            desk.do(self.of_armenia)
            for name, value in ARMENIAN.items():  # the cast is merged into each session
                setattr(desk.cast.organisation, name, value)
        with self.now():
            self.case_id = desk.do(act)

    def of_armenia(self, session, office):
        here = Organisation.organisation_id == office.organisation.organisation_id
        session.execute(update(Organisation).where(here).values(ARMENIAN))

    def now(self):
        """Nine in the morning of its day."""
        return clock.at(datetime.combine(self.day, time(9), ZoneInfo("Asia/Tbilisi")))

    def walk(self, wrong=None, until=None):
        """To its end; the outcome. `wrong` is what is tried first at a step, and refused; at `until` it stops."""
        self.wrong = wrong or {}
        for _ in range(MOST_STEPS):
            with self.now():
                self.desk.readers.clear()  # a sign-in does not last for weeks
                rows = self.open()
                if rows is None:
                    return self.desk.do(lambda s, o: s.get_one(Case, self.case_id).outcome)
                if until is not None and until in {name for _, name, _, _ in rows}:
                    return None
                ours = next((row for row in rows if self.is_done_by_hand(row)), None)
                if ours is not None:
                    self.told[ours[1]] = self.citizen()
                    self.do(ours)
                    self.day += timedelta(days=1)
                    continue
                days = [due for _, _, _, due in rows if due is not None]
                legal = self.desk.do(lambda s, o: self.due(s))
                assert days or legal, f"nobody can do anything, and no clock runs: {rows}"
                self.day = max(self.day, min(days or [legal])) + timedelta(days=1)
            self.tend()
        raise AssertionError(self.done)

    def tend(self):
        """What the clock does on that day."""
        with self.now():
            self.desk.do(lambda s, o: tending.tend(s, self.case_id))

    def due(self, session):
        """The last day of the letter's own term."""
        return session.get_one(Document, session.get_one(Case, self.case_id).document_id).due_on

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
        if row[1] in self.answers:
            return bool(self.answers[row[1]])
        return row[2] is not StepKind.JOIN and not {row[1], row[1].rpartition(".")[2]} & set(self.waits)

    def do(self, row):
        """One step on its page, by whoever's it is, after the papers that it brings forth were registered and named."""
        ident, name = row[:2]
        who, version, form, made, bodies = self.desk.do(lambda s, o: self.asked(s, o, ident))
        registrar = self.desk.as_("registrar")
        for document, number in made:
            registrar.post(f"/proceedings/steps/{ident}/name", {"document": document, "number": number})
        self.done.append(name)
        for body in bodies:
            if ident in {each[0] for each in self.open() or ()}:
                said = {"body": body, "agrees": "yes", "text": "თანახმაა"}
                self.desk.as_(who).post(f"/proceedings/steps/{ident}/bodies", said)
        if ident not in {each[0] for each in self.open() or ()}:
            return  # its signature or the answers were all that was waited for
        reader = self.desk.as_(who)
        if self.desk.do(lambda s, o: self.owes(s, ident, form.get("answer"))):
            self.pay(reader)
        self.publish(ident, reader)
        if ident not in {each[0] for each in self.open() or ()}:
            return  # it was made public, and had been handed over before
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
        form = {f"v_{field.name}": self.value(field) for field in step.asks}
        if step.answers:
            form["answer"] = self.answer(row.step) or step.answers[0]
        if step.sitting is not None:
            form |= VOTES | self.votes.get(row.step, {})
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
        asked = select(CaseBody.body).where(CaseBody.case_step_id == ident, CaseBody.answered_on.is_(None))
        return WHOSE.get(row.role, "stranger"), row.version, form, made, list(session.scalars(asked))

    def publish(self, ident, reader):
        """What the step tells the public was put where all can read it."""

        def lacking(session, office):
            row = session.get_one(CaseStep, ident)
            case = session.get_one(Case, row.case_id)
            items = publishing.lacking(session, case, texts.route_of(session, case), row)
            return [(each.row.case_step_id, each.name, each.channel.value) for each in items]

        for step, document, channel in self.desk.do(lacking):
            said = {"step": step, "document": document, "channel": channel, "place": f"kvemo.example/{channel}"}
            reader.post(f"/proceedings/{self.case_id}/publications", said)

    def owes(self, session, ident, answer):
        """Is a fee to be paid before this step ends so?"""
        row = session.get_one(CaseStep, ident)
        case = session.get_one(Case, row.case_id)
        route = texts.route_of(session, case)
        return fees.unpaid_before(session, case, route, route.steps[row.step], answer)

    def pay(self, reader):
        """The fee is reckoned by what the council set, and its receipt entered."""
        at = f"/proceedings/{self.case_id}"
        reader.post(f"{at}/fee", {"rate": "1"})
        version = self.desk.do(lambda s, o: fees.required(s, s.get_one(Case, self.case_id)).version)
        reader.post(f"{at}/fee/paid", {"version": version, "receipt": "R-1", "amount": ""})

    def answer(self, name):
        """What is answered this time, None for the first that the route names."""
        said = self.answers.get(name)
        return said.pop(0) if isinstance(said, list) else said

    def value(self, field):
        said = self.fields.get(field.name)
        if said is not None:
            return said.pop(0) if isinstance(said, list) else said
        if field.kind is FieldKind.CHOICE:
            return field.choices[0].name
        if field.kind is FieldKind.YES_NO:
            return "no"
        if field.kind.is_number:
            return str(max(field.low or 0, min(10, field.high or 10)))
        if field.kind is FieldKind.ACCOUNT:
            return "GE29NB0000000101904917"
        return self.day.isoformat() if field.kind is FieldKind.DATE else "ტექსტი"

    def page(self, who="stranger"):
        return self.desk.as_(who).get(f"/proceedings/{self.case_id}?lang=en")

    def citizen(self, language="en"):
        """What the tracking page tells her now, as words."""

        def found(session, office):
            document = session.get_one(Document, session.get_one(Case, self.case_id).document_id)
            key = self.desk.house.tracking_key
            return document.number, tracking.code(key, document.document_id, document.tracking_issue)

        number, code = self.desk.do(found)
        page = self.desk.app.test_client().get("/track", query_string={"n": number, "c": code, "lang": language})
        main = page.get_data(as_text=True).partition("<main")[2].partition("</main>")[0]
        return " ".join(re.sub(r"<[^>]+>", " ", main).split())
