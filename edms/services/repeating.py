"""Earlier cases about the same person that make this one a repetition, as far as the reader may know of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import literal, or_, select
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Session

from edms import terms
from edms.access.actor import Actor
from edms.access.scope import visible
from edms.registry.models import Document
from edms.routing.clocks import first_day
from edms.services import bounds, facts, graph, texts, timing
from edms.services.definition import Route
from edms.services.kinds import StepKind
from edms.services.models import Case, CaseFact, CaseState
from edms.staff.calendars import calendar_of
from edms.staff.models import Organisation

MOST = 20


@dataclass(frozen=True)
class Earlier:
    """One of them. `outcome` is None while its decision is being carried out or may still fall."""

    case: Case
    document: Document
    outcome: str | None


def earlier(session: Session, actor: Actor, case: Case, route: Route) -> Sequence[Earlier]:
    """The newest decision first; none where the route asks nothing of the kind, or its fields are empty."""
    rule = route.repeats
    values = facts.values(session, case) if rule is not None else {}
    same = values.get(rule.same) if rule is not None else None
    day = _day(session, case, rule.day, values) if rule is not None else None
    if rule is None or not same or day is None:
        return []
    found = (
        select(Case, Document)
        .join(Document, Document.document_id == Case.document_id)
        .join(CaseFact, CaseFact.case_id == Case.case_id)
        .where(
            CaseFact.name == rule.same,
            CaseFact.replaced_at.is_(None),
            CaseFact.value == literal(same, JSONB),
            Case.organisation_id == case.organisation_id,
            Case.service == case.service,
            Case.case_id != case.case_id,
            Case.decided_on <= day,
            or_(Case.state == CaseState.RUNNING, Case.outcome.in_(rule.outcomes)),
            visible(actor, Document.readers),
        )
        .order_by(Case.decided_on.desc(), Case.case_id.desc())
        .limit(MOST)
    )
    calendar = calendar_of(session.get_one(Organisation, case.organisation_id))
    return [
        Earlier(other, document, other.outcome)
        for other, document in session.execute(found)
        if other.decided_on is not None
        and (until := terms.due(rule.term, calendar, other.decided_on).on) is not None
        and until >= day
        and (other.outcome is not None or _may_stand(session, other, rule.outcomes))
    ]


def _day(session: Session, case: Case, field: str | None, values: Mapping[str, Any]) -> date | None:
    """The day on which the earlier one must not be too old: what the field says, else the letter's own."""
    if field is not None:
        return bounds.day_of(values.get(field))
    return first_day(session, session.get_one(Document, case.document_id))


def _may_stand(session: Session, other: Case, outcomes: Sequence[str]) -> bool:
    """Can a case that is still running end so?"""
    route = texts.route_of(session, other)
    ahead = graph.reached(route, [row.step for row in timing.open_rows(other)])
    return any(step.kind is StepKind.END and step.outcome in outcomes for name in ahead if (step := route.steps[name]))
