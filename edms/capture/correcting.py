"""Lines read in doubt, for those who may read their letters: looked at one after the other, the worst first.

The one place of this room that asks who may. What is corrected changes the page's text and its words; the searchable
copy and the index follow by jobs. Every line keeps who judged it, when, and what it was before.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import ColumnElement, Select, exists, func, select, tuple_
from sqlalchemy.orm import Session

from edms import clock
from edms.access.actor import Actor
from edms.access.permissions import Permission
from edms.access.policy import require
from edms.access.scope import own_organisation, visible
from edms.capture import copies, doubts
from edms.capture.keeping import documents_of
from edms.capture.linewise import rows, said_anew
from edms.capture.models import DoubtfulLine, LineState, PageText, Rendition, RenditionKind, TextSource
from edms.db.locking import lock
from edms.errors import Conflict, Invalid, NotFound
from edms.events import Event, Subject, record
from edms.jobs import Kind, defer
from edms.registry.models import Content, Document, DocumentContent

LONGEST_LINE = 1_000
MOST_COUNTED = 500
COPY_WAITS = timedelta(minutes=2)
"""The next line of the same paper is corrected within seconds: its copy is made once for all of them."""


@dataclass(frozen=True)
class Doubt:
    """A line to look at: on which letter, and the preview of its page."""

    line: DoubtfulLine
    document: Document
    preview: Rendition | None


def waiting(session: Session, actor: Actor) -> int:
    """How many lines wait that the actor may look at, counted up to MOST_COUNTED."""
    require(actor, Permission.TEXT_CORRECT)
    some = _waiting(actor).with_only_columns(DoubtfulLine.doubtful_line_id).limit(MOST_COUNTED)
    return session.scalar(select(func.count()).select_from(some.subquery())) or 0


def next_line(session: Session, actor: Actor, *, after: int | None = None) -> Doubt | None:
    """The most doubtful line that the actor may look at; `after`: the one that follows this line in the queue."""
    left = session.get(DoubtfulLine, after) if after is not None else None
    place = (left.confidence, left.doubtful_line_id) if left is not None else None
    return next(iter(lines(session, actor, after=place, limit=1)), None)


def lines(session: Session, actor: Actor, *, after: tuple[int, int] | None = None, limit: int) -> list[Doubt]:
    """The lines that the actor may look at, the most doubtful first; `after` is a line's (confidence, id)."""
    require(actor, Permission.TEXT_CORRECT)
    found = _waiting(actor).order_by(DoubtfulLine.confidence, DoubtfulLine.doubtful_line_id).limit(limit)
    if after is not None:
        found = found.where(tuple_(DoubtfulLine.confidence, DoubtfulLine.doubtful_line_id) > after)
    return [_doubt(session, actor, line) for line in session.scalars(found).all()]


def line_of(session: Session, actor: Actor, doubtful_line_id: int) -> Doubt:
    """One line, whatever became of it. Errors: NotFound when the actor may not read its letter."""
    require(actor, Permission.TEXT_CORRECT)
    line = session.get(DoubtfulLine, doubtful_line_id)
    if line is None:
        raise NotFound
    return _doubt(session, actor, line)


def judge(session: Session, actor: Actor, doubtful_line_id: int, text: str) -> DoubtfulLine:
    """Say what stands in a line: as it was read, or otherwise; nothing, where there is no writing at all.

    Errors: NotFound; Conflict when somebody else has judged it, or the page was read anew; Invalid for more than a line.
    """
    doubt = line_of(session, actor, doubtful_line_id)
    line, document = doubt.line, doubt.document
    require(actor, Permission.TEXT_CORRECT, document)
    said = text.split()
    if len(text) > LONGEST_LINE or "\n" in text.strip():
        raise Invalid(fields={"text": "recognition.one_line"})
    lock(session, line)
    found = select(PageText).where(PageText.content_id == line.content_id, PageText.page == line.page)
    page = session.scalar(found.with_for_update())
    row = next((row for row in rows(page.text, page.words) if row.number == line.line), None) if page else None
    if line.state is not LineState.WAITING or page is None or row is None:
        raise Conflict("recognition.judged_already")
    words = page.words[row.start : row.stop]
    if [str(word[0]) for word in words] != line.before.split():
        raise Conflict("recognition.judged_already")
    after = " ".join(said)
    line.state = LineState.RIGHT if after == line.before else LineState.CORRECTED
    line.judged_by_id, line.judged_at = actor.official_id, clock.now()
    page.words = [*page.words[: row.start], *said_anew(words, said), *page.words[row.stop :]]
    if line.state is LineState.CORRECTED:
        line.after = after
        lines = page.text.split("\n")
        lines[line.line] = after
        page.text = "\n".join(lines)
        if line.language:
            doubts.learn(session, line.language, line.before, after)
    page.alternatives = doubts.alternatives(page.words, doubts.confusions(session, page.language), page.language)
    session.flush()
    if not _doubtful(session, line):
        page.source = TextSource.PERSON
    if line.state is LineState.CORRECTED:
        record(
            session,
            actor,
            Event.TEXT_CORRECTED,
            Subject("content", line.content_id, document_id=document.document_id, content_id=line.content_id),
            organisation_id=document.organisation_id,
            detail={"page": line.page, "before": line.before, "after": after},
        )
        copies.ask(session, session.get_one(Content, line.content_id), at=clock.now() + COPY_WAITS)
    for document_id in documents_of(session, line.content_id):
        defer(session, Kind.INDEX, document_id)
    return line


def _waiting(actor: Actor) -> Select[DoubtfulLine]:
    return select(DoubtfulLine).where(
        DoubtfulLine.state == LineState.WAITING,
        own_organisation(actor, DoubtfulLine.organisation_id),
        exists().where(*_holds(actor)),
    )


def _holds(actor: Actor) -> tuple[ColumnElement[bool], ...]:
    """That a document which the actor may know of holds the line's paper."""
    return (
        DocumentContent.content_id.in_((DoubtfulLine.content_id, DoubtfulLine.outer_id)),
        DocumentContent.withdrawn_at.is_(None),
        Document.document_id == DocumentContent.document_id,
        visible(actor, Document.readers),
    )


def _doubt(session: Session, actor: Actor, line: DoubtfulLine) -> Doubt:
    found = (
        select(Document)
        .join(DocumentContent, DocumentContent.document_id == Document.document_id)
        .where(
            DocumentContent.content_id.in_((line.content_id, line.outer_id)),
            DocumentContent.withdrawn_at.is_(None),
            visible(actor, Document.readers),
        )
        .order_by(Document.document_id)
    )
    document = session.scalars(found.limit(1)).first()
    if document is None:
        raise NotFound
    preview = select(Rendition).where(
        Rendition.content_id == line.content_id, Rendition.kind == RenditionKind.PREVIEW, Rendition.page == line.page
    )
    return Doubt(line, document, session.scalar(preview))


def _doubtful(session: Session, line: DoubtfulLine) -> bool:
    """Whether lines of the same page still wait."""
    left = exists().where(
        DoubtfulLine.content_id == line.content_id,
        DoubtfulLine.page == line.page,
        DoubtfulLine.state == LineState.WAITING,
    )
    return bool(session.scalar(select(left)))
