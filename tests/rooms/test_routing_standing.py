"""Internal terms while the legal term stands: nobody is late with what waits, and the days that were left come after it.

Registered on Friday 2 May 2025, suspended since the 7th, cured on the 22nd: fifteen calendar days stood.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from edms import clock, terms
from edms.events import Event, EventLine
from edms.notices.concerned import concerned
from edms.overview.course import course_of
from edms.registry.models import Document
from edms.routing import changing, clocks, control, extension, moving, reminding, resolution, suspending
from edms.routing.models import Assignment, Resolution
from edms.routing.naming import Executor
from edms.terms import Cause, Interval
from tests.cast import Office, Person
from tests.desks import desk_of
from tests.letters import letter, resolved

FRIDAY, STOPPED, CURED = date(2025, 5, 2), date(2025, 5, 7), date(2025, 5, 22)


@contextmanager
def on(day: date) -> Iterator[None]:
    """At noon of that day in Tbilisi."""
    with clock.at(datetime(day.year, day.month, day.day, 8, tzinfo=UTC)):
        yield


def given(
    session: Session, office: Office, due_on: date | None, *people: Person, term: str = "ge.letter"
) -> Resolution:
    """The mayor's resolution of that Friday, the unit's head responsible where nobody else is named."""
    office.incoming.term = term
    with on(FRIDAY):
        return resolved(session, office, letter(session, office), *(people or (office.unit_head,)), due_on=due_on)


def suspend(
    session: Session, office: Office, made: Resolution, *, since: date = STOPPED, today: date = STOPPED
) -> None:
    with on(today):
        document = session.get_one(Document, made.document_id)
        suspending.suspend(
            session, office.mayor.actor(), document, cause=Cause.DEFICIENCY, since=since, reason="აკლია გეგმა"
        )


def resume(session: Session, office: Office, made: Resolution, *, today: date = CURED) -> None:
    with on(today):
        suspending.resume(session, office.mayor.actor(), session.get_one(Document, made.document_id), until=None)


def seen(session: Session, office: Office, made: Resolution, day: date, who: str = "unit_head") -> tuple[str, str]:
    """How the work looks on her desk and in the letter's course that day."""
    with on(day):
        actor = office.actor(who)
        (work,) = desk_of(session, actor).to_execute
        (step,) = [
            s for s in course_of(session, session.get_one(Document, made.document_id), day, actor) if s.resolution
        ]
        return work.line.kind, step.steps[0].kind


def reminded(session: Session, office: Office, day: date) -> set[tuple[int, str]]:
    with on(day):
        return {(each.official_id, each.message) for each in reminding.remind(session, office.organisation)}


def works(session: Session, made: Resolution) -> list[Assignment]:
    session.flush()
    return list(made.assignments)


@pytest.mark.parametrize(
    ("term", "due_on", "moved"),
    [
        ("ge.letter", date(2025, 5, 12), date(2025, 5, 27)),  # the 26th is a holiday, the 27th is not
        ("ge.letter", date(2025, 5, 7), CURED),  # due on the day it was suspended: the day on which it goes on
        ("ge.letter", date(2025, 5, 16), date(2025, 6, 2)),  # a Saturday moves to Monday
        ("ge.letter", date(2025, 6, 2), date(2025, 6, 17)),  # with the legal term itself
        ("ge.decision_alone", date(2025, 5, 28), date(2025, 6, 10)),  # 15 working days: no further than the legal term
    ],
)
def test_the_days_that_were_left_come_after_it(
    session: Session, office: Office, term: str, due_on: date, moved: date
) -> None:
    made = given(session, office, due_on, term=term)
    suspend(session, office, made)
    (work,) = works(session, made)
    assert (work.due_on, work.stands_since) == (due_on, STOPPED)
    resume(session, office, made)
    assert (work.due_on, work.stands_since, made.due_on) == (moved, None, moved)
    document = session.get_one(Document, made.document_id)
    assert document.due_on is not None and moved <= document.due_on


def test_while_it_stands_nobody_is_late_anywhere(session: Session, office: Office) -> None:
    made = given(session, office, date(2025, 5, 12), office.unit_head, office.second_executor)
    suspend(session, office, made)
    assert seen(session, office, made, date(2025, 5, 15)) == ("stopped", "present")
    with on(date(2025, 5, 15)):
        assert desk_of(session, office.unit_head.actor()).late == 0
    head, second = office.unit_head.official_id, office.second_executor.official_id
    assert reminded(session, office, date(2025, 5, 13)) == set()
    # Every ten days whoever has it looks whether what it waits for has come.
    assert reminded(session, office, date(2025, 5, 17)) == {(head, "notices.work_stands")}
    assert reminded(session, office, date(2025, 5, 21)) == set()
    resume(session, office, made)
    told = reminded(session, office, date(2025, 5, 28))
    assert {(head, "notices.work_late"), (second, "notices.work_late")} <= told
    assert seen(session, office, made, date(2025, 5, 28)) == ("late", "late")


def test_on_control_only_its_own_reminder_asks(session: Session, office: Office) -> None:
    made = given(session, office, date(2025, 5, 12))
    with on(FRIDAY):
        control.put(session, office.controller.actor(), session.get_one(Document, made.document_id))
    suspend(session, office, made)
    told = reminded(session, office, date(2025, 5, 17))
    people = (office.controller.official_id, office.unit_head.official_id)
    assert told == {(person, "notices.control_stands.deficiency") for person in people}


def test_what_was_over_before_stays_over(session: Session, office: Office) -> None:
    made = given(session, office, date(2025, 5, 5))
    suspend(session, office, made)
    assert seen(session, office, made, date(2025, 5, 15)) == ("late", "late")
    resume(session, office, made)
    assert made.assignments[0].due_on == date(2025, 5, 5)


def test_a_suspension_entered_afterwards_stands_from_its_own_day_or_that_of_the_work(
    session: Session, office: Office
) -> None:
    made = given(session, office, date(2025, 5, 12))
    with on(date(2025, 5, 12)):
        document = session.get_one(Document, made.document_id)
        later = resolution.issue(
            session, office.mayor.actor(), document, text="ნახეთ", executors=[Executor(office.lawyer.official_id)],
            due_on=date(2025, 5, 15),
        )  # fmt: skip
    suspend(session, office, made, today=date(2025, 5, 14))
    assert [w.stands_since for w in (*works(session, made), *works(session, later))] == [STOPPED, date(2025, 5, 12)]
    resume(session, office, made)
    # 15 May and ten days are a Sunday, and the 26th is a holiday.
    assert [r.due_on for r in (made, later)] == [date(2025, 5, 27), date(2025, 5, 27)]


def test_a_day_that_a_person_sets_meanwhile_counts_as_she_set_it(session: Session, office: Office) -> None:
    made = given(session, office, date(2025, 5, 12))
    other = given(session, office, date(2025, 5, 12))
    suspend(session, office, made)
    suspend(session, office, other)
    with on(date(2025, 5, 14)):
        changing.change(
            session, office.mayor.actor(), made, reason="სასწრაფოა", due_on=date(2025, 5, 19),
            executors=[Executor(office.unit_head.official_id), Executor(office.second_executor.official_id)],
        )  # fmt: skip
        asked = extension.ask(
            session, office.unit_head.actor(), other.assignments[0], wanted=date(2025, 5, 30), reason="ველოდები"
        )
        extension.grant(session, office.mayor.actor(), asked)
    assert [w.stands_since for w in (*works(session, made), *works(session, other))] == [None] * 3
    with on(date(2025, 5, 20)):
        kinds = {w.assignment.resolution_id: w.line.kind for w in desk_of(session, office.unit_head.actor()).to_execute}
    assert kinds == {made.resolution_id: "late", other.resolution_id: "stopped"}  # the letter's own term stands
    resume(session, office, made)
    resume(session, office, other)
    assert (made.due_on, other.due_on) == (date(2025, 5, 19), date(2025, 5, 30))


def test_work_given_meanwhile_without_a_day_stands_too(session: Session, office: Office) -> None:
    made = given(session, office, date(2025, 5, 12))
    suspend(session, office, made)
    with on(date(2025, 5, 15)):
        (work,) = made.assignments
        below = resolution.delegate(
            session, office.unit_head.actor(), work, text="მოამზადეთ", executors=[Executor(office.executor.official_id)]
        )
        dated = resolution.delegate(
            session, office.unit_head.actor(), work, text="ნახეთ ადგილზე", due_on=date(2025, 5, 19),
            executors=[Executor(office.second_executor.official_id)],
        )  # fmt: skip
    assert [w.stands_since for r in (below, dated) for w in works(session, r)] == [date(2025, 5, 15), None]
    assert below.due_on == date(2025, 5, 27)  # ten calendar days are a Sunday, and the 26th is a holiday
    resume(session, office, made)
    assert (below.due_on, dated.due_on) == (date(2025, 6, 3), date(2025, 5, 19))


def test_who_is_named_beside_work_that_stands_waits_with_it(session: Session, office: Office) -> None:
    made = given(session, office, date(2025, 5, 12))
    suspend(session, office, made)
    with on(date(2025, 5, 14)):
        named = [Executor(office.executor.official_id), Executor(office.lawyer.official_id)]
        changing.change(session, office.mayor.actor(), made, reason="სხვა შეასრულებს", executors=named)
    standing = [w.stands_since for w in works(session, made) if w.official_id != office.unit_head.official_id]
    assert standing == [STOPPED, STOPPED]


def test_everybody_at_work_is_told_that_it_stands_and_that_it_goes_on(session: Session, office: Office) -> None:
    made = given(session, office, date(2025, 5, 12), office.unit_head, office.second_executor)
    suspend(session, office, made)
    resume(session, office, made)
    for kind in (Event.TERM_SUSPENDED, Event.TERM_RESUMED):
        line = session.scalars(select(EventLine).where(EventLine.kind == kind)).one()
        told = {person for person, _ in concerned(session, line)}
        assert told == {office.unit_head.official_id, office.second_executor.official_id}


def test_a_letter_moved_to_another_register_stands_on_and_in_one_without_a_term_its_work_goes_on(
    session: Session, office: Office
) -> None:
    made = given(session, office, date(2025, 5, 12))
    suspend(session, office, made)
    office.applications.term = "ge.decision_alone"
    document = session.get_one(Document, made.document_id)
    with on(date(2025, 5, 15)):
        nino = office.registrar.actor(stepped_up=True)
        moving.move(session, nino, document, office.applications, reason="განცხადებაა")
        assert document.due_on is None and document.term is not None
        assert (document.term["name"], document.term["stands_since"]) == ("ge.decision_alone", "2025-05-07")
        assert made.assignments[0].stands_since == STOPPED
        office.incoming.term = None
        moving.move(session, nino, document, office.incoming, reason="მაინც წერილია")
        assert document.term is None
    assert (made.assignments[0].stands_since, made.due_on) == (None, date(2025, 5, 20))


def test_a_word_of_the_head_lets_go_on_what_stood_for_several_causes(session: Session, office: Office) -> None:
    made = given(session, office, None)
    document, head = session.get_one(Document, made.document_id), office.mayor.actor()
    causes = (Cause.DEFICIENCY, Cause.OTHER_BODY)
    with on(STOPPED):
        for cause in causes:
            suspending.stand(session, head, document, cause=cause, reason="აკლია გეგმა")
    resume(session, office, made)
    found = clocks.intervals_of(document)
    assert {each.cause for each in found} == set(causes) and all(each.until == CURED for each in found)
    after = document.due_on
    with on(CURED):
        for cause in causes:
            suspending.run_on(session, head, document, cause=cause)
    assert document.due_on == after and clocks.intervals_of(document) == found


def test_days_that_overlap_stood_once() -> None:
    term = terms.named("ge.letter")
    stood = [
        Interval(Cause.DEFICIENCY, date(2025, 5, 7), date(2025, 5, 22)),
        Interval(Cause.DEFICIENCY, date(2025, 5, 20), date(2025, 5, 24)),
        Interval(Cause.APPEAL, date(2025, 5, 1), date(2025, 6, 30)),  # of which this term knows nothing
        Interval(Cause.DEFICIENCY, date(2025, 6, 2)),
    ]
    days = [terms.days_stood(term, stood, after) for after in (date(2025, 5, 1), date(2025, 5, 12), date(2025, 5, 30))]
    assert days == [17, 12, 0]
