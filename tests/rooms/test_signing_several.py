"""Several people sign one paper: in order, at once, at the same instant; delegated, refused, run out of time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from edms import clock
from edms.access.actor import Actor
from edms.bootstrap import House
from edms.config import Settings
from edms.db.engine import Sessions, Urls
from edms.demo.authority import Authority, Inside
from edms.drafting import act, calling_off, drafts, laying, pages, signatories, visas
from edms.drafting.models import Draft, DraftKind, DraftState, SignatoryState, SigningOrder
from edms.errors import Forbidden, Invalid, NotFound, RuleBroken, Unavailable
from edms.events import Event, EventLine
from edms.overview import holding
from edms.overview.handing_over import open_work
from edms.registry.models import Content, Document, DocumentContent, Number
from edms.registry.registers import open_register
from edms.registry.words import DocumentState, NumberState, RegisterKind
from edms.routing.handing_over import agreed
from edms.signing import container, lots, rules, upkeep
from edms.signing.container import Box, Mark
from edms.signing.examination import examine
from edms.signing.models import SignatureRequest, SignatureState
from edms.signing.verdicts import Bottom, Level
from edms.staff.models import Official, Organisation
from edms.storage.memory import MemoryStore
from tests import cast
from tests import signatures as s
from tests.conftest import Database
from workers import signing


@dataclass
class Stage:
    """A house with an authority inside; mayor, deputy and secretary sign a paper that the executor wrote."""

    house: House
    authority: Authority
    outside: Inside
    office: cast.Office

    def draft(self, order: SigningOrder = SigningOrder.IN_ORDER, **card: object) -> int:
        """A draft that lies before its signers."""
        with self.house.transaction() as session:
            author = cast.Person(session, self.office.executor.official).actor()
            given = drafts.DraftCard(
                subject="ხელშეკრულება გზის შეკეთებაზე",
                signer_id=self.office.mayor.official_id,
                addressee="გიორგი აბაშიძე",
                address="ქ. ქვემო",
                cosigners=(self.office.deputy.official_id, self.office.registrar.official_id),
                signing_order=order,
                **card,  # type: ignore[arg-type]
            )
            draft = drafts.begin(session, author, kind=DraftKind.CONTRACT, card=given, text="გზა შეკეთდება.")
            pages.make(session, author, draft, store=self.house.store)
            session.flush()
            visas.ask(session, author, draft, [], version=draft.version)
            return draft.draft_id

    def ask(self, draft_id: int, person: cast.Person, seen: bytes | None = None) -> int:
        """She chooses to sign what lies before her."""
        with self.house.transaction() as session:
            draft = session.get_one(Draft, draft_id, with_for_update=True)
            content = laying.shown_now(session, draft)
            assert content is not None
            who = cast.Person(session, person.official).actor(stepped_up=True)
            made = act.ask_signature(session, who, draft, shown_sha256=seen or content.sha256)
            request_id = made.signature_request_id
        signing.prepare(self.house, request_id)
        return request_id

    def pin(self, request_id: int, person: cast.Person) -> lots.Signed:
        """She types her PIN."""
        with self.house.transaction() as session:
            shown = session.get_one(SignatureRequest, request_id).shown_sha256
            who = cast.Person(session, person.official).actor(stepped_up=True)
            code = "mayor" if person.official_id == self.office.mayor.official_id else "clerk"
        (result,) = lots.sign(
            self.house.transaction, who, [request_id], shown={request_id: shown}, pin=s.PIN,
            signer=s.signer(code, self.authority), store=self.house.store,
        )  # fmt: skip
        return result

    def work(self, request_id: int) -> None:
        """What the worker does after the PIN."""
        signing.embed(self.house, request_id)
        signing.raise_signature(self.house, request_id)

    def signs(self, draft_id: int, person: cast.Person) -> int:
        """The whole act of one person."""
        request_id = self.ask(draft_id, person)
        assert self.pin(request_id, person).error is None
        self.work(request_id)
        return request_id

    def actor(self, session: Session, name: str) -> Actor:
        """One of the cast, in this transaction."""
        return cast.Person(session, getattr(self.office, name).official).actor()

    def bytes_of(self, content_id: int | None) -> bytes:
        """The bytes of a content."""
        with self.house.transaction() as session:
            key = session.get_one(Content, content_id).store_key
        with self.house.store.open(key) as stream:
            return stream.read()

    def states(self, draft_id: int) -> list[SignatoryState]:
        """Where its signers stand."""
        with self.house.transaction() as session:
            return [each.state for each in session.get_one(Draft, draft_id).signatories]


@pytest.fixture
def stage(database: Database, committed: Sessions, tmp_path: Path) -> Iterator[Stage]:
    authority = s.authority()
    settings = Settings(data_dir=tmp_path, trust_dir=authority.trust_dir)
    house = House(settings, Urls(database.app_url, database.owner_url), database.engine, committed, MemoryStore())
    outside = Inside(authority)
    house.__dict__["outside"] = outside
    with house.transaction() as session:
        office = cast.office(session)
        open_register(
            session, office.actor("administrator"), office.organisation, kind=RegisterKind.CONTRACTS, code="con",
            names={"ka": "ხელშეკრულებები"}, pattern=[{"part": "serial"}],
        )  # fmt: skip
    yield Stage(house, authority, outside, office)


def test_three_sign_in_order_under_one_number_and_nothing_else_may_follow(stage: Stage) -> None:
    office, draft_id = stage.office, stage.draft()
    A, W, S = SignatoryState.ASKED, SignatoryState.WAITING, SignatoryState.SIGNED
    assert stage.states(draft_id) == [A, W, W]
    with pytest.raises(RuleBroken):
        stage.ask(draft_id, office.deputy)  # her turn has not come
    stage.signs(draft_id, office.mayor)
    assert stage.states(draft_id) == [S, A, W]
    with stage.house.transaction() as session:
        assert session.scalars(select(Document)).all() == []
        assert [d.draft_id for d in act.to_sign(session, cast.Person(session, office.deputy.official).actor())] == [
            draft_id
        ]
    stage.signs(draft_id, office.deputy)
    last = stage.signs(draft_id, office.registrar)
    with stage.house.transaction() as session:
        request = session.get_one(SignatureRequest, last)
        document = session.scalars(select(Document)).one()
        number = session.scalars(select(Number)).one()
        assert (document.number, document.state, number.state) == (number.text, DocumentState.SIGNED, NumberState.USED)
        assert session.get_one(Draft, draft_id).state is DraftState.SIGNED
        assert (document.document_type, document.register.kind) == ("contract", RegisterKind.CONTRACTS)
        assert {each.level for each in session.scalars(select(SignatureRequest))} == {Level.LTA}
        told = session.scalars(select(EventLine).where(EventLine.kind == Event.SIGNATURE_ASKED)).all()
        assert [line.detail["to"] for line in told] == [[office.deputy.official_id], [office.registrar.official_id]]
        signed_id = request.raised_content_id
    signed = stage.bytes_of(signed_id)
    later = clock.now() + timedelta(days=400)
    verdict = examine(signed, s.roots(stage.authority), at=later)
    assert [(each.bottom, each.changed_after) for each in verdict.findings] == [(Bottom.PASSED, False)] * 3
    assert verdict.level is Level.LTA
    stamped = container.set_marks(signed, [Mark(Box(0, 300, 400, 560, 476), s.face())])
    assert examine(stamped, s.roots(stage.authority), at=later).bottom is Bottom.FAILED
    empty = container.reserve(signed, field="Signature9", at=clock.now(), name="x")
    (ninth,) = s.signer("clerk").sign([empty.digest], pin=s.PIN, at=clock.now())
    uninvited = examine(container.fill(empty.pdf, empty.start, empty.end, ninth), s.roots(stage.authority), at=later)
    assert [each.bottom for each in uninvited.findings[:1]] == [Bottom.FAILED]


def test_blocks_do_not_overlap_each_other(stage: Stage) -> None:
    with stage.house.transaction() as session:
        draft = session.get_one(Draft, stage.draft())
        places = [place for name, place in draft.versions[-1].place.items() if name.startswith("signature")]
    assert len(places) == 3
    for n, one in enumerate(places):
        for other in places[n + 1 :]:
            apart = one["page"] != other["page"] or one["bottom"] >= other["top"] or other["bottom"] >= one["top"]
            assert apart


def test_two_who_were_asked_at_once_never_lose_one(stage: Stage) -> None:
    office, draft_id = stage.office, stage.draft(SigningOrder.AT_ONCE)
    assert stage.states(draft_id) == [SignatoryState.ASKED] * 3
    with stage.house.transaction() as session:
        shown = session.get_one(Draft, draft_id).versions[-1].content_id
        page = session.get_one(Content, shown).sha256
    first, second = stage.ask(draft_id, office.deputy), stage.ask(draft_id, office.mayor)
    assert stage.pin(first, office.deputy).error is None
    refused = stage.pin(second, office.mayor).error  # hers was prepared beside the other's
    assert refused is not None and refused.message == "signing.another_signs"
    stage.work(first)
    with stage.house.transaction() as session:
        assert session.get_one(SignatureRequest, second).state is SignatureState.ASKED  # to be prepared anew
    assert stage.ask(draft_id, office.mayor, page) == second  # she saw the page without the other's signature
    assert stage.pin(second, office.mayor).error is None
    stage.work(second)
    last = stage.signs(draft_id, office.registrar)
    with stage.house.transaction() as session:
        signed_id = session.get_one(SignatureRequest, last).raised_content_id
        assert len(session.scalars(select(Number)).all()) == 1
    verdict = examine(stage.bytes_of(signed_id), s.roots(stage.authority), at=clock.now())
    assert [each.bottom for each in verdict.findings] == [Bottom.PASSED] * 3


def test_one_refuses_and_nothing_of_it_counts(stage: Stage) -> None:
    office, draft_id = stage.office, stage.draft()
    first = stage.signs(draft_id, office.mayor)
    with stage.house.transaction() as session:
        deputy = cast.Person(session, office.deputy.official).actor()
        draft = drafts.draft_of(session, deputy, draft_id, lock=True)
        with pytest.raises(Invalid):
            signatories.refuse(session, deputy, draft, reason=" ")
        with pytest.raises(RuleBroken):  # not her turn
            signatories.refuse(session, cast.Person(session, office.registrar.official).actor(), draft, reason="არა")
        with pytest.raises(Forbidden):
            signatories.refuse(session, cast.Person(session, office.archivist.official).actor(), draft, reason="არა")
        signatories.refuse(session, deputy, draft, reason="თანხა სხვაა")
    assert stage.states(draft_id) == [SignatoryState.ENDED, SignatoryState.REFUSED, SignatoryState.ENDED]
    with stage.house.transaction() as session:
        draft = session.get_one(Draft, draft_id)
        assert (draft.state, draft.refusal) == (DraftState.WRITING, "თანხა სხვაა")
        assert session.get_one(SignatureRequest, first).state is SignatureState.VOID
        assert session.scalars(select(Number)).one().state is NumberState.VOID
        line = session.scalars(select(EventLine).where(EventLine.kind == Event.DRAFT_REFUSED)).one()
        assert line.detail["to"] == [draft.author_id, office.mayor.official_id]
        author = cast.Person(session, office.executor.official).actor()
        visas.ask(session, author, draft, [], version=draft.version)  # the same page again
    stage.signs(draft_id, office.mayor)
    with stage.house.transaction() as session:
        assert [n.state for n in session.scalars(select(Number).order_by(Number.number_id))] == [
            NumberState.VOID, NumberState.RESERVED,
        ]  # fmt: skip


def test_another_signs_in_her_place_under_her_own_name(stage: Stage) -> None:
    office, draft_id = stage.office, stage.draft()
    with stage.house.transaction() as session:
        mayor = cast.Person(session, office.mayor.official).actor()
        draft = drafts.draft_of(session, mayor, draft_id, lock=True)
        may = {one.official_id for one in signatories.may_take_over(session, mayor, draft.signatories[0])}
        assert office.executor.official_id not in may and office.deputy.official_id not in may  # she signs already
        with pytest.raises(Invalid):
            signatories.delegate(session, mayor, draft, to=office.executor.official_id, reason="მივლინება")
        with pytest.raises(Forbidden):
            signatories.delegate(
                session, cast.Person(session, office.archivist.official).actor(), draft,
                to=office.unit_head.official_id, reason="მივლინება",
            )  # fmt: skip
        signatories.delegate(session, mayor, draft, to=office.unit_head.official_id, reason="მივლინება")
    with pytest.raises((RuleBroken, Forbidden)):
        stage.ask(draft_id, office.mayor)
    request_id = stage.signs(draft_id, office.unit_head)
    with stage.house.transaction() as session:
        seat = session.get_one(Draft, draft_id).signatories[0]
        assert (seat.named_id, seat.official_id, seat.state) == (
            office.mayor.official_id, office.unit_head.official_id, SignatoryState.SIGNED,
        )  # fmt: skip
        request = session.get_one(SignatureRequest, request_id)
        assert request.name == cast.Person(session, office.unit_head.official).official.name("ka")
        assert request.marks[1]["words"]["name"] == request.name


def test_what_nobody_signs_in_time_comes_back_and_can_be_asked_again(stage: Stage) -> None:
    office = stage.office
    today = clock.today("Asia/Tbilisi")
    draft_id = stage.draft(sign_by=today)
    stage.signs(draft_id, office.mayor)
    signing.tend(stage.house, None)
    assert stage.states(draft_id)[1] is SignatoryState.ASKED  # the day is not over
    with clock.at(clock.now() + timedelta(days=1)):
        signing.tend(stage.house, None)
        signing.tend(stage.house, None)
    assert stage.states(draft_id) == [SignatoryState.ENDED, SignatoryState.EXPIRED, SignatoryState.ENDED]
    with stage.house.transaction() as session:
        draft = session.get_one(Draft, draft_id)
        line = session.scalars(select(EventLine).where(EventLine.kind == Event.SIGNATURE_EXPIRED)).one()
        assert draft.state is DraftState.WRITING and draft.author_id in line.detail["to"]
        assert session.scalars(select(Number)).one().state is NumberState.VOID
        ended = session.scalars(select(SignatureRequest).where(SignatureRequest.trouble == "signing.expired")).all()
        assert {request.trouble_values["day"] for request in ended} == {f"{today:%d.%m.%Y}"}  # as people write it


@pytest.mark.parametrize(("least", "level"), [(Level.T, Level.T), (Level.LT, Level.LT)])
def test_a_letter_leaves_at_the_level_that_the_rule_allows_and_is_raised_later(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, least: Level, level: Level
) -> None:
    office = stage.office
    with stage.house.transaction() as session:
        administrator = cast.Person(session, office.administrator.official).actor()
        organisation = session.get_one(Organisation, office.organisation.organisation_id)
        with pytest.raises(Forbidden):
            rules.set_least(session, cast.Person(session, office.mayor.official).actor(), organisation, least)
        with pytest.raises(Invalid):
            rules.set_least(session, administrator, organisation, Level.B)
        rules.set_least(session, administrator, organisation, least)
        author = cast.Person(session, office.executor.official).actor()
        card = drafts.DraftCard(subject="გზა", signer_id=office.mayor.official_id, addressee="გ. აბაშიძე")
        draft = drafts.begin(session, author, kind=DraftKind.LETTER, card=card, text="გაცნობებთ.")
        pages.make(session, author, draft, store=stage.house.store)
        session.flush()
        visas.ask(session, author, draft, [], version=draft.version)
        draft_id = draft.draft_id
    request_id = stage.ask(draft_id, office.mayor)
    stage.pin(request_id, office.mayor)
    signing.embed(stage.house, request_id)
    with monkeypatch.context() as broken:
        _stops_before(broken, level)
        for _ in range(2):  # the job comes back, and finds it still so
            with pytest.raises(Unavailable):
                signing.raise_signature(stage.house, request_id)
    with stage.house.transaction() as session:
        request = session.get_one(SignatureRequest, request_id)
        document = session.scalars(select(Document)).one()
        assert (request.state, request.level, document.state) == (SignatureState.EMBEDDED, level, DocumentState.SIGNED)
        assert request.trouble is not None
        sent = session.get_one(Content, request.raised_content_id).sha256
    signing.raise_signature(stage.house, request_id)
    with stage.house.transaction() as session:
        request = session.get_one(SignatureRequest, request_id)
        places = session.scalars(select(DocumentContent).order_by(DocumentContent.position)).all()
        assert (request.state, request.level, request.trouble) == (SignatureState.RAISED, Level.LTA, None)
        assert [place.withdrawn_at is None for place in places] == [False, True]
        assert places[0].content.sha256 == sent and places[1].content_id == request.raised_content_id
        kinds = session.scalars(select(EventLine.kind).where(EventLine.document_id == request.document_id)).all()
        assert kinds.count(Event.DOCUMENT_SIGNED) == kinds.count(Event.SIGNATURE_RAISED) == 1
    verdict = examine(stage.bytes_of(request.raised_content_id), s.roots(stage.authority), at=clock.now())
    assert (verdict.bottom, verdict.level) == (Bottom.PASSED, Level.LTA)


def _stops_before(broken: pytest.MonkeyPatch, level: Level) -> None:
    """Those who answer for certificates are silent (B-T), or the time-stamp authority after its first stamp (B-LT)."""
    from edms.signing import raising

    async def silent(*_: object) -> bytes:
        raise OSError("switched off")

    after = raising._STEPS[level][0]
    broken.setitem(raising._STEPS, level, (after, silent))


def test_the_round_posts_what_the_queue_lost(stage: Stage) -> None:
    draft_id = stage.draft()
    request_id = stage.ask(draft_id, stage.office.mayor)
    stage.pin(request_id, stage.office.mayor)
    with stage.house.transaction() as session:
        assert upkeep.send_on(session) == 0  # its job was posted with it, a moment ago
        session.connection().exec_driver_sql("DELETE FROM procrastinate_jobs")
    with clock.at(clock.now() + timedelta(minutes=20)), stage.house.transaction() as session:
        assert upkeep.send_on(session) == 1
        assert upkeep.send_on(session) == 0


def test_a_stranger_knows_nothing_of_it(stage: Stage) -> None:
    draft_id = stage.draft()
    with stage.house.transaction() as session:
        for stranger in (stage.office.archivist, stage.office.controller):
            with pytest.raises(NotFound):
                drafts.draft_of(session, cast.Person(session, stranger.official).actor(), draft_id)


def test_its_author_or_who_leads_her_calls_the_round_off_and_nobody_elses_hand_can(stage: Stage) -> None:
    office, draft_id = stage.office, stage.draft()
    stage.signs(draft_id, office.mayor)  # its number stands on the page
    with stage.house.transaction() as session:
        for name in ("registrar", "lawyer", "stranger", "foreigner"):
            with pytest.raises(NotFound):
                calling_off.round_of(session, stage.actor(session, name), draft_id)
        head = stage.actor(session, "unit_head")
        draft = calling_off.round_of(session, head, draft_id, lock=True)
        with pytest.raises(Invalid):
            calling_off.call_off(session, head, draft, reason=" ")
        with pytest.raises(Forbidden):
            calling_off.call_off(session, stage.actor(session, "lawyer"), draft, reason="x")
        calling_off.call_off(session, head, draft, reason="პირობა შეიცვალა")
        assert draft.state is DraftState.WRITING and draft.numbered_on is None
        assert session.scalars(select(Number.state)).all() == [NumberState.VOID]
        assert {each.state for each in session.scalars(select(SignatureRequest))} == {SignatureState.VOID}
        line = session.scalars(select(EventLine).where(EventLine.kind == Event.SIGNING_CALLED_OFF)).one()
        told = {office.executor.official_id, office.mayor.official_id, office.deputy.official_id}
        assert (set(line.detail["to"]), line.detail["reason"]) == (told, "პირობა შეიცვალა")
    assert stage.states(draft_id) == [SignatoryState.ENDED] * 3
    with stage.house.transaction() as session, pytest.raises(NotFound):
        calling_off.round_of(session, stage.actor(session, "executor"), draft_id)  # it lies before nobody


def test_a_leavers_signature_beside_others_is_held_and_handed_over(stage: Stage) -> None:
    office, unsigned, begun = stage.office, stage.draft(), stage.draft()
    stage.signs(begun, office.mayor)
    with stage.house.transaction() as session:
        mayor = stage.actor(session, "mayor")
        leaver = session.get_one(Official, office.deputy.official_id)
        held = holding.holding(session, mayor, leaver)[holding.Kind.SIGNATURE]
        assert [each.ident for each in held] == [unsigned, begun]
        assert open_work(session, stage.actor(session, "administrator"), leaver).drafts == 2

        def give(draft_id: int, to: cast.Person) -> None:
            change = agreed(session, mayor, leaver, to=to.official_id, reason="გათავისუფლდა")
            holding.move(session, mayor, holding.Kind.SIGNATURE, draft_id, change)

        with pytest.raises(Invalid):
            give(begun, office.lawyer)  # in her place signs who signs here, or stands in for her
        with pytest.raises(Invalid):
            give(unsigned, office.registrar)  # who signs there herself
        give(unsigned, office.lawyer)
        give(begun, office.unit_head)
        draft = session.get_one(Draft, unsigned)
        assert (draft.state, draft.signatories[1].named_id) == (DraftState.WRITING, office.lawyer.official_id)
        assert holding.Kind.SIGNATURE not in holding.holding(session, mayor, leaver)
    assert stage.states(begun) == [SignatoryState.SIGNED, SignatoryState.ASKED, SignatoryState.WAITING]
