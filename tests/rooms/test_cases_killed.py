"""The process is killed at each transaction of a case, before its commit and after: it goes on, nothing lost, nothing twice.

From what a citizen sent online to the file: the application, its registration, the rounds of the clock, the jobs that
follow resolution, signature and service, and people's own acts.
"""

from __future__ import annotations

import io
import os
import signal
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import create_engine, event, select

from edms import clock
from edms.bootstrap import House
from edms.config import Settings
from edms.db.engine import Sessions, Urls, sessions_of
from edms.drafting import visas
from edms.drafting.models import Draft
from edms.errors import Conflict, RuleBroken
from edms.events import EventLine
from edms.registry import arrivals, dispatch
from edms.registry.card import Card
from edms.registry.models import Arrival, Document
from edms.registry.registration import register
from edms.registry.words import Channel
from edms.services import applying, entering, papers, shelf, steps, timing
from edms.services.models import Case, CaseDocument, CaseFact, CaseNotice, CaseState, CaseStep
from edms.storage.folder import FolderStore
from tests import cast, letters
from tests.cases import ASKED, MONDAY, begun, office_of, paged, seated, signed
from tests.conftest import Database
from workers import cases as worker

DAY = timedelta(days=1)


@dataclass
class World:
    """A house whose process can be killed in a copy of itself."""

    house: House
    database: Database
    founded: cast.Office
    found: dict[str, int] = field(default_factory=dict)

    def act(self, house: House, does: Callable) -> object:
        """One transaction of somebody at her desk."""
        with house.transaction() as session:
            return does(session, office_of(session, self.founded))

    def print(self) -> dict[str, object]:
        """All that may not be there twice, nor be lost."""
        with self.house.transaction() as session:
            rows = session.scalars(select(CaseStep).order_by(CaseStep.case_step_id)).all()
            counted = {
                table.__name__: len(session.scalars(select(table)).all())
                for table in (Case, CaseDocument, CaseFact, CaseNotice, Arrival, Document, Draft)
            }
            return {
                "steps": [(row.step, row.state.value, row.answer, row.ended_on) for row in rows],
                "events": Counter(session.scalars(select(EventLine.kind))),
                **counted,
            }

    def open(self) -> list[str]:
        """Where the case stands."""
        with self.house.transaction() as session:
            case = session.scalars(select(Case)).one()
            return sorted(row.step for row in timing.open_rows(case))

    def survives(self, does: Callable[[House], object]) -> None:
        """Killed before its first commit nothing is there; killed after it, and done again twice, all of it is, once."""
        before = self.print()
        assert self.killed(does, after=False)
        assert self.print() == before
        assert self.killed(does, after=True)
        once(does, self.house)
        done = self.print()
        assert done != before
        once(does, self.house)
        assert self.print() == done

    def killed(self, does: Callable[[House], object], *, after: bool) -> bool:
        """Do it in a copy of this process that dies at the first commit in which something was written."""
        child = os.fork()
        if child == 0:
            engine = create_engine(self.database.app_url)
            sessions = sessions_of(engine)
            dirty: set[int] = set()

            def wrote(session: object, *_: object) -> None:
                dirty.add(id(session))

            def die(session: object) -> None:
                if id(session) in dirty:
                    os.kill(os.getpid(), signal.SIGKILL)

            event.listen(sessions, "after_flush", wrote)
            event.listen(sessions, "after_commit" if after else "before_commit", die)
            try:
                does(replace(self.house, engine=engine, sessions=sessions))
            finally:
                os._exit(0)
        _, status = os.waitpid(child, 0)
        return os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL


def once(does: Callable[[House], object], house: House) -> None:
    """What was done already is said to whoever does it again, or changes nothing."""
    try:
        does(house)
    except (RuleBroken, Conflict):
        return


@pytest.fixture
def world(database: Database, committed: Sessions, tmp_path: Path) -> World:
    store = FolderStore(tmp_path / "store")
    urls = Urls(database.app_url, database.owner_url)
    house = House(Settings(data_dir=tmp_path), urls, database.engine, committed, store)
    with clock.at(MONDAY), house.transaction() as session:
        office = cast.office(session)
        seated(session, office, social=office.social, finance=office.infrastructure)
        return World(house, database, office)


def row_of(session, step):
    return session.scalars(select(CaseStep).where(CaseStep.step == step).order_by(CaseStep.case_step_id.desc())).first()


def test_killed_at_each_transaction_from_the_application_to_the_file(world: World) -> None:
    found = world.found

    def at_desk(does: Callable) -> Callable[[House], object]:
        return lambda house: world.act(house, does)

    def doing(who: str, step: str, answer: str | None = None) -> Callable[[House], object]:
        version = world.act(world.house, lambda session, office: row_of(session, step).version)

        def act(session, office):
            steps.do(session, office.actor(who), row_of(session, step), version=version, answer=answer)

        return at_desk(act)

    def applied(house: House) -> None:
        stored = house.store.put(io.BytesIO(b"PK application"), limit=1 << 20)

        def act(session, office):
            route = shelf.choose(shelf.shipped(), "social_assistance", "GE", MONDAY.date())
            made = applying.apply(
                session, office.organisation, route, values=ASKED, papers=[], stored=stored, language="ka", key="k1"
            )
            found["arrival"] = made.arrival_id

        world.act(house, act)

    def registered(session, office):
        nino = office.registrar.actor()
        arrival = arrivals.arrival_of(session, nino, found["arrival"], lock=True)
        card = Card(summary="დახმარება", correspondent_name="ანა კალანდაძე", document_type="application")
        made = register(session, nino, office.applications, card, idempotency_key="r1", arrival=arrival)
        found["letter"] = made.document_id

    with clock.at(MONDAY):
        world.survives(applied)
        world.survives(at_desk(registered))
        world.survives(lambda house: worker.tend(house, None))
        assert world.open() == ["intake.competence"]
        world.act(
            world.house,
            lambda session, office: letters.resolved(
                session, office, session.get_one(Document, found["letter"]), office.stranger
            ),
        )
        world.survives(lambda house: worker.follow(house, found["letter"]))
        assert world.open() == ["intake.completeness"]
    with clock.at(MONDAY + 2 * DAY):
        world.survives(doing("stranger", "intake.completeness", "deficient"))

        def composed(session, office):
            lali, signer = office.stranger.actor(), office.mayor.official_id
            row = row_of(session, "intake.deficiency")
            draft = papers.begin(session, lali, row, "deficiency_notice", subject="ხარვეზი", signer_id=signer)
            found["draft"] = draft.draft_id

        world.survives(at_desk(composed))

        def sign(session, office):
            draft = session.get_one(Draft, found["draft"])
            paged(session, draft)
            session.flush()
            visas.ask(session, office.stranger.actor(), draft, [], version=draft.version)
            session.flush()
            found["notice"] = signed(session, draft).document_id

        world.act(world.house, sign)
        world.survives(lambda house: worker.follow(house, found["notice"]))
        assert world.open() == ["intake.deficiency_told"]

        def send(session, office):
            nino, notice = office.registrar.actor(), session.get_one(Document, found["notice"])
            sending = dispatch.ask(session, nino, notice, channel=Channel.COUNTER, correspondent=None)
            dispatch.sent(session, nino, sending)
            if sending.served_on is None:
                dispatch.served(session, nino, sending, on=clock.today("Asia/Tbilisi"))

        world.act(world.house, send)
        world.survives(lambda house: worker.follow(house, found["notice"]))
        assert world.open() == ["intake.cure"]
    last = world.act(world.house, lambda session, office: row_of(session, "intake.cure").due_on)
    with clock.at(MONDAY + (last - MONDAY.date() - DAY)):  # a day before its end she is reminded, once
        world.survives(lambda house: worker.tend(house, None))
        assert world.open() == ["intake.cure"]
    with clock.at(MONDAY + (last - MONDAY.date() + 3 * DAY)):  # the machine was away over the last day
        world.survives(lambda house: worker.tend(house, None))
        assert world.open() == ["intake.left"]
        ended = world.act(world.house, lambda session, office: row_of(session, "intake.cure").ended_on)
        assert ended == last  # however late it looked
        number = world.act(world.house, lambda session, office: letters.letter(session, office, office.orders).number)

        def named(session, office):
            row = row_of(session, "intake.left")
            entering.name_document(session, office.registrar.actor(), row, "unconsidered_act", number)

        world.survives(at_desk(named))
        world.survives(doing("registrar", "intake.left_told"))
        assert world.open() == ["intake.closing.complaint.window"]
    with clock.at(MONDAY + 90 * DAY):
        world.survives(lambda house: worker.tend(house, None))
        assert world.open() == ["intake.closing.filed"]
        world.survives(doing("archivist", "intake.closing.filed"))
    with world.house.transaction() as session:
        case = session.scalars(select(Case)).one()
        assert (case.state, case.outcome) == (CaseState.ENDED, "unconsidered")
        told = Counter(session.scalars(select(CaseNotice.message)))
        assert told["services.notice.cure_ends"] == told["services.notice.unconsidered"] == 1


def test_one_case_that_cannot_go_on_does_not_stop_the_clock_of_the_others(world: World) -> None:
    def two(session, office):
        return [begun(session, office, "social_assistance", office.stranger, **ASKED).case_id for _ in range(2)]

    with clock.at(MONDAY):
        broken, sound = world.act(world.house, two)

        def break_it(session, office):
            row = session.scalars(select(CaseStep).where(CaseStep.case_id == broken, CaseStep.state == "open")).one()
            row.step, row.wakes_on = "no.such.step", MONDAY.date()
            other = session.scalars(select(CaseStep).where(CaseStep.case_id == sound, CaseStep.state == "open")).one()
            other.wakes_on = MONDAY.date()

        world.act(world.house, break_it)
        with pytest.raises(KeyError):
            worker.tend(world.house, None)
        with world.house.transaction() as session:
            woken = session.scalars(select(CaseStep).where(CaseStep.case_id == sound, CaseStep.state == "open")).one()
            assert woken.wakes_on != MONDAY.date()


def test_who_begins_the_case_at_her_desk_before_the_clock_loses_nothing_of_what_was_applied_for(world: World) -> None:
    def begin(session, office):
        stored = world.house.store.put(io.BytesIO(b"PK application"), limit=1 << 20)
        route = shelf.choose(shelf.shipped(), "social_assistance", "GE", MONDAY.date())
        made = applying.apply(
            session, office.organisation, route, values=ASKED, papers=[{"paper": "identity_copy", "file": "1.pdf"}],
            stored=stored, language="ka", key="k2",
        )  # fmt: skip
        nino = office.registrar.actor()
        arrival = arrivals.arrival_of(session, nino, made.arrival_id, lock=True)
        card = Card(summary="დახმარება", correspondent_name="ანა კალანდაძე", document_type="application")
        letter = register(session, nino, office.applications, card, idempotency_key="r2", arrival=arrival)
        return applying.begin(session, nino, letter, "social_assistance").case_id

    with clock.at(MONDAY):
        case_id = world.act(world.house, begin)
        worker.tend(world.house, None)
    with world.house.transaction() as session:
        assert session.scalars(select(Case)).one().case_id == case_id
        known = {fact.name: fact.value for fact in session.scalars(select(CaseFact))}
    assert known["bank_account"] == ASKED["bank_account"]
