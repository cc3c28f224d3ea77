"""A plain copy of a PDF: what its forms, notes and layers show becomes part of the page, what acts or hides is left out.

It is another content, to be shown beside the first and agreed to before it is signed. What is kept is said in a list;
everything else of a file that the copy does not need, known here or not, stays behind.
"""

from __future__ import annotations

from io import BytesIO

import pikepdf
import pypdfium2
import pypdfium2.raw as raw

from edms.errors import Invalid, RuleBroken
from edms.signing import layers, plainness

OF_FILE = frozenset(
    {"/Type", "/Pages", "/Version", "/Lang", "/Metadata", "/OutputIntents", "/PageLabels", "/StructTreeRoot", "/MarkInfo"}
)  # fmt: skip
OF_PAGE = frozenset(
    {"/Type", "/Parent", "/Resources", "/Contents", "/MediaBox", "/CropBox", "/BleedBox", "/TrimBox", "/ArtBox", "/Rotate",
     "/UserUnit", "/Group", "/StructParents", "/Tabs"}
)  # fmt: skip
OF_NO_DRAWING = ("/Alternates", "/Ref", "/OPI", "/PieceInfo", "/AA", "/AF")
OUT_OF_SIGHT = 1 | 2 | 32  # invisible, hidden, not on the screen


def flattened(pdf: bytes) -> bytes:
    """The plain copy. A signed file is refused: a copy would lose its signatures.

    Errors: Invalid for what is no PDF, RuleBroken for what cannot be made plain.
    """
    try:
        with pikepdf.open(BytesIO(pdf)) as opened:
            if plainness.is_signed(opened):
                raise RuleBroken("signing.content_signed_already")
            layers.resolve(opened)
            _without_unseen(opened)
            seen = _written(opened)
        with pikepdf.open(BytesIO(_drawn_in(seen))) as opened:
            opened.flatten_annotations("screen")  # what the other one left
            keep_listed(opened)
            opened.remove_unreferenced_resources()
            made = _written(opened)
            if "/StructTreeRoot" in opened.Root and plainness.problems(made):
                # Its marks for reading aloud refer to what acted: they go, too.
                for name in ("/StructTreeRoot", "/MarkInfo"):
                    if name in opened.Root:
                        del opened.Root[name]
                made = _written(opened)
    except pikepdf.PasswordError as error:
        raise RuleBroken("signing.content_encrypted") from error
    except (
        pikepdf.PdfError,
        pypdfium2.PdfiumError,
        ValueError,
        RuntimeError,
        TypeError,
        AttributeError,
        KeyError,
    ) as error:
        raise Invalid("signing.not_a_pdf") from error
    return made


def _without_unseen(pdf: pikepdf.Pdf) -> None:
    """Notes and fields that no screen shows leave, so that they are not drawn for the first time into the copy."""
    for page in pdf.pages:
        notes = page.obj.get("/Annots")
        if isinstance(notes, pikepdf.Array):
            each = [note for note in notes if isinstance(note, pikepdf.Dictionary)]
            page.obj.Annots = pikepdf.Array([note for note in each if not int(note.get("/F", 0)) & OUT_OF_SIGHT])


def _drawn_in(pdf: bytes) -> bytes:
    """What fields and notes show as part of each page, drawn by the same hand that draws pages here: dot by dot alike."""
    document = pypdfium2.PdfDocument(pdf)
    try:
        document.init_forms()
        for number in range(len(document)):
            page = document[number]
            raw.FPDFPage_Flatten(page, raw.FLAT_NORMALDISPLAY)
            page.close()
        made = BytesIO()
        document.save(made)
    finally:
        document.close()
    return made.getvalue()


def keep_listed(pdf: pikepdf.Pdf) -> None:
    """Leave out of file and pages whatever is not said to be kept: forms, scripts, files inside, what only programs read."""
    for name in [name for name in pdf.Root.keys() if name not in OF_FILE]:  # noqa: SIM118  a PDF dictionary, not Python's
        del pdf.Root[name]
    for page in pdf.pages:
        for name in [name for name in page.obj.keys() if name not in OF_PAGE]:  # noqa: SIM118
            del page.obj[name]
    for thing in list(pdf.objects):
        if isinstance(thing, pikepdf.Dictionary | pikepdf.Stream):
            for name in OF_NO_DRAWING:
                if name in thing:
                    del thing[name]


def _written(pdf: pikepdf.Pdf) -> bytes:
    made = BytesIO()
    pdf.save(made, encryption=False, deterministic_id=True)  # writes only what is referred to
    return made.getvalue()
