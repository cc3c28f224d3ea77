"""Word files on their way to paper: filled as text, printed by LibreOffice within its minute, refused in words."""

from __future__ import annotations

import io
import shutil
import socket
import subprocess
import zipfile
from pathlib import Path

import docx
import pikepdf
import pytest
from PIL import Image

from edms.drafting.paper import word
from edms.drafting.paper.word_child import UNPACKED
from edms.errors import Invalid, Unavailable
from edms.sandbox.run import Outcome, run
from edms.signing import plainness

needs_office = pytest.mark.skipif(word.converter() is None, reason="LibreOffice is not installed")


def template(*paragraphs: str) -> bytes:
    document = docx.Document()
    for paragraph in paragraphs:
        document.add_paragraph(paragraph)
    made = io.BytesIO()
    document.save(made)
    return made.getvalue()


def test_values_stay_text() -> None:
    made = word.filled(template("{{ addressee }}: {{ subject }}"), {"addressee": "შპს <b>&</b>", "subject": "{{ x }}"})
    (paragraph,) = docx.Document(io.BytesIO(made)).paragraphs
    assert paragraph.text == "შპს <b>&</b>: {{ x }}"


def test_a_place_nobody_fills_is_named() -> None:
    with pytest.raises(Invalid) as refusal:
        word.filled(template("{{ adressee }}"), {"addressee": "x"})
    assert "adressee" in str(refusal.value.values["place"])


@pytest.mark.parametrize("place", ["{{ ''.__class__.__mro__ }}", "{% for x in y %}", "{{ 1/ }}"])
def test_a_template_cannot_reach_out(place: str) -> None:
    with pytest.raises(Invalid):
        word.filled(template(place), {"y": []})


@pytest.mark.parametrize("bytes_", [b"", b"garbage", b"%PDF-1.7"])
def test_what_is_no_word_file_is_refused(bytes_: bytes) -> None:
    with pytest.raises(Invalid):
        word.filled(bytes_, {})
    with pytest.raises((Invalid, Unavailable)):
        word.printed(bytes_)


def test_without_libreoffice_it_is_said(tmp_path: Path) -> None:
    with pytest.raises(Unavailable) as refusal:
        word.printed(template("x"), program=str(tmp_path / "soffice"))
    assert refusal.value.message == "paper.word_no_converter"


@needs_office
def test_a_converter_that_takes_too_long_is_ended() -> None:
    with pytest.raises(Unavailable) as refusal:
        word.printed(template("x"), seconds=0.1)
    assert refusal.value.message == "paper.word_too_slow"


@needs_office
def test_a_letter_that_libreoffice_cannot_read_is_refused() -> None:
    broken = io.BytesIO()
    with zipfile.ZipFile(broken, "w") as parts:
        parts.writestr("word/document.xml", "<not a letter")
    with pytest.raises(Invalid) as refusal:
        word.printed(broken.getvalue())
    assert refusal.value.message == "paper.word_not_understood"


@needs_office
def test_a_letter_draws_in_nothing_of_the_machine_and_asks_nobody(tmp_path: Path) -> None:
    """A picture or a text that the file only names, on a server or in the machine's own folders, stays outside."""
    secret = tmp_path / "secret.txt"
    secret.write_text("the ledger's own key")
    Image.new("RGB", (40, 40), "red").save(tmp_path / "stamp.png")
    with socket.create_server(("127.0.0.1", 0)) as canary:
        canary.settimeout(0.1)
        url = f"http://127.0.0.1:{canary.getsockname()[1]}/x.png"
        drawn = "".join(picture(name) for name in ("far", "near"))
        named = f"{drawn}{field(secret.as_uri())}"
        links = {"far": ("image", url), "near": ("image", (tmp_path / "stamp.png").as_uri())}
        pressed = word.printed(with_parts(template("x"), named, links))
        with pytest.raises(TimeoutError):
            canary.accept()
    if not walled(template("{{ text }}"), tmp_path).files_shut:
        pytest.skip("this kernel has no Landlock")
    with pikepdf.open(io.BytesIO(pressed.pdf)) as pdf:
        assert not [image for page in pdf.pages for image in page.get_images()]
    if (reader := shutil.which("pdftotext")) is not None:
        text = subprocess.run([reader, "-", "-"], input=pressed.pdf, capture_output=True, check=True).stdout.decode()
        assert "ledger" not in text


def walled(letter: bytes, folder: Path) -> Outcome:
    """How a child that reads a letter ends here."""
    path = folder / "letter.docx"
    path.write_bytes(letter)
    return run("edms.drafting.paper.word_child:places", [path])[1]


def picture(link: str) -> str:
    """A picture that lies elsewhere."""
    size, main = '<a:ext cx="914400" cy="914400"/>', "http://schemas.openxmlformats.org/drawingml/2006"
    return (
        '<w:p><w:r><w:drawing><wp:inline><wp:extent cx="914400" cy="914400"/><wp:docPr id="1" name="p"/>'
        f'<a:graphic xmlns:a="{main}/main"><a:graphicData uri="{main}/picture"><pic:pic xmlns:pic="{main}/picture">'
        '<pic:nvPicPr><pic:cNvPr id="0" name="p"/><pic:cNvPicPr/></pic:nvPicPr>'
        f'<pic:blipFill><a:blip r:link="{link}"/><a:stretch><a:fillRect/></a:stretch></pic:blipFill>'
        f'<pic:spPr><a:xfrm><a:off x="0" y="0"/>{size}</a:xfrm><a:prstGeom prst="rect"/></pic:spPr>'
        "</pic:pic></a:graphicData></a:graphic></wp:inline></w:drawing></w:r></w:p>"
    )


def field(address: str) -> str:
    """A field that draws in another file, to be filled anew when the letter is opened."""
    return (
        '<w:p><w:r><w:fldChar w:fldCharType="begin" w:dirty="true"/></w:r><w:r><w:instrText xml:space="preserve">'
        f' INCLUDETEXT "{address}" </w:instrText></w:r><w:r><w:fldChar w:fldCharType="separate"/></w:r>'
        '<w:r><w:t>old</w:t></w:r><w:r><w:fldChar w:fldCharType="end"/></w:r></w:p>'
    )


def with_parts(letter: bytes, body: str, links: dict[str, tuple[str, str]]) -> bytes:
    """The letter with more in its body, and links to files outside."""
    made = io.BytesIO()
    kinds = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/"
    more = "".join(
        f'<Relationship Id="{name}" Type="{kinds}{kind}" Target="{target}" TargetMode="External"/>'
        for name, (kind, target) in links.items()
    )
    with zipfile.ZipFile(io.BytesIO(letter)) as old, zipfile.ZipFile(made, "w", 8) as new:
        for name in old.namelist():
            raw = old.read(name).decode("utf-8", "surrogateescape")
            if name == "word/document.xml":
                raw = raw.replace("<w:sectPr", body + "<w:sectPr", 1)
            if name == "word/_rels/document.xml.rels":
                raw = raw.replace("</Relationships>", more + "</Relationships>")
            new.writestr(name, raw.encode("utf-8", "surrogateescape"))
    return made.getvalue()


@needs_office
def test_a_word_letter_becomes_a_page_that_can_be_signed() -> None:
    pressed = word.printed(template("გამარჯობა", "Բարև", "Привет"))
    assert plainness.problems(pressed.pdf) == []
    assert set(pressed.places) == {"registration", "signature"} and pressed.pages == 1
    with pikepdf.open(io.BytesIO(pressed.pdf)) as pdf, pdf.open_metadata() as told:
        assert told["pdfaid:part"] == "2"
    if (reader := shutil.which("pdftotext")) is not None:
        text = subprocess.run([reader, "-", "-"], input=pressed.pdf, capture_output=True, check=True).stdout.decode()
        assert text.split() == ["გამარჯობა", "Բարև", "Привет"]


def test_a_zip_that_only_looks_like_word_is_refused() -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as parts:
        parts.writestr("other.xml", "<a/>")
    with pytest.raises((Invalid, Unavailable)):
        word.printed(packed.getvalue())


@pytest.mark.parametrize(
    "written",
    [
        "{{ text }}{{ 'x' * 999999999 }}",
        "{{ text }}{{ 'x' | center(999999999) }}",
        "{{ text }}{% for a in range(99999) %}{% for b in range(99999) %}x{% endfor %}{% endfor %}",
        "{{ text }}{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}",
        "{{ text.__class__ }}",
        "{{ text }}{{ 9 ** 999999999 }}",
    ],
)
def test_a_template_is_places_and_no_program(written: str) -> None:
    """Whoever brings a template must not be able to keep the service at work, or fill its memory."""
    for act in (word.places, lambda raw: word.filled(raw, {"text": "x"})):
        with pytest.raises(Invalid) as refused:
            act(template(written))
        assert refused.value.message == "paper.word_template_wrong"


def test_a_place_may_be_left_out_where_it_is_empty() -> None:
    raw = template("{{ text }}{% if their_number and not subject %} {{ their_number | upper }}{% endif %}")
    assert word.places(raw) == {"text", "their_number", "subject"}
    made = word.filled(raw, {"text": "a", "their_number": "x/7", "subject": ""})
    assert docx.Document(io.BytesIO(made)).paragraphs[0].text == "a X/7"


def test_capitals_are_only_for_scripts_that_have_them() -> None:
    made = word.filled(template("{{ text | upper }}"), {"text": "ქ. Kvemo, քաղաք Գյումրի и мэр"})
    assert docx.Document(io.BytesIO(made)).paragraphs[0].text == "ქ. KVEMO, քաղաք Գյումրի И МЭР"


def test_a_template_that_unfolds_too_far_is_not_unfolded() -> None:
    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(template("{{ text }}"))) as good, zipfile.ZipFile(made, "w", 8) as bomb:
        for name in good.namelist():
            bomb.writestr(name, good.read(name))
        bomb.writestr("word/media/image1.png", bytes(UNPACKED + 1))
    for act in (word.places, lambda raw: word.filled(raw, {"text": "x"})):
        with pytest.raises(Invalid) as refused:
            act(made.getvalue())
        assert refused.value.message == "paper.word_not_understood"
