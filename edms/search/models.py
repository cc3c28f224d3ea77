"""The table of the PostgreSQL engine: one narrow line per document, its lexemes kept out of line."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import BigInteger, Index, Integer
from sqlalchemy.dialects.postgresql import TSVECTOR
from sqlalchemy.orm import Mapped, mapped_column

from edms.db.base import Base


class SearchEntry(Base):
    """What the index knows of one document. No foreign keys: it follows the documents, it never holds them."""

    __tablename__ = "search_entry"
    document_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    organisation_id: Mapped[int]
    register_id: Mapped[int]
    unit_id: Mapped[int | None]
    correspondent_id: Mapped[int | None]
    state: Mapped[str]
    language: Mapped[str]
    year: Mapped[int] = mapped_column(Integer)
    serial: Mapped[int]
    registered_at: Mapped[datetime]
    registered_on: Mapped[date]
    received_on: Mapped[date | None]
    dated_on: Mapped[date | None]
    facts: Mapped[list[str]] = mapped_column(server_default="{}")  # tokens of `port.FACTS`
    readers: Mapped[list[str]]  # reader tokens, see edms.access.scope
    lexemes: Mapped[Any] = mapped_column(TSVECTOR)  # of edms.language, coded by `vector.py`
    whole: Mapped[bool]  # false: the text has more words than a tsvector holds (1 MB)
    stamp: Mapped[str]  # the state of document and text this line was made from, see `projection.py`
    __table_args__ = (
        Index("ix_search_entry_newest", "organisation_id", "registered_at", "document_id"),
        Index("ix_search_entry_correspondent_id", "correspondent_id"),
        # Few letters are open; beside a word that many have, theirs alone are read.
        Index("ix_search_entry_open", "organisation_id", "state", postgresql_where="state <> 'filed'"),
        Index("ix_search_entry_lexemes", "lexemes", postgresql_using="gin"),
        Index("ix_search_entry_readers", "readers", postgresql_using="gin"),
        Index("ix_search_entry_facts", "facts", postgresql_using="gin"),
        # Lines stay narrow enough to scan by the hundred thousand: lexemes go out of line however few they are.
        {"postgresql_with": {"toast_tuple_target": "256"}},
    )
