"""Filled forms and notes on a page: what their sender sees is drawn and read, what is hidden stays hidden."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pikepdf
import pytest
from pikepdf import Array, Dictionary, Name, String
from PIL import Image

from edms.capture.pdf import Layer, Pdf
from tests.units import hostile_files as files
from tests.units.test_capture_hostile import looked

HIDDEN, PRINTED = 2, 4
PASSWORD = 1 << 13
ASKED = "Application to the town hall. Name and purpose:"


def filled(*values: str, appears: str | None = None, said: str = ASKED, **more: Any) -> bytes:
    """A page with text fields one below another; `appears` is what the first one's own appearance shows."""

    def fill(made: pikepdf.Pdf) -> None:
        page = made.pages[0]
        fields = []
        for number, value in enumerate(values):
            field = made.make_indirect(
                Dictionary(
                    Type=Name.Annot, Subtype=Name.Widget, FT=Name.Tx, T=String(f"field {number}"), V=String(value),
                    Rect=Array([72, 600 - 40 * number, 500, 620 - 40 * number]), F=PRINTED, DA=String("/F 12 Tf 0 g"),
                )
            )  # fmt: skip
            for name, each in more.items():
                field[f"/{name}"] = each
            fields.append(field)
        if appears is not None:
            fields[0].AP = Dictionary(N=_drawing(made, page, appears))
        page.Annots = Array(fields)
        made.Root.AcroForm = Dictionary(Fields=Array(fields), DR=page.Resources, DA=String("/F 12 Tf 0 g"))

    return files.pdf(said, extra=fill)


def noted(note: str) -> bytes:
    """A page on which somebody wrote a note with the reader's own pen."""

    def write(made: pikepdf.Pdf) -> None:
        page = made.pages[0]
        free = Dictionary(
            Type=Name.Annot, Subtype=Name.FreeText, Contents=String(note), Rect=Array([72, 500, 500, 520]), F=PRINTED,
            AP=Dictionary(N=_drawing(made, page, note)),
        )  # fmt: skip
        page.Annots = Array([made.make_indirect(free)])

    return files.pdf(ASKED, extra=write)


def _drawing(made: pikepdf.Pdf, page: pikepdf.Page, text: str) -> pikepdf.Object:
    drawn = made.make_stream(f"BT /F 12 Tf 2 5 Td ({text}) Tj ET".encode("latin-1"))
    drawn.Type, drawn.Subtype, drawn.BBox = Name.XObject, Name.Form, Array([0, 0, 428, 20])
    drawn.Resources = page.Resources
    return drawn


def opened(whole: bytes, folder: Path) -> Pdf:
    path = folder / "form.pdf"
    path.write_bytes(whole)
    return Pdf(path)


def layer(whole: bytes, folder: Path) -> Layer:
    return opened(whole, folder).layer(1)


def ink(image: Image.Image, top: float, bottom: float) -> int:
    """Dark pixels between two heights, in points from below."""
    scale = image.height / 842
    band = image.convert("L").crop((0, round((842 - top) * scale), image.width, round((842 - bottom) * scale)))
    return sum(band.histogram()[:128])


@pytest.mark.parametrize("appears", [None, "Nino Beridze"])
def test_filled_field_is_read_and_drawn(appears: str | None, tmp_path: Path) -> None:
    whole = filled("Nino Beridze", appears=appears)
    seen = layer(whole, tmp_path)
    assert seen.whole and ASKED in seen.text and seen.text.count("Nino Beridze") == 1
    [(_, x, y, width, height, _)] = [word for word in seen.words if word[0] == "Nino"]
    assert 0.1 < x < 0.3 and 0.2 < y < 0.35 and width < 0.8 and height < 0.1
    assert ink(opened(whole, tmp_path).image(1).image, 622, 598) > 50


def test_drawing_before_and_after_reading_is_the_same(tmp_path: Path) -> None:
    pdf = opened(filled("Nino Beridze"), tmp_path)
    before = ink(pdf.image(1).image, 622, 598)
    pdf.layer(1)
    assert abs(ink(pdf.image(1).image, 622, 598) - before) < 0.2 * before


def test_value_that_no_face_can_draw_is_read_all_the_same(tmp_path: Path) -> None:
    seen = layer(filled("ნინო ბერიძე", "Telavi"), tmp_path)
    assert "ნინო ბერიძე" in seen.text and "Telavi" in seen.text
    assert [word[0] for word in seen.words].count("ბერიძე") == 1


def test_note_in_the_reader_s_pen_is_read(tmp_path: Path) -> None:
    assert "Please answer by Monday" in layer(noted("Please answer by Monday"), tmp_path).text


@pytest.mark.parametrize("more", [{"F": HIDDEN}, {"Ff": PASSWORD}], ids=["hidden", "password"])
def test_what_its_sender_does_not_see_is_not_read(more: dict[str, int], tmp_path: Path) -> None:
    assert "secret" not in layer(filled("secret", **more), tmp_path).text


def test_note_on_a_scan_does_not_stand_for_its_text(tmp_path: Path) -> None:
    photograph = io.BytesIO()
    Image.new("L", (600, 800), 240).save(photograph, "JPEG")

    def cover(made: pikepdf.Pdf) -> None:
        page = made.pages[0]
        picture = made.make_stream(photograph.getvalue())
        picture.Type, picture.Subtype, picture.Filter = Name.XObject, Name.Image, Name.DCTDecode
        picture.Width, picture.Height, picture.BitsPerComponent, picture.ColorSpace = 600, 800, 8, Name.DeviceGray
        page.Resources.XObject = Dictionary(Scan=picture)
        page.Contents = made.make_stream(b"q 595 0 0 842 0 0 cm /Scan Do Q")

    with pikepdf.open(io.BytesIO(noted("Registered on Monday, to be answered within ten days"))) as made:
        cover(made)
        out = io.BytesIO()
        made.save(out)
    assert not layer(out.getvalue(), tmp_path).whole


def circular() -> bytes:
    """A field that is its own parent and child, whose appearance draws itself."""

    def wind(made: pikepdf.Pdf) -> None:
        page = made.pages[0]
        drawn = made.make_stream(b"/X Do /X Do")
        drawn.Type, drawn.Subtype, drawn.BBox = Name.XObject, Name.Form, Array([0, 0, 9, 9])
        drawn.Resources = Dictionary(XObject=Dictionary(X=drawn))
        field = made.make_indirect(
            Dictionary(Type=Name.Annot, Subtype=Name.Widget, FT=Name.Tx, T=String("x"), Rect=Array([0, 0, 99, 99]))
        )
        field.Parent, field.Kids, field.AP = field, Array([field]), Dictionary(N=drawn)
        page.Annots = Array([field])
        made.Root.AcroForm = Dictionary(Fields=Array([field]))

    return files.pdf(ASKED, extra=wind)


def crowded() -> bytes:
    """A page of 4,000 fields, each with a value of a thousand letters."""
    return filled(*(f"{number} " + "x" * 1000 for number in range(4_000)))


def test_appearance_that_draws_itself_costs_only_its_page() -> None:
    said, ended = looked(circular(), act_seconds=3.0)
    assert ended in ("sandbox.too_long", "sandbox.crashed")
    assert [part.get("pages") for part in said] == [1]


@pytest.mark.parametrize("made", [crowded, lambda: filled("x" * 3_000_000)], ids=["crowd", "book"])
def test_hostile_form_is_bounded(made: Any) -> None:
    said, ended = looked(made(), act_seconds=20.0)
    assert ended is None
    assert said[0]["pages"] == 1
    assert ASKED in said[1]["text"] and len(said[1]["text"]) < 300_000
