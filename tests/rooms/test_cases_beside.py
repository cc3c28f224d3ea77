"""Two at once on one case, on connections of their own: exactly one wins, the other is told, and nothing is half done.

The first holds its transaction open until the second waits for it (or is through): so they really meet.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from threading import Thread

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from edms import clock
from edms.db.engine import Sessions, transaction
from edms.errors import EdmsError
from edms.registry.models import Document
from edms.services import applying, cases, entering, fees, steps, tending, timing
from edms.services.models import Case, CaseState, CaseStep, StepState
from tests import cast, letters
from tests.cases import MONDAY, begun, office_of, seated

HOUSE = {"building_purpose": "house", "has_k2": True, "total_area": "100", "object_class": "class_2"}
NOON = timedelta(0)


@dataclass
class Pair:
    """A case that is committed, and two who act on it."""

    sessions: Sessions
    founded: cast.Office
    case_id: int

    def together(self, first: Callable, second: Callable, *, at: timedelta = NOON) -> list[str]:
        """The first acts and waits for the second before it commits; what each was told ("" when it was done)."""
        said = ["", ""]

        def one(place: int, act: Callable, before_commit: Callable[[Session], None]) -> None:
            try:
                with clock.at(MONDAY + at), transaction(self.sessions) as session:
                    act(session, office_of(session, self.founded), session.get_one(Case, self.case_id))
                    session.flush()
                    before_commit(session)
            except EdmsError as error:
                said[place] = error.message

        beside = Thread(target=one, args=(1, second, lambda session: None))

        def wait(session: Session) -> None:
            beside.start()
            while not session.scalar(text("SELECT count(*) FROM pg_locks WHERE NOT granted")) and beside.is_alive():
                time.sleep(0.01)

        one(0, first, wait)
        if beside.ident is None:  # the first was refused before the second came
            beside.start()
        beside.join()
        return said

    def read(self, does: Callable) -> object:
        with transaction(self.sessions) as session:
            return does(session, session.get_one(Case, self.case_id))

    def open(self) -> list[str]:
        return self.read(lambda session, case: sorted(row.step for row in timing.open_rows(case)))


class Stage:
    """Kvemo, committed once, with as many cases as are asked for: a construction permit at its fee each.

    Finance are two of one unit; the letter itself is another's.
    """

    def __init__(self, sessions: Sessions) -> None:
        self.sessions = sessions
        with clock.at(MONDAY), transaction(sessions) as session:
            self.founded = cast.office(session)
            seated(session, self.founded, architecture=self.founded.social, finance=self.founded.infrastructure)

    def pair(self) -> Pair:
        with clock.at(MONDAY), transaction(self.sessions) as session:
            office = office_of(session, self.founded)
            case = begun(session, office, "building_permit", office.stranger, **HOUSE)
            here = timing.open_rows(case)[0]
            steps.do(session, office.stranger.actor(), here, version=here.version, answer="complete")
            fees.reckon(session, office.executor.actor(), case, rate=Decimal(1))
            return Pair(self.sessions, self.founded, case.case_id)

    def at_cure(self) -> Pair:
        """What is missing was asked for, and is awaited."""
        pair = self.pair()
        with clock.at(MONDAY), transaction(self.sessions) as session:
            office, case = office_of(session, self.founded), session.get_one(Case, pair.case_id)
            does("executor", "short")(session, office, case)
            made = letters.own_letter(session, office)
            here = row(case, "intake.deficiency")
            entering.name_document(session, office.registrar.actor(), here, "deficiency_notice", made.number)
            here = row(case, "intake.deficiency_told")
            steps.do(session, office.registrar.actor(), here, version=here.version)
        return pair


@pytest.fixture
def stage(committed: Sessions) -> Stage:
    return Stage(committed)


def row(case: Case, step: str = "fee_control") -> CaseStep:
    return next(each for each in case.steps if each.step == step)


def does(who: str, answer: str, *, version: int | None = None) -> Callable:
    def act(session, office, case):
        here = row(case)
        steps.do(session, office.actor(who), here, version=version or here.version, answer=answer)

    return act


def pays(who: str, receipt: str, amount: str | None = None) -> Callable:
    def act(session, office, case):
        fee = fees.required(session, case)
        fees.pay(
            session, office.actor(who), case, receipt=receipt, on=None, version=fee.version,
            amount=amount and Decimal(amount),
        )  # fmt: skip

    return act


def breaks_off(session, office, case):
    cases.break_off(session, office.mayor.actor(), case, version=case.version, reason="შეცდომით დაიწყო")


def withdraws(session, office, case):
    cases.withdraw(session, office.mayor.actor(), case, version=case.version, how="განცხადება 17")


def ticks(session, office, case):
    tending.tend(session, case.case_id)


def goes_back(session, office, case):
    to = row(case, "intake.completeness")
    here = row(case)
    steps.go_back(session, office.executor.actor(), here, to=to, reason="ხელახლა", version=here.version)


def hands(session, office, case):
    here = row(case)
    steps.hand(
        session, office.executor.actor(), here, official_id=office.second_executor.official_id, version=here.version
    )


def cured(session, office, case):
    here = row(case, "intake.cure")
    steps.do(session, office.stranger.actor(), here, version=here.version, answer="cured")


def extends(session, office, case):
    here = row(case, "intake.cure")
    kind = timing.due_of(session, case, here).term.extension.kind
    steps.extend(session, office.stranger.actor(), here, count=1, kind=kind, reason="ავადაა", version=here.version)


STALE = "db.stale"
"""The letter itself was changed meanwhile: read afresh, the act may go."""
OVER = {"proceedings.step_over", "proceedings.case_over", "error.stale", STALE, "proceedings.not_back_there"}


def test_of_two_acts_on_one_step_one_is_done_and_the_other_is_told(stage: Stage) -> None:
    short, other = does("executor", "short"), does("second_executor", "short")
    for first, second in (
        (short, other), (short, breaks_off), (breaks_off, short), (withdraws, short), (withdraws, breaks_off),
        (short, goes_back), (goes_back, other), (hands, other), (other, hands),
    ):  # fmt: skip
        pair = stage.pair()
        told = pair.together(first, second)
        assert told[0] == "" and told[1] in OVER, (first, second, told)
        ended = pair.read(lambda session, case: [r for r in case.steps if r.step == "fee_control" and r.ended_at])
        assert len(ended) <= 1
    pair = stage.pair()  # the same hand twice, as by a second press of the key, is the same act
    told = pair.together(short, short)
    assert told[0] == "" and told[1] in {"", STALE} and pair.open() == ["intake.deficiency"]


def test_money_that_two_enter_at_once_is_entered_once(stage: Stage) -> None:
    pair = stage.pair()
    told = pair.together(pays("executor", "R-1"), pays("second_executor", "R-2"))
    assert told[0] == "" and told[1] in {"proceedings.fee_paid", *OVER}
    assert pair.read(lambda session, case: fees.required(session, case).received) == Decimal(100)
    pair = stage.pair()  # a part of it, by the same receipt
    told = pair.together(pays("executor", "R-1", "30"), pays("second_executor", "R-1", "30"))
    assert told[0] == "" and told[1] != ""
    assert pair.read(lambda session, case: fees.required(session, case).received) == Decimal(30)


def test_the_clock_and_people_meet_and_the_step_ends_once_and_one_way(stage: Stage) -> None:
    later = timedelta(days=10)  # the last day of the cure has passed
    pair = stage.at_cure()
    told = pair.together(ticks, cured, at=later)
    assert told[0] == "" and told[1] in OVER and pair.open() == ["intake.left"]
    cure = pair.read(lambda session, case: [r for r in case.steps if r.step == "intake.cure"])
    assert [(r.state, r.answer) for r in cure] == [(StepState.DONE, None)]
    pair = stage.at_cure()
    told = pair.together(cured, ticks, at=later)
    assert told[0] == "" and told[1] in {"", STALE} and pair.open() == ["fee_control"]
    pair = stage.at_cure()
    told = pair.together(ticks, ticks, at=later)
    assert told[0] == "" and told[1] in {"", STALE} and pair.open() == ["intake.left"]
    pair = stage.at_cure()
    told = pair.together(extends, extends)
    assert told[0] == "" and told[1] in OVER
    assert len(pair.read(lambda session, case: timing.granted_to(row(case, "intake.cure")))) == 1


def test_a_case_begins_once_however_many_begin_it(stage: Stage) -> None:
    pair = stage.pair()
    with clock.at(MONDAY), transaction(stage.sessions) as session:
        office = office_of(session, stage.founded)
        letter_id = letters.letter(session, office, office.applications, document_type="application").document_id

    def begins(session, office, case):
        applying.begin(session, office.registrar.actor(), session.get_one(Document, letter_id), "social_assistance")

    told = pair.together(begins, begins)
    assert told[0] == "" and told[1] in {"", STALE}
    with transaction(stage.sessions) as session:
        found = session.scalars(select(Case).where(Case.document_id == letter_id)).all()
        assert [case.state for case in found] == [CaseState.RUNNING]
