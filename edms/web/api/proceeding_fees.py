"""The fees of proceedings: reckoned, paid at once or in parts, let off by a decision, given back."""

from __future__ import annotations

from sqlalchemy.orm import Session

from edms.access.actor import Actor
from edms.services import cases, fees, holding, texts
from edms.services.fee_models import CaseFee
from edms.services.models import Case
from edms.web.api.layer import Match, act, change, read
from edms.web.api.proceeding_shapes import Exempting, FeeShown, GivingBack, Paying, PaymentShown, Reckoning


@read("/proceedings/{case_id}/fee")
def fee(session: Session, who: Actor, case_id: int) -> FeeShown:
    """The fee that was reckoned, with what came of it."""
    case = cases.case_of(session, who, case_id)
    return _fee(session, case, fees.required(session, case))


@act("/proceedings/{case_id}/fee")
def reckon(session: Session, who: Actor, case_id: int, body: Reckoning) -> FeeShown:
    """Reckon the fee from what is known, or anew."""
    case = cases.case_of(session, who, case_id)
    return _fee(session, case, fees.reckon(session, who, case, rate=body.rate))


@change("/proceedings/{case_id}/fee/paid")
def pay(session: Session, who: Actor, case_id: int, body: Paying, match: Match) -> FeeShown:
    """Enter what came."""
    case = cases.case_of(session, who, case_id)
    holding.hold(session, case)  # the letter first, as every act does
    row = fees.required(session, case)
    match.check(session, row)
    fees.pay(session, who, case, receipt=body.receipt, on=body.paid_on, version=row.version, amount=body.amount)
    return _fee(session, case, row)


@act("/proceedings/{case_id}/fee/exempt")
def exempt(session: Session, who: Actor, case_id: int, body: Exempting) -> FeeShown:
    """Let a case go on without its fee, by a law or a decision."""
    case = cases.case_of(session, who, case_id)
    return _fee(session, case, fees.exempt(session, who, case, by=body.by))


@change("/proceedings/{case_id}/fee/given-back")
def give_back(session: Session, who: Actor, case_id: int, body: GivingBack, match: Match) -> FeeShown:
    """Enter what went back."""
    case = cases.case_of(session, who, case_id)
    holding.hold(session, case)  # the letter first, as every act does
    row = fees.required(session, case)
    match.check(session, row)
    fees.give_back(session, who, case, receipt=body.receipt, on=body.paid_on, version=row.version, amount=body.amount)
    return _fee(session, case, row)


def _fee(session: Session, case: Case, row: CaseFee) -> FeeShown:
    session.flush()
    payments = [PaymentShown.model_validate(each) for each in row.payments]
    back = fees.owed_back(case, texts.route_of(session, case), row)
    return FeeShown.of(row, rest=fees.rest(row), owed_back=back, payments=payments)
