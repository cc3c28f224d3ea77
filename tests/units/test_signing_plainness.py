"""Only plain pages are signed: nothing that acts, hides, can be filled in, or lies in wait."""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO

import pikepdf
import pytest
from pikepdf import Array, Dictionary, Name, Pdf

from edms.errors import Invalid, RuleBroken
from edms.signing import flattening, plainness
from tests import signatures as s

Change = Callable[[Pdf], None]


def script(pdf: Pdf) -> None:
    pdf.Root.OpenAction = Dictionary(S=Name.JavaScript, JS="app.alert(1)")


def launch(pdf: Pdf) -> None:
    link = Dictionary(Type=Name.Annot, Subtype=Name.Link, Rect=[0, 0, 9, 9], A=Dictionary(S=Name.Launch, F="calc.exe"))
    pdf.pages[0].Annots = Array([pdf.make_indirect(link)])


def page_action(pdf: Pdf) -> None:
    pdf.pages[0].AA = Dictionary(O=Dictionary(S=Name.GoTo))


def layers(pdf: Pdf) -> None:
    group = pdf.make_indirect(Dictionary(Type=Name.OCG, Name="hidden"))
    pdf.Root.OCProperties = Dictionary(OCGs=Array([group]), D=Dictionary())


def attachment(pdf: Pdf) -> None:
    pdf.attachments["secret.txt"] = b"1"


def form(pdf: Pdf) -> None:
    field = pdf.make_indirect(Dictionary(FT=Name.Tx, T="amount", V="100"))
    pdf.Root.AcroForm = Dictionary(Fields=Array([field]))


def xfa(pdf: Pdf) -> None:
    pdf.Root.AcroForm = Dictionary(Fields=Array([]), XFA=pdf.make_stream(b"<xdp/>"))


def overlay(pdf: Pdf) -> None:
    note = Dictionary(Type=Name.Annot, Subtype=Name.FreeText, Rect=[0, 0, 200, 200], Contents="over the sum")
    pdf.pages[0].Annots = Array([pdf.make_indirect(note)])


def outside(pdf: Pdf) -> None:
    stream = pdf.make_stream(b"")
    stream.F = "http://elsewhere.example/text"
    pdf.pages[0].Resources.XObject = Dictionary(X=stream)


def empty_field(pdf: Pdf) -> None:
    field = pdf.make_indirect(
        Dictionary(FT=Name.Sig, T="Theirs", Type=Name.Annot, Subtype=Name.Widget, Rect=[0, 0, 9, 9])
    )
    pdf.pages[0].Annots = Array([field])
    pdf.Root.AcroForm = Dictionary(Fields=Array([field]), SigFlags=1)


def stray_widget(pdf: Pdf) -> None:
    box = Dictionary(FT=Name.Tx, T="sum", V="100", Type=Name.Annot, Subtype=Name.Widget, Rect=[0, 0, 200, 20])
    pdf.pages[0].Annots = Array([pdf.make_indirect(box)])


def rights(pdf: Pdf) -> None:
    pdf.Root.Perms = Dictionary(UR3=Dictionary(Type=Name.Sig))


def referred_page(pdf: Pdf) -> None:
    drawn = pdf.make_stream(b"", Type=Name.XObject, Subtype=Name.Form, BBox=[0, 0, 9, 9])
    drawn.Ref = Dictionary(F="other.pdf", Page=0)
    pdf.pages[0].Resources.XObject = Dictionary(X=drawn)


def other_print(pdf: Pdf) -> None:
    picture = pdf.make_stream(
        b"\0", Subtype=Name.Image, Width=1, Height=1, ColorSpace=Name.DeviceGray, BitsPerComponent=8
    )
    picture.Alternates = Array([Dictionary(Image=pdf.make_stream(b"\1"), DefaultForPrinting=True)])
    pdf.pages[0].Resources.XObject = Dictionary(X=picture)


ALL: dict[Change, str] = {
    script: "signing.content_acts",
    launch: "signing.content_acts",
    page_action: "signing.content_acts",
    layers: "signing.content_layers",
    attachment: "signing.content_files_inside",
    form: "signing.content_form",
    xfa: "signing.content_form",
    overlay: "signing.content_annotations",
    outside: "signing.content_outside",
    empty_field: "signing.content_form",
    stray_widget: "signing.content_form",
    rights: "signing.content_form",
    referred_page: "signing.content_outside",
    other_print: "signing.content_layers",
}


def test_our_letters_are_plain_before_and_after_each_step() -> None:
    assert plainness.problems(s.page()) == []
    assert plainness.problems(s.prepared().pdf) == []
    assert plainness.problems(s.signed_lta()) == []


@pytest.mark.filterwarnings("ignore:This document has")
@pytest.mark.parametrize(("change", "problem"), ALL.items(), ids=lambda value: getattr(value, "__name__", value))
def test_what_is_not_plain_is_refused_and_named(change: Change, problem: str) -> None:
    changed = _changed(change)
    assert problem in plainness.problems(changed)
    with pytest.raises(RuleBroken):
        plainness.require_plain(changed)


@pytest.mark.filterwarnings("ignore:This document has")
@pytest.mark.parametrize(
    "change",
    [change for change in ALL if change is not outside],  # what lies elsewhere cannot be brought in
    ids=lambda c: c.__name__,
)
def test_a_flattened_copy_is_plain(change: Change) -> None:
    assert plainness.problems(flattening.flattened(_changed(change))) == []


def test_objects_that_nothing_refers_to_are_refused() -> None:
    """The makings of "hide and replace": a second content that waits for one changed reference."""
    hidden = s.page() + b"\n"
    xref_at = int(s.page().rsplit(b"startxref", 1)[1].split()[0])
    with pikepdf.open(BytesIO(s.page())) as pdf:
        number = len(pdf.objects) + 1
        root, size = pdf.trailer.Root.objgen[0], int(pdf.trailer.Size)
    number = max(number, size)
    at = len(hidden)
    hidden += b"%d 0 obj\n<< /Type /Page >>\nendobj\n" % number
    table = len(hidden)
    hidden += b"xref\n%d 1\n%010d 00000 n \ntrailer\n<< /Size %d /Root %d 0 R /Prev %d >>\nstartxref\n%d\n%%%%EOF\n" % (
        number, at, number + 1, root, xref_at, table,
    )  # fmt: skip
    assert plainness.problems(hidden) == ["signing.content_hidden_objects"]
    assert plainness.problems(flattening.flattened(hidden)) == []


def test_a_locked_file_is_refused() -> None:
    with pikepdf.open(BytesIO(s.page())) as pdf:
        locked = BytesIO()
        pdf.save(locked, encryption=pikepdf.Encryption(owner="o", user="u"))
    assert plainness.problems(locked.getvalue()) == ["signing.content_encrypted"]
    with pytest.raises(RuleBroken):
        flattening.flattened(locked.getvalue())


def test_flattening_never_destroys_a_signature() -> None:
    with pytest.raises(RuleBroken) as refusal:
        flattening.flattened(s.signed_lta())
    assert refusal.value.message == "signing.content_signed_already"


def test_what_is_no_pdf_is_invalid() -> None:
    with pytest.raises(Invalid):
        plainness.problems(b"garbage")


def _changed(change: Change) -> bytes:
    with pikepdf.open(BytesIO(s.page())) as pdf:
        change(pdf)
        made = BytesIO()
        pdf.save(made)
    return made.getvalue()
