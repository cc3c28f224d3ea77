"""What kinds of things lie with somebody, asked in one statement: most desks have few of them, and whoever shows a desk
then asks only for those. What is said to be there may still be hidden from her; what is said not to be there is not."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, fields
from enum import StrEnum
from typing import Any

from sqlalchemy import BIGINT, ColumnElement, any_, bindparam, exists, literal_column, or_, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session

from edms.drafting.by_hand.models import HandSigning, HandState
from edms.drafting.models import Draft, DraftState, Signatory, SignatoryState, Visa, VisaState
from edms.registry.going_out.service import OPEN_AGAIN
from edms.registry.intake.models import DocumentIntake
from edms.registry.models import Dispatch
from edms.routing.models import (
    Assignment,
    AssignmentState,
    Extension,
    ExtensionState,
    Purpose,
    Report,
    ReportState,
    Resolution,
    Submission,
    SubmissionState,
)
from edms.routing.opinions.models import Opinion, OpinionState
from edms.routing.originals.models import PaperOriginal
from edms.services.models import CaseStep, StepState

AT_WORK = (AssignmentState.OPEN, AssignmentState.RETURNED)


@dataclass(frozen=True)
class Lying:
    """Is there any of it? The names are those of the desk's groups."""

    case_steps: bool  # open in her office, with whomever
    my_drafts: bool
    papers: bool
    papers_handed: bool
    to_acquaint: bool
    to_execute: bool
    to_extend: bool
    to_judge: bool
    to_open: bool
    to_opine: bool
    to_reassign: bool
    to_redirect: bool
    to_resolve: bool
    to_scan: bool  # in her office
    to_sign: bool
    to_visa: bool
    unserved: bool  # in her office


_PEOPLE: Any = bindparam("people", type_=ARRAY(BIGINT))
_OFFICE: Any = bindparam("office")


def _hers(column: Any) -> Any:
    return column == any_(_PEOPLE)


def _is(column: Any, *states: StrEnum) -> ColumnElement[bool]:
    """Written out, so that the indices of one state are found."""
    return or_(*(column == literal_column(f"'{state.value}'") for state in states))


def _work(purpose: Purpose) -> Any:
    return exists().where(
        _hers(Assignment.official_id), _is(Assignment.state, *AT_WORK), _is(Assignment.purpose, purpose)
    )


def _judged(*conditions: ColumnElement[bool]) -> Any:
    """Something of an assignment under a resolution that she judges."""
    own = or_(_hers(Resolution.author_id), _hers(Resolution.taken_over_by_id))
    return exists().where(Assignment.resolution_id == Resolution.resolution_id, own, *conditions)


_ASKED = {
    "case_steps": exists().where(CaseStep.organisation_id == _OFFICE, _is(CaseStep.state, StepState.OPEN)),
    "my_drafts": exists().where(
        _hers(Draft.author_id),
        _is(Draft.state, *(state for state in DraftState if state not in (DraftState.SIGNED, DraftState.WITHDRAWN))),
    ),
    "papers": exists().where(_hers(PaperOriginal.holder_id)),
    "papers_handed": exists().where(_hers(PaperOriginal.receiver_id)),
    "to_acquaint": _work(Purpose.ACQUAINT),
    "to_execute": _work(Purpose.EXECUTE),
    "to_extend": _judged(
        Extension.assignment_id == Assignment.assignment_id, _is(Extension.state, ExtensionState.ASKED)
    ),
    "to_judge": _judged(
        Report.assignment_id == Assignment.assignment_id,
        _is(Report.state, ReportState.WAITING),
        _is(Assignment.state, AssignmentState.REPORTED),
    ),
    "to_open": exists().where(
        _hers(DocumentIntake.opens_id), DocumentIntake.envelope.is_not(None), DocumentIntake.opened_at.is_(None)
    ),
    "to_opine": exists().where(_hers(Opinion.official_id), _is(Opinion.state, OpinionState.ASKED)),
    "to_reassign": _judged(_is(Assignment.state, AssignmentState.GIVEN_BACK)),
    "to_redirect": exists().where(
        _hers(Submission.submitted_by_id), _is(Submission.state, SubmissionState.GIVEN_BACK)
    ),
    "to_resolve": exists().where(_hers(Submission.official_id), _is(Submission.state, SubmissionState.WAITING)),
    "to_scan": exists().where(HandSigning.organisation_id == _OFFICE, _is(HandSigning.state, HandState.WAITING)),
    "to_sign": exists().where(_hers(Signatory.official_id), _is(Signatory.state, SignatoryState.ASKED)),
    "to_visa": exists().where(_hers(Visa.official_id), _is(Visa.state, VisaState.ASKED)),
    "unserved": exists().where(Dispatch.organisation_id == _OFFICE, _is(Dispatch.state, *OPEN_AGAIN)),
}  # fmt: skip
# Built once: the statement is long, and building it anew costs more than asking it.
_STATEMENT = select(*(_ASKED[each.name].label(each.name) for each in fields(Lying)))


def with_(session: Session, people: Collection[int], organisation_id: int) -> Lying:
    """What lies with these people of an organisation."""
    asked = {"people": sorted(people), "office": organisation_id}
    return Lying(*session.execute(_STATEMENT, asked).one())
