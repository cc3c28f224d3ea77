"""Files that people, broken machines and enemies send, each made by a few lines of code."""

from __future__ import annotations

import io
import random
import stat
import struct
import zipfile
import zlib
from collections.abc import Callable, Sequence
from email.message import EmailMessage

import pikepdf
from PIL import Image, ImageDraw

XXE = '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd"><!ENTITY n SYSTEM "http://192.0.2.1/">]>'
LAUGHS = (
    '<!DOCTYPE x [<!ENTITY a "ha">'
    + "".join(f'<!ENTITY {b} "{f"&{a};" * 10}">' for a, b in zip("abcdefgh", "bcdefghi", strict=True))
    + "]>"
)
WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
OFFICE = "urn:oasis:names:tc:opendocument:xmlns:office:1.0"
TEXT = "urn:oasis:names:tc:opendocument:xmlns:text:1.0"
SHEET = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"


def archive(entries: dict[str, bytes | str], *, stored: Sequence[str] = ()) -> bytes:
    """A ZIP of these entries."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, whole in entries.items():
            packed.writestr(name, whole, zipfile.ZIP_STORED if name in stored else zipfile.ZIP_DEFLATED)
    return made.getvalue()


def docx(*paragraphs: str, before: str = "") -> bytes:
    """A Word document; `before` stands before its root element."""
    said = "".join(f"<w:p><w:r><w:t xml:space='preserve'>{p}</w:t></w:r></w:p>" for p in paragraphs)
    document = f"<?xml version='1.0'?>{before}<w:document xmlns:w='{WORD}'><w:body>{said}</w:body></w:document>"
    return archive({"[Content_Types].xml": "<Types/>", "word/document.xml": document})


def odt(*paragraphs: str, before: str = "", kind: str = "text") -> bytes:
    """An OpenDocument text."""
    said = "".join(f"<text:p>{p}</text:p>" for p in paragraphs)
    content = (
        f"<?xml version='1.0'?>{before}<office:document-content xmlns:office='{OFFICE}' xmlns:text='{TEXT}'>"
        f"<office:body><office:text>{said}</office:text></office:body></office:document-content>"
    )
    mimetype = f"application/vnd.oasis.opendocument.{kind}"
    return archive({"mimetype": mimetype, "content.xml": content}, stored=["mimetype"])


def xlsx(*cells: str, before: str = "") -> bytes:
    """A workbook with one row of texts."""
    rows = "".join(f"<c t='inlineStr'><is><t>{cell}</t></is></c>" for cell in cells)
    kinds = "http://schemas.openxmlformats.org/package/2006/content-types"
    relations = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    main = "application/vnd.openxmlformats-officedocument.spreadsheetml"
    package = "http://schemas.openxmlformats.org/package/2006/relationships"
    return archive(
        {
            "[Content_Types].xml": f"<Types xmlns='{kinds}'><Default Extension='rels' ContentType="
            "'application/vnd.openxmlformats-package.relationships+xml'/>"
            f"<Override PartName='/xl/workbook.xml' ContentType='{main}.sheet.main+xml'/>"
            f"<Override PartName='/xl/worksheets/s1.xml' ContentType='{main}.worksheet+xml'/></Types>",
            "_rels/.rels": f"<Relationships xmlns='{package}'><Relationship Id='r1' Type='{relations}/officeDocument' "
            "Target='xl/workbook.xml'/></Relationships>",
            "xl/_rels/workbook.xml.rels": f"<Relationships xmlns='{package}'><Relationship Id='r1' "
            f"Type='{relations}/worksheet' Target='worksheets/s1.xml'/></Relationships>",
            "xl/workbook.xml": f"<workbook xmlns='{SHEET}' xmlns:r='{relations}'><sheets>"
            "<sheet name='ხარჯები' sheetId='1' r:id='r1'/></sheets></workbook>",
            "xl/worksheets/s1.xml": f"<?xml version='1.0'?>{before}<worksheet xmlns='{SHEET}'><sheetData>"
            f"<row>{rows}</row></sheetData></worksheet>",
        }
    )


def pdf(*pages: str, extra: Callable[[pikepdf.Pdf], None] | None = None, **save: object) -> bytes:
    """A born-digital PDF: each page has the lines of a text in Helvetica."""
    made = pikepdf.new()
    font = made.make_indirect(
        pikepdf.Dictionary(Type=pikepdf.Name.Font, Subtype=pikepdf.Name.Type1, BaseFont=pikepdf.Name.Helvetica)
    )
    for text in pages:
        page = made.add_blank_page(page_size=(595, 842))
        lines = "".join(f"({line}) Tj 0 -16 Td " for line in text.split("\n"))
        page.Contents = made.make_stream(f"BT /F 12 Tf 72 760 Td {lines}ET".encode("latin-1"))
        page.Resources = pikepdf.Dictionary(Font=pikepdf.Dictionary(F=font))
    if extra:
        extra(made)
    out = io.BytesIO()
    made.save(out, **save)  # type: ignore[arg-type]
    return out.getvalue()


def many_pages(count: int) -> bytes:
    """A PDF whose pages are all the same one."""

    def multiply(made: pikepdf.Pdf) -> None:
        page = made.pages[0].obj
        kids = [page, *(made.make_indirect(pikepdf.Dictionary(page)) for _ in range(count - 1))]
        made.Root.Pages.Kids = pikepdf.Array(kids)
        made.Root.Pages.Count = count

    return pdf("The same page of a very long letter.", extra=multiply)


def encrypted_pdf() -> bytes:
    """A PDF that wants a password."""
    return pdf("secret", encryption=pikepdf.Encryption(owner="o", user="u"))


def pdf_with_script() -> bytes:
    """A PDF that runs a program when it is opened."""

    def script(made: pikepdf.Pdf) -> None:
        made.Root.OpenAction = pikepdf.Dictionary(
            S=pikepdf.Name.JavaScript, JS=pikepdf.String("while(true) app.launchURL('http://192.0.2.1/')")
        )

    return pdf("A letter that runs a program", extra=script)


def pdf_with_broken_page() -> bytes:
    """The second of its pages is no page."""

    def spoil(made: pikepdf.Pdf) -> None:
        made.Root.Pages.Kids[1] = made.make_indirect(pikepdf.Array([1, 2, 3]))

    return pdf("The first page is whole.", "The second", "The third", extra=spoil)


def hanging_pdf(depth: int = 12) -> bytes:
    """2 KB whose one page draws a form ten times, which draws a form ten times, and so on: longer than anybody lives."""

    def nest(made: pikepdf.Pdf) -> None:
        inner = made.make_stream(b"0 0 9 9 re f")
        inner.Type, inner.Subtype, inner.BBox = pikepdf.Name.XObject, pikepdf.Name.Form, pikepdf.Array([0, 0, 99, 99])
        for _ in range(depth):
            outer = made.make_stream(b"/X Do " * 10)
            outer.Type, outer.Subtype = pikepdf.Name.XObject, pikepdf.Name.Form
            outer.BBox = pikepdf.Array([0, 0, 99, 99])
            outer.Resources = pikepdf.Dictionary(XObject=pikepdf.Dictionary(X=inner))
            inner = outer
        page = made.pages[1]
        page.Contents = made.make_stream(b"/X Do")
        page.Resources = pikepdf.Dictionary(XObject=pikepdf.Dictionary(X=inner))

    return pdf("The first page can be read.", "", "The third page can be read.", extra=nest)


def deflate_bomb() -> bytes:
    """A PDF whose page unfolds to 100 MB."""
    packer = zlib.compressobj(9)
    packed = b"".join(packer.compress(b"0 0 m " * (1 << 18)) for _ in range(60)) + packer.flush()

    def swell(made: pikepdf.Pdf) -> None:
        made.pages[0].Contents = pikepdf.Stream(made, packed, Filter=pikepdf.Name.FlateDecode)

    return pdf("", "The second page can be read.", extra=swell, compress_streams=False)


def zip_bomb() -> bytes:
    """A Word document whose text is a thousand times as long as it is."""
    return archive({"[Content_Types].xml": "<Types/>", "word/document.xml": b" " * (8 << 20)})


def _chunk(kind: bytes, whole: bytes) -> bytes:
    return struct.pack(">I", len(whole)) + kind + whole + struct.pack(">I", zlib.crc32(kind + whole))


def pixel_bomb() -> bytes:
    """A PNG of a hundred bytes that claims 60,000 by 60,000 pixels."""
    head = _chunk(b"IHDR", struct.pack(">IIBBBBB", 60_000, 60_000, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + _chunk(b"IDAT", zlib.compress(b"\0" * 1000)) + _chunk(b"IEND", b"")


def picture(size: tuple[int, int] = (400, 300), kind: str = "PNG", **save: object) -> bytes:
    """A picture with a line on it."""
    image = Image.new("L", size, 255)
    ImageDraw.Draw(image).line((0, 0, *size), fill=0)
    made = io.BytesIO()
    image.save(made, kind, **save)  # type: ignore[arg-type]
    return made.getvalue()


def moving_gif() -> bytes:
    """A GIF of thirty frames."""
    frames = [Image.new("L", (200, 100), 8 * n) for n in range(30)]
    made = io.BytesIO()
    frames[0].save(made, "GIF", save_all=True, append_images=frames[1:], loop=0)
    return made.getvalue()


def broken_tiff() -> bytes:
    """A TIFF of two pages whose second one points beyond its end."""
    pages = [Image.new("L", (300, 200), 255) for _ in range(2)]
    made = io.BytesIO()
    pages[0].save(made, "TIFF", save_all=True, append_images=pages[1:], compression="tiff_lzw")
    whole = bytearray(made.getvalue())
    second = struct.unpack("<I", whole[4:8])[0]
    entries = struct.unpack("<H", whole[second : second + 2])[0]
    following = struct.unpack("<I", whole[second + 2 + 12 * entries :][:4])[0]
    count = struct.unpack("<H", whole[following : following + 2])[0]
    for n in range(count):
        at = following + 2 + 12 * n
        if struct.unpack("<H", whole[at : at + 2])[0] == 273:  # where the picture's strips lie
            whole[at + 8 : at + 12] = struct.pack("<I", 0x7FFFFFFF)
    return bytes(whole)


HOSTILE_NAMES = (
    "../../../etc/cron.d/evil",
    "/etc/passwd",
    "..\\..\\windows\\system32\\evil.dll",
    "a" * 400 + ".pdf",
    "წერილი \u202egnp.exe",
    "file\r\nSubject: forged",
    "CON",
    " . ",
    "'; DROP TABLE content; --",
    "<script>alert(1)</script>.html",
)


def archive_of_traversals() -> bytes:
    """A ZIP whose entries want to be anywhere else."""
    return archive({name: f"inside {n}" for n, name in enumerate(HOSTILE_NAMES) if "\r" not in name})


def archive_with_link() -> bytes:
    """A ZIP with a symbolic link to a file of the system, and a letter."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as packed:
        link = zipfile.ZipInfo("key.pem")
        link.create_system, link.external_attr = 3, (stat.S_IFLNK | 0o777) << 16
        packed.writestr(link, "/etc/passwd")
        packed.writestr("letter.txt", "An honest letter")
    return made.getvalue()


def locked_archive() -> bytes:
    """A ZIP that says its entry is encrypted."""
    whole = bytearray(archive({"letter.txt": "secret"}))
    for signature, flags in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = whole.index(signature) + flags
        whole[at] |= 1
    return bytes(whole)


def locked_office() -> bytes:
    """What Office writes when a document has a password: a compound file with an encrypted package."""
    return b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 1000 + "EncryptedPackage".encode("utf-16-le") + b"\0" * 1000


def container(entries: dict[str, bytes | str]) -> bytes:
    """A signed container (ASiC-E) around these documents."""
    signed = {"mimetype": "application/vnd.etsi.asic-e+zip", **entries, "META-INF/signatures0.xml": "<x/>"}
    return archive(signed, stored=["mimetype"])


def letter(subject: str = "A letter", text: str = "Dear Sirs", *attached: tuple[str, bytes]) -> EmailMessage:
    """An e-mail with attachments."""
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "Nino <nino@example.ge>", "office@example.ge", subject
    message["Date"] = "Mon, 12 May 2025 10:00:00 +0400"
    message.set_content(text)
    for name, whole in attached:
        message.add_attachment(whole, maintype="application", subtype="octet-stream", filename=name)
    return message


def nested_mail(depth: int) -> bytes:
    """A letter in a letter in a letter."""
    inner = letter("the innermost")
    for level in range(depth):
        outer = letter(f"level {level}")
        outer.add_attachment(inner)
        inner = outer
    return inner.as_bytes()


def mail_of_many_parts(count: int = 5000) -> bytes:
    """A letter of thousands of empty parts."""
    parts = "".join(f"--b\nContent-Type: text/plain; name={n}\n\n\n" for n in range(count))
    return f"From: a@b.ge\nSubject: x\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n\n{parts}--b--\n".encode()


def nested_parts(depth: int = 3000) -> bytes:
    """A letter whose parts are nested deeper than any reader can follow."""
    heads = "".join(f"Content-Type: multipart/mixed; boundary=b{n}\n\n--b{n}\n" for n in range(depth))
    return f"From: a@b.ge\nSubject: x\nMIME-Version: 1.0\n{heads}Content-Type: text/plain\n\nx\n".encode()


def comments(count: int = 4000) -> bytes:
    """A page that begins with nothing but comments, to make a hasty pattern try every way to divide them."""
    return b"<!---->" * count + b"!"


def garbage(size: int = 4000) -> bytes:
    """Bytes of no kind."""
    return b"\x01\x02" + random.Random(7).randbytes(size)
