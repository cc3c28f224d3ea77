"""Tables of capture: the state of reading a content, its pages' text, renditions, suggestions. All of it can be rebuilt."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, Index, Integer, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from edms.db.base import Base, key, word


class CaptureState(StrEnum):
    """How far the reading of a content is."""

    WAITING = "waiting"
    READING = "reading"
    READ = "read"
    UNREAD = "unread"  # `reason` says why; the bytes are kept as they came
    STOPPED = "stopped"  # a person stopped it (`turns.py`); the pages read so far stay, and it can be taken up again
    PARKED = "parked"  # its readers died or failed; an operator may send it on


class TextSource(StrEnum):
    """Where a page's text comes from."""

    LAYER = "layer"  # the file's own text
    OCR = "ocr"
    PERSON = "person"  # corrected


class RenditionKind(StrEnum):
    """What was made from a content to show it."""

    PREVIEW = "preview"  # page image for reading on a screen
    THUMBNAIL = "thumbnail"
    SEARCHABLE = "searchable"  # PDF/A with a text layer


class LineState(StrEnum):
    """What became of a line that was read in doubt."""

    WAITING = "waiting"
    RIGHT = "right"  # somebody looked: it stands as it was read
    CORRECTED = "corrected"


class Capture(Base):
    """The reading of one content."""

    __tablename__ = "capture"
    content_id: Mapped[int] = mapped_column(ForeignKey("content.content_id"), primary_key=True)
    state: Mapped[CaptureState] = word(CaptureState)
    reason: Mapped[str | None]  # message id
    pages: Mapped[int | None] = mapped_column(Integer)
    pages_done: Mapped[int] = mapped_column(Integer, default=0)
    language: Mapped[str | None]
    started_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    __table_args__ = (Index("ix_capture_reason", "reason", postgresql_where=text("reason is not null")),)


class PageText(Base):
    """The text of one page, from 1, with its words' boxes where they are known.

    `words` is a list of [text, x, y, width, height, confidence], box values as fractions of the page (0..1), confidence 0..100.
    """

    __tablename__ = "page_text"
    page_text_id: Mapped[key]
    content_id: Mapped[int] = mapped_column(ForeignKey("content.content_id"))
    page: Mapped[int] = mapped_column(Integer)
    text: Mapped[str]
    source: Mapped[TextSource] = word(TextSource)
    language: Mapped[str | None]
    confidence: Mapped[int | None] = mapped_column(Integer)
    rotation: Mapped[int] = mapped_column(Integer, default=0)  # degrees clockwise applied before reading
    skew: Mapped[float] = mapped_column(default=0.0)  # degrees by which its lines leaned, clockwise, after that turn
    words: Mapped[list[Any]] = mapped_column(default=list)
    alternatives: Mapped[str] = mapped_column(default="")  # what words read in doubt may be, for the search alone
    blank: Mapped[bool] = mapped_column(default=False)  # nothing is written on it
    reason: Mapped[str | None]  # message id: why this page could not be read
    __table_args__ = (UniqueConstraint("content_id", "page"),)


class PageLabel(Base):
    """A label of this system that stands on a page; what it means is asked when it matters (`labelled.py`)."""

    __tablename__ = "page_label"
    content_id: Mapped[int] = mapped_column(ForeignKey("content.content_id"), primary_key=True)
    page: Mapped[int] = mapped_column(Integer, primary_key=True)
    code: Mapped[str] = mapped_column(primary_key=True)


class Rendition(Base):
    """A derived picture or file of a content; `page` 0 is the whole."""

    __tablename__ = "rendition"
    rendition_id: Mapped[key]
    content_id: Mapped[int] = mapped_column(ForeignKey("content.content_id"))
    kind: Mapped[RenditionKind] = word(RenditionKind)
    page: Mapped[int] = mapped_column(Integer)
    store_key: Mapped[str] = mapped_column(unique=True)
    media_type: Mapped[str]
    width: Mapped[int | None] = mapped_column(Integer)
    height: Mapped[int | None] = mapped_column(Integer)
    of_text: Mapped[str | None]  # of a searchable copy: the state of the text that it shows
    __table_args__ = (UniqueConstraint("content_id", "kind", "page"),)


class Suggestion(Base):
    """A guess for a field of the card, with its confidence (0..1) and where on the page it was seen."""

    __tablename__ = "suggestion"
    suggestion_id: Mapped[key]
    content_id: Mapped[int] = mapped_column(ForeignKey("content.content_id"), index=True)
    field: Mapped[str]
    value: Mapped[str]
    confidence: Mapped[float]
    page: Mapped[int | None] = mapped_column(Integer)
    box: Mapped[list[Any] | None]


class DoubtfulLine(Base):
    """A line that the engine read in doubt, and what a person made of it. A row is judged once and stays.

    `line` counts the lines of the page's text from 0. `box` is x, y, width, height as fractions of the page.
    `outer_id` is the content that this one came in, itself when it came alone: letters hold that one.
    """

    __tablename__ = "doubtful_line"
    doubtful_line_id: Mapped[key]
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.organisation_id"))
    content_id: Mapped[int] = mapped_column(ForeignKey("content.content_id"))
    outer_id: Mapped[int] = mapped_column(ForeignKey("content.content_id"), index=True)
    page: Mapped[int] = mapped_column(Integer)
    line: Mapped[int] = mapped_column(Integer)
    box: Mapped[list[Any]]
    confidence: Mapped[int] = mapped_column(Integer)
    language: Mapped[str | None]
    state: Mapped[LineState] = word(LineState, default=LineState.WAITING)
    before: Mapped[str]
    after: Mapped[str | None]
    judged_by_id: Mapped[int | None] = mapped_column(ForeignKey("official.official_id"))
    judged_at: Mapped[datetime | None]
    __table_args__ = (
        Index(
            "ix_doubtful_line_waiting",
            "organisation_id",
            "confidence",
            "doubtful_line_id",
            postgresql_where=text("state = 'waiting'"),
        ),
        UniqueConstraint("content_id", "page", "line"),
    )


class Confusion(Base):
    """What the engine takes for what, learned from corrections: `seen` where `meant` was written, so many times."""

    __tablename__ = "confusion"
    confusion_id: Mapped[key]
    language: Mapped[str]
    seen: Mapped[str]
    meant: Mapped[str]
    times: Mapped[int] = mapped_column(Integer)
    __table_args__ = (UniqueConstraint("language", "seen", "meant"),)
