"""Fees: reckoned by the route's rule from what is known; what came of them by receipts, what is due still, what goes back.

The money itself goes to the treasury; no till is spoken to from here. A sum comes in one piece or in several, too little
or too much: the case goes on when all of it is there, and what is over is owed back.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from edms import clock, words
from edms.access.actor import Actor
from edms.access.permissions import Permission
from edms.access.policy import require
from edms.errors import Invalid, NotFound, RuleBroken
from edms.events import Event
from edms.registry.card import clean
from edms.registry.models import Document
from edms.routing.clocks import today_of
from edms.services import facts, holding, moving, seats
from edms.services.conditions import amount as reckoned
from edms.services.definition import Fee, Route, Step
from edms.services.fee_models import CaseFee, CasePayment, PaymentKind
from edms.services.models import Case, CaseState

LONGEST_RECEIPT = 100
LONGEST_REASON = 1000
MOST = Decimal("9999999999.99")
CENT, NOTHING = Decimal("0.01"), Decimal(0)
SHORT = "short"
"""How a step is answered that finds the fee unpaid, or paid in part: with it the step may end before the rest is there."""


def fee_of(session: Session, case: Case) -> CaseFee | None:
    """The fee that was reckoned for the case, with what came of it, as it stands now."""
    found = select(CaseFee).where(CaseFee.case_id == case.case_id).options(selectinload(CaseFee.payments))
    return session.scalar(found, execution_options={"populate_existing": True})


def required(session: Session, case: Case) -> CaseFee:
    """The same. Errors: NotFound where none was reckoned."""
    row = fee_of(session, case)
    if row is None:
        raise NotFound
    return row


def rest(row: CaseFee) -> Decimal:
    """What is due still."""
    return NOTHING if row.exempt_at is not None else max(row.amount - row.received, NOTHING)


def owed_back(case: Case, route: Route, row: CaseFee) -> Decimal:
    """What is to be given back: all, where nothing is to be paid or the route says so of this end; else what is over."""
    kept = NOTHING if row.exempt_at is not None or _is_repaid(case, route, row) else row.amount
    return max(row.received - kept, NOTHING)


def proposed(session: Session, case: Case, route: Route) -> tuple[Fee, Decimal | None] | None:
    """What the rule comes to now; None where the route knows no fee, or asks none of this case.

    The amount is None while something that it is reckoned from is not known.
    """
    values = facts.values(session, case)
    fee = moving.fee_due(route, values)
    return (fee, reckoned(fee.amount, route.fields, values, fee.rate)) if fee is not None else None


def reckon(session: Session, actor: Actor, case: Case, *, rate: Decimal | None = None) -> CaseFee:
    """Reckon the fee from what is known, or anew when that was corrected: what came already is counted towards it.

    `rate` is what the council set, where the route itself does not say it. Errors: Forbidden; RuleBroken where none is
    due, something is not known yet, or nothing is to be paid; Invalid (rate).
    """
    document, route = _held(session, actor, case)
    due = proposed(session, case, route)
    if due is None:
        raise RuleBroken("proceedings.no_fee", number=document.number)
    row = fee_of(session, case)
    if row is not None and row.exempt_at is not None:
        raise RuleBroken("proceedings.fee_exempt", number=document.number)
    rule, sum_ = due
    if sum_ is None and rule.rate is None:
        rate = _rate(rule, rate if rate is not None else _rate_before(rule, row))
        sum_ = reckoned(rule.amount, route.fields, facts.values(session, case), rate)
    else:
        rate = rule.rate
    if sum_ is None:
        raise RuleBroken("proceedings.fee_not_known", number=document.number)
    if row is None:
        row = CaseFee(case_id=case.case_id, payments=[], received=NOTHING)
        session.add(row)
    row.amount, row.currency, row.reckoned_at = sum_.quantize(CENT), rule.currency, clock.now()
    row.reckoned = {"fee": rule.name, "rule": rule.amount, "rate": str(rate) if rate is not None else None}
    _settle(row)
    session.flush()
    said = {"amount": str(row.amount), "currency": row.currency, "rate": row.reckoned["rate"]}
    holding.note(session, actor, Event.CASE_FEE_RECKONED, case, document, said)
    return row


def pay(
    session: Session, actor: Actor, case: Case, *, receipt: str, on: date | None, version: int,
    amount: Decimal | None = None,
) -> CaseFee:  # fmt: skip
    """Enter what came: the number of the receipt, its day and its sum (None: all that is due).

    Errors: Forbidden; Invalid (receipt, paid_on, amount); RuleBroken without a reckoned fee, or when all is there;
    Conflict.
    """
    document, _ = _held(session, actor, case)
    row = _row(session, case, document, version)
    if row.paid_on is not None or row.exempt_at is not None:
        raise RuleBroken("proceedings.fee_paid", number=document.number)
    came = _entered(
        session, actor, document, row, PaymentKind.CAME, receipt, on, rest(row) if amount is None else amount
    )
    _settle(row)
    session.flush()
    said = {"amount": str(came.amount), "currency": row.currency, "receipt": came.receipt, "rest": str(rest(row))}
    holding.note(session, actor, Event.CASE_FEE_PAID, case, document, said, facts=said)
    return row


def exempt(session: Session, actor: Actor, case: Case, *, by: str) -> CaseFee:
    """Let the case go on without its fee, by a law or a decision.

    Errors: Forbidden to others than leaders; Invalid (by); RuleBroken where none is due, or it was let off already, or
    the case is over.
    """
    document, route = holding.hold(session, case)
    require(actor, Permission.CASE_FEE_DECIDE, document)
    _require_running(case, document)
    row = fee_of(session, case) or _unreckoned(session, case, document, route)
    if row.exempt_at is not None:
        raise RuleBroken("proceedings.fee_exempt", number=document.number)
    text = clean(by) or ""
    if not text or len(text) > LONGEST_REASON:
        raise Invalid(fields={"by": "routing.reason_missing" if not text else "registry.text_too_long"})
    session.add(row)
    row.exempt_reason, row.exempt_by_id, row.exempt_at = text, actor.official_id, clock.now()
    session.flush()
    said = {"amount": str(row.amount), "currency": row.currency, "by": text}
    holding.note(session, actor, Event.CASE_FEE_EXEMPT, case, document, said, facts=said)
    return row


def give_back(
    session: Session, actor: Actor, case: Case, *, receipt: str, on: date | None, version: int,
    amount: Decimal | None = None,
) -> CaseFee:  # fmt: skip
    """Enter that money went back: what was over, or all of it where it is owed. Also when the case is over.

    Errors: Forbidden to others than leaders and whoever has the letter; Invalid (receipt, paid_on, amount) also above
    what is owed; RuleBroken where nothing is; Conflict.
    """
    document, route = holding.hold(session, case)
    require(actor, Permission.CASE_FEE_GIVE_BACK, document)
    row = _row(session, case, document, version)
    owed = owed_back(case, route, row)
    if not owed:
        raise RuleBroken("proceedings.nothing_owed_back", number=document.number)
    if amount is not None and amount > owed:
        raise Invalid(fields={"amount": "proceedings.more_than_owed"})
    back = _entered(
        session, actor, document, row, PaymentKind.GIVEN_BACK, receipt, on, owed if amount is None else amount
    )
    row.received -= back.amount  # since when it was paid stays: that it went back does not undo what was done for it
    session.flush()
    said = {"amount": str(back.amount), "currency": row.currency, "receipt": back.receipt}
    holding.note(session, actor, Event.CASE_FEE_GIVEN_BACK, case, document, said, facts=said)
    return row


def unpaid_before(session: Session, case: Case, route: Route, step: Step, answer: str | None = None) -> bool:
    """Must the fee be there before this step ends, and is not? Not where it ends because the fee is short."""
    due = moving.fee_due(route, facts.values(session, case))
    if due is None or due.before != step.id or (answer == SHORT and SHORT in step.answers):
        return False
    row = fee_of(session, case)
    return row is None or rest(row) > 0


def _held(session: Session, actor: Actor, case: Case) -> tuple[Document, Route]:
    document, route = holding.hold(session, case)
    require(actor, Permission.CASE_ENTER, seats.matter_of_case(session, actor, document, case))
    _require_running(case, document)
    return document, route


def _require_running(case: Case, document: Document) -> None:
    if case.state is not CaseState.RUNNING:
        raise RuleBroken("proceedings.case_over", number=document.number)


def _row(session: Session, case: Case, document: Document, version: int) -> CaseFee:
    row = fee_of(session, case)
    if row is None:
        raise RuleBroken("proceedings.no_fee", number=document.number)
    holding.require_version(row, version)
    return row


def _unreckoned(session: Session, case: Case, document: Document, route: Route) -> CaseFee:
    """The fee of a case for which none was reckoned yet."""
    due = proposed(session, case, route)
    if due is None:
        raise RuleBroken("proceedings.no_fee", number=document.number)
    rule, sum_ = due
    return CaseFee(
        case_id=case.case_id,
        amount=(sum_ or NOTHING).quantize(CENT),
        currency=rule.currency,
        reckoned={"fee": rule.name, "rule": rule.amount, "rate": None},
        reckoned_at=clock.now(),
        received=NOTHING,
        payments=[],
    )


def _rate_before(rule: Fee, row: CaseFee | None) -> Decimal | None:
    """With what the same fee was reckoned before."""
    known = row.reckoned if row is not None else {}
    return Decimal(known["rate"]) if known.get("fee") == rule.name and known.get("rate") else None


def _rate(rule: Fee, rate: Decimal | None) -> Decimal:
    """What the council set, no more than the law lets it set."""
    if rate is None:
        raise Invalid(fields={"rate": "proceedings.rate_missing"})
    if rate <= 0 or rate > MOST:
        raise Invalid(fields={"rate": "proceedings.amount_wrong"})
    if rule.ceiling is not None and rate > rule.ceiling:
        message = "proceedings.rate_above_ceiling"
        raise Invalid(message, fields={"rate": message}, ceiling=words.Sum(rule.ceiling, rule.currency))
    return rate


def _entered(
    session: Session, actor: Actor, document: Document, row: CaseFee, kind: PaymentKind, receipt: str, on: date | None,
    amount: Decimal,
) -> CasePayment:  # fmt: skip
    today, text = today_of(session, document), clean(receipt) or ""
    wrong = {}
    if not text or len(text) > LONGEST_RECEIPT:
        wrong["receipt"] = "field.missing" if not text else "registry.text_too_long"
    elif any(each.kind is kind and each.receipt == text for each in row.payments):
        wrong["receipt"] = "proceedings.receipt_twice"
    if on is not None and on > today:
        wrong["paid_on"] = "registry.date_in_future"
    if not 0 < amount <= MOST or amount != amount.quantize(CENT):
        wrong["amount"] = "proceedings.amount_wrong"
    if wrong:
        raise Invalid(fields=wrong)
    made = CasePayment(
        kind=kind, amount=amount, day=on or today, receipt=text, entered_at=clock.now(), entered_by_id=actor.official_id
    )
    row.payments.append(made)
    return made


def _settle(row: CaseFee) -> None:
    """What came, without what went back, and since which day it is all that is due."""
    came, since = NOTHING, None
    for each in sorted(row.payments, key=lambda one: one.day):
        came += each.amount if each.kind is PaymentKind.CAME else -each.amount
        since = (since or each.day) if came >= row.amount else None
    row.received, row.paid_on = came, since


def _is_repaid(case: Case, route: Route, row: CaseFee) -> bool:
    """Does the route give the fee back where a case ends like this one?"""
    ended = case.outcome if case.state is CaseState.ENDED else case.state.value
    rule = next((fee for fee in route.fees if fee.name == row.reckoned.get("fee")), None)
    return rule is not None and ended in rule.repaid
