"""Cards that are not one sender with one scan: several senders, closed envelopes, valuables, the spoken word."""

from __future__ import annotations

import io
import secrets
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import select

from edms import clock
from edms.errors import Conflict, Forbidden, Invalid, NotFound, RuleBroken
from edms.events import Event, EventLine
from edms.ledger.models import LedgerSalt
from edms.overview.correspondent import letters_of
from edms.registry import arrivals, contents, corrections, correspondents, documents, duplicates, registration
from edms.registry.card import Card
from edms.registry.intake import acts, correcting, keeping
from edms.registry.intake.card import Intake, Party, Spoken, Valuable
from edms.registry.intake.models import DocumentIntake
from edms.registry.intake.words import Envelope
from edms.registry.words import Authorship, Channel, ContentRole, Grade, Tray
from edms.routing.clocks import begin_legal_term
from edms.search.finding import find
from edms.search.indexing import index_document
from edms.search.port import Filters
from edms.search.postgres import PostgresIndex
from edms.storage.memory import MemoryStore


def register(session, office, card=None, intake=None, **more):
    facts = {"summary": "წყლის შესახებ", "correspondent_name": "ანა კალანდაძე", **(card or {})}
    return registration.register(
        session, office.registrar.actor(), office.incoming, Card(**facts), idempotency_key=secrets.token_hex(8),
        intake=Intake(**(intake or {})), **more,
    )  # fmt: skip


def content(session, office):
    stored = MemoryStore().put(io.BytesIO(secrets.token_bytes(8)), limit=9)
    here = office.organisation.organisation_id
    return contents.enter(session, office.registrar.actor(), organisation_id=here, stored=stored, name="scan.pdf")


def closed(session, office, envelope=Envelope.TENDER, **card):
    intake = {"envelope": envelope, "opens_id": office.executor.official_id}
    return register(session, office, card, intake, waiting_scan=True)


def spoken(session, office, **card):
    said = Spoken(clock.now() - timedelta(minutes=5), "ქუჩაში წყალი მოდის", "სარეცეფშენო")
    return register(session, office, {"channel": Channel.RECEPTION, **card}, {"spoken": said}, waiting_scan=True)


def refused(session, office, card, intake, **more):
    with pytest.raises(Invalid) as wrong:
        register(session, office, card, intake, **more)
    return set(wrong.value.fields)


def test_a_common_letter_has_no_row_beside_its_card(session, office):
    document = register(session, office)
    kept = keeping.kept(session, document)
    assert (kept.intake, kept.parties, kept.valuables, kept.spoken) == (None, [], [], None)
    assert (document.authorship, document.closed) == (Authorship.ONE, False)


def test_each_part_names_what_is_wrong_with_it(session, office):
    tomorrow, yesterday = clock.today("Asia/Tbilisi") + timedelta(days=1), clock.now() - timedelta(days=1)
    wrong = [
        ({"authorship": Authorship.ANONYMOUS}, {}, "authorship"),
        ({"authorship": Authorship.SEVERAL}, {}, "parties"),
        ({}, {"parties": (Party("გია"),)}, "authorship"),
        ({"authorship": Authorship.COLLECTIVE}, {}, "signatures"),
        ({"authorship": Authorship.COLLECTIVE}, {"signatures": 1}, "signatures"),
        ({"authorship": Authorship.COLLECTIVE, "correspondent_name": None}, {"signatures": 9}, "correspondent"),
        ({}, {"signatures": 9}, "signatures"),
        ({"authorship": Authorship.SEVERAL}, {"parties": (Party("ა" * 301),)}, "parties"),
        ({}, {"postmark_on": tomorrow}, "postmark_on"),
        ({}, {"filed_on": date(1800, 1, 1)}, "filed_on"),
        ({}, {"postal_barcode": "1" * 61}, "postal_barcode"),
        ({}, {"envelope": Envelope.PERSONAL}, "opens"),
        ({}, {"opens_id": office.mayor.official_id}, "opens"),
        ({}, {"valuables": (Valuable("ფული", amount=Decimal(5)),)}, "valuables"),
        ({}, {"valuables": (Valuable("ფული", amount=Decimal("NaN"), currency="GEL"),)}, "valuables"),
        ({}, {"valuables": (Valuable("ფული", 0),)}, "valuables"),
        ({}, {"valuables": (Valuable("", 3),)}, "valuables"),
        ({"channel": Channel.TELEPHONE}, {}, "said"),
        ({}, {"spoken": Spoken(yesterday, "ა")}, "said"),
        ({"channel": Channel.TELEPHONE}, {"spoken": Spoken(yesterday, " ")}, "said"),
        ({"channel": Channel.TELEPHONE}, {"spoken": Spoken(clock.now() + timedelta(hours=1), "ა")}, "said_on"),
    ]
    for card, intake, field in wrong:
        assert refused(session, office, card, intake) == {field}, (card, intake)


def test_nobody_of_another_office_can_be_named(session, office):
    there = correspondents.enter(
        session, office.foreigner.actor(), correspondents.CorrespondentCard(name="ზემოელი"),
        organisation_id=office.neighbour.organisation_id,
    )  # fmt: skip
    foreign = office.foreigner.official_id
    several = {"authorship": Authorship.SEVERAL}
    assert refused(session, office, several, {"parties": (Party(correspondent_id=there.correspondent_id),)}) == {
        "parties"
    }
    assert refused(session, office, {}, {"envelope": Envelope.TENDER, "opens_id": foreign}) == {"opens"}
    assert refused(session, office, {}, {"valuables": (Valuable("ფული", handed_to_id=foreign),)}) == {"valuables"}


def test_a_letter_of_several_is_found_by_each_of_them(session, office):
    who, here = office.registrar.actor(), office.organisation.organisation_id
    gia, dato = (
        correspondents.enter(session, who, correspondents.CorrespondentCard(name=name), organisation_id=here)
        for name in ("გია ბაგრატიონი", "დათო გურიელი")
    )
    document = register(
        session, office, {"authorship": Authorship.SEVERAL, "their_number": "7"},
        {"parties": (Party(correspondent_id=gia.correspondent_id), Party("ლია უცნობი", "გორი"))},
    )  # fmt: skip
    index_document(session, PostgresIndex(session), document.document_id)
    for words in ("ბაგრატიონი", "უცნობი", "კალანდაძე"):
        assert [hit.document.document_id for hit in find(session, who, words, index=PostgresIndex(session)).hits] == [
            document.document_id
        ]

    def by(one):
        chosen = Filters({"correspondent_id": frozenset({one.correspondent_id})})
        return [
            hit.document.document_id
            for hit in find(session, who, "", filters=chosen, index=PostgresIndex(session)).hits
        ]

    assert by(gia) == [document.document_id] and by(dato) == []
    assert [line.document for line in letters_of(session, who, gia)] == [document]
    twins = duplicates.twins(session, who, their_number="7", correspondent_id=gia.correspondent_id)
    assert [twin.document for twin in twins] == [document]
    version = document.version
    correspondents.merge(session, who, keep=dato, other=gia, reason="ერთი კაცია")
    session.refresh(document)
    assert by(dato) == [document.document_id] and document.version == version + 1
    assert letters_of(session, office.stranger.actor(), dato) == []


def test_a_collective_letter_has_its_representative_and_count_and_stands_in_the_leaf(session, office):
    document = register(
        session, office, {"authorship": Authorship.COLLECTIVE},
        {"signatures": 48, "postmark_on": date(2026, 1, 5), "postal_barcode": "RR1", "envelope_kept": True},
    )  # fmt: skip
    kept = keeping.kept(session, document).intake
    assert (kept.signatures, kept.postal_barcode, kept.envelope_kept) == (48, "RR1", True)
    facts = session.scalars(select(LedgerSalt).where(LedgerSalt.leaf_id == document.leaf_id)).one().facts
    assert (facts["authorship"], facts["signatures"], facts["postmark_on"]) == ("collective", 48, "2026-01-05")


def test_an_anonymous_letter_needs_no_sender_until_one_is_known(session, office):
    who = office.registrar.actor()
    document = register(session, office, {"authorship": Authorship.ANONYMOUS, "correspondent_name": None})
    assert document.correspondent_id is None
    corrections.correct(session, who, document, {"summary": "სხვა"}, reason="შეცდომა", version=document.version)
    assert document.authorship is Authorship.ANONYMOUS
    session.flush()
    name = {"correspondent_name": "ნათია"}
    corrections.correct(session, who, document, name, reason="გამოჩნდა", version=document.version)
    assert document.authorship is Authorship.ONE


def test_our_term_runs_from_our_registration_whatever_was_filed_elsewhere(session, office):
    before = clock.today("Asia/Tbilisi") - timedelta(days=20)
    one, other = register(session, office), register(session, office, {}, {"filed_on": before})
    for document in (one, other):
        begin_legal_term(session, document)
    assert one.due_on == other.due_on is not None
    assert session.get(DocumentIntake, other.document_id).filed_on == before


def test_valuables_are_listed_with_whom_they_were_handed_to(session, office):
    lines = (Valuable("ბანკნოტი", 2, Decimal("100.50"), "GEL", office.lawyer.official_id), Valuable("ბეჭედი"))
    kept = keeping.kept(session, register(session, office, {}, {"valuables": lines})).valuables
    assert [(v.what, v.count, v.amount, v.currency, v.handed_to_id) for v in kept] == [
        ("ბანკნოტი", 2, Decimal("100.50"), "GEL", office.lawyer.official_id), ("ბეჭედი", 1, None, None, None),
    ]  # fmt: skip


def test_a_closed_envelope_takes_no_paper_until_its_person_opens_it(session, office):
    document, who = closed(session, office), office.registrar.actor()
    assert (document.closed, document.waiting_scan, document.grade) == (True, False, Grade.OFFICIAL_USE)
    scan = content(session, office)
    with pytest.raises(RuleBroken):
        contents.add_paper(session, who, document, scan, role=ContentRole.ORIGINAL)
    arrival = arrivals.take_in(
        session, who, organisation_id=document.organisation_id, tray=Tray.SCAN, channel=Channel.SCAN, content=scan
    )
    with pytest.raises(RuleBroken):
        arrivals.join(session, who, arrival, document, role=ContentRole.ORIGINAL)
    for name in ("registrar", "mayor", "auditor", "stranger", "foreigner"):
        with pytest.raises(Forbidden):
            acts.open_envelope(session, office.actor(name), document)
    executor = office.executor.actor()
    assert documents.document_of(session, executor, document.document_id) is document
    acts.open_envelope(session, executor, document)
    line = session.scalars(select(EventLine).where(EventLine.kind == Event.ENVELOPE_OPENED)).one()
    assert (line.official_id, line.leaf_id is not None) == (executor.official_id, True)
    assert (document.closed, document.waiting_scan) == (False, True)
    arrivals.join(session, who, arrival, document, role=ContentRole.ORIGINAL)
    with pytest.raises(Conflict):
        acts.open_envelope(session, executor, document)


def test_a_personal_envelope_is_its_peoples_and_a_scan_is_no_closed_envelope(session, office):
    document = closed(session, office, Envelope.PERSONAL)
    assert document.grade is Grade.PERSONAL
    for name in ("deputy", "archivist", "stranger"):
        with pytest.raises(NotFound):
            documents.document_of(session, office.actor(name), document.document_id)
    arrival = arrivals.take_in(
        session, office.registrar.actor(), organisation_id=office.organisation.organisation_id, tray=Tray.SCAN,
        channel=Channel.SCAN, content=content(session, office),
    )  # fmt: skip
    intake = {"envelope": Envelope.PERSONAL, "opens_id": office.mayor.official_id}
    assert refused(session, office, {}, intake, arrival=arrival) == {"envelope"}
    with pytest.raises(NotFound):
        acts.open_envelope(session, office.executor.actor(), register(session, office))


def test_a_spoken_letter_waits_for_its_signed_record_or_is_noted_as_not_signed(session, office):
    who, signed, left = office.registrar.actor(), spoken(session, office), spoken(session, office)
    assert signed.waiting_scan and signed.number != left.number
    contents.add_paper(session, who, signed, content(session, office), role=ContentRole.ORIGINAL)
    session.flush()
    assert not signed.waiting_scan and acts.is_signed(session, signed)
    with pytest.raises(RuleBroken):
        acts.refuse(session, who, signed, reason="x")
    with pytest.raises(Invalid):
        acts.refuse(session, who, left, reason=" ")
    acts.refuse(session, who, left, reason="უარი თქვა")
    assert not left.waiting_scan
    with pytest.raises(Conflict):
        acts.refuse(session, who, left, reason="x")
    assert session.scalars(select(EventLine).where(EventLine.kind == Event.CONFIRMATION_REFUSED)).one().leaf_id
    with pytest.raises(Forbidden):
        acts.refuse(session, office.stranger.actor(), left, reason="x")
    with pytest.raises(Invalid):
        corrections.correct(session, who, left, {"channel": Channel.POST}, reason="x", version=left.version)


def test_what_was_noted_is_corrected_with_a_reason_and_the_old_stays_in_the_history(session, office):
    who = office.registrar.actor()
    lines = (Valuable("ბეჭედი", handed_to_id=office.lawyer.official_id),)
    document = register(
        session, office, {"authorship": Authorship.COLLECTIVE}, {"signatures": 48, "valuables": lines}
    )  # fmt: skip
    session.flush()
    stands, version = keeping.as_intake(keeping.kept(session, document)), document.version

    def correct(actor=who, reason="ხელახლა დავთვალეთ", version=version, **changes):
        intake = replace(stands, **changes)
        correcting.correct(
            session, actor, document, authorship=Authorship.COLLECTIVE, intake=intake, reason=reason, version=version
        )  # fmt: skip

    correct()
    for changes, field in (({"signatures": 1}, "signatures"), ({"signatures": 50, "reason": ""}, "reason")):
        with pytest.raises(Invalid) as wrong:
            correct(**changes)
        assert set(wrong.value.fields) == {field}
    for name in ("stranger", "auditor", "foreigner"):
        with pytest.raises(Forbidden):
            correct(office.actor(name), signatures=50)
    assert session.scalars(select(EventLine).where(EventLine.kind == Event.DOCUMENT_CORRECTED)).all() == []
    correct(signatures=50, parties=(Party("გია"),))
    session.flush()
    kept = keeping.kept(session, document)
    assert (kept.intake.signatures, [p.name for p in kept.parties], len(kept.valuables)) == (50, ["გია"], 1)
    line = session.scalars(select(EventLine).where(EventLine.kind == Event.DOCUMENT_CORRECTED)).one()
    assert line.detail["before"] == {"signatures": 48, "parties": ""} and document.version == version + 1
    with pytest.raises(Conflict):
        correct(signatures=51)


def test_who_opens_is_named_anew_while_the_envelope_is_closed(session, office):
    document, who = closed(session, office), office.registrar.actor()
    stands = keeping.as_intake(keeping.kept(session, document))
    other = replace(stands, opens_id=office.lawyer.official_id, envelope=None)
    correcting.correct(
        session, who, document, authorship=Authorship.ONE, intake=other, reason="გადავიდა", version=document.version
    )  # fmt: skip
    session.flush()
    with pytest.raises(Forbidden):
        acts.open_envelope(session, office.executor.actor(), document)
    assert documents.document_of(session, office.lawyer.actor(), document.document_id) is document
    acts.open_envelope(session, office.lawyer.actor(), document)
    assert keeping.kept(session, document).intake.envelope is Envelope.TENDER
