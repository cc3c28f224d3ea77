"""What goes into a package, as values. Bytes are fetched when their turn comes, and only their facts are remembered."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from io import BytesIO
from typing import Any, BinaryIO

XML, JSON, TEXT = "application/xml", "application/json", "text/plain"
Bytes = Callable[[], BinaryIO]
Rows = Sequence[tuple[str, str | None, Mapping[str, str]]]
"""Elements of a card in the order of its schema: name, text (None: left out), attributes."""


@dataclass(frozen=True)
class Part:
    """A file to be written. `size` and `sha256` (hexadecimal) are what it must turn out to be, where that is known."""

    path: str
    media: str
    made_at: datetime
    opens: Bytes
    size: int | None = None
    sha256: str | None = None

    @staticmethod
    def of(path: str, media: str, made_at: datetime, made: bytes) -> Part:
        """A file whose bytes are here."""
        return Part(path, media, made_at, lambda: BytesIO(made), len(made))


@dataclass(frozen=True)
class Written:
    """A file that was written: where, and what came out."""

    path: str
    media: str
    made_at: datetime
    size: int
    sha256: str


@dataclass(frozen=True)
class Signature:
    """What the last check of a paper's signatures said; `report` and `evidence` are the files that prove it."""

    verdict: str
    checked_at: datetime
    report: bytes
    evidence: bytes
    level: str | None = None
    proven_at: datetime | None = None
    who: Sequence[str] = ()


@dataclass(frozen=True)
class Paper:
    """A file of a letter, untouched; `copy` is a PDF/A of it that can be searched. `of` is the paper it came out of."""

    content_id: int
    name: str
    role: str
    media: str
    size: int
    sha256: str
    added_at: datetime
    opens: Bytes
    dated_on: date | None = None
    of: int | None = None
    signature: Signature | None = None
    copy: Bytes | None = None


@dataclass(frozen=True)
class Agent:
    """Who acted: an office, a person under her post, a program. `ident` is ours, and stays the same in every package."""

    ident: str
    kind: str  # organization, person, software
    name: str
    note: str = ""


@dataclass(frozen=True)
class Act:
    """An act of the register. `receipt` is what proves it to anybody (see `checker`), None without a leaf."""

    event_id: int
    kind: str
    words: str
    at: datetime
    agent: Agent
    content_id: int | None = None
    receipt: Mapping[str, Any] | None = None


@dataclass(frozen=True)
class Letter:
    """A registered letter: its card in the order of the schema, its papers, what was done with it."""

    place: int
    number: str
    card: Rows
    links: Sequence[tuple[str, str]]  # kind and number
    papers: Sequence[Paper]
    acts: Sequence[Act]


@dataclass(frozen=True)
class Whole:
    """What the package is: its name in ASCII, its title, whose it is, when it was made; `case` is the case file's card."""

    ident: str
    title: str
    language: str
    office: Agent
    made_at: datetime
    software: str
    case: Rows = ()
    archive: str = ""
    documents: Sequence[Part] = ()  # what explains it to a reader: under documentation/
    readme: str = ""  # at the very top, for whoever opens it first
    bag_info: Sequence[tuple[str, str]] = ()


@dataclass(frozen=True)
class Made:
    """A finished package, in figures. `size` are the bytes of its payload."""

    ident: str
    letters: int
    files: int
    size: int
