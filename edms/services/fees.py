"""Fees: reckoned by the route's rule from what is known, and paid when the receipt is entered by hand.

The money itself goes to the treasury; no till is spoken to from here.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

from edms import clock
from edms.access.actor import Actor
from edms.access.permissions import Permission
from edms.access.policy import require
from edms.errors import Invalid, NotFound, RuleBroken
from edms.events import Event
from edms.registry.card import clean
from edms.routing.clocks import today_of
from edms.services import facts, holding, moving, seats
from edms.services.conditions import amount
from edms.services.definition import Fee, Route, Step
from edms.services.models import Case, CaseFee, CaseState

LONGEST_RECEIPT = 100


def fee_of(session: Session, case: Case) -> CaseFee | None:
    """The fee that was reckoned for the case."""
    return session.scalar(select(CaseFee).where(CaseFee.case_id == case.case_id))


def required(session: Session, case: Case) -> CaseFee:
    """The same. Errors: NotFound where none was reckoned."""
    row = fee_of(session, case)
    if row is None:
        raise NotFound
    return row


def proposed(session: Session, case: Case, route: Route) -> tuple[Fee, Decimal | None] | None:
    """What the rule comes to now; None where the route knows no fee, or asks none of this case.

    The amount is None while something that it is reckoned from is not known.
    """
    values = facts.values(session, case)
    fee = moving.fee_due(route, values)
    return (fee, amount(fee.amount, route.fields, values, fee.rate)) if fee is not None else None


def reckon(session: Session, actor: Actor, case: Case) -> CaseFee:
    """Reckon the fee from what is known, or anew until it was paid.

    Errors: Forbidden; RuleBroken where none is due, something is not known yet, or it was paid.
    """
    document, route = holding.hold(session, case)
    require(actor, Permission.CASE_ENTER, seats.matter_of_case(session, actor, document, case))
    if case.state is not CaseState.RUNNING:
        raise RuleBroken("proceedings.case_over", number=document.number)
    due = proposed(session, case, route)
    if due is None:
        raise RuleBroken("proceedings.no_fee", number=document.number)
    rule, sum_ = due
    if sum_ is None:
        raise RuleBroken("proceedings.fee_not_known", number=document.number)
    row = fee_of(session, case)
    if row is not None and row.paid_on is not None:
        raise RuleBroken("proceedings.fee_paid", number=document.number)
    if row is None:
        row = CaseFee(case_id=case.case_id)
        session.add(row)
    row.amount, row.currency, row.reckoned_at = sum_.quantize(Decimal("0.01")), rule.currency, clock.now()
    row.reckoned = {"fee": rule.name, "rule": rule.amount, "rate": str(rule.rate) if rule.rate is not None else None}
    session.flush()
    said = {"amount": str(row.amount), "currency": row.currency}
    holding.note(session, actor, Event.CASE_FEE_RECKONED, case, document, said)
    return row


def pay(session: Session, actor: Actor, case: Case, *, receipt: str, on: date | None, version: int) -> CaseFee:
    """Enter that it was paid: the number of the receipt and its day.

    Errors: Forbidden; Invalid (receipt, paid_on); RuleBroken without a reckoned fee, or once it was paid; Conflict.
    """
    document, _ = holding.hold(session, case)
    require(actor, Permission.CASE_ENTER, seats.matter_of_case(session, actor, document, case))
    row = fee_of(session, case)
    if row is None:
        raise RuleBroken("proceedings.no_fee", number=document.number)
    holding.require_version(row, version)
    if row.paid_on is not None:
        raise RuleBroken("proceedings.fee_paid", number=document.number)
    today, text = today_of(session, document), clean(receipt) or ""
    wrong = {}
    if not text or len(text) > LONGEST_RECEIPT:
        wrong["receipt"] = "field.missing" if not text else "registry.text_too_long"
    if on is not None and on > today:
        wrong["paid_on"] = "registry.date_in_future"
    if wrong:
        raise Invalid(fields=wrong)
    row.paid_on, row.receipt, row.paid_by_id = on or today, text, actor.official_id
    session.flush()
    said = {"amount": str(row.amount), "currency": row.currency, "receipt": text}
    holding.note(session, actor, Event.CASE_FEE_PAID, case, document, said, facts=said)
    return row


def unpaid_before(session: Session, case: Case, route: Route, step: Step) -> bool:
    """Must the fee be paid before this step ends, and is not?"""
    due = moving.fee_due(route, facts.values(session, case))
    if due is None or due.before != step.id:
        return False
    row = fee_of(session, case)
    return row is None or row.paid_on is None
