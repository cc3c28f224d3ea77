"""Cases for tests of the engine: a town with one case of social assistance, its people at their steps, its papers.

Papers get their page without being printed, and are signed as by pen: what the case sees of it is the same.
"""

from __future__ import annotations

import io
from datetime import UTC, datetime, timedelta

from sqlalchemy import inspect, select, text

from edms import clock
from edms.access.actor import Actor
from edms.drafting import act, visas
from edms.drafting import entering as drafted
from edms.drafting.models import DraftState
from edms.events import Event, Subject, record
from edms.registry import contents, lifecycle
from edms.registry.models import Document, Register
from edms.registry.registers import open_register
from edms.registry.words import DocumentState
from edms.services import cases, entering, following, papers, publishing, seats, steps, texts, timing
from edms.storage.memory import MemoryStore
from tests import cast, letters

MONDAY = datetime(2026, 3, 9, 9, tzinfo=UTC)
ASKED = {
    "applicant_name": "ანა კალანდაძე", "personal_number": "01001012345", "applicant_address": "თავისუფლების 3",
    "by_representative": False, "assistance_kind": "treatment", "assistance_reason": "ოპერაცია", "household_members": 3,
    "bank_account": "GE29NB0000000101904917",
}  # fmt: skip
VOTES = steps.Votes(members=5, present=4, in_favour=3, against=1)


def seated(session, office, **units):
    """Say which unit the routes mean by these names."""
    for name, unit in units.items():
        seats.name(session, office.actor("administrator"), office.organisation, name, unit_id=unit.unit_id, version=0)


OF_THE_OFFICE = ("administrative_offences", "budget_priorities", "privatization")
"""The services that nobody applies for."""


def begun(session, office, service, responsible, **values):
    """A case of this service begun by whoever has its letter."""
    book = office.internal if service in OF_THE_OFFICE else office.applications
    document = letters.letter(session, office, book)
    letters.resolved(session, office, document, responsible)
    return cases.begin(session, responsible.actor(), document, service, values=values)


def made_public(session, actor, case, row):
    """What a step tells the public was put where all can read it."""
    for item in publishing.lacking(session, case, texts.route_of(session, case), row):
        publishing.publish(
            session, actor, case, case_step_id=item.row.case_step_id, name=item.name, channel=item.channel,
            place="kvemo.example",
        )  # fmt: skip


class Town:
    """One case, and its people at their steps."""

    def __init__(self, session, office, case=None):
        self.session, self.office = session, office
        if case is None:
            seated(session, office, social=office.social, finance=office.infrastructure)
            case = begun(session, office, "social_assistance", office.stranger, **ASKED)
        self.case, self.document = case, session.get_one(Document, case.document_id)

    @property
    def route(self):
        return texts.route_of(self.session, self.case)

    def open(self):
        return sorted(row.step for row in timing.open_rows(self.case))

    def row(self, step):
        return next(row for row in timing.open_rows(self.case) if row.step == step)

    def do(self, who, step, answer=None, **more):
        row = self.row(step)
        steps.do(self.session, self.office.actor(who), row, version=row.version, answer=answer, **more)
        return self

    def paper(self, step, name):
        """A document that a step brings forth, entered in its register and named at the step."""
        made = letters.letter(self.session, self.office, self.book(self.route.documents[name].register), summary=name)
        entering.name_document(self.session, self.office.registrar.actor(), self.row(step), name, made.number)
        return self

    def book(self, kind):
        found = self.session.scalar(
            select(Register).where(Register.kind == kind, Register.organisation_id == self.case.organisation_id)
        )
        return found or open_register(
            self.session, Actor.system(self.case.organisation_id), self.office.organisation, kind=kind, code=kind.value,
            names={"ka": kind.value}, pattern=[{"part": "serial"}],
        )  # fmt: skip

    def draft(self, who, step, name):
        """Its draft, with a page that can be shown."""
        row, signer = self.row(step), self.office.mayor.official_id
        self.book(self.route.documents[name].register)
        draft = papers.begin(self.session, self.office.actor(who), row, name, subject=name, signer_id=signer)
        if draft.versions[-1].content_id is None:
            paged(self.session, draft)
        return draft

    def asked(self, draft, *who):
        """The draft goes to these for their visas, or straight to the signer."""
        author = self.office.stranger.actor()
        visas.ask(
            self.session, author, draft, [getattr(self.office, each).official_id for each in who], version=draft.version
        )
        self.session.flush()
        return draft

    def agreed(self, draft, who):
        visa = next(v for v in draft.visas if v.state == "asked")
        visas.agree(self.session, self.office.actor(who), visa, ordinal=draft.versions[-1].ordinal)
        self.session.flush()

    def carried_on(self):
        """The jobs that were posted for cases, done; which there were."""
        self.session.flush()
        wanted = text("SELECT id, task_name, args FROM procrastinate_jobs WHERE task_name LIKE 'follow_%' ORDER BY id")
        jobs = [row for row in self.session.execute(wanted) if row.task_name in ("follow_case", "follow_draft")]
        for row in jobs:
            does = following.follow_document if row.task_name == "follow_case" else following.follow_draft
            does(self.session, row.args["subject_id"])
            self.session.execute(text("DELETE FROM procrastinate_jobs WHERE id = :id"), {"id": row.id})
        return [row.task_name for row in jobs]

    def later(self, days):
        return clock.at(MONDAY + timedelta(days=days))


def until_commission(town):
    with town.later(1):
        town.do("stranger", "intake.completeness", "complete")
        town.do("stranger", "programme", "in_programme", given={"programme_threshold": "57001", "visit_needed": "no"})
    return town


def until_order(town):
    """Granted by the commission; the order is to be written."""
    until_commission(town)
    with town.later(2):
        town.do("stranger", "queries", given={"rating_score": "41000"}).paper("commission", "commission_minutes")
        town.do("stranger", "commission", "grant", given={"sum_recommended": "500"}, votes=VOTES)
    return town


def paged(session, draft):
    """A page for what is shown of a draft."""
    stored = MemoryStore().put(io.BytesIO(f"%PDF-1.4 {draft.draft_id}".encode()), limit=1 << 20)
    system = Actor.system(draft.organisation_id)
    page = contents.enter(
        session, system, organisation_id=draft.organisation_id, stored=stored, name="page.pdf",
        media_type="application/pdf",
    )  # fmt: skip
    session.flush()
    draft.versions[-1].content_id = page.content_id


def signed(session, draft):
    """The draft with its signature, in its register."""
    number = act.draw_number(session, draft)
    draft.state, draft.numbered_on = DraftState.SIGNING, number.drawn_on
    document = drafted.enter(session, draft, number, signed_by_id=draft.signer_id)
    lifecycle.step(document, DocumentState.SIGNED)
    record(
        session, Actor.system(draft.organisation_id), Event.DOCUMENT_SIGNED,
        Subject("document", document.document_id, document_id=document.document_id,
                content_id=draft.versions[-1].content_id),
        organisation_id=draft.organisation_id, detail={}, facts={"number": document.number},
    )  # fmt: skip
    session.flush()
    return document


def office_of(session, founded):
    """The cast, in another session than the one in which it was founded."""

    def here(row):
        return session.get_one(type(row), inspect(row).identity)

    people = {name: each.official for name, each in vars(founded).items() if isinstance(each, cast.Person)}
    rows = {name: here(row) for name, row in vars(founded).items() if name not in people}
    return cast.Office(**rows, **{name: cast.Person(session, here(row)) for name, row in people.items()})
