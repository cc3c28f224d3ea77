"""Word files on their way to paper: filled as text, printed by LibreOffice within its minute, refused in words."""

from __future__ import annotations

import io
import os
import shutil
import stat
import subprocess
import time
import zipfile
from pathlib import Path

import docx
import pikepdf
import pytest

from edms.drafting.paper import word
from edms.errors import Invalid, Unavailable
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


def test_a_converter_that_hangs_is_ended_with_its_children(tmp_path: Path) -> None:
    left = tmp_path / "left"
    hanging = program(tmp_path, f"sleep 60 & echo $! > {left}; wait")
    began = time.monotonic()
    with pytest.raises(Unavailable) as refusal:
        word.printed(template("x"), program=hanging, seconds=0.5)
    assert refusal.value.message == "paper.word_too_slow" and time.monotonic() - began < 5
    assert not alive(int(left.read_text()))


def test_a_converter_that_makes_nothing_is_said(tmp_path: Path) -> None:
    with pytest.raises(Invalid) as refusal:
        word.printed(template("x"), program=program(tmp_path, "exit 0"))
    assert refusal.value.message == "paper.word_not_understood"


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


def program(folder: Path, script: str) -> str:
    path = folder / "soffice"
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return str(path)


def alive(number: int) -> bool:
    """Is the process still at work? One that only waits to be buried is not."""
    try:
        os.kill(number, 0)
        return Path(f"/proc/{number}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except (ProcessLookupError, FileNotFoundError):
        return False


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


def test_a_template_that_unfolds_too_far_is_not_unfolded() -> None:
    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(template("{{ text }}"))) as good, zipfile.ZipFile(made, "w", 8) as bomb:
        for name in good.namelist():
            bomb.writestr(name, good.read(name))
        bomb.writestr("word/media/image1.png", bytes(word.UNPACKED + 1))
    for act in (word.places, lambda raw: word.filled(raw, {"text": "x"})):
        with pytest.raises(Invalid) as refused:
            act(made.getvalue())
        assert refused.value.message == "paper.word_not_understood"
