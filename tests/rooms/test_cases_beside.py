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
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from edms import clock
from edms.db.engine import Sessions, transaction
from edms.errors import EdmsError
from edms.registry.models import Document
from edms.services import applying, cases, entering, fees, steps, tending, timing
from edms.services.models import Case, CasePayment, CaseState, CaseStep, StepState
from edms.terms.term import Kind
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


@pytest.fixture
def pair(committed: Sessions) -> Pair:
    """A construction permit at its fee; finance are two: the executor and her colleague of the same unit."""
    with clock.at(MONDAY), transaction(committed) as session:
        office = cast.office(session)
        seated(session, office, architecture=office.infrastructure, finance=office.infrastructure)
        case = begun(session, office, "building_permit", office.executor, **HOUSE)
        row = timing.open_rows(case)[0]
        steps.do(session, office.executor.actor(), row, version=row.version, answer="complete")
        fees.reckon(session, office.executor.actor(), case, rate=Decimal(1))
        return Pair(committed, office, case.case_id)


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


OVER = {"proceedings.step_over", "proceedings.case_over", "error.stale", "db.stale", "proceedings.not_back_there"}


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (does("executor", "short"), does("second_executor", "short")),
        (does("executor", "short"), breaks_off),
        (breaks_off, does("executor", "short")),
        (withdraws, does("executor", "short")),
        (withdraws, breaks_off),
        (does("executor", "short"), goes_back),
        (goes_back, does("second_executor", "short")),
        (hands, does("second_executor", "short")),
        (does("second_executor", "short"), hands),
    ],
    ids=lambda act: act.__name__,
)
def test_of_two_acts_one_is_done_and_the_other_is_told(pair: Pair, first: Callable, second: Callable) -> None:
    told = pair.together(first, second)
    assert told[0] == "" and told[1] in OVER, told
    ended = pair.read(lambda session, case: [r for r in case.steps if r.step == "fee_control" and r.ended_at])
    assert len(ended) <= 1


def test_two_decisions_of_one_step_open_one_next_step(pair: Pair) -> None:
    """The same answer of another hand, on the state that she saw, is too late; of the same hand it is the same."""
    assert pair.together(does("executor", "short"), does("executor", "short")) == ["", ""]
    assert pair.open() == ["intake.deficiency"]


def test_paid_by_two_at_once_it_is_paid_once(pair: Pair) -> None:
    told = pair.together(pays("executor", "R-1"), pays("second_executor", "R-2"))
    assert told[0] == "" and told[1] in {"proceedings.fee_paid", *OVER}
    assert pair.read(lambda session, case: session.scalar(select(func.sum(CasePayment.amount)))) == Decimal(100)


def test_two_parts_at_once_of_one_state_are_one_part(pair: Pair) -> None:
    told = pair.together(pays("executor", "R-1", "30"), pays("second_executor", "R-1", "30"))
    assert told[0] == "" and told[1] != ""
    assert pair.read(lambda session, case: fees.required(session, case).received) == Decimal(30)


def test_the_clock_and_a_decision_meet_and_one_of_them_ends_the_step(pair: Pair) -> None:
    """The last day of the cure has passed: whoever comes first, the step ends once and one way."""

    def deficient(session, office, case):
        does("executor", "short")(session, office, case)
        made = letters.own_letter(session, office)
        here = row(case, "intake.deficiency")
        entering.name_document(session, office.registrar.actor(), here, "deficiency_notice", made.number)
        here = row(case, "intake.deficiency_told")
        steps.do(session, office.registrar.actor(), here, version=here.version)

    def cured(session, office, case):
        here = row(case, "intake.cure")
        steps.do(session, office.executor.actor(), here, version=here.version, answer="cured")

    with clock.at(MONDAY), transaction(pair.sessions) as session:
        deficient(session, office_of(session, pair.founded), session.get_one(Case, pair.case_id))
    later = timedelta(days=60)
    told = pair.together(ticks, cured, at=later)
    assert told == ["", "proceedings.step_over"] and pair.open() == ["intake.left"]
    cure = pair.read(lambda session, case: [r for r in case.steps if r.step == "intake.cure"])
    assert [(r.state, r.answer) for r in cure] == [(StepState.DONE, None)]


def test_a_decision_before_the_clock_stands_and_two_clocks_are_one(pair: Pair) -> None:
    assert pair.together(does("executor", "short"), ticks) == ["", ""]
    assert pair.open() == ["intake.deficiency"]
    before = pair.read(lambda session, case: len(case.steps))
    assert pair.together(ticks, ticks, at=timedelta(days=60)) == ["", ""]
    assert pair.read(lambda session, case: len(case.steps)) >= before


def test_a_case_begins_once_however_many_begin_it(committed: Sessions) -> None:
    with clock.at(MONDAY), transaction(committed) as session:
        office = cast.office(session)
        letter = letters.letter(session, office, office.applications, document_type="application")
        letter_id = letter.document_id
        other = begun(session, office, "land_terms", office.executor)
        pair = Pair(committed, office, other.case_id)

    def begins(session, office, case):
        applying.begin(session, office.registrar.actor(), session.get_one(Document, letter_id), "social_assistance")

    assert pair.together(begins, begins) == ["", ""]
    with transaction(committed) as session:
        found = session.scalars(select(Case).where(Case.document_id == letter_id)).all()
        assert len(found) == 1 and found[0].state is CaseState.RUNNING


def test_two_give_one_step_more_time_and_it_gets_it_once(pair: Pair) -> None:
    def to_cure(session, office, case):
        does("executor", "short")(session, office, case)
        made = letters.own_letter(session, office)
        here = row(case, "intake.deficiency")
        entering.name_document(session, office.registrar.actor(), here, "deficiency_notice", made.number)
        here = row(case, "intake.deficiency_told")
        steps.do(session, office.registrar.actor(), here, version=here.version)

    def extends(session, office, case):
        here = row(case, "intake.cure")
        rule = timing.due_of(session, case, here).term.extension
        steps.extend(session, office.executor.actor(), here, count=1, kind=rule.kind, reason="ავადაა", version=here.version)

    with clock.at(MONDAY), transaction(pair.sessions) as session:
        to_cure(session, office_of(session, pair.founded), session.get_one(Case, pair.case_id))
    told = pair.together(extends, extends)
    assert told[0] == "" and told[1] in OVER
    granted = pair.read(lambda session, case: timing.granted_to(row(case, "intake.cure")))
    assert len(granted) == 1 and granted[0].kind in Kind
