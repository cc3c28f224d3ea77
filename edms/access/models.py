"""The table of what the service's own keys are known by."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Mapped, mapped_column

from edms.db.base import Base


class HouseKey(Base):
    """By which mark one of the house's keys is known; from the mark nothing of the key can be learned."""

    __tablename__ = "house_key"
    what: Mapped[str] = mapped_column(primary_key=True)
    mark: Mapped[str]
    noted_at: Mapped[datetime]
