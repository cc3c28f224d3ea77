"""The control card that goes with a letter under control."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

from edms.drafting.paper.office import Office
from edms.drafting.paper.press import Pressed, press


@dataclass(frozen=True)
class Execution:
    """One line of a control card: who, what, until when, and how it ended."""

    executor: str
    text: str
    due_on: date | None
    responsible: bool = False
    done_on: date | None = None
    note: str = ""


@dataclass(frozen=True)
class ControlCard:
    """A letter under control with its resolution and executors (D414 art. 38, 42)."""

    office: Office
    language: str
    number: str
    day: date
    sender: str
    their_number: str
    their_date: date | None
    summary: str
    resolution: str
    author: str
    resolved_on: date | None
    due_on: date | None
    standing: str = ""  # while the legal term stands: since when and why
    executions: list[Execution] = field(default_factory=list)
    extensions: list[str] = field(default_factory=list)
    execution_mark: str = ""  # how it was executed: the reply's number and date
    case_index: str = ""
    removed_on: date | None = None


def control_card(values: ControlCard) -> Pressed:
    """Print it on A5 lying."""
    return press("control_card", values.language, values.number, card=values, office=values.office)
