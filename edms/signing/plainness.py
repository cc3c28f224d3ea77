"""Whether a PDF is plain enough to be signed: it must look the same for ever, and nothing in it may act.

Refused: scripts and actions, embedded files, forms that can be filled (XFA or not) and fields that wait for others'
signatures, layers that can be hidden, pictures that print otherwise than they show, pictures laid over the page as
annotations, external content, encryption, and objects that nothing refers to: the makings of the published "shadow"
forgeries, where a later change swaps what was shown for what was hidden.
"""

from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO
from typing import Any

import pikepdf

from edms.errors import Invalid, RuleBroken

ACTING = frozenset(
    {"/JavaScript", "/Launch", "/SubmitForm", "/ImportData", "/ResetForm", "/GoToE", "/GoToR", "/Rendition", "/Movie",
     "/Sound", "/RichMediaExecute", "/SetOCGState", "/Hide", "/Trans", "/GoTo3DView"}
)  # fmt: skip
HARMLESS_ANNOTATIONS = frozenset({"/Link", "/Widget", "/Popup"})  # a widget here can only be a signature's
MOST_OBJECTS = 200_000


def require_plain(pdf: bytes) -> None:
    """Refuse a PDF that may not be signed as it is. Errors: RuleBroken naming what stands in the way, Invalid."""
    for problem in problems(pdf):
        raise RuleBroken(problem)


def problems(pdf: bytes) -> list[str]:
    """What stands in the way of signing, as message ids, each once. Errors: Invalid when the bytes are no PDF."""
    try:
        with pikepdf.open(BytesIO(pdf)) as opened:
            return sorted(set(_problems(opened)))
    except pikepdf.PasswordError:
        return ["signing.content_encrypted"]
    except (pikepdf.PdfError, ValueError, RuntimeError, TypeError) as error:
        raise Invalid("signing.not_a_pdf") from error


def is_signed(pdf: pikepdf.Pdf) -> bool:
    """Does it hold a signature field with a signature in it?"""
    return any(_is_signature(field) and "/V" in field for field in _fields(pdf))


def _problems(pdf: pikepdf.Pdf) -> Iterator[str]:
    if pdf.is_encrypted:
        yield "signing.content_encrypted"
    root = pdf.Root
    if "/OCProperties" in root:
        yield "signing.content_layers"
    if "/Collection" in root or "/AF" in root or ("/Names" in root and "/EmbeddedFiles" in root.Names):
        yield "signing.content_files_inside"
    if "/AcroForm" in root and ("/XFA" in root.AcroForm or not all(_is_signature(field) for field in _fields(pdf))):
        yield "signing.content_form"
    signed = is_signed(pdf)
    # Fields and rights that others left before any signature: whoever fills them later changes what was shown.
    if not signed and (_fields(pdf) or "/Perms" in root):
        yield "signing.content_form"
    for count, thing in enumerate(_reached(pdf)):
        if count > MOST_OBJECTS:
            yield "signing.content_too_large"
            return
        if not isinstance(thing, pikepdf.Array):
            yield from _of_dictionary(thing)
    # A signed file has revisions and may leave replaced objects behind; an unsigned one has no reason to.
    if not signed and _forgotten(pdf):
        yield "signing.content_hidden_objects"


def _of_dictionary(thing: pikepdf.Object) -> Iterator[str]:
    kind = str(thing.get("/Type", ""))
    if "/JS" in thing or "/AA" in thing or str(thing.get("/S", "")) in ACTING:
        yield "signing.content_acts"
    if "/EF" in thing or "/RichMediaContent" in thing:
        yield "signing.content_files_inside"
    if isinstance(thing, pikepdf.Stream) and ("/F" in thing or "/Ref" in thing):
        yield "signing.content_outside"
    if kind == "/OCG" or "/Alternates" in thing:  # another picture in print than on the screen
        yield "signing.content_layers"
    subtype = str(thing.get("/Subtype", ""))
    if kind == "/Annot" and subtype not in HARMLESS_ANNOTATIONS:
        yield "signing.content_annotations"
    if subtype == "/Widget" and not _is_signature(thing) and not _is_signature(thing.get("/Parent")):
        yield "signing.content_form"


def _forgotten(pdf: pikepdf.Pdf) -> bool:
    """Are there objects that nothing refers to? Structure of the file itself (xref and object streams) does not count."""
    reached = {thing.objgen for thing in _reached(pdf) if thing.is_indirect}
    return any(
        thing.objgen not in reached
        for thing in pdf.objects
        if isinstance(thing, pikepdf.Dictionary | pikepdf.Stream | pikepdf.Array)
        and not (isinstance(thing, pikepdf.Stream) and str(thing.get("/Type", "")) in ("/XRef", "/ObjStm"))
    )


def _reached(pdf: pikepdf.Pdf) -> Iterator[Any]:
    """Every dictionary, stream and array that can be reached from the trailer."""
    seen: set[tuple[int, int]] = set()
    waiting: list[Any] = [pdf.trailer]
    while waiting:
        thing = waiting.pop()
        if not isinstance(thing, pikepdf.Object):
            continue
        if thing.is_indirect:
            if thing.objgen in seen:
                continue
            seen.add(thing.objgen)
        if isinstance(thing, pikepdf.Dictionary | pikepdf.Stream):
            yield thing
            waiting.extend(value for _, value in thing.items())
        elif isinstance(thing, pikepdf.Array):
            yield thing
            waiting.extend(thing)


def _fields(pdf: pikepdf.Pdf) -> list[Any]:
    form = pdf.Root.get("/AcroForm")
    fields = form.get("/Fields") if isinstance(form, pikepdf.Dictionary) else None
    return list(fields) if isinstance(fields, pikepdf.Array) else []


def _is_signature(field: Any) -> bool:
    return isinstance(field, pikepdf.Dictionary) and str(field.get("/FT", "")) == "/Sig"
