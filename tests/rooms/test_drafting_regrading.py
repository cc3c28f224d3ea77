"""A letter's grade is raised while its answer lies before others: no page under the old mark is signed, a new one is printed."""

from __future__ import annotations

import time
from threading import Thread

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from edms import clock
from edms.access.actor import Actor
from edms.db.engine import Sessions, transaction
from edms.drafting import act, drafts, pages, regrading, visas
from edms.drafting.models import Draft, DraftKind, DraftState, VisaState
from edms.drafting.printing import awaited as is_awaited
from edms.errors import RuleBroken, Unavailable
from edms.events import Event, EventLine
from edms.registry import corrections
from edms.registry.models import Content, Document
from edms.registry.words import Grade
from edms.signing import lots
from edms.signing.models import SignatureRequest, SignatureState
from edms.storage.memory import MemoryStore
from tests import cast
from tests.cast import Office
from tests.letters import letter

CARD = {"subject": "პასუხი", "addressee": "ნინო გიორგაძე"}


def raised(session: Session, office: Office, document: Document) -> None:
    session.flush()
    corrections.correct(
        session, office.registrar.actor(), document, {"grade": Grade.PERSONAL}, reason="პირადი საქმეა",
        version=document.version,
    )  # fmt: skip


def answer(session: Session, office: Office, store: MemoryStore, *agreeing: str) -> Draft:
    """A printed answer, sent on to those who agree, else to the mayor."""
    document = letter(session, office, addressee_id=office.executor.official_id)
    lili = office.executor.actor()
    card = drafts.DraftCard(signer_id=office.mayor.official_id, **CARD)
    draft = drafts.begin(session, lili, kind=DraftKind.REPLY, card=card, text="გზა შეკეთდა.", in_reply_to=document)
    session.flush()
    pages.make(session, lili, draft, store=store)
    ids = [getattr(office, name).official_id for name in agreeing]
    visas.ask(session, lili, draft, ids, version=draft.version)
    session.flush()
    return draft


def asked(session: Session, office: Office, draft: Draft) -> SignatureRequest:
    """The mayor asks for her signature upon the page that she was shown."""
    page = session.get_one(Content, draft.versions[-1].content_id)
    made = act.ask_signature(session, office.mayor.actor(stepped_up=True), draft, shown_sha256=page.sha256)
    session.flush()
    return made


def printed_anew(session: Session, draft: Draft, store: MemoryStore) -> None:
    """What the machines do once the raise is committed."""
    session.flush()
    regrading.follow(session, draft.draft_id)
    session.flush()
    if is_awaited(draft):
        pages.make(session, office_machine(draft), draft, store=store)
        session.flush()


def office_machine(draft: Draft) -> Actor:
    return Actor.system(draft.organisation_id)


def test_a_page_with_the_old_mark_is_not_signed_and_the_new_one_is(session, office):
    store = MemoryStore()
    draft = answer(session, office, store)
    letter_ = session.get_one(Document, draft.in_reply_to_id)
    raised(session, office, letter_)
    posted = text(
        "SELECT CAST(args ->> 'subject_id' AS bigint) FROM procrastinate_jobs WHERE task_name = 'mark_drafts'"
    )
    assert session.scalars(posted).all() == [letter_.document_id]
    assert regrading.answering(session, letter_.document_id) == [draft.draft_id]
    with pytest.raises(RuleBroken, match="mark_raised"):
        asked(session, office, draft)
    printed_anew(session, draft, store)
    assert (draft.state, len(draft.versions), draft.versions[-1].grade) == (DraftState.TO_SIGN, 2, Grade.PERSONAL)
    line = session.scalars(select(EventLine).where(EventLine.kind == Event.DRAFT_MARK_RAISED)).one()
    assert set(line.detail["to"]) == {draft.author_id, draft.signer_id}
    assert asked(session, office, draft).state is SignatureState.ASKED
    regrading.follow(session, draft.draft_id)  # twice changes nothing
    assert len(draft.versions) == 2


def test_what_was_agreed_stays_and_she_who_is_asked_sees_the_new_page(session, office):
    store = MemoryStore()
    draft = answer(session, office, store, "lawyer", "deputy")
    visas.agree(session, office.lawyer.actor(), draft.visas[0], ordinal=1)
    raised(session, office, session.get_one(Document, draft.in_reply_to_id))
    printed_anew(session, draft, store)
    assert [visa.state for visa in draft.visas] == [VisaState.AGREED, VisaState.ASKED]
    visas.agree(session, office.deputy.actor(), draft.visas[1], ordinal=2)
    assert draft.state is DraftState.TO_SIGN


def test_a_request_that_waits_for_its_pin_ends_and_its_number_waits_for_the_new_page(session, office):
    store = MemoryStore()
    draft = answer(session, office, store)
    first = asked(session, office, draft)
    raised(session, office, session.get_one(Document, draft.in_reply_to_id))
    first.state, first.with_key = SignatureState.PREPARED, "a plan"
    first.with_key_until = clock.now() + lots.LEASE
    session.flush()
    with pytest.raises(Unavailable):  # at the key just now: tried again
        regrading.follow(session, draft.draft_id)
    assert list(regrading.refused(session, [first])) == [first.signature_request_id]
    first.with_key = first.with_key_until = None
    printed_anew(session, draft, store)
    assert (first.state, first.trouble) == (SignatureState.VOID, "drafting.mark_raised")
    second = asked(session, office, draft)
    assert second is not first and second.marks[0]["words"]["number"] == first.marks[0]["words"]["number"]


def test_a_draft_that_was_taken_back_is_printed_with_the_mark_when_it_is_sent_on(session, office):
    store = MemoryStore()
    draft = answer(session, office, store, "lawyer")
    drafts.take_back(session, office.executor.actor(), draft)
    raised(session, office, session.get_one(Document, draft.in_reply_to_id))
    session.flush()
    visas.ask(session, office.executor.actor(), draft, [office.lawyer.official_id], version=draft.version)
    assert is_awaited(draft) and len(draft.versions) == 2


def test_raised_while_being_signed(committed: Sessions) -> None:
    """Whoever comes second waits: the signer's act holds the letter, and the raise then finds what was asked."""
    store = MemoryStore()
    with transaction(committed) as session:
        office = cast.office(session)
        draft_id = answer(session, office, store).draft_id

    def people(session: Session) -> Office:
        return cast.Office(**{
            name: cast.Person(session, session.merge(value.official)) if isinstance(value, cast.Person) else session.merge(value)
            for name, value in vars(office).items()
        })  # fmt: skip

    def raise_it() -> None:
        with transaction(committed) as session:
            raised(session, people(session), session.get_one(Document, letter_id))

    with transaction(committed) as session:
        draft = session.get_one(Draft, draft_id)
        letter_id = draft.in_reply_to_id
        request_id = asked(session, people(session), draft).signature_request_id
        beside = Thread(target=raise_it)
        beside.start()
        while not session.scalar(text("SELECT count(*) FROM pg_locks WHERE NOT granted")) and beside.is_alive():
            time.sleep(0.01)
        assert beside.is_alive()
    beside.join()
    # Raised in between: her PIN comes too late, and the machine gives the paper its page.
    with transaction(committed) as session:
        request = session.get_one(SignatureRequest, request_id)
        assert list(regrading.refused(session, [request])) == [request_id]
        regrading.follow(session, draft_id)
    with transaction(committed) as session:
        assert session.get_one(SignatureRequest, request_id).state is SignatureState.VOID
        assert is_awaited(session.get_one(Draft, draft_id))
