"""The signature's place in a PDF: a container of fixed size is reserved, the rest hashed, the signature fills it later.

Every change is an incremental update, so the bytes given are a byte prefix of the bytes returned (ISO 32000-1, 7.5.6).
What must be remembered between reserving and filling is three plain numbers and a hash: no pickles.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from io import BytesIO
from itertools import count, islice

from pyhanko.pdf_utils.content import PdfContent
from pyhanko.pdf_utils.generic import pdf_name
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.layout import AxisAlignment, BoxConstraints, InnerScaling, Margins, SimpleBoxLayoutRule
from pyhanko.pdf_utils.misc import PdfError
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.fields import (
    FieldMDPAction,
    FieldMDPSpec,
    InvisSigSettings,
    MDPPerm,
    SigFieldSpec,
    SigSeedSubFilter,
    append_signature_field,
    enumerate_sig_fields,
)
from pyhanko.sign.signers.cms_embedder import (
    PdfCMSEmbedder,
    SigAppearanceSetup,
    SigIOSetup,
    SigMDPSetup,
    SigObjSetup,
)
from pyhanko.sign.signers.pdf_byterange import PreparedByteRangeDigest, SignatureObject
from pyhanko.stamp import StaticStampStyle

from edms.errors import Corrupt, Invalid

HASH = "sha256"
ROOM = 16 * 1024  # bytes: for a chain of RSA certificates and a late time stamp
RESERVED = 2 * ROOM  # the same in hexadecimal digits


@dataclass(frozen=True)
class Box:
    """A place on a page, the first being 0, in PDF points (1/72 inch) from the lower left corner."""

    page: int
    left: float
    bottom: float
    right: float
    top: float


@dataclass(frozen=True)
class Mark:
    """A picture to put on a page for good: the first page of `pdf` drawn into `box`."""

    box: Box
    pdf: bytes


@dataclass(frozen=True)
class Reserved:
    """A PDF whose signature container is still empty. `digest` is over everything outside `start`..`end`."""

    pdf: bytes
    digest: bytes
    start: int
    end: int


def set_marks(pdf: bytes, marks: Sequence[Mark]) -> bytes:
    """Draw the marks as one further revision: the registration stamp, set before the first signature."""
    if not marks:
        return pdf
    try:
        writer = IncrementalPdfFileWriter(BytesIO(pdf))
        for mark in marks:
            box = BoxConstraints(width=mark.box.right - mark.box.left, height=mark.box.top - mark.box.bottom)
            stamp = _style(mark.pdf).create_stamp(writer, box, {})
            stamp.apply(mark.box.page, mark.box.left, mark.box.bottom)  # type: ignore[arg-type]
        return _whole(writer, pdf)
    except (PdfError, ValueError, KeyError, IndexError) as error:
        raise Invalid("signing.not_a_pdf") from error


def reserve(
    pdf: bytes,
    *,
    field: str,
    at: datetime,
    name: str,
    reason: str | None = None,
    place: Mark | None = None,
    reserved: int = RESERVED,
    later: Mapping[str, Box | None] | None = None,
) -> Reserved:
    """Reserve the container of a PAdES signature in the form field `field` and hash all the rest.

    `at` is the claimed time, `name` the signer as printed; `place` shows the signature on a page, without it there is
    nothing to see. `reserved` is its room in hexadecimal digits. With `later`, even an empty one, this is the first
    signature of the paper: it certifies that nothing may follow but signatures in the fields named there, which are
    made now (DocMDP level 2 and FieldMDP, ISO 32000-1, 12.8.2.2 and 12.8.2.4), time stamps and validation data.
    Errors: Invalid when the bytes are no PDF that can be carried on.
    """
    try:
        writer = IncrementalPdfFileWriter(BytesIO(pdf))
        for name_, box in (later or {}).items():
            append_signature_field(writer, _field(name_, box))
        made_before = field in {found for found, _, _ in enumerate_sig_fields(writer, filled_status=False)}
        spec = None if made_before else _field(field, place.box if place else None)
        steps = PdfCMSEmbedder(new_field_spec=spec).write_cms(field_name=field, writer=writer)
        next(steps)
        shown = SigAppearanceSetup(style=_style(place.pdf), timestamp=at, name=name) if place else None
        placeholder = SignatureObject(
            timestamp=at, subfilter=SigSeedSubFilter.PADES, name=name, reason=reason, bytes_reserved=reserved
        )
        certified = _certified(later) if later is not None else None
        steps.send(SigObjSetup(sig_placeholder=placeholder, mdp_setup=certified, appearance_setup=shown))
        prepared, output = steps.send(SigIOSetup(md_algorithm=HASH))
    except (PdfError, ValueError, KeyError, IndexError) as error:
        raise Invalid("signing.not_a_pdf") from error
    made = output.getvalue()
    _same_start(pdf, made)
    return Reserved(made, prepared.document_digest, prepared.reserved_region_start, prepared.reserved_region_end)


def signature_fields(pdf: bytes) -> dict[str, bool]:
    """The signature fields of a PDF by name, and whether each is filled. Errors: Invalid when it is none."""
    try:
        return {str(name): value is not None for name, value, _ in enumerate_sig_fields(PdfFileReader(BytesIO(pdf)))}
    except (PdfError, ValueError, KeyError, IndexError) as error:
        raise Invalid("signing.not_a_pdf") from error


def is_certified(pdf: bytes) -> bool:
    """Does its first signature say what may follow? Errors: Invalid when it is no PDF."""
    try:
        return "/DocMDP" in PdfFileReader(BytesIO(pdf)).root.get("/Perms", {})
    except (PdfError, ValueError, KeyError, IndexError) as error:
        raise Invalid("signing.not_a_pdf") from error


def free_fields(taken: Collection[str], how_many: int = 1) -> list[str]:
    """Names for the next signature fields: Signature1, Signature2 …, whoever made those before."""
    names = (name for name in (f"Signature{n}" for n in count(1)) if name not in taken)
    return list(islice(names, how_many))


def _field(name: str, box: Box | None) -> SigFieldSpec:
    return SigFieldSpec(
        name,
        on_page=box.page if box else 0,
        box=(round(box.left), round(box.bottom), round(box.right), round(box.top)) if box else None,
        # PDF/A wants an appearance on every widget that has a size, and ours without a place has none.
        invis_sig_settings=InvisSigSettings(set_print_flag=True, set_hidden_flag=False),
    )


def _certified(later: Collection[str]) -> SigMDPSetup:
    lock = FieldMDPSpec(FieldMDPAction.EXCLUDE, list(later)) if later else FieldMDPSpec(FieldMDPAction.ALL)
    return SigMDPSetup(HASH, certify=True, field_lock=lock, docmdp_perms=MDPPerm.FILL_FORMS)


def digest(pdf: bytes, start: int, end: int) -> bytes:
    """The hash a signature in the container `start`..`end` stands for."""
    whole = hashlib.new(HASH)
    whole.update(memoryview(pdf)[:start])
    whole.update(memoryview(pdf)[end:])
    return whole.digest()


def fill(pdf: bytes, start: int, end: int, signature: bytes) -> bytes:
    """Put the CMS `signature` into its container. Filling again replaces what is there (a signature with time stamp).

    Errors: Corrupt when it does not fit; nothing half-signed is ever returned.
    """
    if not fits(signature, start, end):
        raise Corrupt("signing.container_too_small")
    output = BytesIO(pdf)
    region = PreparedByteRangeDigest(document_digest=b"", reserved_region_start=start, reserved_region_end=end)
    # Zeroes first: a shorter signature must not leave the tail of a longer one behind.
    region.fill_reserved_region(output, bytes((end - start - 2) // 2))
    region.fill_reserved_region(output, signature)
    return output.getvalue()


def fits(signature: bytes, start: int, end: int) -> bool:
    """Is there room for it in the container `start`..`end`?"""
    return len(signature) * 2 <= end - start - 2


class _Picture(PdfContent):
    """The first page of a small PDF as a form: its embedded fonts come along, so every script has its glyphs."""

    def __init__(self, pdf: bytes) -> None:
        super().__init__()
        self._pdf = pdf

    def render(self) -> bytes:
        form = self._ensure_writer.import_page_as_xobject(PdfFileReader(BytesIO(self._pdf)))
        self.resources.xobject[pdf_name("/Picture")] = form
        left, bottom, right, top = form.get_object()["/BBox"]
        self.box = BoxConstraints(width=abs(right - left), height=abs(top - bottom))
        return b"/Picture Do"


def _style(pdf: bytes) -> StaticStampStyle:
    return StaticStampStyle(
        background=_Picture(pdf),
        border_width=0,
        background_opacity=1.0,
        background_layout=SimpleBoxLayoutRule(
            x_align=AxisAlignment.ALIGN_MIN,
            y_align=AxisAlignment.ALIGN_MAX,
            margins=Margins(),
            inner_content_scaling=InnerScaling.SHRINK_TO_FIT,
        ),
    )


def _whole(writer: IncrementalPdfFileWriter, before: bytes) -> bytes:
    output = BytesIO()
    writer.write(output)  # type: ignore[no-untyped-call]
    made = output.getvalue()
    _same_start(before, made)
    return made


def _same_start(before: bytes, after: bytes) -> None:
    if not after.startswith(before):
        raise Corrupt("signing.bytes_changed")
