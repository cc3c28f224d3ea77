"""A letter as lists show it: the line, its state and what is left of its term in the words of the language asked for."""

from __future__ import annotations

from datetime import date, datetime

from edms import words
from edms.overview.line import LetterLine
from edms.registry.words import DocumentState, Grade, RegisterKind
from edms.web.api.shapes import Shown
from edms.web.kit import language, t


class LetterShown(Shown):
    """A letter in a list. `etag` is the state of its card; `term` says what is left of its legal term, or since when and
    why it stands."""

    etag: str
    document_id: int
    register_id: int
    number: str
    year: int
    serial: int
    kind: RegisterKind
    state: DocumentState
    state_text: str
    registered_at: datetime
    registered_on: date
    correspondent_name: str | None
    summary: str
    responsible_id: int | None
    due_on: date | None
    term: str | None
    urgency: str
    on_control: bool
    waiting_scan: bool
    grade: Grade
    signed_by_hand: bool


OWN = ("document_id", "register_id", "number", "year", "serial", "kind", "state", "registered_at", "registered_on",
       "correspondent_name", "summary", "due_on", "on_control", "waiting_scan", "grade")  # fmt: skip


def letter(line: LetterLine) -> LetterShown:
    """The line of a letter."""
    document = line.document
    return LetterShown(
        etag=f"v{document.version}",
        state_text=t(line.state[0], **line.state[1]),
        term=words.told(language(), line.term) if line.term else None,
        responsible_id=line.responsible.official_id if line.responsible else None,
        urgency=line.kind,
        signed_by_hand=line.by_hand,
        **{name: getattr(document, name) for name in OWN},
    )
