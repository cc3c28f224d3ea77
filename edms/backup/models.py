"""The table of restores: from which backup the house came back, and who let it go on."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Mapped, mapped_column

from edms.db.base import Base, key


class Restoration(Base):
    """The house was put back to what it was at `backup_at`. Until it is accepted it does not serve."""

    __tablename__ = "restoration"
    restoration_id: Mapped[key]
    restored_at: Mapped[datetime]
    backup_at: Mapped[datetime]
    ledger_size: Mapped[int]  # of the backup
    accepted_at: Mapped[datetime | None]
    lost: Mapped[dict[str, Any]] = mapped_column(default=dict)  # "organisation/register" to [first, last] serial voided
    destroyed: Mapped[dict[str, Any] | None]  # what was destroyed again, or that a person says there was nothing
