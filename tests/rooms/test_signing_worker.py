"""The worker carries a draft from the signer's act to the signed letter in its register, whatever dies on the way."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from edms import clock
from edms.bootstrap import House
from edms.config import Settings
from edms.db.engine import Sessions, Urls
from edms.demo.authority import Authority, Inside, revoke
from edms.drafting import act, drafts, pages, visas
from edms.drafting.models import Draft, DraftKind, DraftState
from edms.errors import Unavailable
from edms.events import Event, EventLine
from edms.registry.models import Content, Document, Number
from edms.registry.words import DocumentState, NumberState
from edms.signing import lots
from edms.signing.examination import examine
from edms.signing.models import SignatureRequest, SignatureState
from edms.signing.proof_models import SignatureProof
from edms.signing.verdicts import Bottom
from edms.storage.memory import MemoryStore
from tests import cast
from tests import signatures as s
from tests.conftest import Database
from workers import rounds, signing


@dataclass
class Stage:
    """A house with an authority inside, and a draft that lies before the mayor."""

    house: House
    authority: Authority
    outside: Inside
    office: cast.Office
    draft_id: int

    def ask(self) -> int:
        """The mayor chooses to sign."""
        with self.house.transaction() as session:
            draft = session.get_one(Draft, self.draft_id)
            mayor = cast.Person(session, self.office.mayor.official).actor(stepped_up=True)
            shown = session.get_one(Content, draft.versions[-1].content_id)
            return act.ask_signature(session, mayor, draft, shown_sha256=shown.sha256).signature_request_id

    def pin(self, request_id: int) -> None:
        """She types her PIN."""
        with self.house.transaction() as session:
            shown = session.get_one(SignatureRequest, request_id).shown_sha256
            mayor = cast.Person(session, self.office.mayor.official).actor(stepped_up=True)
        (result,) = lots.sign(
            self.house.transaction, mayor, [request_id], shown={request_id: shown}, pin=s.PIN,
            signer=s.signer(of=self.authority), store=self.house.store,
        )  # fmt: skip
        assert result.error is None


@pytest.fixture
def stage(database: Database, committed: Sessions, tmp_path: Path) -> Iterator[Stage]:
    authority = s.fresh_authority()
    settings = Settings(data_dir=tmp_path, trust_dir=authority.trust_dir)
    house = House(settings, Urls(database.app_url, database.owner_url), database.engine, committed, MemoryStore())
    outside = Inside(authority)
    house.__dict__["outside"] = outside
    with house.transaction() as session:
        office = cast.office(session)
        author = office.executor.actor()
        card = drafts.DraftCard(
            subject="გზის შესახებ", signer_id=office.mayor.official_id, addressee="გიორგი აბაშიძე", address="ქ. ქვემო"
        )
        draft = drafts.begin(session, author, kind=DraftKind.LETTER, card=card, text="გაცნობებთ, რომ გზა შეკეთდება.")
        pages.make(session, author, draft, store=house.store)
        session.flush()
        visas.ask(session, author, draft, [], version=draft.version)
        draft_id = draft.draft_id
    yield Stage(house, authority, outside, office, draft_id)


def test_a_draft_becomes_a_signed_letter_even_if_each_job_runs_twice(stage: Stage) -> None:
    request_id = stage.ask()
    for _ in range(2):
        signing.prepare(stage.house, request_id)
    stage.pin(request_id)
    for _ in range(2):
        signing.embed(stage.house, request_id)
    for _ in range(2):
        signing.raise_signature(stage.house, request_id)
    with stage.house.transaction() as session:
        request = session.get_one(SignatureRequest, request_id)
        (document,) = session.scalars(select(Document)).all()
        (number,) = session.scalars(select(Number)).all()
        assert (
            request.state is SignatureState.RAISED and session.get_one(Draft, stage.draft_id).state is DraftState.SIGNED
        )
        assert (document.state, document.number, number.state) == (DocumentState.SIGNED, number.text, NumberState.USED)
        assert len(session.scalars(select(EventLine).where(EventLine.kind == Event.DOCUMENT_SIGNED)).all()) == 1
        # The archive's signature health knows it on its letter at once, not after its next round.
        assert session.get_one(SignatureProof, request.raised_content_id).document_id == document.document_id
        with stage.house.store.open(session.get_one(Content, request.raised_content_id).store_key) as stream:
            signed = stream.read()
    verdict = examine(signed, s.roots(stage.authority), at=clock.now() + timedelta(days=400))
    assert verdict.bottom is Bottom.PASSED


def test_the_number_of_a_paper_signed_in_time_does_not_lapse_while_its_worker_is_down(stage: Stage) -> None:
    request_id = stage.ask()
    signing.prepare(stage.house, request_id)
    stage.pin(request_id)
    with clock.at(clock.now() + timedelta(days=1)):
        rounds.lapse_reservations(stage.house, None)
    signing.embed(stage.house, request_id)
    signing.raise_signature(stage.house, request_id)
    with stage.house.transaction() as session:
        (number,) = session.scalars(select(Number)).all()
        assert number.state is NumberState.USED
        assert session.scalars(select(Document)).one().number == number.text


def test_while_the_time_authority_is_silent_no_letter_is_in_the_register(stage: Stage) -> None:
    request_id = stage.ask()
    signing.prepare(stage.house, request_id)
    stage.pin(request_id)
    signing.embed(stage.house, request_id)
    stage.outside.down = True
    with pytest.raises(Unavailable):
        signing.raise_signature(stage.house, request_id)
    with stage.house.transaction() as session:
        request = session.get_one(SignatureRequest, request_id)
        assert (request.state, request.trouble) == (SignatureState.EMBEDDED, "signing.time_authority_silent")
        assert session.scalars(select(Document)).all() == []
    stage.outside.down = False
    signing.raise_signature(stage.house, request_id)
    with stage.house.transaction() as session:
        assert session.scalars(select(Document)).one().state is DocumentState.SIGNED


def test_a_revoked_certificate_brings_the_draft_back_with_its_number(stage: Stage) -> None:
    request_id = stage.ask()
    signing.prepare(stage.house, request_id)
    stage.pin(request_id)
    signing.embed(stage.house, request_id)
    revoke(stage.authority, "mayor", at=clock.now() - timedelta(hours=1))
    stage.house.__dict__["outside"] = Inside(stage.authority)
    signing.raise_signature(stage.house, request_id)
    with stage.house.transaction() as session:
        assert session.get_one(SignatureRequest, request_id).trouble == "signing.certificate_revoked"
        assert session.get_one(Draft, stage.draft_id).state is DraftState.TO_SIGN
        assert session.scalars(select(Document)).all() == []
        (number,) = session.scalars(select(Number)).all()
        assert (number.state, number.draft_ref) == (NumberState.RESERVED, stage.draft_id)
        assert number.reserved_until is not None  # until midnight: tomorrow's signature has tomorrow's number
        assert len(session.scalars(select(EventLine).where(EventLine.kind == Event.SIGNATURE_FAILED)).all()) == 1
    assert stage.ask() != request_id
    with stage.house.transaction() as session:
        assert len(session.scalars(select(Number)).all()) == 1
