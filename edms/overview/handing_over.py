"""What still lies with an official who leaves: how much, never which letters, for whoever lets her go."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import ColumnElement, exists, func, or_, select
from sqlalchemy.orm import Session

from edms.access.actor import Actor
from edms.access.permissions import Permission
from edms.access.policy import require
from edms.drafting.handing_over import LIES_WITH
from edms.drafting.models import Draft, DraftState, Signatory
from edms.registry.intake.keeping import waits_for
from edms.registry.intake.models import DocumentIntake
from edms.routing.models import Assignment, AssignmentState, Submission, SubmissionState
from edms.staff.models import Official

OPEN = (AssignmentState.OPEN, AssignmentState.RETURNED)
OVER = (DraftState.SIGNED, DraftState.WITHDRAWN)


@dataclass(frozen=True)
class OpenWork:
    """Letters before her, assignments open with her, drafts she writes or is to sign, closed envelopes hers to open."""

    submissions: int
    assignments: int
    drafts: int
    envelopes: int

    @property
    def any(self) -> bool:
        """Is there anything to hand over?"""
        return bool(self.submissions or self.assignments or self.drafts or self.envelopes)


def open_work(session: Session, actor: Actor, official: Official) -> OpenWork:
    """What lies with her today. Errors: Forbidden for others than her administrator."""
    require(actor, Permission.PEOPLE_MANAGE, official)
    one = official.official_id
    return OpenWork(
        session.scalar(
            select(func.count()).where(Submission.official_id == one, Submission.state == SubmissionState.WAITING)
        )
        or 0,
        session.scalar(select(func.count()).where(Assignment.official_id == one, Assignment.state.in_(OPEN))) or 0,
        session.scalar(select(func.count()).where(or_(Draft.author_id == one, _signs(one)), Draft.state.not_in(OVER)))
        or 0,
        session.scalar(select(func.count()).select_from(DocumentIntake).where(waits_for([one]))) or 0,
    )


def _signs(one: int) -> ColumnElement[bool]:
    """Is her signature wanted, the first or one beside it?"""
    return exists().where(
        Signatory.draft_id == Draft.draft_id, Signatory.official_id == one, Signatory.state.in_(LIES_WITH)
    )
