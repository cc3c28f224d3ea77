"""What is told of a draft, and what is said about one."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, ClassVar

from pydantic import Field

from edms.drafting.models import DraftKind, DraftState, SignatoryState, SigningOrder, VisaState
from edms.registry.words import Channel, Grade
from edms.web.api.shapes import Asked, Id, IsoDay, Language, Line, Paged, Shown, Text, Thing


class VisaShown(Shown):
    """Somebody asked for her agreement, in order."""

    visa_id: int
    official_id: int
    position: int
    state: VisaState
    version_ordinal: int | None
    remark: str | None
    answered_at: datetime | None
    answered_by_id: int | None


class SignatoryShown(Shown):
    """One of those who sign, in order. `named_id` is whom the author named, where another signs in her place."""

    position: int
    official_id: int
    named_id: int
    state: SignatoryState
    asked_at: datetime | None
    ended_at: datetime | None
    reason: str | None


class DraftShown(Thing):
    """A letter of ours in the making. `ordinal` is its newest version, `printed` whether that has its page, `trouble`
    why it could not be made when that was last tried."""

    PLACE: ClassVar[str] = "/drafts/{draft_id}"
    draft_id: int
    kind: DraftKind
    state: DraftState
    register_id: int
    author_id: int
    signer_id: int
    in_reply_to_id: int | None
    correspondent_id: int | None
    addressee: str | None
    address: str | None
    channel: Channel
    subject: str
    language: str
    case_index: str | None
    annexes: str | None
    grade: Grade
    final: bool
    document_id: int | None
    created_at: datetime
    signed_at: datetime | None
    refusal: str | None
    ordinal: int
    printed: bool
    trouble: str | None
    text: str
    visas: list[VisaShown]
    signing_order: SigningOrder
    sign_by: date | None
    signatories: list[SignatoryShown]


class DraftGiven(Asked):
    """What the author enters. `final` is false for an interim reply; `cosigners` sign beside the signer, after her in
    order or all at once, until the day `sign_by` where it is given. `annexes` is what is enclosed, one a line; `grade` who
    may read it once it is signed, of a reply never more people than its letter.
    """

    subject: Line
    signer_id: Id
    register_id: Id | None = None
    correspondent_id: Id | None = None
    addressee: Line | None = None
    address: Line | None = None
    channel: Channel = Channel.POST
    language: Language = "ka"
    case_index: Annotated[Line | None, Field(max_length=40)] = None
    annexes: Text | None = None
    grade: Grade = Grade.OPEN
    final: bool = True
    cosigners: Annotated[list[Id], Field(max_length=11)] = []
    signing_order: SigningOrder = SigningOrder.IN_ORDER
    sign_by: IsoDay | None = None
    text: Text = ""


class Beginning(DraftGiven):
    """A reply names the letter that it answers; letter, memo and order answer nothing."""

    kind: DraftKind
    in_reply_to_id: Id | None = None


class Sending(Asked):
    """Who agrees, in this order; nobody: straight to the signer. The page is printed first where it is not yet."""

    official_ids: Annotated[list[Id], Field(max_length=20)] = []


class Delegating(Asked):
    """Who signs in one's place, and why. Both names are kept."""

    official_id: Id
    reason: Line


class Agreeing(Asked):
    """To which version, as it was shown."""

    ordinal: Annotated[int, Field(ge=1, le=100_000)]
    remark: Text | None = None


class Remarking(Asked):
    """What must change, in which version."""

    ordinal: Annotated[int, Field(ge=1, le=100_000)]
    remark: Text


class DraftsWanted(Paged):
    """One's own unfinished ones, those that wait for one's visa, or for one's signature."""

    which: Annotated[str, Field(pattern="^(mine|to_visa|to_sign)$")] = "mine"
