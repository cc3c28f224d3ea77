"""The control card of a letter: its resolution with the executors, what was extended, how it was executed."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from edms import clock, terms
from edms.access.actor import Actor
from edms.overview.course import Step, course_of
from edms.registry.models import Document
from edms.routing.clocks import day_of_term, stands
from edms.routing.models import Control, Purpose, ResolutionState
from edms.staff.models import Official


@dataclass(frozen=True)
class Executed:
    """One executor's line: `what` until `due_on`, no day while its term stands; ended on `done_on` with what she reported."""

    who: Official | None
    what: str
    due_on: date | None
    responsible: bool
    done_on: date | None
    note: str


@dataclass(frozen=True)
class Card:
    """What the card says beside the letter's own facts. `extended` are days given instead of earlier ones; `stands` is
    since when, and until what, the clock of the legal term stands: `due_on` moves when it goes on."""

    text: str = ""
    author: Official | None = None
    entered_by: Official | None = None  # whose hand, where it was not the author's
    resolved_on: date | None = None
    due_on: date | None = None
    stands: terms.Interval | None = None
    removed_on: date | None = None
    executed: list[Executed] = field(default_factory=list)
    extended: list[date] = field(default_factory=list)
    replies: list[Document] = field(default_factory=list)


def card_of(session: Session, actor: Actor, document: Document) -> Card:
    """The card of a letter that the actor may see; of one never on control, its course alone."""
    control = session.scalar(select(Control).where(Control.document_id == document.document_id))
    steps = course_of(session, document, clock.today(actor.time_zone), actor)
    top = [s for s in steps if s.resolution is not None and s.resolution.state is not ResolutionState.CANCELLED]
    first = top[0] if top else None
    zone = actor.time_zone
    return Card(
        text=first.text if first else "",
        author=first.who if first else None,
        entered_by=first.entered_by if first else None,
        resolved_on=clock.day_of(first.at, zone) if first and first.at else None,
        due_on=control.due_on if control is not None else day_of_term(document),
        stands=stands(document),
        removed_on=clock.day_of(control.removed_at, zone) if control is not None and control.removed_at else None,
        executed=[line for step in top for line in _executed(step, zone)],
        extended=[day for step in top for day in _extended(step)],
        replies=[step.document for step in steps if step.document is not None],
    )


def _executed(resolved: Step, zone: str) -> list[Executed]:
    lines = []
    for step in resolved.steps:
        work = step.assignment
        if work is None or work.purpose is not Purpose.EXECUTE:
            continue
        done_on = clock.day_of(work.ended_at, zone) if work.ended_at and step.kind == "done" else None
        text = resolved.text if resolved.resolution and resolved.resolution.parent_assignment_id else ""
        due_on = work.due_on if step.stands_since is None else None
        lines.append(Executed(step.who, text, due_on, work.responsible, done_on, step.text))
        for below in step.steps:
            lines += _executed(below, zone) if below.resolution is not None else []
    return lines


def _extended(resolved: Step) -> list[date]:
    days = []
    for step in resolved.steps:
        for below in step.steps:
            if below.extension is not None and below.extension.state.value == "granted":
                days.append(below.extension.due_wanted)
            days += _extended(below) if below.resolution is not None else []
    return days
