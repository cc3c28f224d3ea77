"""Acts that meet: a letter filed while its second copy is on its way, a case closed meanwhile, an index that must follow."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from datetime import timedelta
from threading import Thread

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from edms import clock
from edms.access.actor import Actor
from edms.db.engine import Sessions, transaction
from edms.errors import Conflict, Invalid, RuleBroken
from edms.filing import case_files, plan
from edms.filing.models import CaseFile, CaseFileEntry
from edms.registry import arrivals, correspondents, dispatch, registration
from edms.registry.card import Card
from edms.registry.lifecycle import step
from edms.registry.models import Arrival, Document
from edms.registry.words import Channel, DispatchState, DocumentState, Grade, LinkKind, Tray
from edms.routing import control, execution, submission
from edms.routing.models import AssignmentState
from edms.routing.opinions import asking
from edms.search.projection import stamps_of
from tests import cast
from tests.cast import Office
from tests.letters import letter, own_letter, resolved, submitted

INDEX = "12-05"


def listed(session: Session, archivist: Actor, office: Office) -> None:
    """The year's list with one line."""
    rows = [{"index": INDEX, "title": "გზები", "retention_class": "correspondence"}]
    year = clock.today(office.organisation.time_zone).year
    plan.load(session, archivist, office.organisation, rows, year=year)


def test_what_is_sent_after_the_letter_was_filed_is_noted_and_the_letter_stays_filed(
    session: Session, office: Office
) -> None:
    nino = office.registrar.actor()
    listed(session, office.archivist.actor(), office)
    document = own_letter(session, office, case_index=INDEX)
    step(document, DocumentState.SIGNED)
    first, second = (
        dispatch.ask(session, nino, document, channel=Channel.COUNTER, correspondent=None) for _ in range(2)
    )
    dispatch.sent(session, nino, first)
    case_files.file_document(session, office.archivist.actor(), document)
    dispatch.sent(session, nino, second, proof="RR123456785GE")
    assert (second.state, document.state) == (DispatchState.SENT, DocumentState.FILED)


def test_no_letter_gets_into_a_case_that_is_closed_meanwhile(committed: Sessions) -> None:
    """A letter without sheets changes nothing on the volume itself, so nothing but its lock could tell."""
    with transaction(committed) as session:
        office = cast.office(session)
        listed(session, office.archivist.actor(), office)
        case_files.file_document(session, office.archivist.actor(), own_letter(session, office, case_index=INDEX))
        late = own_letter(session, office, case_index=INDEX, sheets=0).document_id
    refused: list[RuleBroken] = []

    def file_it() -> None:
        try:
            with transaction(committed) as session:
                eka = cast.Person(session, session.merge(office.archivist.official)).actor()
                case_files.file_document(session, eka, session.get_one(Document, late))
        except RuleBroken as error:
            refused.append(error)

    with transaction(committed) as session:
        eka = cast.Person(session, session.merge(office.archivist.official)).actor()
        case_files.close(session, eka, session.scalars(select(CaseFile)).one())
        session.flush()
        beside = Thread(target=file_it)
        beside.start()
        while not session.scalar(text("SELECT count(*) FROM pg_locks WHERE NOT granted")) and beside.is_alive():
            time.sleep(0.01)
    beside.join()
    with transaction(committed) as session:
        entries = session.scalars(select(CaseFileEntry)).all()
    assert [error.message for error in refused] == ["filing.case_closed"]
    assert len(entries) == 1


Act = Callable[[Session, Office, Document], object]


def _given_back(session: Session, office: Office, document: Document) -> None:
    (work,) = resolved(session, office, document, office.executor).assignments
    yield_(session)
    execution.give_back(session, office.executor.actor(), work, reason="სხვისია")
    assert work.state is AssignmentState.GIVEN_BACK


def _submission_given_back(session: Session, office: Office, document: Document) -> None:
    lying = submitted(session, office, document, office.unit_head)
    yield_(session)
    submission.give_back(session, office.unit_head.actor(), lying, reason="სხვისია")


def _taken_back(session: Session, office: Office, document: Document) -> None:
    lying = submission.submit(session, office.registrar.actor(), document, official=office.unit_head.official_id)
    yield_(session)
    submission.take_back(session, office.registrar.actor(), lying)


def _asked(session: Session, office: Office, document: Document) -> None:
    resolved(session, office, document, office.executor)
    yield_(session)
    asking.ask(
        session, office.executor.actor(), document, question="შეიძლება?", official_ids=[office.stranger.official_id],
        due_on=clock.today(office.organisation.time_zone) + timedelta(days=3),
    )  # fmt: skip


def yield_(session: Session) -> None:
    """What was posted until now was done: only what follows counts."""
    session.flush()
    session.execute(text("DELETE FROM procrastinate_jobs"))


@pytest.mark.parametrize("act", [_given_back, _submission_given_back, _taken_back, _asked])
def test_an_act_by_which_other_people_find_a_letter_has_it_indexed(session: Session, office: Office, act: Act) -> None:
    document = letter(session, office, grade=Grade.PERSONAL)
    before = stamps_of(session, [document.document_id])
    act(session, office, document)
    session.flush()
    assert stamps_of(session, [document.document_id]) != before
    assert _indexed(session) == {document.document_id}


def test_the_letters_of_a_correspondent_that_was_merged_are_indexed(session: Session, office: Office) -> None:
    nino, town = office.registrar.actor(), office.organisation.organisation_id
    keep, other = (
        correspondents.enter(session, nino, correspondents.CorrespondentCard(name=name), organisation_id=town)
        for name in ("შპს გზა", "შპს „გზა“")
    )
    mine = letter(session, office, correspondent_id=other.correspondent_id)
    letter(session, office)
    yield_(session)
    correspondents.merge(session, nino, keep=keep, other=other, reason="ერთი და იგივე")
    assert _indexed(session) == {mine.document_id}


def _indexed(session: Session) -> set[int]:
    posted = text("SELECT CAST(args ->> 'subject_id' AS bigint) FROM procrastinate_jobs WHERE task_name = 'index'")
    return set(session.scalars(posted))


def test_a_letter_is_not_tied_to_one_that_its_registrar_may_not_know_of(session: Session, office: Office) -> None:
    hidden = letter(session, office, grade=Grade.PERSONAL)
    hidden.readers = [f"official:{office.mayor.official_id}"]
    session.flush()
    for other in (hidden.document_id, 10**9):
        card = Card(summary="პასუხი", correspondent_name="ა. კ.", links=((other, LinkKind.REPLY_TO),))
        with pytest.raises(Invalid) as wrong:
            registration.register(
                session, office.registrar.actor(), office.incoming, card, idempotency_key=secrets.token_hex(4)
            )
        assert wrong.value.fields == {"links": "registry.link_unknown"}
    assert control.notified_by(session, hidden) is None


def test_what_another_wrote_before_our_lock_is_no_fault_and_who_came_second_reads_why(committed: Sessions) -> None:
    """A machine that read a scan meanwhile stops nobody; a colleague who was quicker is told of by the letter's number."""
    with transaction(committed) as session:
        office = cast.office(session)
        document_id = letter(session, office).document_id
        arrival_id = arrivals.take_in(
            session, office.registrar.actor(), organisation_id=office.organisation.organisation_id, tray=Tray.COUNTER,
            channel=Channel.COUNTER, content=None,
        ).arrival_id  # fmt: skip
    with transaction(committed) as slow:
        nino = cast.Person(slow, slow.merge(office.registrar.official)).actor()
        document, arrival = slow.get_one(Document, document_id), slow.get_one(Arrival, arrival_id)
        with transaction(committed) as quick:
            quick.get_one(Document, document_id).sheets = 9
            other = cast.Person(quick, quick.merge(office.registrar.official)).actor()
            card = Card(summary="გზა", correspondent_name="სხვა")
            lying = quick.get_one(Arrival, arrival_id)
            book = quick.merge(office.incoming)
            number = registration.register(quick, other, book, card, idempotency_key=None, arrival=lying).number
        submission.submit(slow, nino, document, official=office.mayor.official_id, not_before=clock.now())
        assert document.sheets == 9
        with pytest.raises(Conflict) as told:
            arrivals.require_waiting(slow, arrival)
    assert told.value.values["number"] == number
