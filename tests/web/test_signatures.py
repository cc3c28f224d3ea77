"""What pages say about signatures: on the card, on the letter, and to anyone who lays a paper before the public page."""

from __future__ import annotations

import io
import json
import re
from datetime import UTC, datetime, timedelta

import pytest

from edms.registry import arrivals, contents, issued, tracking
from edms.registry.models import Content, Document
from edms.registry.words import Channel, ContentRole, Tray
from edms.signing.trust import Roots
from edms.staff import throttle
from edms.staff.models import Organisation
from edms.web.portal import verify
from tests import forgeries, letters, signed_things
from tests import signatures as s
from workers import signing

pytest_plugins = ["tests.web.desk_site"]
TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')
FORGED = forgeries.updated(forgeries.shadow_signed(), forgeries.CHANGES["page added"])


@pytest.fixture
def trusting(desk, monkeypatch):
    """The desk's house trusts the authority, and can ask it."""
    roots: Roots = s.roots(signed_things.authority())
    monkeypatch.setattr(type(desk.house), "roots", property(lambda _: roots))
    desk.house.__dict__["outside"] = s.Inside(signed_things.authority())
    return desk


def put(desk, whole: bytes, name: str = "letter.pdf"):
    stored = desk.house.store.put(io.BytesIO(whole), limit=1 << 30)

    def act(session, office):
        who = office.registrar.actor()
        content = contents.enter(
            session, who, organisation_id=office.organisation.organisation_id, stored=stored, name=name
        )
        return content.content_id

    return desk.do(act)


def arrives(desk, whole: bytes, name: str = "letter.pdf") -> tuple[int, int]:
    content_id = put(desk, whole, name)

    def act(session, office):
        arrival = arrivals.take_in(
            session, office.registrar.actor(), organisation_id=office.organisation.organisation_id, tray=Tray.UPLOAD,
            channel=Channel.COUNTER, content=session.get_one(Content, content_id),
        )  # fmt: skip
        return arrival.arrival_id

    arrival_id = desk.do(act)
    signing.check(desk.house, content_id)
    return arrival_id, content_id


def on_letter(desk, whole: bytes, role: ContentRole = ContentRole.ORIGINAL, *, own: bool = False) -> tuple[int, int]:
    content_id = put(desk, whole)

    def act(session, office):
        document = letters.own_letter(session, office) if own else letters.letter(session, office)
        content = session.get_one(Content, content_id)
        contents.attach(session, office.registrar.actor(), document, content, role)
        return document.document_id

    document_id = desk.do(act)
    signing.check(desk.house, content_id)
    return document_id, content_id


def test_the_registrar_is_told_before_she_registers_and_may_all_the_same(trusting):
    arrival_id, content_id = arrives(trusting, FORGED)
    page = trusting.as_("registrar").get(f"/arrivals/{arrival_id}")
    assert "ნუ დაეყრდნობით ამ ხელმოწერას" in page
    assert "დაემატა გვერდები" in page
    assert "რეგისტრაცია მაინც შესაძლებელია" in page
    assert "FORMAT_FAILURE" in page and signed_things.EC.name in page
    assert 'action="/arrivals/' in page  # the card is there and can be sent
    signed = trusting.as_("registrar").client.get(f"/arrivals/{arrival_id}/contents/{content_id}/signed")
    assert signed.status_code == 200 and forgeries.shadow_signed().startswith(signed.data)
    told = json.loads(trusting.as_("registrar").get(f"/arrivals/{arrival_id}/contents/{content_id}/evidence"))
    assert told["verdict"] == "failed" and told["signatures"][0]["chain"]


def test_a_good_signature_is_said_in_each_language(trusting):
    document_id, _ = on_letter(trusting, signed_things.pdf("B-LTA"))
    reader = trusting.as_("registrar")
    for lang, words in (
        ("ka", "შეგიძლიათ დაეყრდნოთ"),
        ("hy", "կարող եք վստահել"),
        ("en", "You may rely on this signature"),
    ):
        reader.client.set_cookie("lang", lang)
        page = reader.get(f"/letters/{document_id}")
        assert words in page, lang
    assert signed_things.EC.name in page and "B-LTA" in page


def test_checking_again_posts_a_job_and_comes_back(trusting):
    document_id, content_id = on_letter(trusting, signed_things.pdf("B-T"))
    answer = trusting.as_("registrar").post(f"/letters/{document_id}/contents/{content_id}/check")
    assert answer.headers["Location"].endswith(f"/letters/{document_id}")
    arrival_id, content_id = arrives(trusting, signed_things.pdf("B-B"))
    trusting.as_("registrar").post(f"/arrivals/{arrival_id}/contents/{content_id}/check")


def test_strangers_find_no_signature_and_no_part_of_another_letter(trusting):
    document_id, content_id = on_letter(trusting, FORGED)
    arrival_id, waiting_id = arrives(trusting, FORGED)
    for name in ("stranger", "foreigner", "administrator"):
        reader = trusting.as_(name)
        for what in ("signed", "evidence"):
            reader.get(f"/letters/{document_id}/contents/{content_id}/{what}", 404)
            assert reader.client.get(f"/arrivals/{arrival_id}/contents/{waiting_id}/{what}").status_code in (403, 404)
        reader.post(f"/letters/{document_id}/contents/{content_id}/check", status=404)
        token = TOKEN.search(reader.client.get("/account/").get_data(as_text=True))
        address = f"/arrivals/{arrival_id}/contents/{waiting_id}/check"
        assert reader.client.post(address, data={"csrf_token": token[1]}).status_code in (403, 404)
    registrar = trusting.as_("registrar")
    registrar.get(f"/letters/{document_id}/contents/{waiting_id}/signed", 404)
    registrar.get(f"/arrivals/{arrival_id}/contents/{content_id}/signed", 404)
    assert trusting.app.test_client().get(f"/letters/{document_id}/contents/{content_id}/signed").status_code in (
        302,
        303,
        401,
    )


def test_a_file_without_verdict_or_shorter_revision_offers_neither(trusting):
    document_id, content_id = on_letter(trusting, b"a scan")
    trusting.as_("registrar").get(f"/letters/{document_id}/contents/{content_id}/evidence", 404)
    trusting.as_("registrar").get(f"/letters/{document_id}/contents/{content_id}/signed", 404)


# The public page.


def lay(desk, whole: bytes | None = None, name: str = "paper.pdf", **values: str):
    client = desk.app.test_client()
    sent: dict[str, object] = {**values}
    if whole is not None:
        sent["file"] = (io.BytesIO(whole), name)
    return client.post("/verify", data=sent, content_type="multipart/form-data")


def test_anyone_is_told_that_exactly_this_file_is_ours(trusting):
    own = signed_things.pdf("B-LTA", "seal")
    document_id, _ = on_letter(trusting, own, ContentRole.SIGNED, own=True)
    number = trusting.document(document_id).number
    answer = lay(trusting, own)
    page = answer.get_data(as_text=True)
    assert answer.status_code == 200
    assert "ზუსტად ეს ფაილი გასცა" in page and number in page and "შეგიძლიათ დაეყრდნოთ" in page
    document = trusting.document(document_id)
    assert document.summary not in page and (document.correspondent_name or "-") not in page


def test_when_our_paper_was_signed_is_told_in_the_time_of_its_town_and_of_any_other_in_that_of_the_house(trusting):
    def told(whole: bytes, zone: str) -> list[datetime]:
        with trusting.house.transaction() as session:
            session.get_one(Organisation, trusting.cast.organisation.organisation_id).time_zone = zone
        page = lay(trusting, whole).get_data(as_text=True)
        found = re.findall(r"\d\d\.\d\d\.\d{4} \d\d:\d\d", page)
        return [datetime.strptime(each, "%d.%m.%Y %H:%M").replace(tzinfo=UTC) for each in found]

    own, other = signed_things.pdf("B-LTA", "seal"), signed_things.pdf("B-LTA")
    on_letter(trusting, own, ContentRole.SIGNED, own=True)
    here, there = told(own, "Asia/Tbilisi"), told(own, "Asia/Kolkata")
    assert here and [b - a for a, b in zip(here, there, strict=True)] == [timedelta(hours=1, minutes=30)] * len(here)
    # Two towns: the house has the time of the one whose name comes first.
    assert told(other, "Asia/Tbilisi") == [a + timedelta(minutes=-90) for a in told(other, "Asia/Kolkata")] != []


def test_one_more_byte_is_not_ours(trusting):
    own = signed_things.pdf("B-LTA", "seal")
    on_letter(trusting, own, ContentRole.SIGNED, own=True)
    page = lay(trusting, own + b"x").get_data(as_text=True)
    assert "ამ მუნიციპალიტეტს არ გაუცია" in page and "ნუ დაეყრდნობით" in page


def test_a_letter_that_somebody_sent_us_is_not_told_of(trusting):
    theirs = signed_things.pdf("B-LTA")
    document_id, _ = on_letter(trusting, theirs)
    page = lay(trusting, theirs).get_data(as_text=True)
    assert "ამ მუნიციპალიტეტს არ გაუცია" in page and "ფაილი გასცა" not in page
    assert f"ნომერი {trusting.document(document_id).number}" not in page


def test_number_and_code_of_a_paper_and_of_a_slip(trusting):
    document_id, _ = on_letter(trusting, signed_things.pdf("B-LTA", "seal"), ContentRole.SIGNED, own=True)
    document = trusting.document(document_id)
    key = trusting.house.tracking_key
    printed = tracking.paper_code(key, document.register_id, document.year, document.serial)
    slip = tracking.code(key, document.document_id, document.tracking_issue)
    for code in (printed, slip, printed.lower().replace("-", " ")):
        page = lay(trusting, n=document.number, c=code).get_data(as_text=True)
        assert "ამ ნომრითა და კოდით დოკუმენტი გასცა" in page
    client = trusting.app.test_client()
    linked = client.get("/verify", query_string={"n": document.number, "c": printed}).get_data(as_text=True)
    assert document.number in linked
    wrong = lay(trusting, n=document.number, c="0000-0000-0000-00000")
    unknown = lay(trusting, n="99-99/99999", c=printed)
    assert wrong.status_code == unknown.status_code == 422
    strip = lambda html: re.sub(r'(?:value|content|nonce)="[^"]*"|\?[a-z]=[^"]*', "", html)  # noqa: E731
    assert strip(wrong.get_data(as_text=True)) == strip(unknown.get_data(as_text=True))


def test_the_code_of_a_letter_that_came_in_says_nothing_here(trusting):
    document_id, _ = on_letter(trusting, signed_things.pdf("B-LTA"))
    document = trusting.document(document_id)
    slip = tracking.code(trusting.house.tracking_key, document.document_id, document.tracking_issue)
    assert lay(trusting, n=document.number, c=slip).status_code == 422


@pytest.mark.parametrize("whole", [b"", b"x", b"%PDF-1.7 /ByteRange", b"PK\x03\x04META-INF/", b"0\x80", b"<a>" * 9999])
def test_hostile_files_are_answered_in_words(trusting, whole):
    assert lay(trusting, whole or b"\0").status_code == 200


def test_nothing_is_kept_and_nothing_given_is_said_so(trusting):
    before = sorted(path.name for path in trusting.house.settings.contents_dir.rglob("*"))
    lay(trusting, FORGED)
    assert sorted(path.name for path in trusting.house.settings.contents_dir.rglob("*")) == before
    answer = lay(trusting)
    assert answer.status_code == 422 and "აირჩიეთ ფაილი" in answer.get_data(as_text=True)


def test_too_large_a_file_is_refused_and_many_are_slowed(trusting, monkeypatch):
    monkeypatch.setattr(verify, "LARGEST", 1000)
    assert lay(trusting, b"x" * 100_000).status_code == 413
    monkeypatch.setattr(verify, "LARGEST", 25 << 20)
    monkeypatch.setattr(verify.validation, "judge", lambda *_, **__: verify.validation.Judged(verify.validation.undecided("signing.verdict_unsigned")))  # fmt: skip
    statuses = [lay(trusting, b"x").status_code for _ in range(22)]
    assert statuses[:20] == [200] * 20 and 200 not in statuses[21:]


def test_only_signed_papers_of_ours_are_known(trusting):
    document_id, content_id = on_letter(trusting, signed_things.pdf(), ContentRole.ANNEX, own=True)
    with trusting.house.transaction() as session:
        content = session.get_one(Content, content_id)
        assert issued.by_bytes(session, content.sha256) is None
        assert issued.signed_bytes(session, session.get_one(Document, document_id)) is None


def test_one_machine_takes_no_room_from_others(trusting):
    """Whoever holds papers before the judge, or sends them slowly, is told to wait; everybody else is served."""
    mine, other = {"REMOTE_ADDR": "2001:db8:1:2::7"}, {"REMOTE_ADDR": "2001:db8:1:3::7"}
    neighbour = {"REMOTE_ADDR": "2001:db8:1:2:ffff::9"}  # another address of the same house

    def status(environment: dict[str, str]) -> int:
        sent = {"file": (io.BytesIO(b"x"), "paper.pdf")}
        client = trusting.app.test_client()
        return client.post(
            "/verify", data=sent, content_type="multipart/form-data", environ_base=environment
        ).status_code

    with trusting.app.test_request_context("/verify", environ_base=mine), verify.brought(), verify.brought():
        assert (status(mine), status(neighbour), status(other)) == (503, 503, 200)
    assert status(mine) == 200
    with verify._judged.entered("192.0.2.1"):
        assert status(other) == 200


def test_a_house_is_slowed_whichever_of_its_addresses_it_comes_from():
    assert throttle.network("2001:db8::1") == throttle.network("2001:db8::ffff:2") == "2001:db8::/64"
    assert throttle.network("2001:db8:0:1::1") != throttle.network("2001:db8::1")
    assert throttle.network("::ffff:192.0.2.7") == throttle.network("192.0.2.7") == "192.0.2.7"
