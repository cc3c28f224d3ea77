"""A person's card goes with the last letter that names it; nobody's who is still named, and no body's."""

from __future__ import annotations

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from edms import clock
from edms.db.base import Base
from edms.db.migrations.draft import import_models
from edms.events import Event, EventLine
from edms.registry import correspondents
from edms.registry.correspondents import CorrespondentCard
from edms.registry.models import Correspondent, CorrespondentKey, Document
from edms.registry.words import CorrespondentKind
from edms.retention import erasing, people
from tests.disposals import DUE, begun, closed_case, confirmed
from tests.letters import letter


@pytest.fixture(autouse=True)
def _due():
    with clock.at(DUE):
        yield


def card_of(session, document: Document) -> Correspondent:
    return session.get_one(Correspondent, document.correspondent_id)


def first(session, case) -> Document:
    return session.scalars(select(Document).where(Document.case_file_id == case.case_file_id)).first()


def destroyed(session, office, case) -> None:
    act = begun(session, office, case)
    while erasing.decide_next(session, act.disposal_act_id):
        pass


def test_the_card_goes_with_the_last_letter_and_its_history_forgets_it(session, office) -> None:
    confirmed(session, office)
    case = closed_case(session, office)
    card = card_of(session, first(session, case))
    told = CorrespondentCard(name=card.name, kind=card.kind, address="რუსთაველის 5", telephone="599 11 22 33")
    correspondents.change(session, office.registrar.actor(), card, told, version=card.version)
    ident, name = card.correspondent_id, card.name
    destroyed(session, office, case)
    assert session.get(Correspondent, ident) is None
    assert not session.scalars(select(CorrespondentKey).where(CorrespondentKey.correspondent_id == ident)).all()
    lines = session.scalars(
        select(EventLine).where(EventLine.subject_kind == "correspondent", EventLine.subject_id == ident)
    ).all()
    assert {line.kind for line in lines} >= {Event.CORRESPONDENT_CHANGED, Event.CORRESPONDENT_ERASED}
    assert all(name not in str(line.detail) and "599" not in str(line.detail) for line in lines)


def test_who_is_still_named_stays_also_under_another_name(session, office) -> None:
    confirmed(session, office)
    case = closed_case(session, office)
    card = card_of(session, first(session, case))
    other = correspondents.enter(
        session, office.registrar.actor(), CorrespondentCard(name="ანა კალანდაძე-ბერიძე"),
        organisation_id=office.organisation.organisation_id,
    )  # fmt: skip
    correspondents.merge(session, office.registrar.actor(), keep=card, other=other, reason="ერთი პირია")
    later = letter(session, office, correspondent_id=card.correspondent_id, correspondent_name=None)
    destroyed(session, office, case)
    assert card_of(session, later) is not None
    assert session.get(Correspondent, other.correspondent_id) is not None


def test_a_body_stays(session, office) -> None:
    confirmed(session, office)
    case = closed_case(session, office)
    card = card_of(session, first(session, case))
    card.kind = CorrespondentKind.BODY
    session.flush()
    ident = card.correspondent_id
    destroyed(session, office, case)
    assert session.get(Correspondent, ident) is not None


def test_the_history_of_a_card_that_is_there_cannot_be_emptied(session, office) -> None:
    made = letter(session, office)
    card = card_of(session, made)
    told = CorrespondentCard(name=card.name, kind=card.kind, telephone="599 11 22 33")
    correspondents.change(session, office.registrar.actor(), card, told, version=card.version)
    session.flush()
    with pytest.raises(DBAPIError), session.begin_nested():
        session.execute(text("SELECT forget_said('{}', '{}', '{}', :people)"), {"people": [made.correspondent_id]})


def test_every_table_that_names_a_correspondent_is_asked() -> None:
    import_models()
    naming = {
        table.name
        for table in Base.metadata.tables.values()
        for column in table.columns
        if any(key.column.table.name == "correspondent" for key in column.foreign_keys)
    }
    assert naming - {"correspondent", "correspondent_key"} == set(people.NAMING)
