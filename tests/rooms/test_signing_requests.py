"""Requests: what was shown is what is signed, each step resumes after a kill, nothing secret stays behind."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import pikepdf
import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from edms import clock
from edms.demo.authority import Authority, Inside, revoke
from edms.drafting.paper import RegistrationMark, registration_mark
from edms.errors import Conflict, Corrupt, Forbidden, Invalid, NotFound, RuleBroken, Unavailable
from edms.events import Event, EventLine
from edms.registry import contents, registration
from edms.registry.card import Card
from edms.registry.models import Content, Document, DocumentContent
from edms.registry.words import Channel, ContentRole, DocumentState
from edms.signing import container, embedding, finishing, lots, preparing, proofs, requests, steps, verdict_lines
from edms.signing.algorithms import SHIPPED, Algorithms
from edms.signing.container import Box, Mark
from edms.signing.examination import examine
from edms.signing.models import SignatureRequest, SignatureState
from edms.signing.proof_models import EndsBy
from edms.signing.requests import Among, MarkAsked
from edms.signing.verdicts import Bottom, Level
from edms.storage.memory import MemoryStore
from tests import signatures as s
from tests.cast import Office, within

PLACE = Box(0, 79, 640, 300, 677)
FACE = Box(0, 283, 99, 544, 176)
SECOND = Box(0, 283, 200, 544, 277)


@dataclass
class Desk:
    """The mayor's desk: a store, an outside, letters shown to her."""

    session: Session
    office: Office
    store: MemoryStore
    authority: Authority
    outside: Inside
    algorithms: Algorithms | None = None

    def letter(self, page: bytes | None = None) -> Content:
        """A letter's page in the store."""
        stored = self.store.put(io.BytesIO(page or s.page()), limit=1 << 30)
        return contents.enter(
            self.session,
            self.office.registrar.actor(),
            organisation_id=self.office.organisation.organisation_id,
            stored=stored,
            name="პასუხი.pdf",
        )

    def ask(
        self, shown: Content | None = None, document: Document | None = None, among: Among | None = None
    ) -> SignatureRequest:
        """The mayor asks to sign it."""
        content = shown or self.letter()
        words = {"language": "ka", "number": "12-05/417", "day": "2026-11-24"}
        return requests.ask(
            self.session,
            self.office.mayor.actor(stepped_up=True),
            signer_id=self.office.mayor.official_id,
            shown=content,
            shown_sha256=content.sha256,
            name="დავით მაისურაძე",
            document=document,
            marks=[MarkAsked("registration", PLACE, words), MarkAsked("signature", FACE, {})],
            among=among,
        )

    def prepare(self, request: SignatureRequest) -> None:
        """What the worker does first."""
        work = preparing.to_prepare(self.session, request.signature_request_id)
        assert work is not None
        mark = registration_mark(RegistrationMark("ka", "12-05/417", date(2026, 11, 24)))
        made = preparing.prepare(
            work, store=self.store, drawn=[("registration", PLACE, mark), ("signature", FACE, s.face())]
        )
        preparing.prepared(self.session, request.signature_request_id, made)

    def sign(self, *those: SignatureRequest, pin: str = s.PIN, code: str = "mayor") -> list[lots.Signed]:
        """The mayor types her PIN."""
        return lots.sign(
            within(self.session),
            self.office.mayor.actor(stepped_up=True),
            [request.signature_request_id for request in those],
            shown={request.signature_request_id: request.shown_sha256 for request in those},
            pin=pin,
            signer=s.signer(code, self.authority),
            store=self.store,
        )

    def embed(self, request: SignatureRequest) -> None:
        """What the worker does next."""
        work = embedding.to_embed(self.session, request.signature_request_id)
        assert work is not None
        embedding.embedded(self.session, request.signature_request_id, embedding.embed(work, store=self.store))

    def finish(self, request: SignatureRequest) -> None:
        """And last."""
        work = finishing.to_raise(self.session, request.signature_request_id)
        assert work is not None
        done = finishing.finish(
            work, store=self.store, outside=self.outside, roots=s.roots(self.authority), algorithms=self.algorithms
        )
        finishing.finished(self.session, request.signature_request_id, done)

    def bytes_of(self, content_id: int | None) -> bytes:
        """The bytes of a content."""
        with self.store.open(self.session.get_one(Content, content_id).store_key) as stream:
            return stream.read()


@pytest.fixture
def desk(session: Session, office: Office) -> Desk:
    return Desk(session, office, MemoryStore(), s.authority(), Inside(s.authority()))


def test_the_whole_act_ends_at_b_lta_on_the_document(desk: Desk, own_document: Document) -> None:
    shown = desk.letter()
    request = desk.ask(shown, own_document)
    desk.prepare(request)
    assert desk.sign(request)[0].error is None
    desk.embed(request)
    desk.finish(request)
    signed = desk.bytes_of(request.raised_content_id)
    assert (request.state, request.level) == (SignatureState.RAISED, Level.LTA)
    assert signed.startswith(s.page())
    verdict = examine(signed, s.roots(), at=clock.now() + timedelta(days=700))
    assert (verdict.bottom, verdict.who) == (Bottom.PASSED, (s.MAYOR.name,))
    kept = verdict_lines.newest(desk.session, request.raised_content_id or 0)
    assert kept is not None and (kept.bottom, kept.level) == (Bottom.PASSED, Level.LTA)
    place = desk.session.scalars(
        select(DocumentContent).where(DocumentContent.document_id == own_document.document_id)
    ).one()
    assert (place.role, place.content_id) == (ContentRole.SIGNED, request.raised_content_id)
    assert own_document.state is DocumentState.SIGNED
    line = desk.session.scalars(select(EventLine).where(EventLine.kind == Event.DOCUMENT_SIGNED)).one()
    assert line.official_id == desk.office.mayor.official_id and line.leaf_id is not None


def test_our_own_signature_is_judged_by_the_table_of_this_house(desk: Desk, own_document: Document) -> None:
    shipped = SHIPPED.read_text(encoding="utf-8")
    desk.algorithms = Algorithms(shipped.replace('name = "sha256"\n', 'name = "sha256"\nuntil = 2028-06-01\n'))
    request = desk.ask(document=own_document)
    desk.prepare(request)
    desk.sign(request)
    desk.embed(request)
    desk.finish(request)
    (proof,) = proofs.of(desk.session, [request.raised_content_id or 0]).values()
    assert proof.proven_until == datetime(2028, 6, 1, tzinfo=UTC) and proof.ends_by is EndsBy.ALGORITHM


def test_every_step_twice_changes_nothing(desk: Desk, own_document: Document) -> None:
    request = desk.ask(document=own_document)
    number = request.signature_request_id
    work = preparing.to_prepare(desk.session, number)
    assert work is not None
    first = preparing.prepare(work, store=desk.store, drawn=[])
    second = preparing.prepare(work, store=desk.store, drawn=[])
    preparing.prepared(desk.session, number, first)
    preparing.prepared(desk.session, number, second)
    assert request.digest == first.digest
    assert preparing.to_prepare(desk.session, number) is None
    desk.sign(request)
    signature = request.signature
    assert isinstance(desk.sign(request)[0].error, RuleBroken)
    assert request.signature == signature
    lying = embedding.to_embed(desk.session, number)
    assert lying is not None
    made = embedding.embed(lying, store=desk.store)
    embedding.embedded(desk.session, number, made)
    embedded_at = request.embedded_content_id
    embedding.embedded(desk.session, number, made)
    assert request.embedded_content_id == embedded_at
    raising = finishing.to_raise(desk.session, number)
    assert raising is not None
    done = finishing.finish(raising, store=desk.store, outside=desk.outside, roots=s.roots())
    again = finishing.finish(raising, store=desk.store, outside=desk.outside, roots=s.roots())
    assert finishing.finished(desk.session, number, done) is request
    assert finishing.finished(desk.session, number, again) is None
    lines = desk.session.scalars(select(EventLine).where(EventLine.kind == Event.DOCUMENT_SIGNED)).all()
    assert len(lines) == 1


@pytest.mark.parametrize("dies_after", ["prepare", "embed", "finish"])
def test_a_machine_killed_between_work_and_writing_only_has_to_do_it_again(
    desk: Desk, own_document: Document, dies_after: str
) -> None:
    request = desk.ask(document=own_document)
    number = request.signature_request_id

    def killed(step: str, work: Callable[[], object]) -> None:
        if step == dies_after:
            work()  # done, stored, never written down

    first = preparing.to_prepare(desk.session, number)
    assert first is not None
    killed("prepare", lambda: preparing.prepare(first, store=desk.store, drawn=[]))
    desk.prepare(request)
    desk.sign(request)
    second = embedding.to_embed(desk.session, number)
    assert second is not None
    killed("embed", lambda: embedding.embed(second, store=desk.store))
    desk.embed(request)
    third = finishing.to_raise(desk.session, number)
    assert third is not None
    killed("finish", lambda: finishing.finish(third, store=desk.store, outside=desk.outside, roots=s.roots()))
    desk.finish(request)
    assert examine(desk.bytes_of(request.raised_content_id), s.roots(), at=clock.now()).bottom is Bottom.PASSED


def test_what_was_not_shown_is_not_asked_for(desk: Desk) -> None:
    content = desk.letter()
    with pytest.raises(Corrupt):
        requests.ask(
            desk.session,
            desk.office.mayor.actor(stepped_up=True),
            signer_id=desk.office.mayor.official_id,
            shown=content,
            shown_sha256=hashlib.sha256(b"another letter").digest(),
            name="x",
        )


def test_another_hash_on_the_screen_is_not_signed(desk: Desk) -> None:
    request = desk.ask()
    desk.prepare(request)
    (result,) = lots.sign(
        within(desk.session),
        desk.office.mayor.actor(stepped_up=True),
        [request.signature_request_id],
        shown={request.signature_request_id: hashlib.sha256(b"another letter").digest()},
        pin=s.PIN,
        signer=s.signer(),
        store=desk.store,
    )
    assert isinstance(result.error, Corrupt) and request.state is SignatureState.PREPARED


def test_prepared_bytes_swapped_before_the_pin_are_not_signed(desk: Desk) -> None:
    """T10: the row is pointed at other bytes, prepared properly, that do not begin with what was shown."""
    another = container.set_marks(s.page(), [Mark(FACE, s.face())]).replace(b"%PDF-1.7", b"%PDF-1.6", 1)
    request, other = desk.ask(), desk.ask(desk.letter(another))
    desk.prepare(request)
    desk.prepare(other)
    request.prepared_content_id, request.digest = other.prepared_content_id, other.digest
    request.container = other.container
    desk.session.flush()
    assert isinstance(desk.sign(request)[0].error, Corrupt)
    assert request.signature is None


def test_a_wrong_pin_signs_nothing_of_the_batch(desk: Desk) -> None:
    pile = [desk.ask() for _ in range(3)]
    for request in pile:
        desk.prepare(request)
    with pytest.raises(Invalid):
        desk.sign(*pile, pin="wrong")
    assert {request.state for request in pile} == {SignatureState.PREPARED}


def test_a_batch_is_signed_with_one_pin_and_one_bad_letter_stops_no_other(desk: Desk) -> None:
    pile = [desk.ask() for _ in range(5)]
    for request in pile[:-1]:
        desk.prepare(request)
    results = desk.sign(*pile)
    errors = [result.error for result in results if result.error]
    assert len(errors) == 1 and isinstance(errors[0], RuleBroken)
    assert [request.state for request in pile] == [SignatureState.SIGNED] * 4 + [SignatureState.ASKED]


def test_neither_pin_nor_key_is_anywhere_in_the_database(desk: Desk, own_document: Document) -> None:
    request = desk.ask(document=own_document)
    desk.prepare(request)
    desk.sign(request)
    desk.embed(request)
    desk.finish(request)
    desk.session.flush()
    tables = desk.session.scalars(
        text("SELECT quote_ident(tablename) FROM pg_tables WHERE schemaname = 'public'")
    ).all()
    dump = "".join(
        row for table in tables for row in desk.session.scalars(text(f"SELECT t::text FROM {table} t")).all()
    )
    key = s.authority().folder / "keys" / "mayor.pem"
    secret = s.signer().opened(s.PIN)._key.private_numbers().private_value  # type: ignore[union-attr]
    assert s.PIN not in dump
    assert key.read_text()[30:90] not in dump
    assert f"{secret:x}" not in dump


def test_only_the_signer_with_her_password_asked_again_signs(desk: Desk) -> None:
    request = desk.ask()
    desk.prepare(request)
    for actor in (desk.office.stranger.actor(stepped_up=True), desk.office.mayor.actor()):
        with pytest.raises(Forbidden):
            lots.sign(
                within(desk.session), actor, [request.signature_request_id], shown={}, pin=s.PIN, signer=s.signer(),
                store=desk.store,
            )  # fmt: skip
    with pytest.raises(NotFound):
        requests.request_of(desk.session, desk.office.stranger.actor(), request.signature_request_id)
    assert requests.request_of(desk.session, desk.office.mayor.actor(), request.signature_request_id) is request


def test_the_same_is_not_asked_twice_until_it_failed(desk: Desk) -> None:
    shown = desk.letter()
    first = desk.ask(shown)
    with pytest.raises(Conflict):
        desk.ask(shown)
    requests.refuse(desk.session, desk.office.mayor.actor(stepped_up=True), first, reason="შეცდომაა თარიღში")
    assert (first.state, first.trouble_values) == (SignatureState.REFUSED, {"reason": "შეცდომაა თარიღში"})
    assert desk.ask(shown).state is SignatureState.ASKED


def test_what_is_signed_can_no_longer_be_refused(desk: Desk) -> None:
    request = desk.ask()
    desk.prepare(request)
    desk.sign(request)
    with pytest.raises(RuleBroken):
        requests.refuse(desk.session, desk.office.mayor.actor(stepped_up=True), request, reason="late")


def test_silence_outside_is_visible_and_passes(desk: Desk, own_document: Document) -> None:
    request = desk.ask(document=own_document)
    desk.prepare(request)
    desk.sign(request)
    desk.embed(request)
    desk.outside.down = True
    with pytest.raises(Unavailable) as waiting:
        desk.finish(request)
    steps.held_up(desk.session, request.signature_request_id, waiting.value)
    assert (request.state, request.trouble) == (SignatureState.EMBEDDED, "signing.time_authority_silent")
    assert desk.session.scalars(select(DocumentContent)).all() == []
    desk.outside.down = False
    desk.finish(request)
    assert (request.state, request.trouble) == (SignatureState.RAISED, None)


def test_a_certificate_revoked_in_mid_batch_releases_nothing_half_signed(session: Session, office: Office) -> None:
    own = s.fresh_authority()
    desk = Desk(session, office, MemoryStore(), own, Inside(own))
    pile = [desk.ask() for _ in range(2)]
    for request in pile:
        desk.prepare(request)
    desk.sign(*pile)
    for request in pile:
        desk.embed(request)
    desk.finish(pile[0])
    revoke(own, "mayor", at=clock.now() - timedelta(hours=1))
    desk.outside = Inside(own)
    with pytest.raises(RuleBroken) as refusal:
        desk.finish(pile[1])
    steps.failed(session, pile[1].signature_request_id, refusal.value)
    assert (pile[1].state, pile[1].trouble) == (SignatureState.FAILED, "signing.certificate_revoked")
    assert pile[1].raised_content_id is None
    line = session.scalars(select(EventLine).where(EventLine.kind == Event.SIGNATURE_FAILED)).one()
    assert line.subject_id == pile[1].signature_request_id
    earlier = examine(desk.bytes_of(pile[0].raised_content_id), s.roots(own), at=clock.now() + timedelta(days=9))
    assert earlier.bottom is Bottom.PASSED


def test_a_certificate_nobody_can_be_asked_about_signs_nothing(desk: Desk) -> None:
    request = desk.ask()
    desk.prepare(request)
    with pytest.raises(RuleBroken) as refusal:
        desk.sign(request, code="nobody")
    assert refusal.value.message == "signing.no_revocation_address"
    assert request.state is SignatureState.PREPARED


def test_content_that_can_act_is_not_prepared(desk: Desk) -> None:
    request = desk.ask(desk.letter(_with_script()))
    with pytest.raises(RuleBroken) as refusal:
        desk.prepare(request)
    assert refusal.value.message == "signing.content_acts"


def test_a_letter_signed_elsewhere_is_countersigned_in_a_field_of_its_own(desk: Desk) -> None:
    request = desk.ask(desk.letter(s.signed_lta(code="clerk")))
    work = preparing.to_prepare(desk.session, request.signature_request_id)
    assert work is not None
    with pytest.raises(RuleBroken) as refusal:
        preparing.prepare(work, store=desk.store, drawn=[("registration", PLACE, s.face())])
    assert refusal.value.message == "signing.stamp_after_signature"
    preparing.prepared(desk.session, request.signature_request_id, preparing.prepare(work, store=desk.store, drawn=[]))
    desk.sign(request)
    desk.embed(request)
    desk.finish(request)
    assert request.field == "Signature2"
    verdict = examine(desk.bytes_of(request.raised_content_id), s.roots(), at=clock.now())
    assert (verdict.bottom, len(verdict.findings)) == (Bottom.PASSED, 2)


def test_what_the_first_signer_left_no_field_for_is_not_signed(desk: Desk) -> None:
    first = desk.ask()
    for step in (desk.prepare, desk.sign, desk.embed, desk.finish):
        step(first)
    second = _second(desk, first)
    work = preparing.to_prepare(desk.session, second.signature_request_id)
    assert work is not None
    with pytest.raises(RuleBroken) as refusal:
        preparing.prepare(work, store=desk.store, drawn=[])
    assert refusal.value.message == "signing.no_field_left"


def _second(desk: Desk, first: SignatureRequest) -> SignatureRequest:
    result = desk.session.get_one(Content, first.raised_content_id)
    return requests.ask(
        desk.session,
        desk.office.deputy.actor(stepped_up=True),
        signer_id=desk.office.deputy.official_id,
        shown=result,
        shown_sha256=result.sha256,
        name="თამარ გელაშვილი",
        among=Among("Signature2"),
    )


def test_a_second_signer_signs_the_first_ones_result(desk: Desk) -> None:
    first = desk.ask(among=Among("Signature1", {"Signature2": SECOND}))
    desk.prepare(first)
    desk.sign(first)
    desk.embed(first)
    desk.finish(first)
    deputy = desk.office.deputy.actor(stepped_up=True)
    second = _second(desk, first)
    work = preparing.to_prepare(desk.session, second.signature_request_id)
    assert work is not None
    made = preparing.prepare(work, store=desk.store, drawn=[])
    preparing.prepared(desk.session, second.signature_request_id, made)
    lots.sign(
        within(desk.session), deputy, [second.signature_request_id],
        shown={second.signature_request_id: second.shown_sha256}, pin=s.PIN, signer=s.signer("clerk"), store=desk.store,
    )  # fmt: skip
    desk.embed(second)
    desk.finish(second)
    assert second.field == "Signature2"
    verdict = examine(desk.bytes_of(second.raised_content_id), s.roots(), at=clock.now())
    assert (verdict.bottom, verdict.who) == (Bottom.PASSED, (s.MAYOR.name, s.CLERK.name))


@pytest.fixture
def own_document(session: Session, office: Office) -> Document:
    card = Card(summary="გზის შესახებ", channel=Channel.POST, received_on=clock.today("Asia/Tbilisi"))
    return registration.register(session, office.registrar.actor(), office.outgoing, card, idempotency_key="own")


def _with_script() -> bytes:
    with pikepdf.open(io.BytesIO(s.page())) as pdf:
        pdf.Root.OpenAction = pikepdf.Dictionary(S=pikepdf.Name.JavaScript, JS="app.alert(1)")
        made = io.BytesIO()
        pdf.save(made)
    return made.getvalue()
