"""Applying online: a form of a route, without account or script; what was sent is registered and its case begins."""

from __future__ import annotations

import io
import re
import zipfile

import pypdfium2
import pytest

from edms.registry import arrivals, tracking
from edms.registry.card import Card
from edms.registry.models import Arrival, Content, Document
from edms.registry.registration import register
from edms.services import applying, cases, facts
from edms.services.models import Application, Case
from edms.staff.tokens import create_token
from tests.units import hostile_files
from tests.web.conftest import Program
from tests.web.entry import PASSWORD
from workers import cases as worker

pytest_plugins = ["tests.web.desk_site"]
ASKED = {
    "v_applicant_name": "ანა კალანდაძე", "v_personal_number": "01001012345", "v_applicant_address": "თავისუფლების 3",
    "v_by_representative": "no", "v_assistance_kind": "treatment", "v_assistance_reason": "ოპერაცია",
    "v_household_members": "3", "v_bank_account": "GE29 NB00 0000 0101 9049 17",
}  # fmt: skip
FORM = "/apply/kvemo/social_assistance"
BOMB = hostile_files.zip_bomb() if hasattr(hostile_files, "zip_bomb") else b"PK\x03\x04"


@pytest.fixture
def site(desk):
    desk.do(lambda s, o: applying.offer(s, o.actor("administrator"), o.organisation, ["social_assistance"]))
    return desk


def papers(**more):
    return {
        "p_identity_copy": (io.BytesIO(b"%PDF-1.4 not much"), "პირადობა.pdf"),
        "p_medical_form": (io.BytesIO(b"form"), "../../etc/passwd"),
        "p_medical_invoice": (
            io.BytesIO(BOMB),
            "ბომბი.zip",
        ),
        **more,
    }


def token(client):
    return re.search(r'name="csrf_token" value="([^"]+)"', client.get("/apply/kvemo/sent").get_data(as_text=True))[1]


def send(client, values, files=None):
    return client.post(
        FORM,
        data={"csrf_token": token(client), **values, **(files if files is not None else papers())},
        content_type="multipart/form-data",
    )


def test_only_what_an_office_offers_is_there(desk):
    client = desk.app.test_client()
    assert client.get("/apply/kvemo").status_code == 404
    desk.do(lambda s, o: applying.offer(s, o.actor("administrator"), o.organisation, ["social_assistance"]))
    assert FORM in client.get("/apply/kvemo").get_data(as_text=True)
    for address in ("/apply/zemo", "/apply/zemo/social_assistance", "/apply/kvemo/land_terms", "/apply/nowhere"):
        assert client.get(address).status_code == 404
    assert desk.as_("administrator").get("/house/services/")
    for who in ("registrar", "mayor", "auditor", "foreigner"):
        desk.as_(who).get("/house/services/", status=403)
        desk.as_(who).post("/house/services/offers", {"offered": []}, status=403)
        desk.as_(who).post("/house/services/seats", {"seat-social": "1"}, status=403)
    desk.as_("foreign_administrator").post(
        "/house/services/offers", {"offered": [], "organisation": desk.cast.organisation.organisation_id}, status=404
    )
    assert client.get("/apply/kvemo").status_code == 200


def test_every_form_asks_who_applies_and_where_the_answer_goes(desk):
    """What only the office knows, as how it came upon a house, nobody is asked who writes about it."""

    def offer(session, office):
        routes = applying.may_be_offered(session, office.organisation)
        applying.offer(session, office.actor("administrator"), office.organisation, [each.name for each in routes])
        return [each.name for each in routes]

    client, forms = desk.app.test_client(), {}
    for name in desk.do(offer):
        forms[name] = client.get(f"/apply/kvemo/{name}").get_data(as_text=True)
    asked = ("v_applicant_name", "v_applicant_address", "v_phone", "v_email")
    assert [(name, field) for name, page in forms.items() for field in asked if f'name="{field}"' not in page] == []
    assert "(თუ თქვენ გეხებათ)" in forms["social_assistance"]  # what is asked of some only is not called optional
    assert 'name="v_object_kind"' in forms["property_identification"]
    assert "v_found_how" not in forms["property_identification"]


def test_what_is_wrong_stands_at_its_field_and_nothing_is_kept(site):
    client = site.app.test_client()
    page = client.get(FORM).get_data(as_text=True)
    assert 'name="v_bank_account"' in page and 'type="file"' in page
    answer = send(client, {**ASKED, "v_bank_account": "GE00NB0000000101904917", "v_household_members": "0"}, {})
    text = answer.get_data(as_text=True)
    assert (
        answer.status_code == 422
        and 'id="f-v_bank_account-error"' in text
        and 'id="f-v_household_members-error"' in text
    )
    lacking = send(client, ASKED, {}).get_data(as_text=True)
    assert 'id="f-p_identity_copy-error"' in lacking and 'value="ანა კალანდაძე"' in lacking
    assert site.do(lambda s, o: s.query(Arrival).count()) == 0
    many = {"p_identity_copy": [(io.BytesIO(b"x"), f"{n}.pdf") for n in range(21)]}
    assert send(client, ASKED, many).status_code == 422


def test_sent_it_lies_in_the_tray_and_its_case_begins_when_it_is_registered(site):
    client = site.app.test_client()
    mark = re.search(r'name="once" value="([^"]+)"', client.get(FORM).get_data(as_text=True))[1]
    answer = send(client, {**ASKED, "once": mark})
    text = answer.get_data(as_text=True)
    assert answer.status_code == 200, text[-500:]
    again = send(client, {**ASKED, "once": mark})
    code = re.search(r'code-groups">([^<]+)<', text)[1]
    assert code in again.get_data(as_text=True)  # sent twice it is there once
    arrival_id = site.do(lambda s, o: s.query(Arrival).one().arrival_id)
    inside = zipfile.ZipFile(io.BytesIO(_bytes(site)))
    assert inside.namelist() == ["application.pdf", "01-პირადობა.pdf", "02-passwd", "03-ბომბი.zip", "application.json"]
    assert inside.read("application.pdf").startswith(b"%PDF-")
    waiting = client.post("/apply/kvemo/sent", data={"csrf_token": token(client), "s": str(arrival_id), "c": code})
    assert waiting.status_code == 200 and code in waiting.get_data(as_text=True)
    assert (
        client.post(
            "/apply/kvemo/sent", data={"csrf_token": token(client), "s": str(arrival_id), "c": code[:-1] + "0"}
        ).status_code
        == 404
    )
    assert f"/arrivals/{arrival_id}" in site.as_("registrar").get("/arrivals/")
    worker.tend(site.house, None)  # nothing is registered yet
    given = site.do(
        lambda s, o: create_token(s, o.administrator.actor(stepped_up=True), o.registrar.official, label="p")
    )
    program = Program(site.app.test_client(), given[1])
    sent = program.get(f"/arrivals/{arrival_id}/application")
    assert (sent["service"], sent["values"]["household_members"]) == ("social_assistance", 3)
    assert sent["papers"][0] == {"paper": "identity_copy", "file": "01-პირადობა.pdf"}

    def registered(session, office):
        arrival = arrivals.arrival_of(session, office.registrar.actor(), arrival_id, lock=True)
        card = Card(summary="დახმარება", correspondent_name="ანა კალანდაძე", document_type="application")
        made = register(
            session, office.registrar.actor(), office.applications, card, idempotency_key="k", arrival=arrival
        )
        return made.document_id

    document_id = site.do(registered)
    for _ in range(2):
        worker.tend(site.house, None)

    def found(session, office):
        case = cases.of_letter(session, session.get_one(Document, document_id))
        return facts.values(session, case), sorted(facts.papers(session, case))

    values, here = site.do(found)
    assert values["bank_account"] == "GE29NB0000000101904917" and values["by_representative"] is False
    assert here == ["identity_copy", "medical_form", "medical_invoice"]
    told = client.post(
        "/apply/kvemo/sent", data={"csrf_token": token(client), "s": str(arrival_id), "c": code}
    ).get_data(as_text=True)
    link = re.search(r'href="(/track\?[^"]+)"', told)[1].replace("&amp;", "&")
    page = client.get(link).get_data(as_text=True)
    assert site.document(document_id).number in page
    assert PASSWORD not in page

    def reissued(session, office):
        session.get_one(Document, document_id).tracking_issue += 1

    site.do(reissued)  # because somebody else had the page: it does not lead to the new code
    later = {"csrf_token": token(client), "s": str(arrival_id), "c": code}
    told = client.post("/apply/kvemo/sent", data=later).get_data(as_text=True)
    new = tracking.code(site.house.tracking_key, document_id, 2)
    assert site.document(document_id).number in told and new not in told and "/track?" not in told


def test_a_sending_for_another_body_says_to_whom_it_was_forwarded_and_when(site):
    client = site.app.test_client()
    code = re.search(r'code-groups">([^<]+)<', send(client, ASKED).get_data(as_text=True))[1]
    arrival_id = site.do(lambda s, o: s.query(Arrival).one().arrival_id)
    end = {
        "sender_name": "ანა კალანდაძე", "sender_address": "ქვემო", "body": "სოციალური მომსახურების სააგენტო",
        "body_address": "თბილისი", "sent_by": "post", "reason": "სახელმწიფო დახმარებაა",
    }  # fmt: skip
    site.as_("registrar").post(f"/arrivals/{arrival_id}/end/forwarded", end)
    sent = {"csrf_token": token(client), "s": str(arrival_id), "c": code}
    told = client.post("/apply/kvemo/sent", data=sent).get_data(as_text=True)
    assert "სოციალური მომსახურების სააგენტო" in told and "წარდგენის თარიღად რჩება" in told


def test_what_no_text_holds_is_let_fall(site):
    """A browser may send what no keyboard types; she is not turned away with the machine's own words."""
    odd = {
        "v_applicant_name": "ანა\x00 კა\u202eლანდაძე", "v_assistance_reason": "ოპერაცია\x00\x1b[2J\r\nხვალ",
        "v_email": "ana\x00@example.org",
    }  # fmt: skip
    answer = send(site.app.test_client(), {**ASKED, **odd})
    assert answer.status_code == 200, answer.get_data(as_text=True)[-500:]
    values = site.do(lambda s, o: s.query(Application).one().values)
    assert values["applicant_name"] == "ანა კალანდაძე" and values["assistance_reason"] == "ოპერაცია[2J\nხვალ"


def test_another_file_on_the_same_page_is_another_application(site):
    """She went back, took the right file and sent the form again: it must not end as a copy of the first one."""
    client = site.app.test_client()
    mark = re.search(r'name="once" value="([^"]+)"', client.get(FORM).get_data(as_text=True))[1]
    codes = []
    for invoice in (b"wrong one", b"right one", b"right one"):
        files = papers(p_medical_invoice=(io.BytesIO(invoice), "ანგარიში.pdf"))
        codes.append(re.search(r'code-groups">([^<]+)<', send(client, {**ASKED, "once": mark}, files).text)[1])
    assert codes[0] != codes[1] == codes[2]
    held = site.do(lambda s, o: [a.content.store_key for a in s.query(Arrival).order_by(Arrival.arrival_id)])
    with site.house.store.open(held[-1]) as stream:
        inside = zipfile.ZipFile(io.BytesIO(stream.read()))
    assert inside.read(next(n for n in inside.namelist() if "ანგარიში" in n)) == b"right one"


def test_whoever_decides_finds_no_way_to_the_applicant(site):
    """Neither in the case nor in what lies on the letter; those who work on it know where to call."""
    client = site.app.test_client()
    assert send(client, {**ASKED, "v_phone": "599 12 34 56", "v_email": "ana@example.org"}).status_code == 200
    archive = zipfile.ZipFile(io.BytesIO(_bytes(site)))
    document = pypdfium2.PdfDocument(archive.read("application.pdf"))
    printed = "".join(page.get_textpage().get_text_range() for page in document)
    assert "ანა კალანდაძე" in printed and "თავისუფლების" in printed
    for where in (printed, archive.read("application.json").decode()):
        assert "599" not in where and "example.org" not in where

    def registered(session, office):
        arrival = arrivals.arrival_of(
            session, office.registrar.actor(), session.query(Arrival).one().arrival_id, lock=True
        )
        card = Card(summary="დახმარება", correspondent_name="ანა კალანდაძე", document_type="application")
        register(session, office.registrar.actor(), office.applications, card, idempotency_key="k", arrival=arrival)

    site.do(registered)
    worker.tend(site.house, None)
    case_id = site.do(lambda s, o: s.query(Case).one().case_id)
    assert "599 12 34 56" in site.as_("registrar").get(f"/proceedings/{case_id}")
    for address in (f"/proceedings/{case_id}", f"/letters/{site.do(lambda s, o: s.query(Case).one().document_id)}"):
        page = site.as_("mayor").get(address)
        assert "599 12" not in page and "ana@example.org" not in page


def test_a_number_that_cannot_be_reckoned_with_is_refused_at_its_field(desk):
    """Kept, it would come back on every page of the case whose fee is reckoned from it."""
    desk.do(lambda s, o: applying.offer(s, o.actor("administrator"), o.organisation, ["building_permit"]))
    client = desk.app.test_client()
    sent = {"csrf_token": token(client), "v_building_purpose": "house", "v_total_area": "9" * 29}
    page = client.post("/apply/kvemo/building_permit", data=sent).get_data(as_text=True)
    assert 'id="f-v_total_area-error"' in page
    sent["v_total_area"] = "120.35"
    page = client.post("/apply/kvemo/building_permit", data=sent).get_data(as_text=True)
    assert 'id="f-v_total_area-error"' not in page and 'id="f-v_applicant_name-error"' in page


def _bytes(site):
    content = site.do(
        lambda s, o: s.query(Content).filter(Content.name.endswith(".zip")).order_by(Content.content_id).first()
    )
    with site.house.store.open(content.store_key) as stream:
        return stream.read()
