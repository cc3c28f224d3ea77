"""Tables of the fees of cases: what was reckoned, and each sum that came of it or went back."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, Numeric
from sqlalchemy.orm import Mapped, mapped_column, relationship

from edms.db.base import Base, key, word


class CaseFee(Base):
    """What the applicant pays, how it was reckoned, and since when nothing of it is due any more."""

    __tablename__ = "service_case_fee"
    case_fee_id: Mapped[key]
    case_id: Mapped[int] = mapped_column(ForeignKey("service_case.case_id"), unique=True)
    amount: Mapped[Decimal] = mapped_column(Numeric(12, 2))
    currency: Mapped[str]
    reckoned: Mapped[dict[str, Any]]  # the rule and the facts it was reckoned from
    reckoned_at: Mapped[datetime]
    received: Mapped[Decimal] = mapped_column(Numeric(12, 2), default=Decimal(0))  # without what went back
    paid_on: Mapped[date | None]  # the day on which the last of it was there
    exempt_reason: Mapped[str | None]  # by which decision or rule nothing is to be paid
    exempt_by_id: Mapped[int | None] = mapped_column(ForeignKey("official.official_id"))
    exempt_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=1)
    payments: Mapped[list[CasePayment]] = relationship(order_by="CasePayment.case_payment_id")
    __mapper_args__ = {"version_id_col": version}


class PaymentKind(StrEnum):
    """Which way the money went."""

    CAME = "came"
    GIVEN_BACK = "given_back"


class CasePayment(Base):
    """A sum of a fee that came by a receipt, or was given back; entered by hand, never changed."""

    __tablename__ = "service_case_payment"
    case_payment_id: Mapped[key]
    case_fee_id: Mapped[int] = mapped_column(ForeignKey("service_case_fee.case_fee_id"), index=True)
    kind: Mapped[PaymentKind] = word(PaymentKind)
    amount: Mapped[Decimal] = mapped_column(Numeric(12, 2))
    day: Mapped[date]
    receipt: Mapped[str | None]  # its number; gone when the letter is destroyed
    entered_at: Mapped[datetime]
    entered_by_id: Mapped[int | None] = mapped_column(ForeignKey("official.official_id"))
