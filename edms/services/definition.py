"""A document route as a value: who does what, in which order, within which term, with which papers.

Frozen and pure. A route is written in YAML (`reading.py`), checked (`checks.py`) and run by the engine of cases; it
holds names, message ids and terms, never sentences, people or units of one town. Times are those of `edms.terms`.

Titles are message ids made from names: a step's stands in `Step.title`, others in `services.<what>.<name>`. A town's
own route brings the words that the catalogue lacks in `Route.words`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from functools import cached_property

from edms.access.roles import Role
from edms.registry.words import RegisterKind
from edms.services.case_rules import Express, Limit, OpensBy, Repeats
from edms.services.elsewhere import Elsewhere
from edms.services.forms import Choice as Choice
from edms.services.forms import Fee as Fee
from edms.services.forms import Field as Field
from edms.services.forms import Form as Form
from edms.services.forms import Paper as Paper
from edms.services.kinds import (
    Addressee,
    Channel,
    Effect,
    NoticeMoment,
    Participation,
    PartyKind,
    Signed,
    StepKind,
)
from edms.terms.term import Cause, Law, Silence, Start, Term


@dataclass(frozen=True)
class Party:
    """Who acts: an official (by role and unit), or one outside the office. `services.party.<name>` is its title.

    `unit` names a kind of unit (social, architecture); which unit that is, each organisation says.
    """

    name: str
    kind: PartyKind
    role: Role | None = None
    unit: str | None = None


@dataclass(frozen=True)
class RouteTerm:
    """A term of the route with who may extend it. `services.term.<name>` is its title.

    `extended_by` is a party, `extension_act` the document of the decision, `extension_within` the term in which that
    decision is taken. `instead` are other terms that take its place under a condition (the first that holds): 5 days
    where the design was approved before. `doubt` is the reason why the fact is unconfirmed (`services.doubt.<doubt>`), None when a law
    states it.
    """

    name: str
    term: Term
    extended_by: str | None = None
    extension_act: str | None = None
    extension_within: str | None = None
    instead: tuple[Instead, ...] = ()
    doubt: str | None = None


@dataclass(frozen=True)
class Instead:
    """The term `term` counts where the condition `when` holds."""

    when: str
    term: str


@dataclass(frozen=True)
class Produced:
    """A kind of document that steps bring forth. `services.document.<name>` is its title.

    `register` is where it is numbered; `signed` how; `appeal` whether it says where and until when to complain (GAC
    52); `publish` where it is made public; `template` names a text of drafting, None for free text.
    """

    name: str
    register: RegisterKind
    signed: Signed = Signed.OFFICIAL
    appeal: bool = False
    publish: tuple[Channel, ...] = ()
    template: str | None = None
    copies: int = 1
    strict: bool = False
    """Written on numbered blanks under strict account."""
    laws: tuple[Law, ...] = ()
    doubt: str | None = None


@dataclass(frozen=True)
class Notice:
    """Somebody is told something. `message` is a message id; `proof` means the day of service is kept."""

    message: str
    to: Addressee
    moment: NoticeMoment = NoticeMoment.DONE
    channels: tuple[Channel, ...] = ()
    proof: bool = False


@dataclass(frozen=True)
class Branch:
    """A way out of a step: taken when the answer is `answer` (None: any) and the condition `when` holds.

    The first branch that fits is taken; a fork takes all that fit. `marks` are events that happen on the day the step
    ends this way: a term with Start.SERVED runs from the last branch taken that marked it. `breaks_off` leaves the
    parallel part it stands in: what runs beside it there is cancelled.
    """

    to: str
    answer: str | None = None
    when: str = "True"
    marks: tuple[Start, ...] = ()
    breaks_off: bool = False


@dataclass(frozen=True)
class Timer:
    """What happens by itself around the last day of the step's term.

    `days_before` 0 is the day after the last day (the term has passed), n is n calendar days before the last day.
    With `to` the case goes there, from the step, and the step has ended on its last day; else only the notices are
    sent.
    """

    days_before: int = 0
    to: str | None = None
    notices: tuple[Notice, ...] = ()


@dataclass(frozen=True)
class Body:
    """Another body that is asked for its opinion when `when` holds. `services.body.<name>` is its title."""

    name: str
    when: str = "True"


@dataclass(frozen=True)
class Sitting:
    """How a collegial body decides: shares of its members, as fractions; `of_all` counts all members, not those present.

    A decision needs more votes than the share says. `no_quorum` is the answer that too few came, `not_carried` the one
    that what was proposed did not get the votes: with these the sitting ends whatever was voted.
    """

    quorum: Decimal
    majority: Decimal
    of_all: bool = False
    no_quorum: str | None = None
    not_carried: str | None = None


@dataclass(frozen=True)
class Step:
    """One step. `title` is a message id; `party` who does it (None for steps that nobody does: choices, forks, joins).

    A consultation with nobody to ask ends at once. `answers` are what may be chosen at the end (`services.answer.<name>`), `asks` fields filled in on the way.
    `term` names a RouteTerm that runs while the step is open. `suspends` opens an interval of that cause from the day
    the step begins to the day it ends. `visas` see the document in this order before it goes on. `beside` are
    co-executors. `other_than` are steps whose doer may not do this one.
    """

    id: str
    kind: StepKind
    title: str
    party: str | None = None
    branches: tuple[Branch, ...] = ()
    answers: tuple[str, ...] = ()
    asks: tuple[Field, ...] = ()
    term: str | None = None
    timers: tuple[Timer, ...] = ()
    suspends: Cause | None = None
    produces: tuple[str, ...] = ()
    queries: tuple[str, ...] = ()
    """Registers outside whose answer is kept as it was that day (`services.external.<name>`)."""
    bodies: tuple[Body, ...] = ()
    sitting: Sitting | None = None
    notices: tuple[Notice, ...] = ()
    beside: tuple[str, ...] = ()
    visas: tuple[str, ...] = ()
    other_than: tuple[str, ...] = ()
    fork: str | None = None
    """Of a join: the fork whose branches meet here."""
    outcome: str | None = None
    """Of an end: the outcome of the case."""
    effects: tuple[CaseEffect, ...] = ()
    participation: tuple[Participation, ...] = ()
    ends_with: Elsewhere | None = None
    laws: tuple[Law, ...] = ()
    doubt: str | None = None


@dataclass(frozen=True)
class CaseEffect:
    """What the end of a step does to a case of another service that this case names in `field`."""

    field: str
    effect: Effect


@dataclass(frozen=True)
class Outcome:
    """How a case may end. `services.outcome.<name>` is its title; `favourable` for whoever asked.

    `retention` is the class of the retention schedule when it differs from the route's own.
    """

    name: str
    favourable: bool
    retention: str | None = None
    doubt: str | None = None


@dataclass(frozen=True)
class SilenceRule:
    """What it means that `term` passed with nothing decided (no step marked Start.DECIDED).

    With `to` the case goes there and all else in it stops; without, it is noted, those in `notices` are told, and the
    work goes on late. Effect NONE: nothing counts as decided; the notices go out where a term is named.
    """

    effect: Silence
    term: str | None = None
    to: str | None = None
    notices: tuple[Notice, ...] = ()
    law: Law | None = None


@dataclass(frozen=True)
class Route:
    """A version of a route. `services.route.<name>` is its title, `services.regime.<regime>` its legal regime.

    A case keeps the version that was valid on the day its application was registered (`valid_from` to `valid_to`, both
    included; None is open). `start` is the id of the first step, `steps` are in the order written.
    """

    name: str
    version: int
    country: str
    regime: str
    valid_from: date
    valid_to: date | None
    opens: OpensBy
    start: str
    silence: SilenceRule
    retention: str
    steps: Mapping[str, Step]
    parties: Mapping[str, Party]
    terms: Mapping[str, RouteTerm]
    documents: Mapping[str, Produced]
    outcomes: Mapping[str, Outcome]
    form: Form = field(default_factory=Form)
    fees: tuple[Fee, ...] = ()
    limits: tuple[Limit, ...] = ()
    repeats: Repeats | None = None
    express: Express | None = None
    organisations: tuple[str, ...] = ()
    """The codes of those for whom it holds, of a route of one's own; those that come along hold for all."""
    laws: tuple[Law, ...] = ()
    doubt: str | None = None
    words: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """Words of the route's own, by message id and language."""
    source: str = ""
    """The text it was read from, to be kept with the organisation's routes."""

    @property
    def key(self) -> str:
        """Names this version among all: `GE/social_assistance/1`."""
        return f"{self.country}/{self.name}/{self.version}"

    @property
    def title(self) -> str:
        """Message id of the service's name."""
        return f"services.route.{self.name}"

    @cached_property
    def fields(self) -> Mapping[str, Field]:
        """Every field by name: those of the form, then those that steps ask."""
        asked = [f for step in self.steps.values() for f in step.asks]
        return {f.name: f for f in (*self.form.fields, *asked)}

    def valid_on(self, day: date) -> bool:
        """Whether a case registered on this day follows this version."""
        return self.valid_from <= day and (self.valid_to is None or day <= self.valid_to)
