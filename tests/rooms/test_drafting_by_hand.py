"""Who has a paper printed for the pen: the first of its signers, or whom she let sign; under its letter's mark."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy.orm import Session

from edms.drafting import drafts, pages, signatories, visas
from edms.drafting.by_hand import signing
from edms.drafting.models import Draft, DraftKind, DraftState, SignatoryState, SigningOrder
from edms.errors import Forbidden, RuleBroken
from edms.registry import corrections
from edms.registry.models import Content, Document
from edms.registry.words import Grade
from edms.storage.memory import MemoryStore
from tests.cast import Office, Person
from tests.letters import letter


def to_sign(session: Session, office: Office, **card: Any) -> Draft:
    lili = office.executor.actor()
    card = {"subject": "პასუხი", "signer_id": office.mayor.official_id, "addressee": "ანა", **card}
    answered = letter(session, office, addressee_id=office.executor.official_id)
    draft = drafts.begin(
        session, lili, kind=DraftKind.REPLY, card=drafts.DraftCard(**card), text="ტექსტი", in_reply_to=answered
    )
    session.flush()
    pages.make(session, lili, draft, store=MemoryStore())
    visas.ask(session, lili, draft, [], version=draft.version)
    session.flush()
    return draft


def asks(session: Session, person: Person, draft: Draft) -> Any:
    page = session.get_one(Content, draft.versions[-1].content_id)
    return signing.ask(session, person.actor(stepped_up=True), draft, shown_sha256=page.sha256)


def test_of_several_who_sign_at_once_the_first_has_it_printed(session: Session, office: Office) -> None:
    draft = to_sign(session, office, cosigners=(office.deputy.official_id,), signing_order=SigningOrder.AT_ONCE)
    with pytest.raises(RuleBroken, match="first_asks"):
        asks(session, office.deputy, draft)
    assert asks(session, office.mayor, draft).signer_id == office.mayor.official_id


def test_whom_the_signer_let_sign_signs_with_a_pen_and_she_herself_no_more(session: Session, office: Office) -> None:
    draft = to_sign(session, office)
    mayor = office.mayor.actor(stepped_up=True)
    signatories.delegate(session, mayor, draft, to=office.deputy.official_id, reason="შვებულება")
    session.flush()
    with pytest.raises((RuleBroken, Forbidden)):
        asks(session, office.mayor, draft)
    hand = asks(session, office.deputy, draft)
    assert (hand.signer_id, draft.state) == (office.deputy.official_id, DraftState.SIGNING)
    assert [each for each, _, _ in signing.waiting(session, office.deputy.actor())] == [hand]
    signing.give_up(session, office.registrar.actor(stepped_up=True), hand, reason="არ მოეწერა")
    assert draft.state is DraftState.WRITING and draft.signatories[0].state is SignatoryState.WAITING


def test_no_paper_under_an_old_mark_is_printed_for_the_pen(session: Session, office: Office) -> None:
    draft = to_sign(session, office)
    answered = session.get_one(Document, draft.in_reply_to_id)
    corrections.correct(
        session,
        office.registrar.actor(),
        answered,
        {"grade": Grade.PERSONAL},
        reason="პირადია",
        version=answered.version,
    )
    session.flush()
    with pytest.raises(RuleBroken, match="mark_raised"):
        asks(session, office.mayor, draft)
