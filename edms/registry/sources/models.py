"""The table of the scan folders and e-mail boxes that cannot be emptied just now."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy.orm import Mapped, mapped_column

from edms.db.base import Base, word


class SourceKind(StrEnum):
    """What letters come from by themselves."""

    FOLDER = "folder"
    MAILBOX = "mailbox"


class SourceTrouble(Base):
    """Why a folder or box cannot be emptied. Its letters wait there unseen, so this is what anybody can know of them."""

    __tablename__ = "source_trouble"
    kind: Mapped[SourceKind] = word(SourceKind, primary_key=True)
    name: Mapped[str] = mapped_column(primary_key=True)
    message: Mapped[str]
    values: Mapped[dict[str, Any]]
    since: Mapped[datetime]
