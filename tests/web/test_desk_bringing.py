"""A PDF brought to be signed: plain copies that look the same, differences agreed to, strangers refused, to the pile."""

from __future__ import annotations

import io
from functools import partial

import pikepdf
import pypdfium2
import pytest
from pikepdf import Array, Dictionary, Name
from sqlalchemy import select

from edms import words
from edms.drafting.brought import comparing
from edms.drafting.brought.models import BroughtPaper
from edms.drafting.models import Draft, DraftSource, DraftState, DraftVersion
from edms.errors import RuleBroken
from edms.events.models import EventLine as Line
from edms.registry.models import Content
from edms.signing import flattening, plainness
from tests import forgeries
from tests import signatures as s

pytest_plugins = ["tests.web.desk_site"]
pytestmark = pytest.mark.filterwarnings("ignore:This document has")
PICTURE = b"/Tx BMC BT /Helv 12 Tf 2 6 Td (%s) Tj ET EMC"


def _form(value: str, shows: bytes | None) -> bytes:
    """A letter with a filled-in field; `shows` is what its own picture says, which may lie."""
    with pikepdf.open(io.BytesIO(s.page())) as pdf:
        font = Dictionary(Helv=Dictionary(Type=Name.Font, Subtype=Name.Type1, BaseFont=Name.Helvetica))
        field = Dictionary(
            Type=Name.Annot, Subtype=Name.Widget, FT=Name.Tx, T="sum", V=value, F=4, Rect=[100, 300, 300, 320],
            DA="/Helv 12 Tf 0 g",
        )  # fmt: skip
        if shows is not None:
            form = {"Type": Name.XObject, "Subtype": Name.Form, "BBox": [0, 0, 200, 20]}
            field.AP = Dictionary(N=pdf.make_stream(PICTURE % shows, **form, Resources=Dictionary(Font=font)))
        kept = pdf.make_indirect(field)
        pdf.pages[0].Annots = Array([kept])
        pdf.Root.AcroForm = Dictionary(Fields=Array([kept]), DR=Dictionary(Font=font), DA="/Helv 12 Tf 0 g")
        pdf.Root.OpenAction = Dictionary(S=Name.JavaScript, JS="app.alert(1)")
        made = io.BytesIO()
        pdf.save(made)
    return made.getvalue()


def _layered(drawing: bytes, *, hidden: bool) -> bytes:
    with pikepdf.open(io.BytesIO(s.page())) as pdf:
        group = pdf.make_indirect(Dictionary(Type=Name.OCG, Name="later"))
        pdf.Root.OCProperties = Dictionary(OCGs=Array([group]), D=Dictionary(OFF=Array([group] if hidden else [])))
        sheet = pdf.pages[0].obj
        sheet.Resources.Properties = Dictionary(L=group)
        sheet.Resources.Font.H = Dictionary(Type=Name.Font, Subtype=Name.Type1, BaseFont=Name.Helvetica)
        drawn = [*sheet.Contents] if isinstance(sheet.Contents, Array) else [sheet.Contents]
        sheet.Contents = Array([*drawn, pdf.make_stream(drawing)])
        made = io.BytesIO()
        pdf.save(made)
    return made.getvalue()


BLOCK = b"/OC /L BDC q 1 0 0 rg 100 100 200 200 re f BT /H 20 Tf 100 400 Td (PAY 1,000,000) Tj ET Q EMC 0 0 1 rg 9 9 9 9 re f"
MIDDLE = b"BT /H 20 Tf 100 400 Td /OC /L BDC (one) Tj EMC (two) Tj ET"
LINES = b"BT /H 20 Tf 20 TL 100 400 Td /OC /L BDC (one) Tj EMC (two) ' ET"


def _opened(pdf: bytes, *, with_forms: bool = False) -> pypdfium2.PdfDocument:
    document = pypdfium2.PdfDocument(pdf)
    if with_forms:
        document.init_forms()
    return document


@pytest.mark.parametrize("hidden", [True, False])
@pytest.mark.parametrize("drawing", [BLOCK, LINES])
def test_layers_become_what_they_show_dot_by_dot(drawing, hidden):
    brought = _layered(drawing, hidden=hidden)
    plain = flattening.flattened(brought)
    assert plainness.problems(brought) != plainness.problems(plain) == []
    assert list(comparing.differences(_opened(brought, with_forms=True), _opened(plain))) == []
    text = _opened(plain)[0].get_textpage().get_text_bounded()
    assert ("PAY" in text or "one" in text) is not hidden  # hidden words are gone, not only unseen
    assert drawing is BLOCK or "two" in text


def test_a_layer_that_hides_words_within_a_line_is_refused():
    with pytest.raises(RuleBroken) as refusal:
        flattening.flattened(_layered(MIDDLE, hidden=True))
    assert refusal.value.message == "signing.layer_unclear"
    assert flattening.flattened(_layered(MIDDLE, hidden=False))


def test_the_comparison_sees_a_changed_figure_and_a_missing_page():
    one, other = (_opened(flattening.flattened(_form("x", word))) for word in (b"100 GEL", b"900 GEL"))
    (place,) = comparing.differences(one, other)
    assert place.page == 1 and 0.15 < place.x < 0.2 and 0.6 < place.y < 0.65 and place.width < 0.03
    assert [p.page for p in comparing.differences(one, pypdfium2.PdfDocument.new())] == [1]


def rows(desk, table, *conditions):
    with desk.house.transaction() as session:
        return list(session.scalars(select(table).where(*conditions).order_by(*table.__mapper__.primary_key)))


def typed(desk, raw, **more):
    return {
        "subject": "ხელშეკრულება", "addressee": "ანა", "signer": desk.cast.mayor.official_id, "channel": "post",
        "language": "ka", "text": "", "do": "send", "file": (io.BytesIO(raw), "ფორმა.pdf"), **more,
    }  # fmt: skip


def _bytes(desk, content_id):
    content = rows(desk, Content, Content.content_id == content_id)[0]
    with desk.house.store.open(content.store_key) as stream:
        return stream.read()


def test_a_filled_in_form_is_flattened_and_goes_to_the_signer_with_the_original_kept(desk):
    executor, brought = desk.as_("executor"), _form("100 GEL", b"100 GEL")
    place = executor.post("/drafts/new", typed(desk, brought)).headers["Location"]
    (draft,), (paper,), (version,) = rows(desk, Draft), rows(desk, BroughtPaper), rows(desk, DraftVersion)
    assert (draft.state, draft.source) == (DraftState.TO_SIGN, DraftSource.PDF)
    assert paper.found == ["signing.content_acts", "signing.content_form"] and not paper.waits
    assert paper.places == paper.unseen == []
    assert _bytes(desk, paper.original_content_id) == brought
    shown = _bytes(desk, version.content_id)
    assert plainness.problems(shown) == []
    with pikepdf.open(io.BytesIO(shown)) as pdf:
        assert len(pdf.pages) == 2  # number and signatures have a sheet of their own
    assert {place["page"] for name, place in version.place.items() if name != "pages"} == {1}
    assert "100 GEL" in _opened(shown)[0].get_textpage().get_text_bounded()
    leaf = rows(desk, Line, Line.kind == "pdf:brought")[0]
    assert leaf.leaf_id is not None and leaf.detail["name"] == "ფორმა.pdf"
    assert "ფორმა.pdf" in executor.get(f"{place}/brought/")
    assert executor.client.get(f"{place}/brought/original").data == brought
    for name in ("stranger", "foreigner", "second_executor"):
        for address in ("/brought/", "/brought/original", "/brought/plain", "/brought/plain/page/1/preview"):
            desk.as_(name).get(place + address, 404)
        desk.as_(name).post(f"{place}/brought/agree", status=404)
        desk.as_(name).post(place, typed(desk, brought, version=draft.version), status=404)
    assert len(rows(desk, BroughtPaper)) == 1
    mayor = desk.as_("mayor")
    assert "ფორმა.pdf" in mayor.get(f"{place}/brought/")  # she sees what came, and decides nothing of it
    mayor.post(f"{place}/brought/agree", status=403)


def test_a_field_that_says_what_its_page_does_not_is_seen_before_anybody_is_asked(desk):
    executor = desk.as_("executor")
    place = executor.post("/drafts/new", typed(desk, _form("100 GEL", b"900 GEL"))).headers["Location"]
    assert place.endswith("/brought/")
    (paper,), (draft,) = rows(desk, BroughtPaper), rows(desk, Draft)
    assert draft.state is DraftState.WRITING and paper.waits
    assert paper.unseen == [{"page": 1, "value": "100 GEL"}]
    assert "100 GEL" in executor.get(place)
    home = place.removesuffix("/brought/")
    again = typed(desk, b"", version=draft.version) | {"file": (io.BytesIO(b""), "")}
    assert executor.post(home, again).headers["Location"] == place  # sent on, it stays with its author
    assert rows(desk, Draft)[0].state is DraftState.WRITING
    executor.post(f"{place}agree")
    assert rows(desk, Line, Line.kind == "pdf:agreed")[0].leaf_id is not None
    executor.post(home, again | {"version": rows(desk, Draft)[0].version, "file": (io.BytesIO(b""), "")})
    assert rows(desk, Draft)[0].state is DraftState.TO_SIGN


@pytest.mark.parametrize(
    ("raw", "why"),
    [(forgeries.victim, "brought.signed_already"), (partial(bytes, b"garbage"), "signing.not_a_pdf")],
    ids=["signed", "garbage"],
)
def test_what_cannot_be_made_plain_is_refused_beside_its_field_and_leaves_nothing(desk, raw, why):
    answer = desk.as_("executor").post("/drafts/new", typed(desk, raw()), status=422).get_data(as_text=True)
    assert words.say("ka", why)[:30] in answer and "ხელშეკრულება" in answer
    assert rows(desk, Draft) == rows(desk, BroughtPaper) == []


def test_written_text_stays_in_its_version_when_a_shadow_paper_is_brought_instead(desk):
    """The published shadow files: a covering picture, a field and a page in hiding are drawn in or left behind."""
    executor = desk.as_("executor")
    values = {k: v for k, v in typed(desk, b"", text="პირველი", do="save").items() if k != "file"}
    place = executor.post("/drafts/new", values).headers["Location"]
    sent = typed(desk, forgeries.shadow_source(), version=rows(desk, Draft)[0].version, text="პირველი", do="show")
    executor.post(place, sent)
    first, second = rows(desk, DraftVersion)
    assert (first.text, second.text) == ("პირველი", "") and second.content_id is not None
    shown = _bytes(desk, second.content_id)
    assert plainness.problems(shown) == [] and b"PAY 1,000,000" not in pikepdf_unpacked(shown)
    assert rows(desk, BroughtPaper)[0].places == []


def pikepdf_unpacked(pdf: bytes) -> bytes:
    with pikepdf.open(io.BytesIO(pdf)) as opened:
        made = io.BytesIO()
        opened.save(made, compress_streams=False, stream_decode_level=pikepdf.StreamDecodeLevel.generalized)
    return made.getvalue()
