"""The people named in a resolution: who they may be, in which order, and whose turn is open first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import Session

from edms.errors import Invalid
from edms.registry.models import Document
from edms.routing import people
from edms.routing.clocks import today_of
from edms.routing.conflicts import require_none
from edms.routing.models import Assignment, AssignmentState, Order, Purpose, Resolution

MOST_EXECUTORS = 200


@dataclass(frozen=True)
class Executor:
    """A person named in a resolution, to execute or to take note."""

    official_id: int
    purpose: Purpose = Purpose.EXECUTE


def assignments_for(
    document: Document, resolution: Resolution, executors: Sequence[Executor], *, first_position: int,
    stands_since: date | None = None,
) -> list[Assignment]:  # fmt: skip
    """The lines of the executors; in a sequence only the first turn is open. Where the legal term stands, work may do so too."""
    lines = []
    seen_work = first_position > 1
    for place, executor in enumerate(executors):
        works = executor.purpose is Purpose.EXECUTE
        waits = works and seen_work and resolution.order is Order.SEQUENTIAL
        lines.append(
            Assignment(
                resolution_id=resolution.resolution_id,
                document_id=document.document_id,
                organisation_id=document.organisation_id,
                official_id=executor.official_id,
                position=first_position + place,
                responsible=works and not seen_work,
                purpose=executor.purpose,
                state=AssignmentState.PENDING if waits else AssignmentState.OPEN,
                due_on=resolution.due_on if works else None,
                stands_since=stands_since if works else None,
                opened_at=None if waits else resolution.issued_at,
            )
        )
        seen_work = seen_work or works
    return lines


def check_executors(
    session: Session, document: Document, author_id: int, executors: Sequence[Executor], *, to_file: bool
) -> None:
    """Refuse nobody, the same person twice, strangers, those who left, and those the author cannot task."""
    ids = [e.official_id for e in executors]
    if not ids and not to_file:
        raise Invalid(fields={"executors": "routing.executors_missing"})
    if to_file and any(e.purpose is Purpose.EXECUTE for e in executors):
        raise Invalid(fields={"executors": "routing.nothing_to_execute"})
    if len(set(ids)) != len(ids):
        raise Invalid(fields={"executors": "routing.executor_twice"})
    if len(ids) > MOST_EXECUTORS:
        raise Invalid(fields={"executors": "routing.executors_too_many"}, most=MOST_EXECUTORS)
    on = today_of(session, document)
    here = people.officials(session, document.organisation_id, ids, on, field="executors")
    require_none(session, document, ids, field="executors")
    works = {e.official_id: here[e.official_id] for e in executors if e.purpose is Purpose.EXECUTE}
    people.require_may_task(session, author_id, works, on)
