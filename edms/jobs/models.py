"""What went wrong with a job, kept until it succeeds: the queue itself only knows that it failed."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger
from sqlalchemy.orm import Mapped, mapped_column

from edms.db.base import Base


class JobTrouble(Base):
    """The last failure of one job. `detail` is for the operator, without values of letters."""

    __tablename__ = "job_trouble"
    job_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    message: Mapped[str]  # id in the catalogue
    values: Mapped[dict[str, Any]]
    detail: Mapped[str]
    deaths: Mapped[int]  # how often its worker died while doing it
    troubled_at: Mapped[datetime]
