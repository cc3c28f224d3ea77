"""A letter that somebody answers just now is not destroyed, and what is destroyed is not answered."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from edms.db.engine import transaction
from edms.drafting import drafts
from edms.drafting.models import Draft, DraftKind
from edms.errors import RuleBroken
from edms.registry.models import Document
from edms.registry.words import DocumentState
from edms.retention.act_models import DisposalLine, LineState
from edms.retention.models import CaseKeeping, KeepingState
from tests.rooms.test_retention_erasing import _due, here, house, staged  # noqa: F401
from workers import disposal


def answered(session, office, letter: Document) -> Draft:
    card = drafts.DraftCard(subject="პასუხი", signer_id=office.mayor.official_id)
    return drafts.begin(
        session, here(session, office.mayor), kind=DraftKind.REPLY, card=card, text="გპასუხობთ", in_reply_to=letter
    )


def test_an_answer_that_is_being_written_stops_the_erasing(house) -> None:  # noqa: F811
    act_id, [case_id], ids, office = staged(house, letters=1)
    with transaction(house.sessions) as session:
        draft_id = answered(session, office, session.get_one(Document, ids[0])).draft_id
    disposal.erase(house, act_id)
    with transaction(house.sessions) as session:
        assert session.get(Draft, draft_id) is not None
        assert session.get_one(Document, ids[0]).state is DocumentState.FILED
        assert session.scalars(select(DisposalLine.state)).one() is LineState.STOPPED
        assert session.get_one(CaseKeeping, case_id).state is KeepingState.KEPT


def test_what_was_destroyed_meanwhile_is_not_answered(house) -> None:  # noqa: F811
    """Its sender's name, read before, would live on in the draft."""
    act_id, _, ids, office = staged(house, letters=1)
    with transaction(house.sessions) as session:
        letter = session.get_one(Document, ids[0])
        assert letter.correspondent_name
        disposal.erase(house, act_id)  # by a machine, at this moment
        with pytest.raises(RuleBroken):
            answered(session, office, letter)
