"""Proofs carried on by the round, and the page that says how the archive's signatures stand. One town for all."""

from __future__ import annotations

import io
from datetime import timedelta

import pytest
from lxml import etree
from sqlalchemy import func, select, text

from edms import clock, ledger
from edms.errors import Forbidden, Unavailable
from edms.events import Event, EventLine
from edms.jobs import Kind
from edms.overview import proving
from edms.overview.proving import Health
from edms.registry import contents, issued
from edms.registry.models import Content, Document
from edms.registry.words import ContentRole
from edms.signing import proofs
from edms.signing.proof_models import Renewal, SignatureProof
from edms.signing.verdicts import Bottom, Level
from tests import forgeries, letters, signed_things
from tests import signatures as s
from workers import renewing, signing

pytest_plugins = ["tests.web.desk_site"]
FORGED = forgeries.updated(forgeries.shadow_signed(), forgeries.CHANGES["page added"])


@pytest.fixture
def town(desk, monkeypatch):
    """A house that trusts the authority, and can ask it."""
    roots = s.roots(signed_things.authority())
    monkeypatch.setattr(type(desk.house), "roots", property(lambda _: roots))
    desk.house.__dict__["outside"] = s.Inside(signed_things.authority())
    return desk


def on_letter(town, whole: bytes, *, own: bool = False) -> tuple[int, int]:
    """A signed paper on a letter, judged; both ids."""
    stored = town.house.store.put(io.BytesIO(whole), limit=1 << 30)

    def act(session, office):
        who = office.registrar.actor()
        content = contents.enter(
            session, who, organisation_id=who.organisation_id, stored=stored, name="letter.pdf",
            media_type="application/pdf",
        )  # fmt: skip
        document = letters.own_letter(session, office) if own else letters.letter(session, office)
        contents.attach(session, who, document, content, ContentRole.SIGNED if own else ContentRole.ORIGINAL)
        return document.document_id, content.content_id

    found = town.do(act)
    signing.check(town.house, found[1])
    return found


def ends_in(town, content_id: int, days: int) -> None:
    """Let the proof end soon."""
    with town.house.transaction() as session:
        row = session.get_one(SignatureProof, content_id)
        row.certified_until = row.proven_until = clock.now() + timedelta(days=days)


def posted(town, kind: Kind) -> int:
    with town.house.transaction() as session:
        told = "SELECT count(*) FROM procrastinate_jobs WHERE task_name = :kind"
        return int(session.scalar(text(told), {"kind": kind.value}) or 0)


def proof(town, content_id: int) -> SignatureProof:
    with town.house.transaction() as session:
        found = session.get_one(SignatureProof, content_id)
        session.expunge(found)
        return found


def test_what_is_due_is_carried_on_beside_the_old_once(town):
    document_id, content_id = on_letter(town, signed_things.pdf("B-LTA"), own=True)
    renewing.find_due(town.house, None)
    assert proof(town, content_id).document_id == document_id
    assert posted(town, Kind.RENEW_PROOF) == 0  # it lasts for years
    ends_in(town, content_id, 100)
    for _ in range(2):
        renewing.find_due(town.house, None)
    assert posted(town, Kind.RENEW_PROOF) == 1  # asked once a day
    for _ in range(2):
        renewing.renew(town.house, content_id)
    old = proof(town, content_id)
    assert old.renewal is Renewal.DONE and old.renewed_by_id is not None
    fresh = proof(town, old.renewed_by_id)
    assert (fresh.bottom, fresh.level, fresh.document_id) == (Bottom.PASSED, Level.LTA, document_id)
    assert fresh.proven_until > clock.now() + timedelta(days=6000)
    with town.house.transaction() as session:
        before, after = (session.get_one(Content, each) for each in (content_id, old.renewed_by_id))
        assert session.scalar(select(func.count()).select_from(Content)) == 2
        assert after.parent_id == before.content_id
        with town.house.store.open(before.store_key) as one, town.house.store.open(after.store_key) as two:
            first, second = one.read(), two.read()
        assert second.startswith(first) and len(second) > len(first)
        (line,) = session.scalars(select(EventLine).where(EventLine.kind == Event.PROOF_RENEWED)).all()
        assert line.detail["of"] == content_id and line.document_id == document_id
        ledger.sequence(session)
    page = town.as_("registrar").get(f"/letters/{document_id}")
    assert "ახალი დროის აღნიშვნით" in page
    address = f"/letters/{document_id}/contents/{old.renewed_by_id}"
    assert town.as_("registrar").client.get(f"{address}/carried-on").data == second
    report = town.as_("registrar").client.get(f"{address}/report").data
    assert b"mainindication:total-passed" in report and etree.fromstring(report) is not None
    for what in ("carried-on", "report"):
        town.as_("stranger").get(f"{address}/{what}", 404)
    with town.house.transaction() as session:
        assert issued.by_bytes(session, after.sha256).document_id == document_id
    ends_in(town, fresh.content_id, 100)
    renewing.renew(town.house, fresh.content_id)
    with town.house.transaction() as session:
        third = session.get_one(Content, session.get_one(SignatureProof, fresh.content_id).renewed_by_id)
        assert third.parent_id == content_id and third.size > after.size


def test_while_the_time_authority_is_silent_it_waits_and_is_seen_to(town):
    document_id, content_id = on_letter(town, signed_things.pdf("B-LTA"))
    renewing.find_due(town.house, None)
    ends_in(town, content_id, 100)
    town.house.outside.down = True
    with pytest.raises(Unavailable):
        renewing.renew(town.house, content_id)
    assert proof(town, content_id).renewal is Renewal.WAITING
    page = town.as_("archivist").get("/house/signatures/")
    assert "ელოდება გაგრძელებას" in page and 'href="/house/signatures/papers/waiting"' in page
    town.house.outside.down = False
    renewing.renew(town.house, content_id)
    assert proof(town, content_id).renewal is Renewal.DONE
    assert f"/letters/{document_id}" in town.as_("archivist").get("/house/signatures/papers/ten_years")


def test_what_cannot_be_carried_on_is_told_and_tried_again(town):
    _, content_id = on_letter(town, signed_things.pdf("B-LTA"))
    renewing.find_due(town.house, None)
    ends_in(town, content_id, 100)
    town.house.store.delete(proof_key(town, content_id))
    town.house.store.put(io.BytesIO(FORGED), limit=1 << 30)
    with town.house.transaction() as session:
        stored = town.house.store.put(io.BytesIO(FORGED), limit=1 << 30)
        session.get_one(Content, content_id).store_key = stored.key
    renewing.renew(town.house, content_id)
    failed = proof(town, content_id)
    assert failed.renewal is Renewal.FAILED and failed.trouble
    renewing.find_due(town.house, None)
    assert posted(town, Kind.RENEW_PROOF) == 0  # not by itself
    town.as_("auditor").post("/house/signatures/try-again", status=403)
    town.as_("archivist").post("/house/signatures/try-again")
    assert posted(town, Kind.RENEW_PROOF) == 1


def proof_key(town, content_id: int) -> str:
    with town.house.transaction() as session:
        return session.get_one(Content, content_id).store_key


def test_figures_and_lists_agree_and_are_not_for_strangers(town):
    lta, _ = on_letter(town, signed_things.pdf("B-LTA"))
    short, _ = on_letter(town, signed_things.pdf("B-T"))
    broken, _ = on_letter(town, FORGED)
    ended, ended_id = on_letter(town, signed_things.pdf("B-LTA", "rsa"))
    with town.house.transaction() as session:
        proofs.place(session)
    ends_in(town, ended_id, -1)

    def act(session, office):
        found = proving.sums(session, office.archivist.actor())
        behind = {
            each: {line.document_id for line in proving.papers(session, office.archivist.actor(), each)}
            for each in Health
        }
        with pytest.raises(Forbidden):
            proving.sums(session, office.stranger.actor())
        with pytest.raises(Forbidden):
            proving.papers(session, office.registrar.actor(), Health.SIGNED)
        foreign = proving.sums(session, office.foreign_administrator.actor())
        return found, behind, foreign, proving.papers(session, office.administrator.actor(), Health.SIGNED)

    found, behind, foreign, hidden = town.do(act)
    assert behind == {
        Health.SIGNED: {lta, short, broken, ended}, Health.HOLDS: {lta, short}, Health.ONE_YEAR: {lta, short},
        Health.FIVE_YEARS: {lta}, Health.TEN_YEARS: {lta}, Health.DUE: set(), Health.WAITING: set(),
        Health.FAILED: set(), Health.SHORT: {short}, Health.ENDED: {ended}, Health.UNCLEAR: set(),
        Health.BROKEN: {broken},
    }  # fmt: skip
    assert {each: len(ids) for each, ids in behind.items()} == found.figures
    assert found.levels == [("pades", "B-LTA", 1), ("pades", "B-T", 1)]
    assert not any(foreign.figures.values()) and hidden == []
    for name, status in (("archivist", 200), ("administrator", 200), ("auditor", 200), ("stranger", 403)):
        page = town.as_(name).get("/house/signatures/", status)
        assert ('href="/house/signatures/papers/broken"' in page) is (status == 200), name
        assert town.as_(name).client.get("/house/signatures/signatures.xlsx").status_code == status
    town.as_("archivist").get("/house/signatures/papers/nonsense", 404)
    town.as_("stranger").get("/house/signatures/papers/signed", 403)
    town.as_("auditor").get("/house/signatures/papers/signed")


def test_a_program_without_a_token_checks_a_file_and_is_counted(town):
    own = signed_things.pdf("B-LTA", "seal")
    document_id, _ = on_letter(town, own, own=True)
    client = town.app.test_client()
    answer = client.post("/api/v1/verify", data=own, content_type="application/octet-stream")
    assert answer.status_code == 200
    told = answer.get_json()
    assert (told["bottom"], told["level"], told["signed"]) == ("passed", "B-LTA", True)
    assert told["issued_here"]["number"] == town.document(document_id).number
    told = client.post("/api/v1/verify", data=FORGED, content_type="application/octet-stream").get_json()
    assert (told["bottom"], told["changed_after"], told["issued_here"]) == ("failed", True, None)
    wrong = client.post("/api/v1/verify/number", json={"number": "1", "code": "2"})
    assert wrong.status_code == 422
    refused = next(a for a in (client.post("/api/v1/verify", data=b"x") for _ in range(60)) if a.status_code != 200)
    assert refused.status_code == 503 and int(refused.headers["Retry-After"]) > 0
    assert client.get("/api/v1/signature-health").status_code == 401


def test_another_table_moves_the_ends(town):
    from edms.signing.algorithms import SHIPPED, Algorithms

    _, content_id = on_letter(town, signed_things.pdf("B-LTA"))
    was = proof(town, content_id).proven_until
    weak = SHIPPED.read_text(encoding="utf-8").replace(
        'name = "ecdsa"\nbits = 256', 'name = "ecdsa"\nbits = 256\nuntil = 2031-01-01'
    )
    with town.house.transaction() as session:
        assert proofs.count_anew(session, Algorithms(weak)) == 1
    assert proof(town, content_id).proven_until.year == 2031 and proof(town, content_id).ends_by == "algorithm"
    with town.house.transaction() as session:
        assert proofs.count_anew(session, town.house.algorithms) == 1
    assert proof(town, content_id).proven_until == was and proof(town, content_id).ends_by == "time_stamp"


def test_the_document_and_its_stranger(town):
    """The proof's letter is the one that holds the file it came out of."""
    document_id, outer = on_letter(town, b"an e-mail")
    stored = town.house.store.put(io.BytesIO(signed_things.pdf("B-LTA")), limit=1 << 30)

    def act(session, office):
        who = office.registrar.actor()
        return contents.enter(
            session, who, organisation_id=who.organisation_id, stored=stored, name="inside.pdf", parent_id=outer
        ).content_id

    inner = town.do(act)
    signing.check(town.house, inner)
    with town.house.transaction() as session:
        assert session.get_one(SignatureProof, inner).document_id == document_id  # at once, before the round
        session.get_one(SignatureProof, inner).document_id = None  # as one judged before its letter was registered
        session.flush()
        assert proofs.place(session) == 1
        session.expire_all()
        assert session.get_one(SignatureProof, inner).document_id == document_id
        assert session.get_one(Document, document_id)
