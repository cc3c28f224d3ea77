"""What the sandbox says of a content, believed only in this form: it has met hostile bytes and may say anything."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, FiniteFloat, TypeAdapter

from edms.capture.models import TextSource
from edms.registry import separators
from edms.registry.labels import MOST_ON_A_PAGE, PATTERN

MOST_PAGES = 10_000
LONGEST_PAGE = 2_000_000


def _storable(text: str) -> str:
    """Without what the database cannot keep: zeros, and halves of letters."""
    return text.replace("\x00", "").encode("utf-8", "replace").decode("utf-8")


Said = Annotated[str, AfterValidator(_storable)]
Reason = Annotated[str, Field(pattern=r"^(capture|sandbox)\.[a-z_]{1,40}$")]
Share = Annotated[FiniteFloat, Field(ge=-1, le=2)]
Size = tuple[Annotated[int, Field(ge=1, le=100_000)], Annotated[int, Field(ge=1, le=100_000)]]
Label = Annotated[str, Field(pattern=f"{PATTERN}|{separators.PATTERN}", max_length=120)]
Word = tuple[Said, Share, Share, Share, Share, Annotated[FiniteFloat, Field(ge=-1, le=100)]]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Opened(_Part):
    """What kind of thing it is and how many pages it has; `reason`, why it has none that can be read."""

    media_type: Annotated[Said, Field(max_length=120)]
    pages: Annotated[int, Field(ge=0, le=MOST_PAGES)]
    reason: Reason | None = None


class Page(_Part):
    """One page, from 1. `preview` and `thumbnail` are the sizes in pixels of the pictures that were made of it."""

    page: Annotated[int, Field(ge=1, le=MOST_PAGES)]
    text: Annotated[Said, Field(max_length=LONGEST_PAGE)] = ""
    source: TextSource = TextSource.LAYER
    language: Annotated[str, Field(max_length=8)] | None = None
    confidence: Annotated[int, Field(ge=0, le=100)] | None = None
    rotation: Annotated[int, Field(ge=0, lt=360)] = 0
    skew: Annotated[FiniteFloat, Field(ge=-45, le=45)] = 0.0
    words: list[Word] = []
    blank: bool = False
    labels: Annotated[list[Label], Field(max_length=MOST_ON_A_PAGE)] = []
    preview: Size | None = None
    thumbnail: Size | None = None
    reason: Reason | None = None


class Attachment(_Part):
    """Something attached or contained: the file it was laid in, and the name its sender gave it."""

    attachment: Annotated[str, Field(pattern=r"^attachment-\d{1,6}$")]
    name: Said


Part = Opened | Page | Attachment
_ANY: TypeAdapter[Part] = TypeAdapter(Part)


def part_of(said: Mapping[str, Any]) -> Part:
    """The part that was said. Errors: ValueError when it is none."""
    return _ANY.validate_python(said)
