"""The words of office documents, pages, letters and old texts come out as a reader sees them."""

from __future__ import annotations

from datetime import UTC, datetime
from email.message import EmailMessage
from pathlib import Path

import pytest
from aspose.email_foss import msg
from oxmsg import Message as Outlook

from edms.capture import mail, office, plain
from edms.capture.archives import Archive
from edms.capture.kinds import Kind, kind_of
from edms.errors import Invalid
from edms.language.old_letters import CODES
from tests import signed_things
from tests.units import hostile_files as files

KA = "ქვემოს მუნიციპალიტეტის მერს. გთხოვთ, დამეხმაროთ საცხოვრებელი სახლის სახურავის შეკეთებაში."
HY = "Խնդրում եմ վերանորոգել մեր փողոցի լուսավորությունը։ Երկու շաբաթ է, ինչ երեք լուսարձակ չի աշխատում"
RU = "Прошу рассмотреть вопрос о ремонте дороги, ведущей к школе. Жители трёх улиц обходят этот участок."


def kept(folder: Path, whole: bytes) -> Path:
    path = folder / "content"
    path.write_bytes(whole)
    return path


@pytest.mark.parametrize(
    "code", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1251", "koi8-r", "cp866"]
)
def test_russian_in_every_code(code: str) -> None:
    said = RU.replace("ё", "е") if code == "cp866" else RU
    assert plain.decoded(said.encode(code)) == said


@pytest.mark.parametrize(("code", "text"), [("georgian-ps", KA), ("georgian-academy", KA), ("armscii-8", HY)])
def test_georgian_and_armenian_of_the_years_before_unicode(code: str, text: str) -> None:
    table = CODES[code][0]
    assert plain.decoded(bytes(table.index(letter) for letter in text)) == text


def test_western_letters_and_short_notes_are_left_in_peace() -> None:
    assert plain.decoded("Déjà vu – Größe".encode("cp1252")) == "Déjà vu – Größe"
    assert plain.decoded(b"n o t i c e o f t e r m") == "n o t i c e o f t e r m"
    assert plain.decoded(b"") == "" and plain.decoded(b"a\r\nb\x00") == "a\nb"
    assert plain.decoded(RU.encode("koi8-r"), "koi8-r") == RU
    assert plain.decoded(RU.encode("cp1251"), "no-such-code") == RU


def test_text_is_cut_into_pages_where_it_says_so_or_grows_too_long() -> None:
    assert plain.paged("one\ftwo") == ["one", "two"]
    long = "\n".join(f"line {n}" for n in range(10_000))
    pages = plain.paged(long)
    assert len(pages) > 3 and all(len(page) <= plain.PAGE_LETTERS for page in pages)
    assert "\n".join(pages).replace("\n", "") == long.replace("\n", "")


def test_html_as_it_is_read(tmp_path: Path) -> None:
    page = (
        "<html><head><title>x</title><script>alert(1)</script></head><body><h1>განცხადება</h1><p>ერთი<br>ორი &amp; სამი"
        "<table><tr><td>1<td>2</table><style>p{}</style><noscript>no</noscript></body></html>"
    )
    text = plain.html_file_text(kept(tmp_path, page.encode()))
    assert [line.strip() for line in text.split("\n") if line.strip()] == ["განცხადება", "ერთი", "ორი & სამი", "1 2"]
    named = '<meta charset="windows-1251"><p>' + RU
    assert RU in plain.html_file_text(kept(tmp_path, named.encode("cp1251")))
    deep = "<div>" * 100_000 + "bottom"
    assert "bottom" in plain.html_text(deep) or plain.html_text(deep) == ""


def test_office_documents(tmp_path: Path) -> None:
    assert office.word_text(kept(tmp_path, files.docx("პირველი", "მეორე"))) == "პირველი\nმეორე"
    assert office.open_document_text(kept(tmp_path, files.odt("առաջին", "երկրորդ"))) == "առաջին\nերկրորդ"
    sheets = office.sheet_text(kept(tmp_path, files.xlsx("თანხა", "186 400")))
    assert sheets.split("\n")[:2] == ["ხარჯები", "თანხა\t186 400"]


def test_word_document_with_a_letterhead_a_page_break_and_tracked_changes(tmp_path: Path) -> None:
    main = f"xmlns:w='{files.WORD}'"
    body = (
        f"<w:document {main}><w:body><w:p><w:r><w:t>one</w:t></w:r><w:del><w:r><w:delText>gone</w:delText></w:r></w:del>"
        "<w:r><w:tab/><w:t>two</w:t><w:br w:type='page'/></w:r></w:p><w:p><w:r><w:t>three</w:t></w:r></w:p></w:body></w:document>"
    )
    header = f"<w:hdr {main}><w:p><w:r><w:t>Letterhead</w:t></w:r></w:p></w:hdr>"
    whole = files.archive({"[Content_Types].xml": "<x/>", "word/document.xml": body, "word/header1.xml": header})
    assert office.word_text(kept(tmp_path, whole)) == "Letterhead\none\ttwo\f\nthree"


def test_letter_with_body_in_two_forms_and_attachments(tmp_path: Path) -> None:
    message = EmailMessage()
    message["From"], message["Subject"] = "ნინო <nino@example.ge>", "განცხადება სახურავზე"
    message.set_content("გთხოვთ")
    message.add_alternative("<p>გთხოვთ</p>", subtype="html")
    message.add_attachment(b"%PDF-", maintype="application", subtype="pdf", filename="დანართი № 1.pdf")
    letter = mail.mail(kept(tmp_path, message.as_bytes()))
    assert letter.text == "From: ნინო <nino@example.ge>\nSubject: განცხადება სახურავზე\n\nგთხოვთ"
    assert [(a.name, a.whole) for a in letter.attachments] == [("დანართი № 1.pdf", b"%PDF-")]


def test_letter_of_an_old_program_with_bare_eight_bit_headers(tmp_path: Path) -> None:
    raw = (
        b"From: a@b.ru\r\nSubject: "
        + "Ремонт дороги к школе".encode("koi8-r")
        + b"\r\nDate: x\r\n\r\n"
        + RU.encode("cp1251")
    )
    letter = mail.mail(kept(tmp_path, raw))
    assert "Ремонт дороги к школе" in letter.text and RU in letter.text


def test_outlook_message_with_what_it_carries_and_what_was_forwarded_in_it(tmp_path: Path) -> None:
    forwarded = outlook_message("Жалоба", RU)
    forwarded.add_attachment("фото.jpg", b"\xff\xd8", mime_type="image/jpeg")
    message = outlook_message("განცხადება", KA + "\r\n" + HY)
    message.set_property(msg.PropertyId.MESSAGE_DELIVERY_TIME, datetime(2026, 3, 15, 10, 30, tzinfo=UTC))
    message.add_recipient("kvemo@example.ge", display_name="მერია")
    message.add_attachment("დანართი № 1.pdf", b"%PDF-" + b"x" * 20_000, mime_type="application/pdf")
    message.add_embedded_message_attachment(forwarded)
    path = kept(tmp_path, message.to_bytes())
    assert kind_of(path).kind is Kind.OUTLOOK
    letter = mail.outlook(path)
    assert letter.text == (
        'From: "ანა" <ana@example.ge>\nTo: მერია <kvemo@example.ge>\nDate: 2026-03-15 10:30+00:00\nSubject: განცხადება'
        f'\n\n{KA}\n{HY}\n\nFrom: "ანა" <ana@example.ge>\nSubject: Жалоба\n\n{RU}'
    )
    assert [(a.name, len(a.whole)) for a in letter.attachments] == [("დანართი № 1.pdf", 20_005), ("фото.jpg", 2)]


def test_outlook_message_forwarded_with_the_short_header_that_the_format_names(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    message = outlook_message("განცხადება", KA)
    message.add_embedded_message_attachment(outlook_message("Жалоба", RU))
    whole = Outlook.load(message.to_bytes())
    inner = whole.attachments[0]._storage.storages[0]
    [properties] = [one for one in inner.streams if one.name == "__properties_version1.0"]
    properties.bytes_ = properties.bytes_[:24] + properties.bytes_[32:]  # the writer here leaves eight bytes more
    monkeypatch.setattr(mail.Outlook, "load", lambda _path: whole)
    assert mail.outlook(tmp_path).text.endswith(f"Subject: Жалоба\n\n{RU}")


def test_outlook_message_in_html_only(tmp_path: Path) -> None:
    message = outlook_message("x", "")
    message.body_html = f"<p>{KA}</p><script>no()</script>"
    assert mail.outlook(kept(tmp_path, message.to_bytes())).text.endswith(KA)


def test_outlook_message_folded_into_itself_without_end(tmp_path: Path) -> None:
    message = outlook_message("0", "")
    for depth in range(mail.NESTED):
        outer = outlook_message(str(depth + 1), "")
        outer.add_embedded_message_attachment(message)
        message = outer
    with pytest.raises(Invalid, match="unfolds_too_far"):
        mail.outlook(kept(tmp_path, message.to_bytes()))


@pytest.mark.parametrize("share", [0.1, 0.4, 0.7, 0.95])
def test_outlook_message_cut_short(tmp_path: Path, share: float) -> None:
    whole = outlook_message("განცხადება", KA * 200).to_bytes()
    try:
        mail.outlook(kept(tmp_path, whole[: int(len(whole) * share)]))
    except Invalid as error:
        assert error.message == "capture.damaged"


def outlook_message(subject: str, body: str) -> msg.MapiMessage:
    message = msg.MapiMessage.create(subject, body)
    message.set_property(msg.PropertyId.SENDER_NAME, "ანა")
    message.set_property(msg.PropertyId.SENDER_EMAIL_ADDRESS, "ana@example.ge")
    return message


def test_container_gives_its_documents_and_not_its_signatures(tmp_path: Path) -> None:
    letter = mail.container(kept(tmp_path, files.container({"folder/letter.pdf": b"x", "ხელშეკრულება.docx": b"y"})))
    assert [a.name for a in letter.attachments] == ["folder/letter.pdf", "ხელშეკრულება.docx"]


def test_archive_does_not_believe_what_it_is_told(tmp_path: Path) -> None:
    whole = bytearray(files.archive({"a": b"x" * (4 << 20)}))
    with Archive(kept(tmp_path, bytes(whole))) as opened, pytest.raises(Invalid) as refused:
        opened.read("a")
    assert refused.value.message == "capture.unfolds_too_far"
    with pytest.raises(Invalid):
        Archive(kept(tmp_path, b"PK\x03\x04"))
    many = files.archive({str(n): b"" for n in range(10_001)})
    with pytest.raises(Invalid):
        Archive(kept(tmp_path, many))


def test_names_of_old_archives_are_read_in_the_letters_of_their_country(tmp_path: Path) -> None:
    whole = files.archive({"letter_.txt": b"x"})
    old = whole.replace(b"letter_", "письмо!".encode("cp866"))
    with Archive(kept(tmp_path, old)) as opened:
        assert [opened.written(name) for name in opened.names] == ["письмо!.txt"]


def test_what_a_signature_lies_around_is_opened_and_a_signature_alone_says_so(tmp_path: Path) -> None:
    around, beside = tmp_path / "letter.p7m", tmp_path / "letter.p7s"
    around.write_bytes(signed_things.message("B-B", detached=False))
    beside.write_bytes(signed_things.message("B-B"))
    assert kind_of(around).kind is kind_of(beside).kind is Kind.ENVELOPE
    (inner,) = mail.envelope(around).attachments
    assert inner.whole == signed_things.LETTER
    with pytest.raises(Invalid) as alone:
        mail.envelope(beside)
    assert alone.value.message == "capture.signature_alone"
    beside.write_bytes(around.read_bytes()[:200])
    with pytest.raises(Invalid):
        mail.envelope(beside)
