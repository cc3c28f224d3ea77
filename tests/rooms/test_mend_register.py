"""A wrong scan, a wrong register, a wrong correspondent: mended on a registered letter, with its trace."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import inspect, select

from edms import clock, ledger
from edms.errors import Forbidden, Invalid, NotFound, RuleBroken
from edms.events import Event, EventLine
from edms.overview.line import lines_of
from edms.registry import counters, documents, facts, former, numbering, reservations
from edms.registry.models import Document, Number
from edms.registry.series import series
from edms.registry.words import NumberState
from edms.routing import moving
from tests import letters


def the_number(session, document) -> Number:
    found = select(Number).where(
        Number.register_id == document.register_id, Number.year == document.year, Number.serial == document.serial
    )
    return session.scalars(found).one()


def test_a_letter_in_the_wrong_register_gets_the_next_number_of_the_right_one(session, office):
    document = letters.letter(session, office, case_index="12-05")
    letters.letter(session, office, office.applications)
    before, old = document.number, the_number(session, document)
    serial = counters.last_of(session, office.applications.register_id, document.year)
    nino = office.registrar.actor(stepped_up=True)
    moving.move(session, nino, document, office.applications, reason="განცხადებაა")
    assert (document.register_id, document.serial) == (office.applications.register_id, serial + 1)
    assert document.kind is office.applications.kind
    assert (old.state, old.reason, old.document_id) == (NumberState.VOID, "განცხადებაა", document.document_id)
    assert the_number(session, document).state is NumberState.USED
    # The old number still leads to it, for the desk and for whoever holds the slip; it is never drawn again.
    assert document in documents.by_number(session, nino, before)
    assert [each.document_id for each in numbering.candidates(session, before)] == [document.document_id]
    assert lines_of(session, [document], clock.today("Asia/Tbilisi"))[0].was == before
    assert [n.text for n in reservations.voids(session, nino, office.incoming)] == [before]
    assert letters.letter(session, office, case_index="12-05").number != before
    assert all(each.whole for book in (office.incoming, office.applications) for each in series(session, nino, book))
    kinds = [Event.NUMBER_VOIDED, Event.DOCUMENT_MOVED]
    lines = session.scalars(select(EventLine).where(EventLine.kind.in_(kinds)).order_by(EventLine.event_id)).all()
    assert [line.kind for line in lines] == kinds and all(line.leaf_id for line in lines)
    assert list(ledger.verify_facts(session, {"document": facts.present}, {"document": facts.without_act})) == []


def test_the_term_is_that_of_the_right_register_and_runs_from_the_first_day(session, office):
    with clock.at(clock.now() - timedelta(days=3)):
        document = letters.letter(session, office)
        first = document.registered_on
        letters.submitted(session, office, document, office.mayor)
    book = office.applications
    book.term = "ge.information"
    old_due, _ = (
        document.due_on,
        moving.move(session, office.registrar.actor(stepped_up=True), document, book, reason="ინფორმაციის მოთხოვნა"),
    )
    assert document.term["name"] == "ge.information" and document.due_on != old_due
    assert document.term["started_on"] == first.isoformat()
    assert session.scalars(select(EventLine).where(EventLine.kind == Event.TERM_RECOUNTED)).one().detail["due_on"]


def test_what_must_stay_in_its_register_stays(session, office):
    nino = office.registrar.actor(stepped_up=True)
    document = letters.letter(session, office)
    for book, reason in ((office.incoming, "x"), (office.outgoing, "x"), (office.applications, " ")):
        with pytest.raises(Invalid):
            moving.move(session, nino, document, book, reason=reason)
    with pytest.raises(Forbidden):
        moving.move(session, nino, document, office.foreign_incoming, reason="x")
    document.migrated = True
    with pytest.raises(RuleBroken):
        moving.move(session, nino, document, office.applications, reason="x")
    assert former.of(session, [document.document_id]) == {}


def test_who_may_not_move_a_letter(session, office):
    document = letters.letter(session, office)
    for who in (
        office.registrar.actor(),
        office.executor.actor(stepped_up=True),
        office.foreigner.actor(stepped_up=True),
    ):
        with pytest.raises((Forbidden, NotFound)):
            moving.move(session, who, document, office.applications, reason="x")


def test_a_row_that_no_act_put_into_the_register_is_named(session, office):
    """Whoever writes a letter of last year straight into the table has no leaf for it (faults.md T11, F18)."""
    real = letters.letter(session, office)
    columns = [each.key for each in inspect(Document).column_attrs if each.key not in ("document_id", "version")]
    facts_ = {name: getattr(real, name) for name in columns}
    forged = Document(**{**facts_, "number": "9999/01-25", "serial": 9999, "idempotency_key": None})
    session.add(forged)
    session.flush()
    (named,) = ledger.verify_facts(session, {"document": facts.present}, {"document": facts.without_act})
    assert (named.row, named.message) == (f"document {forged.document_id}", "ledger.difference.row_without_act")
