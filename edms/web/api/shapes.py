"""What bodies, questions and answers are made of: ids, days, things with their ETag, pages with their next."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import re
from typing import Annotated, Any, ClassVar, Generic, Literal, Self, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field
from pydantic_core import PydanticCustomError
from sqlalchemy import inspect
from sqlalchemy.orm import Session

from edms.web.kit.forms import OneLine, Paragraphs

PREFIX = "/api/v1"
MOST_ID = 2**63 - 1
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


def _iso_day(value: object) -> object:
    if isinstance(value, str) and _DAY.fullmatch(value):
        try:
            return dt.date.fromisoformat(value)
        except ValueError:
            pass
    raise PydanticCustomError("not_a_date", "not a date")


Id = Annotated[int, Field(ge=1, le=MOST_ID)]
"""The id of a thing."""
IsoDay = Annotated[dt.date, BeforeValidator(_iso_day)]
"""A civil day, year-month-day and nothing else: a number is no day."""
Line = Annotated[OneLine, Field(max_length=500)]
"""A text of one line."""
Text = Annotated[Paragraphs, Field(max_length=200_000)]
"""A text of several lines; the rooms know how long each may be."""
Count = Annotated[int, Field(ge=0, le=1_000_000)]
Language = Literal["ka", "hy", "en", "ru"]
Names = dict[Language, Annotated[OneLine, Field(max_length=300)]]
"""A name by language."""


class Asked(BaseModel):
    """A body or a question. What is not known is refused."""

    model_config = ConfigDict(extra="forbid")


class Reason(Asked):
    """Why."""

    reason: Text


class Paged(Asked):
    """Which page of a list."""

    cursor: Annotated[OneLine | None, Field(max_length=600, description="From `next` of the page before.")] = None
    limit: Annotated[int, Field(ge=1, le=100, description="How many lines.")] = 50


class Shown(BaseModel):
    """A part of an answer, made from a row's columns of the same names."""

    model_config = ConfigDict(from_attributes=True)


class Thing(Shown):
    """A thing that can be changed; `etag` is its state, the same as in the header."""

    PLACE: ClassVar[str] = ""
    etag: Annotated[str, Field(description="The state of the thing: what If-Match must say to change it.")]

    @classmethod
    def of(cls, row: Any, **more: Any) -> Self:
        """The thing of a row; `more` are fields that are not its columns."""
        own = {name: getattr(row, name) for name in cls.model_fields if name not in more and name != "etag"}
        return cls.model_validate({"etag": etag(row), **own, **more}, from_attributes=True)

    @property
    def place(self) -> str:
        """The thing's own address."""
        return PREFIX + self.PLACE.format(**dict(self))


T = TypeVar("T", bound=Thing)
Item = TypeVar("Item")


class Page(BaseModel, Generic[Item]):
    """A page of a list. `next` is the address of the page after it, null on the last."""

    items: list[Item]
    next: str | None = None


def shown(session: Session, shape: type[T], row: Any, **more: Any) -> T:
    """The thing as it stands after an act."""
    session.flush()  # versions and ids are those of after the act
    return shape.of(row, **more)


def etag(row: Any) -> str:
    """The state of a row: its version, or a hash of its columns where it has none."""
    mapper = inspect(type(row))
    if mapper.version_id_col is not None:
        return f"v{row.version}"
    values = [str(getattr(row, column.key)) for column in mapper.column_attrs]
    return hashlib.sha256(json.dumps(values).encode()).hexdigest()[:16]
