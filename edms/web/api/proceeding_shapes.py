"""What bodies and answers about proceedings are made of."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, ClassVar

from pydantic import Field

from edms import terms
from edms.services.fee_models import PaymentKind
from edms.services.kinds import Source, StepKind
from edms.services.models import CaseState, StepState
from edms.web.api.shapes import Asked, Count, Id, IsoDay, Line, Paged, Reason, Shown, Text, Thing

Name = Annotated[str, Field(max_length=100)]
Sum = Annotated[Decimal, Field(ge=Decimal("0.01"), max_digits=12, decimal_places=2)]
"""Money, in the currency of the fee."""


class CaseStepShown(Thing):
    """A step of a case. `title` is in the reader's language; `answers` what it may end with, `asks` the fields it asks."""

    PLACE: ClassVar[str] = "/proceeding-steps/{case_step_id}"
    case_step_id: int
    case_id: int
    step: str
    title: str
    kind: StepKind
    state: StepState
    official_id: int | None
    opened_at: datetime
    due_on: date | None
    answers: list[str]
    asks: list[str]
    documents: list[str]
    answer: str | None
    remark: str | None
    ended_on: date | None
    ended_by_id: int | None


class CaseShown(Thing):
    """A case under its route. `late`: a step of it, or the letter's own term, is past its day. `limit_on` is the last day
    on which it can be decided at all, where its route knows one; after `lapsed_at` it can be decided no more."""

    PLACE: ClassVar[str] = "/proceedings/{case_id}"
    case_id: int
    document_id: int
    service: str
    route: str
    title: str
    state: CaseState
    outcome: str | None
    begun_at: datetime
    ended_at: datetime | None
    decided_on: date | None
    due_on: date | None
    late: bool
    limit_on: date | None
    lapsed_at: datetime | None


class PaperWanted(Shown):
    """A paper that the route asks for, and whether it is here."""

    paper: str
    title: str
    required: bool
    source: Source
    here: bool


class QueryShown(Shown):
    """What a register outside answered on a day."""

    case_query_id: int
    source: str
    question: str
    answer: str
    asked_on: date
    content_id: int | None


class DocumentMade(Shown):
    """A document that the case brought forth: its draft, then its number."""

    name: str
    case_step_id: int
    draft_id: int | None
    document_id: int | None


class Whole(Shown):
    """A case with all that its page shows."""

    case: CaseShown
    steps: list[CaseStepShown]
    values: dict[str, Any]
    papers: list[PaperWanted]
    queries: list[QueryShown]
    documents: list[DocumentMade]


class PaymentShown(Shown):
    """A sum that came or was given back; the receipt is gone when the letter is destroyed."""

    kind: PaymentKind
    amount: Decimal
    day: date
    receipt: str | None


class FeeShown(Thing):
    """What the applicant pays: `received` of it without what went back, the `rest`, what is `owed_back`.

    `paid_on` is the day on which all of it was there; `exempt_reason` the law or decision by which nothing is paid.
    """

    PLACE: ClassVar[str] = "/proceedings/{case_id}/fee"
    case_id: int
    amount: Decimal
    currency: str
    received: Decimal
    rest: Decimal
    owed_back: Decimal
    paid_on: date | None
    exempt_reason: str | None
    payments: list[PaymentShown]


class CasesWanted(Paged):
    """Of which service, in which state, only those that are late."""

    service: Name | None = None
    state: CaseState | None = None
    late: bool = False


class Beginning(Asked):
    """Under which route."""

    service: Name


class Votes(Asked):
    """A sitting."""

    members: Count
    present: Count
    in_favour: Count
    against: Count


class Doing(Asked):
    """How a step ends. `values` are its fields by name, as text; yes and no are "yes" and "no"."""

    answer: Name | None = None
    values: dict[Name, Text] = Field(default_factory=dict)
    votes: Votes | None = None
    remark: Text | None = None
    on: IsoDay | None = None


class Returning(Reason):
    """To which earlier step."""

    to_case_step_id: Id


class Extending(Reason):
    """By how much."""

    count: Count
    kind: terms.Kind


class Handing(Asked):
    """To whom."""

    official_id: Id


class Entering(Asked):
    """Fields of the application by name, as text; an empty one has no value any more."""

    values: dict[Name, Text]


class Noting(Asked):
    """The papers that are here, by name; one that is not named is missing."""

    papers: list[Name]


class Querying(Asked):
    """What was asked of which register outside, and its answer."""

    source: Name
    question: Text
    answer: Text
    asked_on: IsoDay | None = None


class Naming(Asked):
    """Which document of the step is registered under which number."""

    document: Name
    number: Line


class Answering(Asked):
    """What another body said."""

    body: Name
    agrees: bool
    text: Text


class Reckoning(Asked):
    """The rate that the council set, where the route leaves it to her; no higher than the law allows."""

    rate: Sum | None = None


class Paying(Asked):
    """The receipt, its day and its sum; without a sum it is all that is due."""

    receipt: Line
    paid_on: IsoDay | None = None
    amount: Sum | None = None


class GivingBack(Asked):
    """The paper by which money went back, its day and its sum; without a sum it is all that is owed."""

    receipt: Line
    paid_on: IsoDay | None = None
    amount: Sum | None = None


class Exempting(Asked):
    """By which law or decision nothing is paid."""

    by: Text


class Withdrawing(Asked):
    """How the applicant said that she wants it no more: the number of her letter, or what was written down."""

    how: Text
