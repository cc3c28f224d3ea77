"""The demo's scanner: a written letter becomes a scanned page, a little turned, noisy, stamped, in a PDF without text."""

from __future__ import annotations

import io
import random
import textwrap
import zipfile
from functools import lru_cache
from itertools import groupby
from pathlib import Path
from xml.sax.saxutils import escape

from PIL import Image, ImageDraw, ImageFilter, ImageFont

DPI = 300
WIDTH, HEIGHT = 2480, 3508
MARGIN = 260
FONTS = Path("/usr/share/fonts/truetype/noto")
FACES = {"ka": "NotoSerifGeorgian", "hy": "NotoSerifArmenian", "ru": "NotoSerif", "en": "NotoSerif"}


def scan(text: str, language: str, chance: random.Random) -> bytes:
    """One scanned A4 page as PDF, 300 dpi, without a text layer."""
    made = io.BytesIO()
    page(text, language, chance).convert("RGB").save(made, "PDF", resolution=DPI, quality=72)
    return made.getvalue()


def word_file(text: str) -> bytes:
    """The letter as a small .docx: what most people send."""
    paragraphs = "".join(
        f"<w:p><w:r><w:t xml:space='preserve'>{escape(line)}</w:t></w:r></w:p>" for line in text.split("\n")
    )
    main = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
    parts = {
        "[Content_Types].xml": "<Types xmlns='http://schemas.openxmlformats.org/package/2006/content-types'>"
        "<Default Extension='rels' ContentType='application/vnd.openxmlformats-package.relationships+xml'/>"
        "<Override PartName='/word/document.xml' ContentType="
        "'application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml'/></Types>",
        "_rels/.rels": "<Relationships xmlns='http://schemas.openxmlformats.org/package/2006/relationships'>"
        "<Relationship Id='r1' Type='http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument'"
        " Target='word/document.xml'/></Relationships>",
        "word/document.xml": f"<w:document xmlns:w='{main}'><w:body>{paragraphs}</w:body></w:document>",
    }
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, content in parts.items():
            packed.writestr(name, f"<?xml version='1.0' encoding='UTF-8'?>{content}")
    return made.getvalue()


def page(text: str, language: str, chance: random.Random) -> Image.Image:
    """The scanned page as a grey picture."""
    sheet = Image.new("L", (WIDTH, HEIGHT), 250)
    draw = ImageDraw.Draw(sheet)
    across = (WIDTH - 2 * MARGIN) // 27
    top = MARGIN
    blocks = text.split("\n\n")
    for number, block in enumerate(blocks):
        for line in block.split("\n"):
            for row in textwrap.wrap(line, across if number > 1 else across // 2) or [""]:
                titled = number == 2 and len(blocks) > 3
                size = 60 if titled else 46
                left = WIDTH // 2 - 200 if number < 2 else MARGIN
                if titled:
                    left = (WIDTH - _write(draw, (0, -500), row, language, size, 20)) // 2
                _write(draw, (left, top), row, language, size, chance.randint(15, 40))
                top += 74
        top += 60
    _sign(draw, chance, top + 40)
    sheet = sheet.rotate(chance.uniform(-1.4, 1.4), resample=Image.Resampling.BICUBIC, fillcolor=250)
    noise = Image.effect_noise((WIDTH // 2, HEIGHT // 2), 18).resize((WIDTH, HEIGHT))
    return Image.blend(sheet, noise, 0.05).filter(ImageFilter.GaussianBlur(0.6))


def _write(draw: ImageDraw.ImageDraw, at: tuple[int, int], row: str, language: str, size: int, ink: int) -> int:
    """Write a row, figures and marks in the general face: the script faces have none. Its width in pixels."""
    left, top = at
    for own, run in groupby(row, key=lambda c: c.isalpha() and ord(c) > 0x52F):
        text = "".join(run)
        font = _font(language if own else "en", size)
        draw.text((left, top), text, fill=ink, font=font, anchor="ls")
        left += int(draw.textlength(text, font=font))
    return left - at[0]


def _sign(draw: ImageDraw.ImageDraw, chance: random.Random, top: int) -> None:
    """A signature as a pen leaves it."""
    points = [(1500 + 22 * step, top + chance.randint(-46, 46)) for step in range(18)]
    draw.line(points, fill=60, width=6, joint="curve")


@lru_cache
def _font(language: str, size: int) -> ImageFont.FreeTypeFont:
    name = FACES[language]
    found = next(iter(sorted(FONTS.glob(f"{name}-Regular.*"))), None) or next(iter(sorted(FONTS.glob(f"{name}*"))))
    return ImageFont.truetype(str(found), size)
