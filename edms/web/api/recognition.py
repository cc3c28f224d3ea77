"""Lines of scans that were read in doubt: listed the worst first, and judged."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, ClassVar

from pydantic import Field
from sqlalchemy.orm import Session

from edms.access.actor import Actor
from edms.capture import correcting
from edms.capture.correcting import LONGEST_LINE, Doubt
from edms.capture.models import LineState
from edms.web.api.layer import Match, change, read
from edms.web.api.paging import page, place
from edms.web.api.shapes import Asked, Page, Paged, Thing, shown
from edms.web.kit.forms import OneLine


class DoubtfulLineShown(Thing):
    """A line: on which letter's paper and page, how it was read (confidence 0 to 100), and what became of it.

    `box` is x, y, width and height as shares of the page.
    """

    PLACE: ClassVar[str] = "/doubtful-lines/{doubtful_line_id}"
    doubtful_line_id: int
    document_id: int
    content_id: int
    page: int
    box: list[float]
    confidence: int
    language: str | None
    state: LineState
    before: str
    after: str | None
    judged_by_id: int | None
    judged_at: datetime | None


class Judging(Asked):
    """What stands in the line: the text as it was read, or another; nothing, where there is no writing."""

    text: Annotated[OneLine, Field(max_length=LONGEST_LINE)]


@read("/doubtful-lines")
def index(session: Session, who: Actor, query: Paged) -> Page[DoubtfulLineShown]:
    """Lines that wait, of letters that the caller may read, the most doubtful first."""
    rows = correcting.lines(session, who, after=place(query, int, int), limit=query.limit + 1)
    return page(rows, query, _shown, lambda row: (row.line.confidence, row.line.doubtful_line_id))


@read("/doubtful-lines/{doubtful_line_id}")
def show(session: Session, who: Actor, doubtful_line_id: int) -> DoubtfulLineShown:
    """One line, whatever became of it."""
    return _shown(correcting.line_of(session, who, doubtful_line_id))


@change("/doubtful-lines/{doubtful_line_id}/judge")
def judge(session: Session, who: Actor, doubtful_line_id: int, body: Judging, match: Match) -> DoubtfulLineShown:
    """Say what stands in it; the page's text, its searchable copy and the search follow."""
    doubt = correcting.line_of(session, who, doubtful_line_id)
    match.check(session, doubt.line)
    line = correcting.judge(session, who, doubtful_line_id, body.text)
    return shown(session, DoubtfulLineShown, line, document_id=doubt.document.document_id)


def _shown(doubt: Doubt) -> DoubtfulLineShown:
    return DoubtfulLineShown.of(doubt.line, document_id=doubt.document.document_id)
