"""The fee of a case as its page shows it: what is due, what came, what is owed back, and what the reader can do about it."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy.orm import Session

from edms.access.actor import Actor
from edms.access.permissions import Permission
from edms.access.policy import permits
from edms.registry.models import Document
from edms.services import fees
from edms.services.definition import Fee, Route
from edms.services.fee_models import CaseFee
from edms.services.models import Case, CaseState


@dataclass(frozen=True)
class FeeSeen:
    """`row` is the fee once it was reckoned, `rule` what the route asks now with the sum it comes to (None: not known)."""

    row: CaseFee | None
    rule: Fee | None
    amount: Decimal | None
    rest: Decimal
    owed_back: Decimal
    may_reckon: bool
    may_pay: bool
    may_exempt: bool
    may_give_back: bool

    @property
    def asks_rate(self) -> bool:
        """Does the route leave the rate to the council, so that it is entered here?"""
        return self.rule is not None and self.rule.rate is None and self.amount is None


def seen(
    session: Session, actor: Actor, case: Case, document: Document, route: Route, *, may_enter: bool
) -> FeeSeen | None:
    """The fee as the actor may see it, who may read its letter; None where none is asked. `may_enter`: facts of the case."""
    row, due = fees.fee_of(session, case), fees.proposed(session, case, route)
    if row is None and due is None:
        return None
    rule, amount = due if due is not None else (None, None)
    rest = fees.rest(row) if row is not None else Decimal(0)
    back = fees.owed_back(case, route, row) if row is not None else Decimal(0)
    free = row is not None and row.exempt_at is not None
    running = case.state is CaseState.RUNNING
    return FeeSeen(
        row, rule, amount, rest, back,
        may_reckon=may_enter and rule is not None and not free,
        may_pay=may_enter and rest > 0,
        may_exempt=running and not free and permits(actor, Permission.CASE_FEE_DECIDE, document),
        may_give_back=back > 0 and permits(actor, Permission.CASE_FEE_GIVE_BACK, document),
    )  # fmt: skip
