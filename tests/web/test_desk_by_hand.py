"""Signed with a pen: number and code on the paper, the scan compared by its code, marked as such everywhere."""

from __future__ import annotations

import io
import re

import pikepdf
import pypdfium2
from sqlalchemy import select

from edms.capture.models import PageLabel
from edms.drafting import act, drafts, pages, visas
from edms.drafting.by_hand import signing
from edms.drafting.by_hand.models import Compared, HandSigning, HandState
from edms.drafting.models import Draft, DraftKind, DraftState
from edms.overview.line import lines_of
from edms.overview.tracking import tracked
from edms.registry import arrivals, contents, labels, tracking
from edms.registry.going_out.models import CertifiedCopy
from edms.registry.models import Arrival, Document, DocumentContent, Number
from edms.registry.words import ArrivalState, Channel, ContentRole, DocumentState, NumberState, Tray
from edms.staff.models import Organisation
from tests import letters

pytest_plugins = ["tests.web.desk_site"]
SCAN = b"%PDF-1.7 scanned"


def rows(desk, table, *conditions):
    with desk.house.transaction() as session:
        return list(session.scalars(select(table).where(*conditions).order_by(*table.__table__.primary_key)))


def _to_sign(desk, count):
    def made(session, office):
        author, asked, ids = office.executor.actor(), [], []
        for _ in range(count):
            letter = letters.letter(session, office)
            letters.resolved(session, office, letter, office.executor)
            card = drafts.DraftCard("პასუხი", office.mayor.official_id, addressee="ანა", address="ქუჩა 1")
            draft = drafts.begin(session, author, kind=DraftKind.REPLY, card=card, text="ტექსტი", in_reply_to=letter)
            pages.make(session, author, draft, store=desk.house.store)
            session.flush()
            visas.ask(session, author, draft, [], version=draft.version)
            ids.append(draft.draft_id)
            asked.append(letter.document_id)
        return ids, asked

    return desk.do(made)


def _scan(code, raw=SCAN):
    return {"code": code, "file": (io.BytesIO(raw), "scan.pdf")}


def _in_tray(desk, session, office):
    who = office.registrar.actor()
    stored = desk.house.store.put(io.BytesIO(SCAN + b" from the folder"), limit=10**6)
    content = contents.enter(session, who, organisation_id=office.organisation.organisation_id, stored=stored, name="scan-7.pdf", media_type="application/pdf")  # fmt: skip
    return arrivals.take_in(session, who, organisation_id=office.organisation.organisation_id, tray=Tray.SCAN, channel=Channel.SCAN, content=content).arrival_id  # fmt: skip


def test_from_the_pile_to_the_dispatch_by_pen(desk):
    (one, other, third), asked = _to_sign(desk, 3)
    mayor, registrar = desk.as_("mayor"), desk.as_("registrar")
    mayor.post("/account/step-up", {"password": desk.password})
    pile = mayor.get("/sign/")
    assert 'name="pin"' not in pile  # she has no certificate: her page offers the pen only
    shown = dict(re.findall(r'name="(shown-\d+)" value="([0-9a-f]+)"', pile))
    executor = desk.as_("executor")
    executor.post("/account/step-up", {"password": desk.password})
    executor.post("/sign/by-hand", {"marked": [one], **shown}, status=403)
    mayor.post("/sign/by-hand", {"marked": [one], f"shown-{one}": "00" * 32}, status=422)
    assert rows(desk, HandSigning) == []
    mayor.post("/sign/by-hand", {"marked": [one, other], **shown})
    mayor.post("/sign/by-hand", {"marked": [one, other], **shown})  # again: the same papers
    first, second = rows(desk, HandSigning)
    numbers = {n.number_id: n for n in rows(desk, Number, Number.draft_ref.is_not(None))}
    assert all(n.reserved_until is None for n in numbers.values())  # a paper bears them: they do not lapse
    paper = mayor.client.get(f"/by-hand/{first.hand_signing_id}/paper").data
    with pikepdf.open(io.BytesIO(paper)) as pdf:
        assert len(pdf.pages) == 1
    for name, status in (("stranger", 404), ("foreigner", 404), ("lawyer", 404)):
        desk.as_(name).get(f"/by-hand/{first.hand_signing_id}/paper", status)
        desk.as_(name).post(f"/by-hand/{first.hand_signing_id}/scan", _scan("x"), status=status)
        desk.as_(name).post(f"/by-hand/{first.hand_signing_id}/give-up", {}, status=status)
        assert numbers[first.number_id].text not in desk.as_(name).get("/by-hand/")

    key = desk.house.tracking_key

    def label(hand):
        number = numbers[hand.number_id]
        with desk.house.transaction() as session:
            return signing.label_of(session.get_one(Organisation, hand.organisation_id), number, desk.house.label_key)

    scan = f"/by-hand/{first.hand_signing_id}/scan"
    forged = label(first)[:-8] + "0" * 8
    for code, raw in (("", SCAN), (label(second), SCAN), (forged, SCAN), ("12", SCAN), (label(first), b"no scan")):
        assert "f-code" in registrar.post(scan, _scan(code, raw), status=422).get_data(as_text=True)
    assert rows(desk, Document, Document.registered_at.is_not(None), Document.kind == "outgoing") == []
    assert labels.read(label(first)) is not None
    # The scanner laid it into the tray: chosen there, it leaves the tray as the signed paper.
    lying = desk.do(lambda s, o: _in_tray(desk, s, o))
    assert "scan-7.pdf" in registrar.get("/by-hand/")
    executor.post(scan, {"code": label(first), "arrival": lying}, status=403)  # trays are the registrars'
    registrar.post(scan, {"code": label(second), "arrival": lying}, status=422)
    registrar.post(scan, {"arrival": lying}, status=422)  # no code on it that a machine could read
    assert "ხელმოწერილია თუ არა" not in registrar.get("/by-hand/")
    content_id = rows(desk, Arrival, Arrival.arrival_id == lying)[0].content_id
    desk.do(lambda s, o: s.add(PageLabel(content_id=content_id, page=1, code=label(first))))
    assert "ხელმოწერილია თუ არა" in registrar.get("/by-hand/")
    registrar.post(f"/by-hand/{second.hand_signing_id}/scan", {"arrival": lying}, status=422)
    registrar.post(scan, {"arrival": lying})
    assert rows(desk, HandSigning, HandSigning.hand_signing_id == first.hand_signing_id)[0].compared is Compared.SCAN
    assert rows(desk, Arrival)[-1].state is ArrivalState.JOINED
    registrar.post(scan, _scan(label(first)), status=422)  # over
    number = numbers[second.number_id]
    typed = tracking.paper_code(key, number.register_id, number.year, number.serial)
    executor.post(f"/by-hand/{second.hand_signing_id}/scan", _scan(f"http://kvemo.example/verify?n=1&c={typed}"))
    signed = rows(desk, Document, Document.kind == "outgoing")
    assert [d.state for d in signed] == [DocumentState.SIGNED] * 2
    assert [d.number for d in signed] == [numbers[h.number_id].text for h in (first, second)]
    assert {p.role for p in rows(desk, DocumentContent, DocumentContent.document_id == signed[0].document_id)} == {ContentRole.SIGNED}  # fmt: skip
    assert {d.state for d in rows(desk, Draft, Draft.draft_id.in_([one, other]))} == {DraftState.SIGNED}
    assert {h.state for h in rows(desk, HandSigning)} == {HandState.SIGNED}

    letter = signed[0].document_id
    mark = "ხელით ხელმოწერილი"
    assert mark in registrar.get(f"/letters/{letter}")
    assert mark in registrar.get(f"/registers/{desk.cast.outgoing.register_id}")
    with desk.house.transaction() as session:
        assert lines_of(session, [session.get_one(Document, letter)], signed[0].registered_on)[0].by_hand
        assert tracked(session, session.get_one(Document, asked[0]), "ka").by_hand
        assert not tracked(session, session.get_one(Document, asked[2]), "ka").by_hand
    number = numbers[first.number_id]
    typed = tracking.paper_code(key, number.register_id, number.year, number.serial)
    verified = desk.app.test_client().get(f"/verify?n={number.text}&c={typed}").get_data(as_text=True)
    assert "ხელითაა ხელმოწერილი" in verified
    registrar.post(f"/letters/{letter}/sendings")  # and it leaves like any other
    # A mixed town: the third on the same pile is signed electronically, by whoever has a certificate.
    assert rows(desk, Draft, Draft.draft_id == third)[0].state is DraftState.TO_SIGN


def test_given_up_or_not_allowed(desk):
    (one, other), _ = _to_sign(desk, 2)
    mayor, administrator = desk.as_("mayor"), desk.as_("administrator")
    mayor.post("/account/step-up", {"password": desk.password})
    shown = dict(re.findall(r'name="(shown-\d+)" value="([0-9a-f]+)"', mayor.get("/sign/")))
    mayor.post("/sign/by-hand", {"marked": [one], **shown})
    (hand,) = rows(desk, HandSigning)
    give_up = f"/by-hand/{hand.hand_signing_id}/give-up"
    mayor.post(give_up, {f"reason-{hand.hand_signing_id}": " "}, status=422)
    mayor.post(give_up, {f"reason-{hand.hand_signing_id}": "შეცდომაა ტექსტში"})
    (number,) = rows(desk, Number, Number.draft_ref == one)
    assert (number.state, number.reason) == (NumberState.VOID, "შეცდომაა ტექსტში")
    draft = rows(desk, Draft, Draft.draft_id == one)[0]
    assert (draft.state, draft.refusal) == (DraftState.WRITING, "შეცდომაა ტექსტში")
    for name in ("registrar", "mayor", "stranger"):
        desk.as_(name).post("/house/signing", {"allowed": "no"}, status=403)
    assert "მერი" in administrator.get("/house/signing")
    administrator.post("/house/signing", {"allowed": "no"})
    assert "/sign/by-hand" not in mayor.get("/sign/")
    mayor.post("/sign/by-hand", {"marked": [other], **shown}, status=422)
    assert rows(desk, Draft, Draft.draft_id == other)[0].state is DraftState.TO_SIGN
    with desk.house.transaction() as session:
        assert act.number_of(session, other) is None  # and no number was drawn for it


def test_a_copy_is_certified_of_own_documents_and_the_original_stays(desk):
    paper = io.BytesIO()
    with pikepdf.new() as pdf:
        pdf.add_blank_page(page_size=(595, 842))
        pdf.add_blank_page(page_size=(595, 842))
        pdf.save(paper)

    def act_(session, office):
        letter = letters.own_letter(session, office)
        stored = desk.house.store.put(io.BytesIO(paper.getvalue()), limit=10**6)
        content = contents.enter(session, office.registrar.actor(), organisation_id=letter.organisation_id, stored=stored, name="letter.pdf", media_type="application/pdf")  # fmt: skip
        contents.attach(session, office.registrar.actor(), letter, content, ContentRole.SIGNED)
        letter.state = DocumentState.SIGNED
        return letter.document_id, letters.letter(session, office).document_id, content.content_id

    own, foreign, original = desk.do(act_)
    registrar = desk.as_("registrar")
    for name, status in (("stranger", 404), ("foreigner", 404), ("controller", 403)):
        desk.as_(name).post(f"/letters/{own}/copy", {}, status=status)
    registrar.post(f"/letters/{foreign}/copy", {}, status=409)
    registrar.post(f"/letters/{own}/copy", {"issued_to": "ანა კალანდაძე"})
    registrar.post(f"/letters/{own}/copy", {})
    first, second = rows(desk, CertifiedCopy)
    assert [(c.ordinal, c.sheets, c.issued_to) for c in (first, second)] == [(1, 2, "ანა კალანდაძე"), (2, 2, None)]
    made = registrar.client.get(f"/letters/{own}/contents/{first.content_id}").data
    with pikepdf.open(io.BytesIO(made)) as pdf:
        assert len(pdf.pages) == 3
        assert "/AcroForm" not in pdf.Root
    said = pypdfium2.PdfDocument(made)[2].get_textpage().get_text_bounded()
    assert "ასლი სწორია" in said
    assert "ნინო ბერიძე" in said
    assert "რეგისტრატორი" in said
    assert registrar.client.get(f"/letters/{own}/contents/{original}").data == paper.getvalue()
    desk.as_("stranger").get(f"/letters/{own}/contents/{first.content_id}", 404)
