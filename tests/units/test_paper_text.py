"""Papers: every letter printed can be read by machines, in each language; the claim to PDF/A-2u stands in the file.

The traps are silent: a wrong font drops glyphs that extraction still shows, or prints glyphs that extraction garbles.
So words are compared with what went in, no letter may appear that did not, and no glyph may be missing.
"""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Callable
from datetime import date
from functools import cache
from io import BytesIO

import pikepdf
import pypdfium2
import pytest

from edms import words
from edms.drafting import paper
from edms.drafting.paper import (
    ControlCard,
    DispatchLine,
    DispatchList,
    Execution,
    Label,
    Letter,
    Office,
    Pressed,
    RegisterExtract,
    RegisterLine,
    RegistrationMark,
    SignatureMark,
    Slip,
    press,
)
from edms.drafting.paper.endings import Covering, DefectAct, covering, defect_act
from edms.drafting.paper.figures import FigureRow, FigureSheet, figure_sheet
from edms.drafting.paper.spoken import Record, spoken_record
from edms.drafting.paper.typesetting import typeset

LANGUAGES = ("ka", "hy", "ru", "en")
DAY = date(2026, 11, 24)
NAMES = {
    "ka": ("ქვემოს მუნიციპალიტეტის მერია", "დავით მაისურაძე", "მერი", "გიორგი აბაშიძე", "გზის საფარის აღდგენის შესახებ"),
    "hy": ("Ներքինի համայնքապետարան", "Արմեն Սարգսյան", "համայնքի ղեկավար", "Անահիտ Պետրոսյան", "ճանապարհի և ջրագծի վերանորոգման մասին"),
    "ru": ("Мэрия муниципалитета Квемо", "Давид Майсурадзе", "мэр", "Георгий Абашидзе", "о восстановлении дорожного покрытия"),
    "en": ("Kvemo Municipality City Hall", "Davit Maisuradze", "Mayor", "Giorgi Abashidze", "on repairing the road surface"),
}  # fmt: skip
ADDRESSES = {
    "ka": "თავისუფლების მოედანი 1",
    "hy": "Ազատության հրապարակ 1",
    "ru": "площадь Свободы 1",
    "en": "1 Freedom Square",
}
LONG = {
    "ka": "12 ინფრასტრუქტურის სამსახური",
    "hy": "12 Ենթակառուցվածքների բաժին",
    "ru": "12 Инфраструктурный отдел",
    "en": "12 Infrastructure service",
}
HEADS = ("received", "ended", "in_term", "open", "late", "control")
CODE = "7QK2-9FHM-44TZ-AB1CD"
NUMBER = "12-05/417"


def office(language: str) -> Office:
    name = NAMES[language][0]
    return Office(name, ADDRESSES[language], "0350 22 33 44", "post@kvemo.example", counter=ADDRESSES[language])


def a_letter(language: str, kind: str = "letter", text: str = "") -> Pressed:
    name, signer, post, to, subject = NAMES[language]
    body = text or f"{subject} **{name}**, 2027.\n\n- {to}\n- {post}\n\n| № | ₾ |\n| 1 | 18 500 |"
    return paper.letter(
        Letter(
            office(language), language, subject, body, signer, post, kind=kind, addressee=to,
            addressee_address=ADDRESSES[language], their_number="15/2211", their_date=DAY, our_number="417",
            annexes=[subject], executor=to, executor_telephone="0350 22 33 47",
        )
    )  # fmt: skip


def a_slip(language: str) -> Pressed:
    _, registrar, _, sender, subject = NAMES[language]
    return paper.slip(
        Slip(office(language), language, NUMBER, DAY, "14:05", 3, 2, CODE, sender, subject, DAY, registrar,
             "kvemo.example/track", "https://kvemo.example/track?c=1")
    )  # fmt: skip


def a_label(language: str) -> Pressed:
    return paper.label(Label(language, NAMES[language][0], NUMBER, DAY, 3, 2, NUMBER))


def a_control_card(language: str) -> Pressed:
    _, head, _, sender, subject = NAMES[language]
    executions = [Execution(head, subject, DAY, True), Execution(sender, subject, DAY, False, DAY, subject)]
    return paper.control_card(
        ControlCard(office(language), language, NUMBER, DAY, sender, "15", DAY, subject, subject, head, DAY, DAY,
                    subject, executions, [subject], subject, "12-05", DAY)
    )  # fmt: skip


def an_extract(language: str) -> Pressed:
    _, head, _, sender, subject = NAMES[language]
    lines = [RegisterLine(f"{n}", DAY, sender, "15", DAY, subject, 3, head, DAY, subject) for n in range(1, 20)]
    lines.append(RegisterLine("20", DAY, void=subject))
    return paper.register_extract(RegisterExtract(office(language), language, subject, DAY, DAY, lines, DAY, head))


def a_dispatch_list(language: str) -> Pressed:
    _, head, _, to, _ = NAMES[language]
    lines = [DispatchLine(to, ADDRESSES[language], NUMBER, DAY, 3, "RR123456789GE")]
    return paper.dispatch_list(DispatchList(office(language), language, DAY, lines, "17", head))


def a_registration_mark(language: str) -> Pressed:
    return Pressed(paper.registration_mark(RegistrationMark(language, NUMBER, DAY, NAMES[language][0], True)), 1, {})


def a_signature_mark(language: str) -> Pressed:
    name, signer, post, _, _ = NAMES[language]
    return Pressed(
        paper.signature_mark(SignatureMark(language, signer, post, name, DAY, "https://kvemo.example/v/1")), 1, {}
    )


def a_covering(language: str) -> Pressed:
    _, head, post, to, subject = NAMES[language]
    facts = [
        (words.say(language, "endings.arrived_at"), subject),
        (words.say(language, "endings.filed_on"), "24.11.2026"),
    ]
    title = words.say(language, "endings.paper.forwarding")
    return covering(
        Covering(office(language), language, title, DAY, [subject], to, ADDRESSES[language], facts, head, post)
    )


def a_defect_act(language: str) -> Pressed:
    _, head, post, to, subject = NAMES[language]
    torn = words.say(language, "endings.fault.torn")
    return defect_act(DefectAct(office(language), language, DAY, [torn], subject, [to], [], head, post))


def a_record(language: str) -> Pressed:
    _, head, post, to, subject = NAMES[language]
    facts = [(words.say(language, "intake.said_at"), subject)]
    return spoken_record(Record(office(language), language, NUMBER, DAY, facts, subject, to, head, post))


def a_figure_sheet(language: str) -> Pressed:
    """With the heads and names as they are on a Monday: the longest words of the language."""
    heads = [words.say(language, f"reports.figure.{name}") for name in HEADS]
    names = [NAMES[language][0], LONG[language], words.say(language, "reports.nobody")]
    rows = [FigureRow(name, [(120, 98)] * len(heads)) for name in names]
    return figure_sheet(
        FigureSheet(
            office(language),
            language,
            NAMES[language][0],
            DAY,
            DAY,
            DAY,
            DAY,
            heads,
            [(NAMES[language][4], rows)],
            [],
            DAY,
        )
    )


Make = Callable[[str], Pressed]
# What each paper must say: message ids, and which of the names.
PAPERS: list[tuple[Make, list[str], str]] = [
    (a_letter, ["paper.registration_number", "paper.registration_date", "paper.annexes"], "01234"),
    (a_slip, ["paper.slip", "paper.received_at", "paper.sheets", "paper.sender", "paper.summary", "paper.answer_by",
              "paper.how_to_follow", "paper.follow_by_qr", "paper.tracking_code", "paper.keep_the_code"], "0134"),
    (a_label, [], "0"),
    (a_control_card, ["paper.control_card", "paper.due", "paper.resolution", "paper.case_index", "paper.instruction",
                      "paper.responsible", "paper.extensions", "paper.execution_mark"], "0134"),
    (an_extract, ["paper.date", "paper.correspondent", "paper.their_number_and_date", "paper.executor_and_due"], "0134"),
    (a_dispatch_list, ["paper.dispatch_list", "paper.addressee", "paper.post_number", "paper.handed_over"], "013"),
    (a_registration_mark, [], "0"),
    (a_signature_mark, [], "012"),
    (a_covering, ["endings.paper.forwarding", "endings.arrived_at", "endings.filed_on"], "01234"),
    (a_defect_act, ["endings.paper.act", "endings.found", "endings.members", "endings.fault.torn", "endings.copy_for.3"],
     "01234"),
    (a_figure_sheet, ["reports.nobody", "reports.figure.late"], "04"),
    (a_record, ["intake.record", "intake.said_at", "intake.i_confirm"], "01234"),
]  # fmt: skip
EACH = pytest.mark.parametrize(("make", "said", "named"), PAPERS, ids=lambda value: getattr(value, "__name__", ""))


@pytest.mark.parametrize("language", LANGUAGES)
@EACH
def test_every_word_can_be_read_again(make: Make, said: list[str], named: str, language: str) -> None:
    text = extracted(once(make, language).pdf)
    wanted = " ".join([*(words.say(language, message) for message in said), *(NAMES[language][int(n)] for n in named)])
    assert tokens(wanted) - tokens(text) == set()
    assert "�" not in text and "\x00" not in text


@pytest.mark.parametrize("language", LANGUAGES)
@EACH
def test_no_letter_of_another_script_appears(make: Make, said: list[str], named: str, language: str) -> None:
    """Garbled text layers show letters of scripts that nobody wrote."""
    allowed = {"ka": "\u10d0-\u10fa", "hy": "\u0561-\u0587\u0531-\u0556", "ru": "а-яёА-ЯЁ", "en": ""}[language]
    foreign = re.sub(rf"[{allowed}A-Za-z\W\d_]", "", extracted(once(make, language).pdf)) if allowed else ""
    assert foreign == ""


@pytest.mark.parametrize("language", LANGUAGES)
@EACH
def test_pdf_a_2u_is_claimed_and_fonts_are_inside(make: Make, said: list[str], named: str, language: str) -> None:
    with pikepdf.open(BytesIO(once(make, language).pdf)) as pdf:
        with pdf.open_metadata() as told:
            assert (told["pdfaid:part"], told["pdfaid:conformance"]) == ("2", "U")
        assert "/OutputIntents" in pdf.Root
        fonts = [
            thing for thing in pdf.objects if isinstance(thing, pikepdf.Dictionary) and thing.get("/Type") == "/Font"
        ]
        assert fonts
        for font in fonts:
            if font.get("/Subtype") == "/Type0":
                assert "/ToUnicode" in font
                assert any(key in font.DescendantFonts[0].FontDescriptor for key in ("/FontFile2", "/FontFile3"))


@pytest.fixture
def here(monkeypatch: pytest.MonkeyPatch) -> None:
    """Printed in this process, whose log is read."""
    monkeypatch.setattr(press, "_typeset", lambda pages: [press._pressed(*typeset(html)) for html in pages])


@pytest.mark.parametrize("language", LANGUAGES)
@EACH
def test_no_letter_is_printed_beside_the_page(make: Make, said: list[str], named: str, language: str) -> None:
    """A table that is wider than its page loses its last column on paper, and the text layer keeps it."""
    for page in pypdfium2.PdfDocument(once(make, language).pdf):
        text, width = page.get_textpage(), page.get_width()
        boxes = [text.get_charbox(n) for n in range(text.count_chars())]
        assert [box for box in boxes if box[0] < 0 or box[2] > width] == []


@pytest.mark.parametrize("language", LANGUAGES)
@EACH
def test_no_glyph_is_missing(
    make: Make, said: list[str], named: str, language: str, caplog: pytest.LogCaptureFixture, here: None
) -> None:
    """A letter that no font has is printed as a box, and the text layer keeps it: only the press itself knows."""
    caplog.set_level("WARNING", logger="weasyprint")
    make(language)
    assert caplog.messages == []


def test_a_missing_glyph_would_be_noticed(caplog: pytest.LogCaptureFixture, here: None) -> None:
    caplog.set_level("WARNING", logger="weasyprint")
    a_letter("en", text="\U000f0000")
    assert any("notdef" in message for message in caplog.messages)


def test_a_letter_keeps_places_of_the_marks_own_size() -> None:
    pressed = a_letter("ka")
    for kind, (across, high) in {"registration": (78, 13), "signature": (92, 27)}.items():
        place = pressed.places[kind]
        assert (place.right - place.left) * 25.4 / 72 == pytest.approx(across, abs=0.2)
        assert (place.top - place.bottom) * 25.4 / 72 == pytest.approx(high, abs=0.2)
        assert 0 < place.left < place.right < 596 and 0 < place.bottom < place.top < 842
    assert (pressed.places["registration"].page, pressed.places["signature"].page) == (0, pressed.pages - 1)


def test_a_long_letter_never_leaves_its_signature_alone_on_a_page() -> None:
    for paragraphs in range(6, 15, 2):
        pressed = a_letter("ka", text="\n\n".join([NAMES["ka"][4] * 4] * paragraphs))
        last = extracted(pressed.pdf).split("\f")[pressed.pages - 1]
        assert NAMES["ka"][1] in last and NAMES["ka"][4].split()[0] in last


def test_an_order_has_its_title_and_no_addressee() -> None:
    text = extracted(a_letter("ka", "order").pdf)
    assert words.say("ka", "paper.order") in text
    assert ADDRESSES["ka"] not in text.split(words.say("ka", "paper.order"))[0].split("\n", 3)[-1]


def test_the_points_of_an_order_keep_their_numbers_whatever_stands_between_them() -> None:
    text = extracted(a_letter("ka", "order", text="1. ერთი\n\n2. ორი\n\nდანართი\n\n3. სამი\n4. ოთხი").pdf)
    # Whether number and point share a line is the reader's affair; their order is ours.
    assert re.search(r"1\.\s+ერთი\s+2\.\s+ორი\s.*დანართი\s.*3\.\s+სამი\s+4\.\s+ოთხი", text, re.DOTALL), text


def test_without_a_public_page_the_slip_names_telephone_and_counter_and_no_address() -> None:
    text = extracted(paper.slip(Slip(office("en"), "en", NUMBER, DAY, "14:05", 1, 0, CODE)).pdf)
    assert "Ask by telephone: 0350 22 33 44." in text and "come to the counter" in text
    assert "camera" not in text and "http" not in text


def test_the_code_stands_in_its_groups() -> None:
    assert CODE in extracted(a_slip("ka").pdf)


def test_nothing_is_fetched_and_nothing_typed_becomes_markup() -> None:
    hostile = "<img src='http://127.0.0.1:9/x.png'><script>alert(1)</script> & **bold** {{ 7*7 }}"
    pressed = a_letter("en", text=hostile)
    text = " ".join(extracted(pressed.pdf).split())
    assert "<img src='http://127.0.0.1:9/x.png'><script>alert(1)</script> & bold {{ 7*7 }}" in text


@cache
def once(make: Make, language: str) -> Pressed:
    """A paper, printed once for several tests."""
    return make(language)


def extracted(pdf: bytes) -> str:
    """What other machines read: by poppler where it is, else by pdfium."""
    if (program := shutil.which("pdftotext")) is not None:
        done = subprocess.run([program, "-raw", "-", "-"], input=pdf, capture_output=True, check=True, timeout=30)
        return done.stdout.decode()
    document = pypdfium2.PdfDocument(pdf)
    return "\f".join(page.get_textpage().get_text_bounded() for page in document)


def tokens(text: str) -> set[str]:
    """Words, without the signs at their ends and without soft line breaks inside them."""
    return {token.strip(".,:;()՝։„“") for token in text.split()} - {""}


@pytest.mark.parametrize("language", ["ka", "hy", "en", "ru"])
def test_the_face_of_a_signature_leads_to_the_page_where_it_is_checked(language: str) -> None:
    """Address and code are printed whole, and the QR code holds both, beside the longest names."""
    code = "4K7Q-9ZTM-XB2P-0W3HD"
    page = "https://dokumentebi.kvemo.gov.ge/verify"
    proof = f"{page}?n=12-05%2F417&c={code}"
    mark = SignatureMark(language, "Գագիկ Պետրոսյան", "Համայնքի ղեկավար", "Ստորին համայնքի ղեկավարի աշխատակազմ", DAY, page, code, proof)  # fmt: skip
    document = pypdfium2.PdfDocument(paper.signature_mark(mark))
    assert len(document) == 1
    text = document[0].get_textpage().get_text_bounded()
    assert code in text and "dokumentebi.kvemo.gov.ge/verify" in "".join(text.split())
    picture = document[0].render(scale=6).to_pil().convert("L")
    zxing = pytest.importorskip("zxingcpp")
    assert [found.text for found in zxing.read_barcodes(picture)] == [proof]


def test_numbers_of_a_list_are_read_where_they_stand() -> None:
    """Numbers in the margin are drawn last: machines read them, and screen readers say them, after the whole page."""
    letter = a_letter(
        "ka", text="ვთხოვთ:\n\n9. სახურავის შეკეთებას\n10. გზის მოასფალტებას\n\n- ეზოში\n\nსხვა თხოვნა არ გვაქვს."
    )
    said = " ".join(pypdfium2.PdfDocument(letter.pdf)[0].get_textpage().get_text_bounded().split())
    assert "9. სახურავის შეკეთებას 10. გზის მოასფალტებას • ეზოში სხვა თხოვნა" in said
