"""The fee of a case on its page: reckoned, entered as it comes, let off by a decision, given back."""

from __future__ import annotations

from decimal import Decimal

from flask import Blueprint
from pydantic import BaseModel
from sqlalchemy.orm import Session

from edms.access.actor import Actor
from edms.errors import Invalid
from edms.services import fees, filling
from edms.services.models import Case
from edms.web.desk.proceeding_acts import Answer, on_case
from edms.web.kit import read
from edms.web.kit.forms import Day, OneLine, Paragraphs

bp = Blueprint("proceeding_fees", __name__, url_prefix="/proceedings")


class Reckoning(BaseModel):
    """The rate that the council set, where the route leaves it to her."""

    rate: OneLine = ""


class Moving(BaseModel):
    """Money that came or went back: the number of its paper, its day, the sum as typed (empty: all of it)."""

    version: int = 0
    amount: OneLine = ""
    receipt: OneLine = ""
    paid_on: Day | None = None


class Exempting(BaseModel):
    """By which law or decision."""

    by: Paragraphs = ""


@bp.post("/<int:case_id>/fee")
def reckon(case_id: int) -> Answer:
    """Reckon the fee."""

    def act(session: Session, who: Actor, case: Case) -> None:
        fees.reckon(session, who, case, rate=_typed("rate", read(Reckoning).rate))

    return on_case(case_id, "fee", act)


@bp.post("/<int:case_id>/fee/paid")
def pay(case_id: int) -> Answer:
    """Enter what came."""

    def act(session: Session, who: Actor, case: Case) -> None:
        form = read(Moving)
        fees.pay(
            session, who, case, receipt=form.receipt, on=form.paid_on, version=form.version,
            amount=_typed("amount", form.amount),
        )  # fmt: skip

    return on_case(case_id, "fee", act)


@bp.post("/<int:case_id>/fee/exempt")
def exempt(case_id: int) -> Answer:
    """Let it go on without the fee."""

    def act(session: Session, who: Actor, case: Case) -> None:
        fees.exempt(session, who, case, by=read(Exempting).by)

    return on_case(case_id, "exempt", act)


@bp.post("/<int:case_id>/fee/given-back")
def give_back(case_id: int) -> Answer:
    """Enter what went back."""

    def act(session: Session, who: Actor, case: Case) -> None:
        form = read(Moving)
        fees.give_back(
            session, who, case, receipt=form.receipt, on=form.paid_on, version=form.version,
            amount=_typed("amount", form.amount),
        )  # fmt: skip

    return on_case(case_id, "given-back", act)


def _typed(name: str, text: str) -> Decimal | None:
    """A sum as it was typed; None where nothing was. Errors: Invalid."""
    if not text.strip():
        return None
    number = filling.decimal_of(text)
    if number is None:
        raise Invalid(fields={name: "proceedings.amount_wrong"})
    return number
