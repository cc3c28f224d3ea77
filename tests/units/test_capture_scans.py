"""A scanned sheet is taken out of its PDF as it is only where it looks exactly as it would be drawn."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path

import pikepdf
import pytest
from pikepdf import Array, Dictionary, Name
from PIL import Image, ImageChops, ImageDraw, ImageStat

from edms.capture import scans
from edms.capture.pdf import Pdf
from edms.capture.pictures import PREVIEW_WIDTH, Page

WIDTH, HEIGHT = 2480, 3508
Spoils = Callable[[pikepdf.Pdf, pikepdf.Page, pikepdf.Object], None]


def photograph(mode: str = "RGB", size: tuple[int, int] = (WIDTH, HEIGHT)) -> bytes:
    """A sheet with a black bar at its head and a red seal at the lower right."""
    paper = Image.new("RGB", size, (250, 250, 245))
    draw = ImageDraw.Draw(paper)
    draw.rectangle((200, 200, size[0] - 200, 320), fill="black")
    draw.ellipse((size[0] - 900, size[1] - 900, size[0] - 300, size[1] - 300), fill=(200, 20, 30))
    made = io.BytesIO()
    paper.convert(mode).save(made, "JPEG", quality=80)
    return made.getvalue()


def sheet(folder: Path, change: Spoils | None = None, *, mode: str = "RGB") -> Pdf:
    """A page of A4 with the photograph over all of it, `change`d."""
    made = pikepdf.new()
    page = made.add_blank_page(page_size=(595.2, 841.92))
    picture = made.make_stream(photograph(mode))
    picture.Type, picture.Subtype, picture.Filter = Name.XObject, Name.Image, Name.DCTDecode
    picture.Width, picture.Height, picture.BitsPerComponent = WIDTH, HEIGHT, 8
    picture.ColorSpace = {"L": Name.DeviceGray, "RGB": Name.DeviceRGB, "CMYK": Name.DeviceCMYK}[mode]
    page.Resources = Dictionary(XObject=Dictionary(Scan=picture))
    page.Contents = made.make_stream(b"q 595.2 0 0 841.92 0 0 cm /Scan Do Q")
    if change:
        change(made, page, picture)
    path = folder / "sheet.pdf"
    made.save(path, compress_streams=False)
    return Pdf(path)


def drawn(pdf: Pdf, monkeypatch: pytest.MonkeyPatch) -> Image.Image:
    with monkeypatch.context() as patched:
        patched.setattr(scans.Scans, "sheet", lambda *_: None)
        return pdf.image(1).image


def differ(one: Image.Image, other: Image.Image) -> float:
    """Steps of 255 by which two pictures differ in the mean, looked at from some way off."""
    small = [image.convert("RGB").resize((200, 200), Image.Resampling.BOX) for image in (one, other)]
    return max(ImageStat.Stat(ImageChops.difference(*small)).mean)


def photographed(page: Page) -> bool:
    return page.small is not None


@pytest.mark.parametrize("mode", ["RGB", "L"])
@pytest.mark.parametrize("rotation", [0, 90, 180, 270])
def test_sheet_looks_as_it_is_drawn_whichever_way_it_lies(
    rotation: int, mode: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def lie(_: pikepdf.Pdf, page: pikepdf.Page, __: pikepdf.Object) -> None:
        page.Rotate = rotation

    pdf = sheet(tmp_path, lie, mode=mode)
    page, as_drawn = pdf.image(1), drawn(pdf, monkeypatch)
    assert photographed(page) and (page.image.mode, page.dpi) == ("L", 300)
    assert max(abs(a - b) for a, b in zip(page.image.size, as_drawn.size, strict=True)) <= 1
    assert differ(page.image, as_drawn.convert("L")) < 1
    assert page.small is not None and page.small.width >= PREVIEW_WIDTH
    assert differ(page.small, as_drawn) < 1, "the seal is still red"


def profiled(made: pikepdf.Pdf, _: pikepdf.Page, picture: pikepdf.Object) -> None:
    profile = made.make_stream(b"a profile")
    profile.N = 3
    picture.ColorSpace = Array([Name.ICCBased, profile])


def nested(made: pikepdf.Pdf, page: pikepdf.Page, _: pikepdf.Object) -> None:
    page.Contents = made.make_stream(b"q 0.24 0 0 0.24 0 0 cm q 2480 0 0 3508 0 0 cm /Scan Do Q Q")


def elsewhere(made: pikepdf.Pdf, page: pikepdf.Page, _: pikepdf.Object) -> None:
    page.MediaBox = Array([100, 50, 695.2, 891.92])
    page.Contents = made.make_stream(b"q 595.2 0 0 841.92 100 50 cm /Scan Do Q")


@pytest.mark.parametrize("change", [profiled, nested, elsewhere])
def test_sheet_as_other_scanners_write_it(change: Spoils, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pdf = sheet(tmp_path, change)
    page = pdf.image(1)
    assert photographed(page) and differ(page.image, drawn(pdf, monkeypatch).convert("L")) < 1


def content(said: bytes) -> Spoils:
    def change(made: pikepdf.Pdf, page: pikepdf.Page, _: pikepdf.Object) -> None:
        page.Contents = made.make_stream(said)

    return change


def annotated(made: pikepdf.Pdf, page: pikepdf.Page, _: pikepdf.Object) -> None:
    page.Annots = Array([Dictionary(Type=Name.Annot, Subtype=Name.Square, Rect=Array([0, 0, 99, 99]))])


def cropped(made: pikepdf.Pdf, page: pikepdf.Page, _: pikepdf.Object) -> None:
    page.CropBox = Array([100, 100, 400, 400])


def masked(made: pikepdf.Pdf, _: pikepdf.Page, picture: pikepdf.Object) -> None:
    mask = made.make_stream(b"\0")
    mask.Type, mask.Subtype, mask.ColorSpace = Name.XObject, Name.Image, Name.DeviceGray
    mask.Width, mask.Height, mask.BitsPerComponent = 1, 1, 8
    picture.SMask = mask


def inverted(made: pikepdf.Pdf, _: pikepdf.Page, picture: pikepdf.Object) -> None:
    picture.Decode = Array([1, 0, 1, 0, 1, 0])


def cut_short(made: pikepdf.Pdf, _: pikepdf.Page, picture: pikepdf.Object) -> None:
    picture.write(photograph()[:20_000], filter=Name.DCTDecode)


def lying_about_size(made: pikepdf.Pdf, _: pikepdf.Page, picture: pikepdf.Object) -> None:
    picture.Width = WIDTH // 2


def coarse(made: pikepdf.Pdf, _: pikepdf.Page, picture: pikepdf.Object) -> None:
    picture.write(photograph(size=(1240, 1754)), filter=Name.DCTDecode)
    picture.Width, picture.Height = 1240, 1754


def of_another_form(made: pikepdf.Pdf, _: pikepdf.Page, picture: pikepdf.Object) -> None:
    picture.write(photograph("L"), filter=Name.DCTDecode)


@pytest.mark.parametrize(
    "change",
    [
        content(b"q 595.2 0 0 841.92 0 0 cm /Scan Do Q 0 0 99 99 re f"),
        content(b"q 595.2 0 0 841.92 0 0 cm /Scan Do Q q 99 0 0 99 0 0 cm /Scan Do Q"),
        content(b"q 0 0 99 99 re W n 595.2 0 0 841.92 0 0 cm /Scan Do Q"),
        content(b"q -595.2 0 0 841.92 595.2 0 cm /Scan Do Q"),
        content(b"q 595.2 9 0 841.92 0 0 cm /Scan Do Q"),
        content(b"q 400 0 0 600 0 0 cm /Scan Do Q"),
        content(b"q 595.2 0 0 841.92 0 0 cm /Scan Do Q" + b" " * 3000),
        annotated,
        cropped,
        masked,
        inverted,
        cut_short,
        lying_about_size,
        coarse,
        of_another_form,
    ],
    ids=lambda change: getattr(change, "__name__", ""),
)
def test_who_is_in_doubt_draws(change: Spoils, tmp_path: Path) -> None:
    page = sheet(tmp_path, change).image(1)
    assert not photographed(page) and page.image.mode == "RGB"


def test_print_in_four_colours_is_drawn(tmp_path: Path) -> None:
    assert not photographed(sheet(tmp_path, mode="CMYK").image(1))
