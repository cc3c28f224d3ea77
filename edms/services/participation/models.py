"""Tables of public participation."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from sqlalchemy import ForeignKey, Numeric
from sqlalchemy.orm import Mapped, mapped_column

from edms.db.base import Base, key, word


class Verdict(StrEnum):
    """What the office says of a proposal (BUD 76)."""

    FEASIBLE = "feasible"
    NEXT_YEAR = "next_year"
    NOT_FEASIBLE = "not_feasible"


class Proposal(Base):
    """What a settlement proposes in a case, with what became of it. Nobody's name: it is shown to everybody."""

    __tablename__ = "service_proposal"
    proposal_id: Mapped[key]
    case_id: Mapped[int] = mapped_column(ForeignKey("service_case.case_id"), index=True)
    settlement: Mapped[str]
    text: Mapped[str]
    voters: Mapped[int | None]  # how many gave it points
    score: Mapped[Decimal | None] = mapped_column(Numeric(4, 2))  # their mean, 0 to 10
    verdict: Mapped[Verdict | None] = word(Verdict)
    cost: Mapped[Decimal | None] = mapped_column(Numeric(14, 2))  # in the country's currency
    conclusion: Mapped[str | None]  # why so
    answer: Mapped[str | None]  # what its proposers are told in the end
    entered_at: Mapped[datetime]
    entered_by_id: Mapped[int | None] = mapped_column(ForeignKey("official.official_id"))
    struck_at: Mapped[datetime | None]  # entered by mistake, or twice
    version: Mapped[int] = mapped_column(default=1)
    __mapper_args__ = {"version_id_col": version}
