"""The searchable copy: the words as they were read, where they stand, under the picture as it came; a plain PDF/A."""

from __future__ import annotations

import hashlib
import io
import json
import random
import shutil
import subprocess
import tracemalloc
from pathlib import Path
from typing import Any

import pikepdf
import pypdfium2
import pytest
from PIL import Image, ImageChops, ImageDraw, ImageStat

from edms.capture import layering
from edms.capture.pdf import Pdf
from edms.capture.pictures import Pictures
from edms.capture.sandwich import Picture, Sandwich, Sheet
from edms.demo import letters, scanner
from edms.errors import Invalid

A4 = (1240, 1754)
DPI = 150
SAID = {
    "ka": "საქართველოს კანონმდებლობის თანახმად\nგანცხადება № 17/3 მიიღეს",
    "hy": "Հայաստանի Հանրապետության օրենքը\nև քաղաքացիների դիմումները 2026թ․",
    "ru": "Постановление городской управы\nо выдаче разрешения объёмом 5 л",
    "en": 'Resolution of the "City Hall"\non (building) permits <5 %> & more',
}


def told(text: str, *, page: int = 1, rotation: int = 0, skew: float = 0.0, language: str = "ka") -> dict[str, Any]:
    """What was read of a page: words in two lines, each line a tenth of the page below the one before."""
    words = []
    for number, line in enumerate(text.split("\n")):
        left = 0.1
        for word in line.split():
            across = 0.012 * len(word)
            words.append([word, left, 0.2 + 0.1 * number, across, 0.02, 91])
            left += across + 0.01
    return {"page": page, "text": text, "language": language, "rotation": rotation, "skew": skew, "words": words}


def copied(folder: Path, whole: bytes, *pages: dict[str, Any]) -> Path:
    source, lines = folder / "source", folder / "told"
    source.write_bytes(whole)
    lines.write_text("".join(json.dumps(page) + "\n" for page in pages), encoding="utf-8")
    seal = hashlib.sha256(whole).hexdigest()[:32]
    said = list(layering.copy([source, lines], folder, name="წერილი <1>.pdf", seal=seal, act_seconds=60))
    assert said == [{"page": page["page"]} for page in pages]
    return folder / layering.COPY


def sheet(size: tuple[int, int] = A4, mode: str = "RGB") -> Image.Image:
    """White, with a black bar at its head and a red seal at the lower right."""
    paper = Image.new("RGB", size, "white")
    draw = ImageDraw.Draw(paper)
    draw.rectangle((size[0] * 0.1, size[1] * 0.05, size[0] * 0.9, size[1] * 0.1), fill="black")
    draw.ellipse((size[0] * 0.6, size[1] * 0.7, size[0] * 0.9, size[1] * 0.9), fill=(200, 20, 30))
    return paper.convert(mode)


def saved(image: Image.Image, form: str, **more: Any) -> bytes:
    made = io.BytesIO()
    image.save(made, form, dpi=(DPI, DPI), **more)
    return made.getvalue()


@pytest.mark.parametrize("language", SAID)
def test_words_are_read_back_as_they_were_recognised_and_where_they_stand(language: str, tmp_path: Path) -> None:
    page = told(SAID[language], language=language)
    copy = copied(tmp_path, saved(sheet(), "JPEG"), page)
    layer = Pdf(copy).layer(1)
    assert layer.text == SAID[language] and layer.whole
    for (word, x, y, across, tall, _), seen in zip(page["words"], layer.words, strict=True):
        assert seen[0] == word
        assert seen[1:5] == pytest.approx((x, y, across, tall), abs=0.004)
    document = pypdfium2.PdfDocument(copy)
    text = document[0].get_textpage()
    for word, *_ in page["words"]:
        assert text.search(word, match_case=True).get_next() is not None, f"{word} is found"


@pytest.mark.skipif(shutil.which("pdftotext") is None, reason="pdftotext is not installed")
def test_another_reader_reads_the_same(tmp_path: Path) -> None:
    copy = copied(tmp_path, saved(sheet(), "JPEG"), told("\n".join(SAID.values())))
    said = subprocess.run(["pdftotext", "-enc", "UTF-8", str(copy), "-"], capture_output=True, check=True).stdout
    assert said.decode("utf-8").split() == "\n".join(SAID.values()).split()


def test_copy_says_that_it_is_a_pdf_a_and_keeps_to_it(tmp_path: Path) -> None:
    copy = copied(tmp_path, saved(sheet(), "JPEG"), told(SAID["ka"]), told(SAID["hy"], page=1))
    with pikepdf.open(copy) as pdf:
        assert pdf.check_pdf_syntax() == []
        with pdf.open_metadata() as said:
            assert said.pdfa_status == "2U" and said["dc:title"] == "წერილი <1>.pdf"
        [intent] = pdf.Root.OutputIntents
        assert intent.S == "/GTS_PDFA1" and intent.DestOutputProfile.N == 3
        assert intent.DestOutputProfile.read_bytes()[36:40] == b"acsp"
        assert not pdf.is_encrypted and len(pdf.trailer.ID) == 2 and pdf.Root.Lang == "ka"
        assert {"/AcroForm", "/Names", "/OpenAction", "/AA"}.isdisjoint(pdf.Root.keys())
        face = pdf.pages[0].Resources.Font.F.DescendantFonts[0]
        assert face.FontDescriptor.FontFile2.read_bytes()[:4] == b"\x00\x01\x00\x00"
        assert all(page.Resources.Font.F.ToUnicode.read_bytes() for page in pdf.pages)
    head = copy.read_bytes()[:20]
    assert head.startswith(b"%PDF-1.7\n%") and min(head[10:14]) > 127


def drawn(path: Path) -> Image.Image:
    with path.open("rb") as file:
        return pypdfium2.PdfDocument(file.read())[0].render(scale=0.5).to_pil().convert("RGB")


def differ(one: Image.Image, other: Image.Image) -> float:
    small = [image.convert("RGB").resize((120, 120), Image.Resampling.BOX) for image in (one, other)]
    return max(ImageStat.Stat(ImageChops.difference(*small)).mean)


@pytest.mark.parametrize("held", range(1, 9))
def test_photograph_is_carried_over_byte_for_byte_and_stands_as_it_is_shown(held: int, tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = held
    whole = saved(sheet(), "JPEG", exif=exif, quality=60)
    copy = copied(tmp_path, whole, told("ერთი ორი"))
    assert whole in copy.read_bytes()
    assert differ(drawn(copy), Pictures(tmp_path / "source").image(1).image) < 3


@pytest.mark.parametrize("lies", [(90, 0.0), (180, 0.0), (270, 0.0), (0, 4.0), (90, -3.0)])
def test_page_stands_upright_and_level_as_it_was_read(lies: tuple[int, float], tmp_path: Path) -> None:
    rotation, skew = lies
    copy = copied(tmp_path, saved(sheet(), "JPEG"), told("ერთი ორი", rotation=rotation, skew=skew))
    upright = sheet().rotate(-rotation, expand=True)
    assert differ(drawn(copy), upright.rotate(skew, fillcolor="white")) < 6
    assert Pdf(copy).layer(1).words[0][1:3] == pytest.approx((0.1, 0.2), abs=0.004)


@pytest.mark.parametrize("rotation", [0, 90, 180, 270])
def test_sheet_of_a_pdf_is_carried_over_as_its_scanner_made_it(rotation: int, tmp_path: Path) -> None:
    subject = letters.SUBJECTS[0]
    whole = scanner.scan(letters.letter(subject, random.Random(1)).text, subject.language, random.Random(1))
    with pikepdf.open(io.BytesIO(whole)) as pdf:
        [scanned] = pdf.pages[0].get_images().values()
        photograph = scanned.read_raw_bytes()
        pdf.pages[0].Rotate = rotation
        turned = io.BytesIO()
        pdf.save(turned)
    copy = copied(tmp_path, turned.getvalue(), told("ერთი ორი"))
    assert photograph in copy.read_bytes()
    assert differ(drawn(copy), drawn(tmp_path / "source")) < 1


def test_black_and_white_page_stays_so_and_small(tmp_path: Path) -> None:
    page = sheet(mode="L").point(lambda value: 255 * (value > 128)).convert("1")
    copy = copied(tmp_path, saved(page, "TIFF", compression="group4"), told("ერთი ორი"))
    assert copy.stat().st_size < 20_000
    assert differ(drawn(copy), page) < 2
    (tmp_path / "again").mkdir()
    again = copied(tmp_path / "again", copy.read_bytes(), told("ერთი ორი"))
    assert differ(drawn(again), page) < 2


def test_whatever_else_there_is_is_drawn(tmp_path: Path) -> None:
    copy = copied(tmp_path, saved(sheet(mode="RGBA"), "PNG"), told("ერთი ორი"))
    assert differ(drawn(copy), sheet()) < 3
    with pikepdf.open(copy) as pdf:
        assert pdf.pages[0].Resources.XObject.Im.ColorSpace == "/DeviceRGB"


def test_signed_file_gets_none(tmp_path: Path) -> None:
    with pikepdf.new() as pdf:
        pdf.add_blank_page()
        pdf.Root.Perms = pikepdf.Dictionary(DocMDP=pdf.make_indirect(pikepdf.Dictionary(ByteRange=[0, 1, 2, 3])))
        made = io.BytesIO()
        pdf.save(made, object_stream_mode=pikepdf.ObjectStreamMode.disable)
    with pytest.raises(Invalid, match=r"capture\.signed_has_no_copy"):
        copied(tmp_path, made.getvalue(), told("ერთი"))


def test_book_is_written_page_by_page(tmp_path: Path) -> None:
    noise = random.Random(1).randbytes(100_000)
    picture = Picture("/Width 10 /Height 10 /ColorSpace /DeviceGray /BitsPerComponent 8", noise)
    lines = [[("განცხადება", 10.0 * n, 700.0, 60.0, 10.0) for n in range(10)]] * 5
    with (tmp_path / "book.pdf").open("wb") as target:
        tracemalloc.start()
        book = Sandwich(target, "book", bytes(16))
        for _ in range(100):
            book.add(Sheet(595, 842, picture, (595, 0, 0, 842, 0, 0), lines))
        book.close()
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    assert (tmp_path / "book.pdf").stat().st_size > 100 * len(noise)
    assert most < 2_000_000
    with pikepdf.open(tmp_path / "book.pdf") as pdf:
        assert len(pdf.pages) == 100
