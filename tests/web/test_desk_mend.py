"""What is mended at the counter, as its pages do it: labels, pages of scans, the wrong register, the downtime."""

from __future__ import annotations

import io
from datetime import date
from typing import Any

import pypdfium2
from PIL import Image
from sqlalchemy import select

from edms import clock
from edms.access.actor import Actor
from edms.capture import labelled, reading
from edms.capture.codes import labels_on
from edms.registry import arrivals, contents, separators
from edms.registry.card import Card
from edms.registry.downtime import sheets
from edms.registry.models import Arrival, Document
from edms.registry.registration import register
from edms.registry.words import ArrivalState, Channel, Tray
from tests.rooms.scans import NO_ENGINE, names_in, pages_pdf, signed_pdf

pytest_plugins = ["tests.web.desk_site"]


def scan(desk: Any, whole: bytes, name: str = "scan.pdf") -> int:
    """A scan in the tray, read; the arrival."""
    stored = desk.house.store.put(io.BytesIO(whole), limit=1 << 30)
    here = desk.cast.organisation.organisation_id

    def take(session, office):
        content = contents.enter(session, Actor.system(here), organisation_id=here, stored=stored, name=name)
        arrival = arrivals.take_in(
            session, Actor.system(here), organisation_id=here, tray=Tray.SCAN, channel=Channel.SCAN, content=content
        )
        return arrival.arrival_id, content.content_id

    arrival_id, content_id = desk.do(take)
    reading.look_inside(desk.house.transaction, desk.house.store, content_id, engine=NO_ENGINE)
    return arrival_id


def on_paper(desk: Any) -> int:
    def act(session, office):
        card = Card(summary="თხოვნა", correspondent_name="ანა", case_index="12-05")
        return register(
            session, office.registrar.actor(), office.incoming, card, idempotency_key=None, waiting_scan=True
        ).document_id

    return desk.do(act)


def stuck(pdf: bytes) -> bytes:
    """A scanned page with the first page of `pdf`, a label or a sheet of them, lying on it."""
    page = Image.new("L", (1654, 2339), 248)
    page.paste(
        pypdfium2.PdfDocument(pdf)[0].render(scale=200 / 72).to_pil().convert("L").crop((0, 0, 500, 300)), (900, 60)
    )
    made = io.BytesIO()
    page.save(made, "PDF", resolution=200)
    return made.getvalue()


def waiting(desk: Any) -> list[int]:
    with desk.house.transaction() as session:
        found = session.query(Arrival).filter(Arrival.state == ArrivalState.WAITING).order_by(Arrival.arrival_id)
        return [each.arrival_id for each in found]


def test_the_printed_label_leads_the_scan_and_the_second_one_is_proposed(desk):
    nino, document_id = desk.as_("registrar"), on_paper(desk)
    label = nino.client.get(f"/letters/{document_id}/label").data
    first, second = scan(desk, stuck(label), "one.pdf"), scan(desk, stuck(label), "two.pdf")
    with desk.house.transaction() as session:
        content_id = session.get_one(Arrival, first).content_id
        assert labelled.follow(session, desk.house.label_key, content_id) is not None
    tray, number = nino.get("/arrivals/"), desk.document(document_id).number
    assert "იპოვა თავისი წერილი" in tray and f'/letters/{document_id}"' in tray and "one.pdf" in tray
    html = nino.get(f"/arrivals/{second}")
    assert "ეტიკეტის მიხედვით" in nino.get(f"/letters/{document_id}/history")
    assert "სკანი უკვე აქვს" in html and f'value="{number}"' in html and 'value="later_paper" selected' in html
    assert f"№ {number}, სკანი აქვს" in tray
    # A letter that the reader may not know of is not told of by its label.
    with desk.house.transaction() as session:
        session.get_one(Document, document_id).readers = []
    html = nino.get(f"/arrivals/{second}")
    assert number not in html and "არ ასახელებს" in html


def test_labels_on_a_sheet_are_for_registrars(desk):
    on_paper(desk)
    sheet = desk.as_("registrar").client.get("/labels/sheet.pdf?first=2")
    assert sheet.mimetype == "application/pdf" and len(pypdfium2.PdfDocument(sheet.data)) == 1
    page = pypdfium2.PdfDocument(sheet.data)[0].render(scale=200 / 72).to_pil()
    assert len(labels_on(page)) == 1
    desk.as_("executor").get("/labels/sheet.pdf", status=403)
    cut = desk.as_("registrar").client.get("/labels/separator.pdf")
    [code] = labels_on(pypdfium2.PdfDocument(cut.data)[0].render(scale=100 / 72).to_pil())
    assert separators.genuine(desk.house.label_key, "kvemo", code)
    desk.as_("executor").get("/labels/separator.pdf", status=403)
    desk.as_("foreigner").get("/labels/sheet.pdf", status=404)


def test_pages_are_laid_out_moved_and_divided_without_script(desk):
    nino, arrival_id = desk.as_("registrar"), scan(desk, pages_pdf("p1", "p2", "p3"))
    address = f"/arrivals/{arrival_id}/pages"
    html = nino.get(address)
    assert html.count('name="sheet"') == 3 and "data-takes-focus" not in html
    sheets_sent = ["1.0", "2.0", "3.0"]
    html = nino.post(address, {"sheet": sheets_sent, "begins": "3", "do": "earlier-3"}, status=200).text
    assert [html.index(f'value="{s}"') for s in ("1.0", "3.0", "2.0")] == sorted(
        html.index(f'value="{s}"') for s in sheets_sent
    )
    assert 'value="3" checked' in html and html.count("data-takes-focus") == 1
    html = nino.post(address, {"sheet": sheets_sent, "do": "turn-2"}, status=200).text
    assert 'value="2.90"' in html and "turned-90" in html
    html = nino.post(address, {"sheet": sheets_sent, "do": "make"}, status=422).text
    assert "არაფერი შეცვლილა" in html
    nino.post(address, {"sheet": ["1.0", "1.0", "2.0"], "do": "make"}, status=422)
    nino.post(address, {"sheet": sheets_sent, "begins": "3", "do": "make"})
    first, second = waiting(desk)
    with desk.house.transaction() as session:
        made = session.get_one(Arrival, second).content
        with desk.house.store.open(made.store_key) as stream:
            assert names_in(stream.read()) == ["p3"]
    html = nino.get(f"/arrivals/{first}")
    undo = html[html.index("/remakings/") :].split('"')[0]
    assert f'/arrivals/{arrival_id}/pages"' in html
    assert "გადავიდა" in nino.get(address) and nino.client.get(f"/arrivals/{arrival_id}").status_code == 302
    for name, status in (("executor", 403), ("foreigner", 404)):
        desk.as_(name).get(address, status=status)
        desk.as_(name).post(address, {"sheet": sheets_sent, "do": "make"}, status=status)
        desk.as_(name).post(f"/arrivals/{first}/pages/join", {"other": second}, status=status)
        desk.as_(name).post(undo, status=status)
    nino.post(f"/arrivals/{first}/pages/join", {"other": first}, status=422)
    nino.post(f"/arrivals/{first}/pages/join", {"other": second})
    (joined,) = waiting(desk)
    nino.post(undo, status=409)  # its parts went on: they were joined again
    html = nino.get(f"/arrivals/{joined}")
    nino.post(html[html.index("/remakings/") :].split('"')[0])
    nino.post(undo)
    assert waiting(desk) == [arrival_id]


def test_a_signed_pdf_says_why_it_stays_whole(desk):
    nino, arrival_id = desk.as_("registrar"), scan(desk, signed_pdf(pages_pdf("p1", "p2")))
    sent = {"sheet": ["1.0", "2.0"], "begins": "2", "do": "make"}
    html = nino.post(f"/arrivals/{arrival_id}/pages", sent, status=409).text
    assert "ხელმოწერილია და არ იჭრება" in html and 'value="2" checked' in html
    assert waiting(desk) == [arrival_id]


def test_the_scan_of_a_letter_is_divided_and_another_goes_back_to_the_tray(desk):
    nino, arrival_id = desk.as_("registrar"), scan(desk, pages_pdf("p1", "p2"))

    def enter(session, office):
        arrival = session.get_one(Arrival, arrival_id)
        card = Card(summary="თხოვნა", correspondent_name="ანა", case_index="12-05")
        made = register(session, office.registrar.actor(), office.incoming, card, idempotency_key=None, arrival=arrival)
        return made.document_id, arrival.content_id

    document_id, content_id = desk.do(enter)
    pages = f"/letters/{document_id}/contents/{content_id}/pages"
    assert pages in nino.get(f"/letters/{document_id}")
    sent = {"sheet": ["1.0", "2.0"], "begins": "2", "do": "make"}
    assert 'id="f-reason-error"' in nino.post(pages, sent, status=422).text
    for name, status in (("executor", 404), ("foreigner", 404), ("controller", 403)):
        desk.as_(name).get(pages, status=status)
        desk.as_(name).post(pages, {**sent, "reason": "x"}, status=status)
    nino.post(pages, {**sent, "reason": "ორი წერილია"})
    assert len(waiting(desk)) == 1
    html = nino.get(f"/letters/{document_id}")
    assert "ორი წერილია" in html and "(1).pdf" in html
    with desk.house.transaction() as session:
        standing = contents.papers(session, session.get_one(Document, document_id))[0].content_id
    away = f"/letters/{document_id}/contents/{standing}/to-tray"
    for name, status in (("executor", 404), ("foreigner", 404), ("controller", 403)):
        desk.as_(name).get(away, status=status)
        desk.as_(name).post(away, {"reason": "x"}, status=status)
    assert 'id="f-reason-error"' in nino.post(away, {"reason": ""}, status=422).text
    nino.post(away, {"reason": "სხვისია"})
    assert len(waiting(desk)) == 2 and desk.document(document_id).waiting_scan
    with desk.house.transaction() as session:
        page = select(Arrival).where(Arrival.arrival_id == waiting(desk)[-1])
        assert session.scalar(page).content.parent_id == standing


def test_a_letter_is_moved_to_the_right_register_after_the_password(desk):
    nino, document_id = desk.as_("registrar"), desk.letter()
    was, address = desk.document(document_id).number, f"/letters/{document_id}/register"
    assert address in nino.get(f"/letters/{document_id}")
    assert nino.client.get(address).status_code == 303
    nino.post("/account/step-up", {"password": desk.password})
    assert "სწორი ჟურნალი" in nino.get(address)
    book = desk.cast.applications.register_id
    assert 'id="f-reason-error"' in nino.post(address, {"register_id": book}, status=422).text
    assert 'id="f-register_id-error"' in nino.post(address, {"reason": "x"}, status=422).text
    for name, status in (("executor", 404), ("foreigner", 404), ("controller", 403)):
        desk.as_(name).get(address, status=status)
        desk.as_(name).post(address, {"register_id": book, "reason": "x"}, status=status)
    done = nino.post(address, {"register_id": book, "reason": "განცხადებაა"}).headers["Location"]
    now = desk.document(document_id).number
    html = nino.get(done)
    assert now in html and was in html and f"/letters/{document_id}/slip" in html
    assert f"№ {was}: განცხადებაა" in nino.get(f"/letters/{document_id}")
    assert now in nino.get(f"/registers/{desk.cast.incoming.register_id}/numbers")
    history = nino.get(f"/letters/{document_id}/history")
    assert was in history and now in history
    line = nino.get(f"/registers/{book}")
    assert f"იყო № {was}" in line


def test_a_sender_is_corrected_on_the_card_and_everywhere(desk):
    nino, document_id = desk.as_("registrar"), desk.letter(correspondent_name="ანა კალანდძე")
    document = desk.document(document_id)
    sent = {
        "version": document.version, "correspondent": document.correspondent_id, "correspondent_text": "ანა კალანდაძე",
        "summary": document.summary, "channel": document.channel.value, "document_type": document.document_type,
        "grade": document.grade.value, "language": document.language, "sheets": 1, "case_index": "12-05",
        "received_on": document.received_on.strftime("%d.%m.%Y"), "reason": "შეცდომა სახელში", "everywhere": "yes",
    }  # fmt: skip
    assert 'name="everywhere"' in nino.get(f"/letters/{document_id}/correct")
    nino.post(f"/letters/{document_id}/correct", sent)
    corrected = desk.document(document_id)
    assert (corrected.correspondent_name, corrected.correspondent_id) == ("ანა კალანდაძე", document.correspondent_id)
    assert "ანა კალანდაძე" in nino.get("/house/correspondents/?q=კალანდაძე")
    assert "შეცდომა სახელში" in nino.get(f"/letters/{document_id}/history")


def test_a_downtime_from_the_printed_sheet_to_the_voids(desk):
    nino, book = desk.as_("registrar"), desk.cast.incoming.register_id
    address = f"/registers/{book}/downtime"
    assert address in nino.get(f"/registers/{book}/numbers")
    today = clock.today("Asia/Tbilisi")
    last = date(today.year, 12, 31).strftime("%d.%m.%Y")
    assert (
        'id="f-count-error"' in nino.post(address, {"count": 0, "reason": "x", "written_until": last}, status=422).text
    )
    nino.post(address, {"count": 2, "reason": "გათიშვა", "written_until": last})
    (sheet,) = desk.do(lambda s, o: sheets.sheets(s, o.registrar.actor(), o.incoming))
    one, two = desk.do(lambda s, o: sheets.numbers_of(s, sheet))
    for paper in ("labels", "journal"):
        printed = f"/registers/sheets/{sheet.number_sheet_id}/{paper}.pdf"
        assert nino.client.get(printed).data.startswith(b"%PDF")
        desk.as_("executor").get(printed, status=403)
        desk.as_("foreigner").get(printed, status=404)
    # The scan comes before its card: the label names the number, and leads to its entry.
    whole = nino.client.get(f"/registers/sheets/{sheet.number_sheet_id}/labels.pdf").data
    arrival_id = scan(desk, stuck(whole))
    html = nino.get(f"/arrivals/{arrival_id}")
    link = f"/arrivals/{arrival_id}?register={book}&amp;reserved={one.number_id}"
    assert "ჯერ არ შეტანილა" in html and link in html
    form = nino.get(link.replace("&amp;", "&"))
    key = form.split('name="key" value="')[1].split('"')[0]
    sent = {
        "key": key, "register_id": book, "channel": "counter", "summary": "თხოვნა", "correspondent_text": "ანა", "sheets": 1,
        "reserved": one.number_id,
    }  # fmt: skip
    assert 'id="f-written_on-error"' in nino.post(f"/arrivals/{arrival_id}", sent, status=422).text
    nino.post(f"/arrivals/{arrival_id}", {**sent, "written_on": today.strftime("%d.%m.%Y")})
    with desk.house.transaction() as session:
        document = session.query(Document).filter(Document.number == one.text, Document.register_id == book).one()
        document_id = document.document_id
    assert "ხელით დარეგისტრირდა" in nino.get(f"/letters/{document_id}")
    assert "ხელით დარეგისტრირდა" in nino.get(f"/registers/{book}")
    assert f"ხელით {today.strftime('%d.%m.%Y')}" in nino.get(f"/letters/{document_id}/history")
    extract = pypdfium2.PdfDocument(nino.client.get(f"/registers/{book}/extract.pdf").data)
    assert "ხელით" in extract[0].get_textpage().get_text_bounded()
    close = f"/registers/sheets/{sheet.number_sheet_id}/close"
    desk.as_("executor").get(close, status=403)
    desk.as_("foreigner").get(close, status=404)
    nino.post("/account/step-up", {"password": desk.password})
    assert 'id="f-reason-error"' in nino.post(close, {"reason": ""}, status=422).text
    nino.post(close, {"reason": "აღარ დასჭირდა"})
    assert "აღარ დასჭირდა" in nino.get(f"/registers/{book}/numbers") and two.text in nino.get(
        f"/registers/{book}/numbers"
    )
    for name, status in (("executor", 200), ("foreigner", 404)):
        desk.as_(name).get(address, status=status)
    desk.as_("executor").post(address, {"count": 1, "reason": "x", "written_until": last}, status=403)


def test_a_photograph_that_nobody_can_open_here_is_not_offered_for_dividing(desk):
    nino, photo = desk.as_("registrar"), b"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic" + b"\x00" * 4000
    arrival_id, readable = scan(desk, photo, "photo.heic"), scan(desk, pages_pdf("p1"))
    assert f'/arrivals/{readable}/pages"' in nino.get(f"/arrivals/{readable}")
    assert f'/arrivals/{arrival_id}/pages"' not in nino.get(f"/arrivals/{arrival_id}")

    def enter(session, office):
        arrival = session.get_one(Arrival, arrival_id)
        card = Card(summary="თხოვნა", correspondent_name="ანა", case_index="12-05")
        made = register(session, office.registrar.actor(), office.incoming, card, idempotency_key=None, arrival=arrival)
        return made.document_id, arrival.content_id

    document_id, content_id = desk.do(enter)
    page = nino.get(f"/letters/{document_id}")
    assert f"/contents/{content_id}/pages" not in page and f"/contents/{content_id}/to-tray" in page
