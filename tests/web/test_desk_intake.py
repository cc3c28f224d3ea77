"""The folded part of the card at the desk: senders, valuables, closed envelopes, and letters by word of mouth."""

from __future__ import annotations

import secrets
from io import BytesIO

import pypdfium2
from sqlalchemy import select

from edms.registry.intake import keeping
from edms.registry.models import Document
from edms.registry.words import Authorship

pytest_plugins = ["tests.web.desk_site"]


def typed(desk, **more) -> dict[str, object]:
    return {
        "key": secrets.token_hex(8), "register_id": desk.cast.incoming.register_id, "channel": "counter",
        "summary": "წყლის შესახებ", "correspondent_text": "ანა კალანდაძე", **more,
    }  # fmt: skip


def registered(desk, **more) -> int:
    """The id of a letter that the registrar typed."""
    answer = desk.as_("registrar").post("/arrivals/new", typed(desk, **more))
    return int(answer.headers["Location"].rpartition("/")[2])


def kept(desk, document_id):
    with desk.house.transaction() as session:
        return keeping.kept(session, session.get_one(Document, document_id))


def test_the_fold_is_shut_on_a_fresh_card_and_open_where_something_is_wrong(desk):
    nino = desk.as_("registrar")
    fresh = nino.get("/arrivals/new")
    fold = fresh[: fresh.index('id="f-authorship"')].rpartition("<details")[2]
    assert "open" not in fold.partition(">")[0]
    wrong = {"signatures": "x", "authorship": "several", "said_time": "25:99", "said": "ა", "valuables": "ა;ბ;გ"}
    for name, value in wrong.items():
        channel = {"channel": "telephone"} if name == "said_time" else {}
        html = nino.post("/arrivals/new", typed(desk, **{name: value}, **channel), status=422).text
        at = "parties" if name == "authorship" else name
        assert f'id="f-{at}-error"' in html, name
        fold = html[: html.index('id="f-authorship"')].rpartition("<details")[2]
        assert "open" in fold.partition(">")[0]
    with desk.house.transaction() as session:
        assert session.scalars(select(Document)).all() == []


def test_senders_envelope_and_valuables_come_from_lines(desk):
    executor = desk.cast.executor.official_id
    ident = registered(
        desk, authorship="several", parties="გია ბაგრატიონი; გორი, სტალინის 1\nლია\n\n", postmark_on="1.10.2026",
        postal_barcode="RR123456789GE", envelope_kept="yes", filed_on="2.10.2026", handed_to=executor,
        valuables="ბანკნოტი; 2; 1 000,50\nბეჭედი\nჩეკი; 1; $300", also_to="საკრებულოს თავმჯდომარე\nსახალხო დამცველი",
    )  # fmt: skip
    found = kept(desk, ident)
    assert [(p.name, p.address) for p in found.parties] == [("გია ბაგრატიონი", "გორი, სტალინის 1"), ("ლია", None)]
    assert [(v.what, v.count, str(v.amount), v.currency, v.handed_to_id) for v in found.valuables] == [
        ("ბანკნოტი", 2, "1000.50", "GEL", executor), ("ბეჭედი", 1, "None", None, executor),
        ("ჩეკი", 1, "300.00", "USD", executor),
    ]  # fmt: skip
    html = desk.as_("registrar").get(f"/letters/{ident}")
    for said in (
        "გია ბაგრატიონი",
        "RR123456789GE",
        "02.10.2026",
        "ბანკნოტი",
        "1 000,50 ლარი",
        "საკრებულოს თავმჯდომარე; სახალხო დამცველი",
    ):
        assert said in html.replace("\xa0", " "), said
    assert "ანა კალანდაძე და სხვები" in desk.as_("registrar").get("/desk/")
    desk.as_("stranger").get(f"/letters/{ident}", status=404)
    form = desk.as_("registrar").get(f"/letters/{ident}/correct-intake")
    assert "ბანკნოტი; 2; 1000.50 GEL" in form and "გია ბაგრატიონი; გორი, სტალინის 1" in form
    again = {"version": desk.document(ident).version, "authorship": "several", "parties": "გია ბაგრატიონი",
             "also_to": "საკრებულოს თავმჯდომარე", "valuables": "ბანკნოტი; 2; 1000.50 GEL", "reason": "მისამართი არ წერია"}  # fmt: skip
    desk.as_("registrar").post(f"/letters/{ident}/correct-intake", again)
    found = kept(desk, ident)
    assert [(p.name, p.address) for p in found.parties] == [("გია ბაგრატიონი", None)]
    assert [(v.what, v.handed_to_id) for v in found.valuables] == [("ბანკნოტი", executor)]
    assert found.intake.also_to == "საკრებულოს თავმჯდომარე"
    history = desk.as_("registrar").get(f"/letters/{ident}/history")
    assert "მისამართი არ წერია" in history and "სახალხო დამცველი" in history  # the old state stays visible
    desk.as_("stranger").post(f"/letters/{ident}/correct-intake", again, status=404)


def test_a_closed_envelope_is_shown_so_and_opened_by_its_person_alone(desk):
    executor = desk.cast.executor.official_id
    ident = registered(desk, envelope="tender", opens=executor)
    nino, gocha = desk.as_("registrar"), desk.as_("executor")
    html = nino.get(f"/letters/{ident}")
    assert "დახურული კონვერტი" in html and f"/letters/{ident}/paper" not in html
    assert "დახურული კონვერტი" in nino.get("/desk/")
    file = {"role": "original", "file": (BytesIO(b"%PDF-1.4"), "scan.pdf")}
    refused = nino.post(f"/letters/{ident}/paper", file, status=409).text
    assert "კონვერტი დახურულია" in refused
    for name, status in (("registrar", 403), ("mayor", 403), ("stranger", 404), ("foreigner", 404)):
        who = desk.as_(name)
        who.get(f"/letters/{ident}/open-envelope", status=status)
        who.post(f"/letters/{ident}/open-envelope", status=status)
    assert desk.document(ident).closed
    assert f"/letters/{ident}/open-envelope" in gocha.get(f"/letters/{ident}")
    assert 'id="to-open"' in gocha.get("/desk/") and 'id="to-open"' not in nino.get("/desk/")
    gocha.post(f"/letters/{ident}/open-envelope")
    assert 'id="to-open"' not in gocha.get("/desk/")
    assert not desk.document(ident).closed
    nino.post(f"/letters/{ident}/paper", {"role": "original", "file": (BytesIO(b"%PDF-1.4"), "scan.pdf")})


def test_a_call_is_written_down_printed_and_noted_as_not_signed(desk):
    ident = registered(desk, channel="telephone", said="ქუჩაში წყალი მოდის", said_place="555 11 22 33")
    nino = desk.as_("registrar")
    assert 'value="counter" selected' in nino.get("/arrivals/new")  # the next letter is on paper again
    html = nino.get(f"/letters/{ident}")
    assert "ქუჩაში წყალი მოდის" in html and "ელოდება მოქალაქის ხელმოწერას" in html
    pdf = nino.client.get(f"/letters/{ident}/record")
    text = pypdfium2.PdfDocument(BytesIO(pdf.data))[0].get_textpage().get_text_bounded()
    assert "ქუჩაში წყალი მოდის" in text and "555 11 22 33" in text and desk.document(ident).number in text
    assert 'id="f-reason-error"' in nino.post(f"/letters/{ident}/not-signed", {"reason": ""}, status=422).text
    for name in ("stranger", "foreigner"):
        desk.as_(name).get(f"/letters/{ident}/record", status=404)
        desk.as_(name).post(f"/letters/{ident}/not-signed", {"reason": "x"}, status=404)
    nino.post(f"/letters/{ident}/not-signed", {"reason": "დარეკა ტელეფონით"})
    assert not desk.document(ident).waiting_scan
    assert "დარეკა ტელეფონით" in nino.get(f"/letters/{ident}")
    nino.get(f"/letters/{desk.letter()}/record", status=404)


def test_a_program_registers_and_reads_them_and_a_stranger_does_not(api):
    registrar, executor = api.program("registrar"), api.ids["executor"]
    card = {"register_id": api.office.incoming.register_id, "summary": "კონვერტი", "correspondent_name": "ანა"}
    closed = registrar.make("/documents", {**card, "intake": {"envelope": "official_use", "opens_id": executor}})
    assert (closed["closed"], closed["grade"], closed["waiting_scan"]) == (True, "official_use", False)
    address = f"/documents/{closed['document_id']}"
    for who, status in (("registrar", 403), ("stranger", 404), ("foreigner", 404)):
        answer = api.program(who).call("POST", f"{address}/open-envelope", If_Match="*")
        assert answer.status_code == status
        assert api.program(who).call("GET", f"{address}/intake").status_code == (200 if who == "registrar" else 404)
    opened = api.program("executor").change(closed, f"{address}/open-envelope")
    assert (opened["closed"], opened["waiting_scan"]) == (False, True)
    many = {
        "parties": [{"name": "გია"}], "valuables": [{"what": "ფული", "amount": "10.50", "currency": "GEL"}],
        "filed_on": "2026-01-05",
    }  # fmt: skip
    made = registrar.make("/documents", {**card, "authorship": "several", "intake": many})
    shown = registrar.get(f"/documents/{made['document_id']}/intake")
    assert (made["authorship"], shown["parties"][0]["name"], shown["filed_on"]) == ("several", "გია", "2026-01-05")
    assert shown["valuables"][0]["amount"] == "10.50"
    spoken = {"said_at": "2026-01-05T10:00:00+04:00", "text": "წყალი მოდის"}
    call = registrar.make("/documents", {**card, "channel": "telephone", "intake": {"spoken": spoken}})
    address = f"/documents/{call['document_id']}"
    assert registrar.call("GET", f"{address}/record").mimetype == "application/pdf"
    left = registrar.change(call, f"{address}/not-signed", {"reason": "დარეკა"})
    assert not left["waiting_scan"] and registrar.get(f"{address}/intake")["spoken"]["refused_reason"] == "დარეკა"
    assert Authorship(made["authorship"]) is Authorship.SEVERAL
