"""Forged letters, after the published attacks on signed PDF (pdf-insecurity.org 2019-2021) and their kin in CMS, ZIP, XML.

USF breaks the signature's dictionary so that a check skips it, ISA appends a revision, SWA moves the signed bytes apart,
the shadow attacks prepare hidden content before signing, EAA and SSA abuse what certified files may still receive.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable, Iterator
from functools import cache

import pikepdf
from lxml import etree
from pikepdf import Array, Dictionary, Name
from pyhanko.pdf_utils import generic, writer
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign.fields import MDPPerm, SigFieldSpec, append_signature_field
from pyhanko.sign.signers.pdf_signer import PdfSignatureMetadata, PdfSigner

from edms.signing import container
from tests import signatures as s
from tests import signed_things as good

N = generic.pdf_name
Forged = tuple[str, Callable[[], bytes]]


@cache
def victim(level: str = "B-LTA") -> bytes:
    """A good letter of somebody else."""
    return good.pdf(level)


@cache
def shadow_source() -> bytes:
    """A letter with what a shadow attack lays in: a covering picture, a field, a second page that nobody sees yet."""
    with pikepdf.open(io.BytesIO(s.page())) as pdf:
        sheet = pdf.pages[0].obj
        cover = pdf.make_stream(b"1 1 1 rg 0 0 400 60 re f", Type=Name.XObject, Subtype=Name.Form, BBox=[0, 0, 400, 60])
        sheet.Resources.XObject = Dictionary(Cover=pdf.make_indirect(cover))
        sheet.Contents = Array([*_contents(sheet), pdf.make_stream(b"q 1 0 0 1 60 500 cm /Cover Do Q")])
        field = pdf.make_indirect(
            Dictionary(
                Type=Name.Annot, Subtype=Name.Widget, FT=Name.Tx, T="sum", V="100", F=4, Rect=[100, 300, 200, 320]
            )
        )
        sheet.Annots = Array([field])
        hidden = pdf.make_indirect(Dictionary(Type=Name.Page, MediaBox=[0, 0, 595, 842], Resources=Dictionary()))
        hidden.Contents = pdf.make_stream(b"BT /F1 24 Tf 100 700 Td (PAY 1,000,000) Tj ET")
        pdf.Root.AcroForm = Dictionary(Fields=Array([field]))
        pdf.Root.PieceInfo = Dictionary(Later=hidden)
        made = io.BytesIO()
        pdf.save(made)
    return made.getvalue()


@cache
def shadow_signed(level: str = "B-LTA") -> bytes:
    """It signed by a trusting official."""
    return good.pdf(level, source=shadow_source())


@cache
def certified(permission: MDPPerm) -> bytes:
    """A certified letter that may still be filled in or annotated."""
    signer = good.signer_of("ec")
    told = PdfSignatureMetadata(field_name="Sig", certify=True, docmdp_permissions=permission, md_algorithm="sha256")
    place = SigFieldSpec("Sig", box=(300, 60, 500, 100))
    out = IncrementalPdfFileWriter(io.BytesIO(shadow_source()))
    made: io.BytesIO = PdfSigner(told, signer=signer, new_field_spec=place).sign_pdf(out)
    return made.getvalue()


def updated(signed: bytes, change: Callable[[IncrementalPdfFileWriter], None]) -> bytes:
    """A further revision, properly written."""
    out = IncrementalPdfFileWriter(io.BytesIO(signed), strict=False)
    change(out)
    made = io.BytesIO()
    out.write(made)
    return made.getvalue()


def all_forged() -> Iterator[Forged]:
    """Every forgery: its name and how it is made."""
    for level in ("B-B", "B-LTA"):
        for name, make in (*_universal(level), *_appended(level), *_wrapped(level)):
            yield f"{name} {level}", make
        for name, change in CHANGES.items():
            yield f"{name} {level}", lambda change=change, level=level: updated(shadow_signed(level), change)  # type: ignore[misc]
    for permission in (MDPPerm.FILL_FORMS, MDPPerm.ANNOTATE):
        for name, change in CHANGES.items():
            yield f"certified {permission.name} {name}", lambda c=change, p=permission: updated(certified(p), c)  # type: ignore[misc]
    yield "ssa: signed by nobody known, over the text", lambda: _sneaky(s.authority(), "mayor")
    yield "ssa: signed by somebody known, over the text", lambda: _sneaky(good.authority(), "rsa")
    yield "written anew without history", lambda: _anew(victim())
    yield "signature of another letter", _transplanted
    yield "time stamp cut out, certificate of a stranger", lambda: s.signed_lta()
    yield from _cms()
    yield from _zip()
    yield from _xml()


def _universal(level: str) -> Iterator[Forged]:
    """USF: parts of the dictionary missing, null or senseless; the bytes keep their length."""
    swaps = {
        "contents renamed": (rb"/Contents <", b"/Contentz <"),
        "contents null": (rb"/Contents <[0-9a-fA-F]+>", None),
        "contents zero": (rb"(?<=/Contents <)[0-9a-fA-F]+", b"0"),
        "range renamed": (rb"/ByteRange", b"/ByteRangf"),
        "range null": (rb"/ByteRange \[[^\]]*\]", b"/ByteRange null"),
        "range of nothing": (rb"/ByteRange \[[^\]]*\]", b"/ByteRange [0 0 0 0]"),
        "range negative": (rb"/ByteRange \[[^\]]*\]", b"/ByteRange [0 -1 -1 0]"),
        "range without end": (rb"/ByteRange \[[^\]]*\]", b"/ByteRange [0 99]"),
        "filter senseless": (rb"/SubFilter /ETSI.CAdES.detached", b"/SubFilter /adbe.x509.rsa_sha1 "),
    }
    for name, (pattern, by) in swaps.items():
        yield f"usf: {name}", lambda pattern=pattern, by=by: _swapped(victim(level), pattern, by)  # type: ignore[misc]


def _swapped(signed: bytes, pattern: bytes, by: bytes | None) -> bytes:
    def put(found: re.Match[bytes]) -> bytes:
        if by is None:
            return b"/Contents null".ljust(len(found[0]))
        return by * len(found[0]) if by == b"0" else by.ljust(len(found[0]))

    made, count = re.subn(pattern, put, signed, count=1)
    assert count == 1, pattern
    return made


def _appended(level: str) -> Iterator[Forged]:
    """ISA: other content in what is appended, with and without a table of contents of its own."""
    body = b"\n4 0 obj\n<< /Length 44 >>\nstream\nBT /F1 24 Tf 100 700 Td (PAY 1,000,000) Tj ET\nendstream\nendobj\n"
    yield "isa: body only", lambda: victim(level) + body
    yield "isa: body and trailer", lambda: victim(level) + body + b"trailer\n<< /Root 1 0 R /Size 9 >>\n%%EOF\n"
    yield "isa: body and old start", lambda: victim(level) + body + victim(level)[victim(level).rindex(b"startxref") :]
    yield "isa: with a copy of the signature", lambda: _with_copy(victim(level))


def _with_copy(signed: bytes) -> bytes:
    """The revision changes the page and repeats the signature's dictionary, as if it belonged to it."""

    def change(out: IncrementalPdfFileWriter) -> None:
        overwrite_content(out)
        field = out.root["/AcroForm"]["/Fields"][0].get_object()
        field["/V"] = out.add_object(generic.DictionaryObject(dict(field["/V"].items())))
        out.update_container(field)

    return updated(signed, change)


def _wrapped(level: str) -> Iterator[Forged]:
    """SWA: the second half of the signed bytes moves away, something else stands between."""
    evil = b"\n9999 0 obj\n<< /Length 11 >>\nstream\nBT (x) Tj ET\nendstream\nendobj\n"
    yield "swa: between the halves", lambda: _between(victim(level), evil, new_range=False)
    yield "swa: between the halves, range moved", lambda: _between(victim(level), evil, new_range=True)
    yield "swa: before the header", lambda: evil + victim(level)


def _between(signed: bytes, evil: bytes, *, new_range: bool) -> bytes:
    found = re.search(rb"/ByteRange \[0 (\d+) (\d+) (\d+)[^\]]*\]", signed)
    assert found is not None
    end = int(found[2])
    made = signed[:end] + evil + signed[end:]
    if new_range:
        told = b"/ByteRange [0 %d %d %d]" % (int(found[1]), end + len(evil), int(found[3]))
        made = made[: found.start()] + told.ljust(len(found[0])) + made[found.end() :]
    return made


def overwrite_content(out: IncrementalPdfFileWriter) -> None:
    """Object overwrite: other words in the page's own stream."""
    page = out.root["/Pages"]["/Kids"][0].get_object()
    page["/Contents"] = out.add_object(generic.StreamObject(stream_data=b"BT /F1 24 Tf 100 700 Td (PAY) Tj ET"))
    out.update_container(page)


def _hide(out: IncrementalPdfFileWriter) -> None:
    page = out.root["/Pages"]["/Kids"][0].get_object()
    cover = page["/Resources"]["/XObject"]["/Cover"]
    cover._data = b""
    cover._encoded_data = None
    out.mark_update(page["/Resources"]["/XObject"].raw_get("/Cover"))


def _replace(out: IncrementalPdfFileWriter) -> None:
    field = out.root["/AcroForm"]["/Fields"][0].get_object()
    field["/V"] = generic.pdf_string("1000000")
    out.update_container(field)


def _replace_font(out: IncrementalPdfFileWriter) -> None:
    fonts = out.root["/Pages"]["/Kids"][0].get_object()["/Resources"]["/Font"]
    first = next(iter(fonts))
    fonts[first] = out.add_object(
        generic.DictionaryObject({N("/Type"): N("/Font"), N("/Subtype"): N("/Type1"), N("/BaseFont"): N("/Symbol")})
    )
    out.update_container(fonts)


def _hide_and_replace(out: IncrementalPdfFileWriter) -> None:
    hidden = out.root["/PieceInfo"].raw_get("/Later")
    kids = out.root["/Pages"]["/Kids"]
    kids[0] = hidden
    out.update_container(kids)


def _note(subtype: str) -> Callable[[IncrementalPdfFileWriter], None]:
    def change(out: IncrementalPdfFileWriter) -> None:
        page_ref = out.root["/Pages"]["/Kids"].raw_get(0)
        note = generic.DictionaryObject(
            {N("/Type"): N("/Annot"), N("/Subtype"): N(subtype), N("/F"): generic.NumberObject(4),
             N("/Rect"): generic.ArrayObject([generic.NumberObject(x) for x in (50, 400, 500, 700)]),
             N("/Contents"): generic.pdf_string("PAY 1,000,000")}
        )  # fmt: skip
        out.register_annotation(page_ref, out.add_object(note))

    return change


def _page_added(out: IncrementalPdfFileWriter) -> None:
    out.insert_page(writer.PageObject(contents=out.add_object(generic.StreamObject(stream_data=b"")), media_box=(0, 0, 500, 500)))  # fmt: skip


def _page_removed(out: IncrementalPdfFileWriter) -> None:
    pages = out.root["/Pages"]
    pages["/Kids"] = generic.ArrayObject()
    pages["/Count"] = generic.NumberObject(0)
    out.update_container(pages)


def _script(out: IncrementalPdfFileWriter) -> None:
    out.root["/OpenAction"] = generic.DictionaryObject({N("/S"): N("/JavaScript"), N("/JS"): generic.pdf_string("app.alert(1)")})  # fmt: skip
    out.update_root()


def _file_inside(out: IncrementalPdfFileWriter) -> None:
    out.root["/Names"] = generic.DictionaryObject({N("/EmbeddedFiles"): generic.DictionaryObject({N("/Names"): generic.ArrayObject([])})})  # fmt: skip
    out.update_root()


def _turned(out: IncrementalPdfFileWriter) -> None:
    page = out.root["/Pages"]["/Kids"][0].get_object()
    page["/CropBox"] = generic.ArrayObject([generic.NumberObject(x) for x in (0, 0, 100, 100)])
    out.update_container(page)


def _empty_field(out: IncrementalPdfFileWriter) -> None:
    append_signature_field(out, SigFieldSpec("Cover", box=(50, 400, 500, 700), empty_field_appearance=True))


def _acting_field(out: IncrementalPdfFileWriter) -> None:
    field = out.root["/AcroForm"]["/Fields"][-1].get_object()
    field["/AA"] = generic.DictionaryObject({N("/K"): generic.DictionaryObject({N("/S"): N("/JavaScript"), N("/JS"): generic.pdf_string("1")})})  # fmt: skip
    out.update_container(field)


def _other_face(out: IncrementalPdfFileWriter) -> None:
    """The visible face of the signature drawn anew, with another name."""
    for each in out.root["/AcroForm"]["/Fields"]:
        field = each.get_object()
        if field.get("/FT") == "/Sig" and "/AP" in field:
            field["/AP"] = generic.DictionaryObject({N("/N"): out.add_object(generic.StreamObject(stream_data=b"BT (Mayor) Tj ET"))})  # fmt: skip
            out.update_container(field)
            return


CHANGES: dict[str, Callable[[IncrementalPdfFileWriter], None]] = {
    "shadow hide: the cover emptied": _hide,
    "shadow replace: a value in a form": _replace,
    "shadow replace: another font": _replace_font,
    "shadow hide and replace: the hidden page": _hide_and_replace,
    "eaa: free text": _note("/FreeText"),
    "eaa: stamp": _note("/Stamp"),
    "eaa: redaction": _note("/Redact"),
    "ssa: an empty place that covers": _empty_field,
    "object overwrite: the words": overwrite_content,
    "page added": _page_added,
    "page removed": _page_removed,
    "script": _script,
    "file inside": _file_inside,
    "page cut": _turned,
    "acting field": _acting_field,
    "another face": _other_face,
}


def _sneaky(of: s.Authority, code: str) -> bytes:
    """SSA: a further signature, whose picture lies over the text."""
    reserved = container.reserve(
        victim(), field="Sneaky", at=s.clock.now(), name="x",
        place=container.Mark(container.Box(0, 60, 300, 540, 760), s.face()),
    )  # fmt: skip
    (signature,) = s.signer(code, of).sign([reserved.digest], pin=s.PIN, at=s.clock.now())
    return container.fill(reserved.pdf, reserved.start, reserved.end, signature)


def _anew(signed: bytes) -> bytes:
    with pikepdf.open(io.BytesIO(signed)) as pdf:
        made = io.BytesIO()
        pdf.save(made)
    return made.getvalue()


def _transplanted() -> bytes:
    """The signature of one letter in the place of another."""
    one, other = victim("B-B"), s.prepared(shadow_source())
    found = re.search(rb"/Contents <([0-9a-fA-F]+)>", one)
    assert found is not None
    taken = bytes.fromhex(found[1].decode()).rstrip(b"\0")
    return container.fill(other.pdf, other.start, other.end, taken)


def _cms() -> Iterator[Forged]:
    around = good.message("B-T", detached=False)
    yield "cms: the text inside changed", lambda: around.replace(b"letter", b"LETTER")
    yield "cms: beside another file", lambda: good.message("B-T", data=b"another file")


def _zip() -> Iterator[Forged]:
    for name, make in (("asic-s", good.asic_s), ("asic-e", good.asic_e), ("asic-e xades", good.asic_e_xades)):
        yield f"{name}: a file changed", lambda make=make: _repacked(make(), {"letter.txt": b"other"})  # type: ignore[misc]
        yield f"{name}: a file added", lambda make=make: _repacked(make(), {"added.txt": b"other"})  # type: ignore[misc]
        yield f"{name}: a file removed", lambda make=make: _repacked(make(), {"letter.txt": None})  # type: ignore[misc]
        yield f"{name}: two of one name", lambda make=make: _twice(make())  # type: ignore[misc]
    other = {"META-INF/ASiCManifest001.xml": good.manifest({"letter.txt": b"other"}), "letter.txt": b"other"}
    yield "asic-e: another manifest", lambda: _repacked(good.asic_e(), other)
    added = {"added.txt": b"other"}
    listed = good.manifest(added, "META-INF/signature002.p7s")
    beside = {**added, "META-INF/ASiCManifest002.xml": listed}
    for name, make in (("asic-e", good.asic_e), ("asic-e xades", good.asic_e_xades)):
        yield (
            f"{name}: a file added under somebody else's signature",
            lambda make=make: _repacked(  # type: ignore[misc]
                make(), {**beside, "META-INF/signature002.p7s": good.message("B-T", "rsa", listed)}
            ),
        )


def _repacked(archive: bytes, changes: dict[str, bytes | None]) -> bytes:
    with zipfile.ZipFile(io.BytesIO(archive)) as held:
        files: dict[str, bytes | None] = {name: held.read(name) for name in held.namelist()}
    return good.packed({name: whole for name, whole in {**files, **changes}.items() if whole is not None})


def _twice(archive: bytes) -> bytes:
    made = io.BytesIO(archive)
    with zipfile.ZipFile(made, "a") as held:
        import warnings

        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            held.writestr("letter.txt", b"other")
    return made.getvalue()


def _xml() -> Iterator[Forged]:
    yield "xml: other words", lambda: good.xml("B-T").replace("გზის".encode(), "ხიდის".encode())
    yield "xml: wrapped", _wrapped_xml
    yield (
        "xml: signature of a stranger's key",
        lambda: good.xml().replace(b"<ds:X509Certificate>", b"<ds:X509Certificate>A", 1),
    )
    yield "xml: entity", lambda: b'<!DOCTYPE a [<!ENTITY x "y">]>' + good.xml()


def _wrapped_xml() -> bytes:
    """XSW: the signed element hides below, another stands where programs look."""
    root = etree.fromstring(good.xml("B-T"))
    outer = etree.Element("letter")
    etree.SubElement(outer, "text").text = "PAY 1,000,000"
    outer.append(root)
    return etree.tostring(outer)


def _contents(sheet: pikepdf.Object) -> list[pikepdf.Object]:
    held = sheet.Contents
    return list(held) if isinstance(held, pikepdf.Array) else [held]
