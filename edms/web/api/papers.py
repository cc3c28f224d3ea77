"""The papers of a letter: its contents, their bytes and text; slip and label as PDF; the code that a citizen tracks by."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, ClassVar

from pydantic import Field
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from edms.access.actor import Actor
from edms.capture import reading as captured
from edms.capture.models import TextSource
from edms.errors import NotFound
from edms.overview import reading
from edms.registry import contents, documents, reissue, tracking
from edms.registry.models import Document, DocumentContent
from edms.registry.words import ContentRole, IdentityPaper
from edms.signing import verdict_lines
from edms.signing.verdicts import Bottom, Level
from edms.web.api.arrivals import ContentShown, Size
from edms.web.api.layer import Match, change, read
from edms.web.api.shapes import Asked, Line, Page, Reason, Shown, Thing, shown
from edms.web.desk import papers as printed
from edms.web.desk import pictures
from edms.web.kit import t
from edms.web.kit.house import house


class PaperShown(Thing):
    """A content in its role on a letter."""

    PLACE: ClassVar[str] = "/documents/{document_id}/contents/{content_id}"
    document_id: int
    content_id: int
    role: ContentRole
    position: int
    withdrawn: bool
    content: ContentShown


class PageTextShown(Shown):
    """The text of a page, and where it comes from. `confidence` is 0 to 100, of recognised text."""

    content_id: int
    page: int
    pages: int | None
    text: str
    source: TextSource
    language: str | None
    confidence: int | None


class VerdictShown(Shown):
    """A verdict on a signature: passed, failed, or indeterminate, with the reason; since when it is proved to exist."""

    bottom: Bottom
    reason: str
    text: str
    level: Level | None
    who: list[str]
    proven_at: datetime | None
    changed_after: bool
    checked_at: datetime


class Code(Shown):
    """What stands on the slip: number and code together open the tracking page."""

    number: str
    code: str


class Losing(Asked):
    """What whoever lost the code has shown: the kind of document and the last characters of its number."""

    shown: IdentityPaper
    last: Annotated[Line, Field(min_length=reissue.FEWEST, max_length=reissue.MOST)]


@read("/documents/{document_id}/contents")
def index(session: Session, who: Actor, document_id: int) -> Page[PaperShown]:
    """The contents of a letter in their order, the withdrawn ones too."""
    document = documents.document_of(session, who, document_id)
    return Page(items=[_shown(place) for place in contents.papers(session, document, withdrawn=True)])


@read("/documents/{document_id}/contents/{content_id}")
def show(session: Session, who: Actor, document_id: int, content_id: int) -> PaperShown:
    """One content of a letter."""
    return _shown(_place(session, documents.document_of(session, who, document_id), content_id))


@read("/documents/{document_id}/contents/{content_id}/bytes", media="application/octet-stream")
def download(session: Session, who: Actor, document_id: int, content_id: int) -> Response:
    """The original bytes under their own name; ranges too. Reading them is written into the letter's history."""
    place = _place(session, reading.read(session, who, document_id), content_id)
    return pictures.download(house().store, place.content)


@read("/documents/{document_id}/contents/{content_id}/copy", media="application/octet-stream")
def searchable_copy(session: Session, who: Actor, document_id: int, content_id: int) -> Response:
    """The searchable copy of a scan, a PDF/A with the recognised text under its pages; 404 where there is none.

    Reading it is written into the letter's history.
    """
    place = _place(session, reading.read(session, who, document_id), content_id)
    return pictures.searchable(session, house().store, place.content)()


@read("/documents/{document_id}/contents/{content_id}/pages/{page}")
def page_text(session: Session, who: Actor, document_id: int, content_id: int, page: int) -> PageTextShown:
    """The text of a page, from 1."""
    _place(session, reading.read(session, who, document_id), content_id)
    found, state = captured.page_text(session, content_id, page), captured.state_of(session, content_id)
    if found is None:
        raise NotFound
    own = {name: getattr(found, name) for name in PageTextShown.model_fields if name != "pages"}
    return PageTextShown(pages=state.pages if state else None, **own)


@read("/documents/{document_id}/contents/{content_id}/pages/{page}/picture", media="image/jpeg")
def picture(
    session: Session, who: Actor, document_id: int, content_id: int, page: int, query: Size
) -> Response:  # fmt: skip
    """The picture of a page, from 1."""
    _place(session, documents.document_of(session, who, document_id), content_id)
    return pictures.answer(house().store, pictures.rendition(session, content_id, page, query.size))


@read("/documents/{document_id}/contents/{content_id}/signature")
def signature(session: Session, who: Actor, document_id: int, content_id: int) -> VerdictShown:
    """What the last check of its signature said, in words; 404 where none was made."""
    _place(session, documents.document_of(session, who, document_id), content_id)
    found = verdict_lines.newest(session, content_id)
    if found is None:
        raise NotFound
    own = {name: getattr(found, name) for name in VerdictShown.model_fields if name != "text"}
    return VerdictShown(text=t(found.reason), **own)


@change("/documents/{document_id}/contents/{content_id}/withdraw")
def withdraw(session: Session, who: Actor, document_id: int, content_id: int, body: Reason, match: Match) -> PaperShown:
    """Take a wrong scan off the front: it stays in the history with its reason."""
    document = documents.document_of(session, who, document_id, lock=True)
    place = _place(session, document, content_id)
    match.check(session, place)
    contents.withdraw_paper(session, who, document, content_id, reason=body.reason)
    return shown(session, PaperShown, place, **_more(place))


@read("/documents/{document_id}/code")
def code(session: Session, who: Actor, document_id: int) -> Code:
    """The citizen's tracking code, as the slip prints it."""
    return _code(documents.document_of(session, who, document_id))


@change("/documents/{document_id}/code/reissue")
def reissue_code(session: Session, who: Actor, document_id: int, body: Losing, match: Match) -> Code:
    """Issue a new tracking code against an identity document, of which two to four last characters are kept.

    The code before is dead from then on.
    """
    document = documents.document_of(session, who, document_id, lock=True)
    match.check(session, document)
    reissue.reissue(session, who, document, shown=body.shown, last=body.last)
    return _code(document)


@read("/documents/{document_id}/slip", media="application/pdf")
def slip(document_id: int) -> Response:
    """The receipt slip as PDF, in the citizen's language."""
    return printed.slip_page(document_id)


@read("/documents/{document_id}/label", media="application/pdf")
def label(document_id: int) -> Response:
    """The label for the paper as PDF."""
    return printed.label_page(document_id)


def _code(document: Document) -> Code:
    made = tracking.code(house().tracking_key, document.document_id, document.tracking_issue)
    return Code(number=document.number, code=made)


def _place(session: Session, document: Document, content_id: int) -> DocumentContent:
    for place in contents.papers(session, document, withdrawn=True):
        if place.content_id == content_id:
            return place
    raise NotFound


def _shown(place: DocumentContent) -> PaperShown:
    return PaperShown.of(place, **_more(place))


def _more(place: DocumentContent) -> dict[str, object]:
    return {"withdrawn": place.withdrawn_at is not None, "content": ContentShown.of(place.content)}
