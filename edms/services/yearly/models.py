"""Tables of what begins by the calendar."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from edms.db.base import Base, key


class Yearly(Base):
    """A service whose case begins by itself each year in this organisation, and the official who is responsible for it."""

    __tablename__ = "service_yearly"
    yearly_id: Mapped[key]
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.organisation_id"))
    service: Mapped[str]
    official_id: Mapped[int] = mapped_column(ForeignKey("official.official_id"))
    from_on: Mapped[date]  # days of the calendar before this one begin nothing
    set_at: Mapped[datetime]
    set_by_id: Mapped[int | None] = mapped_column(ForeignKey("official.official_id"))
    version: Mapped[int] = mapped_column(default=1)
    __table_args__ = (UniqueConstraint("organisation_id", "service"),)
    __mapper_args__ = {"version_id_col": version}


class ServiceYear(Base):
    """The case of a year: one for each service and organisation, whoever opened it."""

    __tablename__ = "service_year"
    service_year_id: Mapped[key]
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.organisation_id"))
    service: Mapped[str]
    year: Mapped[int]
    case_id: Mapped[int | None] = mapped_column(
        ForeignKey("service_case.case_id"), index=True
    )  # empty while it is being opened
    __table_args__ = (UniqueConstraint("organisation_id", "service", "year"),)
