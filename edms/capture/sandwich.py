"""A PDF/A-2u of page pictures under text that is not seen, written page by page. Runs inside the sandbox.

Written by hand, because a library keeps all pictures in memory until the end; here nothing stays of a page but where it
lies in the file. The text is set in a face of empty glyphs, all of them half as wide as high, which stretches over a
word's box: what is searched and copied are the letters as they were read, in any script, not the shapes of any face.
"""

from __future__ import annotations

import io
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import BinaryIO
from xml.sax.saxutils import escape

from fontTools.fontBuilder import FontBuilder
from fontTools.pens.ttGlyphPen import TTGlyphPen
from PIL import ImageCms

Box = tuple[str, float, float, float, float]
"""A word and its box in points: left, bottom, width, height."""
CATALOGUE, PAGES, FACE, METADATA, PROFILE, DESCENDANT, DESCRIPTOR, PROGRAM, GLYPHS, LETTERS = range(1, 11)
EM, HALF = 1000, 500
BLOCK = 100
"""Letters said at once in a table of letters; more are not allowed."""
LEANS = 1.6
"""Of its highest word: a line that is higher than this does not run level."""
RESOLUTION = "sRGB IEC61966-2.1"


@dataclass(frozen=True)
class Picture:
    """A picture as it lies in a PDF: what its dictionary says beyond the usual, and its bytes."""

    said: str
    whole: bytes
    shared: bytes | None = None
    """What a JBIG2 picture shares with others of its file."""


@dataclass(frozen=True)
class Sheet:
    """A page: its size in points, its picture with the matrix that lays it there, and its lines of words."""

    width: float
    height: float
    picture: Picture
    matrix: Sequence[float]
    lines: Sequence[Sequence[Box]] = ()


@dataclass
class Sandwich:
    """The file while it is written: `add` each page, then `close`. `name` is its title, `seal` 16 bytes that identify it."""

    target: BinaryIO
    name: str
    seal: bytes
    _at: dict[int, int] = field(default_factory=dict)
    _sheets: list[int] = field(default_factory=list)
    _codes: dict[str, int] = field(default_factory=dict)
    _last: int = LETTERS

    def __post_init__(self) -> None:
        self.target.write(b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n")

    def add(self, sheet: Sheet) -> None:
        """Write a page."""
        said = sheet.picture.said
        if sheet.picture.shared is not None:
            said = said.replace("SHARED", f"{self._stream(self._next(), '', sheet.picture.shared)} 0 R")
        picture = self._stream(self._next(), f"/Type /XObject /Subtype /Image {said}", sheet.picture.whole)
        drawn = f"q {_numbers(*sheet.matrix)} cm /Im Do Q\n{self._text(sheet.lines)}"
        content = self._packed(self._next(), drawn.encode("ascii"))
        self._sheets.append(self._next())
        self._object(
            self._sheets[-1],
            f"<< /Type /Page /Parent {PAGES} 0 R /MediaBox [0 0 {_numbers(sheet.width, sheet.height)}]"
            f" /Contents {content} 0 R"
            f" /Resources << /XObject << /Im {picture} 0 R >> /Font << /F {FACE} 0 R >> >> >>",
        )

    def close(self, language: str | None = None) -> None:
        """Write what holds the pages together; `language` is that of most of them."""
        self._face()
        self._stream(METADATA, "/Type /Metadata /Subtype /XML", _metadata(self.name).encode("utf-8"))
        self._packed(PROFILE, ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes(), "/N 3")
        kids = " ".join(f"{number} 0 R" for number in self._sheets)
        self._object(PAGES, f"<< /Type /Pages /Count {len(self._sheets)} /Kids [{kids}] >>")
        spoken = f" /Lang ({language})" if language else ""
        self._object(
            CATALOGUE,
            f"<< /Type /Catalog /Pages {PAGES} 0 R /Metadata {METADATA} 0 R{spoken} /OutputIntents [<< /Type /OutputIntent"
            f" /S /GTS_PDFA1 /OutputConditionIdentifier ({RESOLUTION}) /Info ({RESOLUTION})"
            f" /DestOutputProfile {PROFILE} 0 R >>] >>",
        )
        start = self.target.tell()
        places = "".join(f"{self._at[number]:010} 00000 n \n" for number in range(1, self._last + 1))
        self.target.write(
            f"xref\n0 {self._last + 1}\n0000000000 65535 f \n{places}trailer\n<< /Size {self._last + 1}"
            f" /Root {CATALOGUE} 0 R /ID [<{self.seal.hex()}> <{self.seal.hex()}>] >>\n"
            f"startxref\n{start}\n%%EOF\n".encode("ascii")
        )

    def _text(self, lines: Sequence[Sequence[Box]]) -> str:
        """Each line on one foot and of one height, so that a reader sees it as one; words stretched over their boxes."""
        parts = ["BT 3 Tr"]
        for line in lines:
            foot = min(bottom for _, _, bottom, _, _ in line)
            high = max(1.0, max(bottom + height for _, _, bottom, _, height in line) - foot)
            leans = high > LEANS * max(height for *_, height in line)
            parts.append(f"/F {_numbers(high)} Tf")
            for number, (word, left, bottom, width, height) in enumerate(line):
                if leans:  # of a photographed sheet: every word stands where it is seen
                    foot, high = bottom, max(1.0, height)
                    parts.append(f"/F {_numbers(high)} Tf")
                parts.append(f"1 0 0 1 {_numbers(left, foot)} Tm {self._said(word, width, high)}")
                if number + 1 < len(line):
                    parts.append(self._said(" ", max(0.5, line[number + 1][1] - left - width), high))
        return "\n".join([*parts, "ET"]) if lines else ""

    def _said(self, word: str, width: float, high: float) -> str:
        codes = "".join(f"{self._codes.setdefault(letter, len(self._codes) + 1):04x}" for letter in word)
        natural = len(word) * high * HALF / EM
        return f"{_numbers(max(1.0, 100 * width / natural))} Tz <{codes}> Tj"

    def _face(self) -> None:
        """The face of empty glyphs, with what each code says: codes are given in the order in which letters came."""
        program = _program()
        self._packed(PROGRAM, program, f"/Length1 {len(program)}")
        self._packed(GLYPHS, b"\x00\x00" + b"\x00\x01" * len(self._codes))
        self._packed(LETTERS, _letters(self._codes).encode("ascii"))
        self._object(
            DESCRIPTOR,
            f"<< /Type /FontDescriptor /FontName /Glyphless /Flags 4 /FontBBox [0 0 {HALF} {EM}] /ItalicAngle 0"
            f" /Ascent {EM} /Descent 0 /CapHeight {EM} /StemV 80 /FontFile2 {PROGRAM} 0 R >>",
        )
        self._object(
            DESCENDANT,
            "<< /Type /Font /Subtype /CIDFontType2 /BaseFont /Glyphless /CIDSystemInfo << /Registry (Adobe)"
            f" /Ordering (Identity) /Supplement 0 >> /DW {HALF} /FontDescriptor {DESCRIPTOR} 0 R"
            f" /CIDToGIDMap {GLYPHS} 0 R >>",
        )
        self._object(
            FACE,
            "<< /Type /Font /Subtype /Type0 /BaseFont /Glyphless /Encoding /Identity-H"
            f" /DescendantFonts [{DESCENDANT} 0 R] /ToUnicode {LETTERS} 0 R >>",
        )

    def _next(self) -> int:
        self._last += 1
        return self._last

    def _object(self, number: int, said: str) -> None:
        self._at[number] = self.target.tell()
        self.target.write(f"{number} 0 obj\n{said}\nendobj\n".encode("ascii"))

    def _packed(self, number: int, whole: bytes, said: str = "") -> int:
        return self._stream(number, f"/Filter /FlateDecode {said}", zlib.compress(whole))

    def _stream(self, number: int, said: str, whole: bytes) -> int:
        self._at[number] = self.target.tell()
        self.target.write(f"{number} 0 obj\n<< /Length {len(whole)} {said} >>\nstream\n".encode("ascii"))
        self.target.write(whole)
        self.target.write(b"\nendstream\nendobj\n")
        return number


def _numbers(*values: float) -> str:
    return " ".join(f"{value:.3f}".rstrip("0").rstrip(".") for value in values)


def _letters(codes: dict[str, int]) -> str:
    """What each code says, as readers of a PDF are told it."""
    said = [f"<{code:04x}> <{letter.encode('utf-16-be').hex()}>" for letter, code in codes.items()]
    blocks = [said[at : at + BLOCK] for at in range(0, len(said), BLOCK)]
    return "\n".join(
        [
            "/CIDInit /ProcSet findresource begin 12 dict begin begincmap",
            "/CIDSystemInfo << /Registry (Adobe) /Ordering (UCS) /Supplement 0 >> def",
            "/CMapName /Adobe-Identity-UCS def /CMapType 2 def",
            "1 begincodespacerange <0000> <ffff> endcodespacerange",
            *("\n".join([f"{len(block)} beginbfchar", *block, "endbfchar"]) for block in blocks),
            "endcmap CMapName currentdict /CMap defineresource pop end end",
        ]
    )


def _program() -> bytes:
    empty = TTGlyphPen(None).glyph()
    pen = TTGlyphPen(None)  # there and back again: nothing to draw, but a box, without which readers lose lone letters
    pen.moveTo((0, 0))
    pen.lineTo((HALF, EM))
    pen.closePath()
    face = FontBuilder(EM, isTTF=True)
    face.setupGlyphOrder([".notdef", "letter"])
    face.setupCharacterMap({})
    face.setupGlyf({".notdef": empty, "letter": pen.glyph()})
    face.setupHorizontalMetrics({".notdef": (HALF, 0), "letter": (HALF, 0)})
    face.setupHorizontalHeader(ascent=EM, descent=0)
    face.setupNameTable({"familyName": "Glyphless", "styleName": "Regular", "psName": "Glyphless"})
    face.setupOS2(sTypoAscender=EM, sTypoDescender=0, usWinAscent=EM, usWinDescent=0)
    face.setupPost()
    made = io.BytesIO()
    face.save(made)
    return made.getvalue()


def _metadata(name: str) -> str:
    printable = "".join(letter for letter in name if letter.isprintable())
    return (
        '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>\n<x:xmpmeta xmlns:x="adobe:ns:meta/">'
        '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description rdf:about=""'
        ' xmlns:pdfaid="http://www.aiim.org/pdfa/ns/id/" xmlns:dc="http://purl.org/dc/elements/1.1/">'
        "<pdfaid:part>2</pdfaid:part><pdfaid:conformance>U</pdfaid:conformance><dc:format>application/pdf</dc:format>"
        f'<dc:title><rdf:Alt><rdf:li xml:lang="x-default">{escape(printable)}</rdf:li></rdf:Alt></dc:title>'
        '</rdf:Description></rdf:RDF></x:xmpmeta>\n<?xpacket end="w"?>'
    )
