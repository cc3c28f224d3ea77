"""What an applicant is asked: fields, papers and fees, as parts of a route's definition."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from edms.services.kinds import FieldKind, Source
from edms.terms.term import Law


@dataclass(frozen=True)
class Choice:
    """One of the values of a choice field. `services.choice.<field>.<name>` is its title."""

    name: str
    title: str


@dataclass(frozen=True)
class Field:
    """A question of the application form or of a step. `title` and `hint` are message ids, `hint` may be absent.

    `required` and `shown` are conditions (`conditions.py`) over the other fields, "True" and "False" among them.
    `low`, `high` bound numbers (money in the country's currency, areas in m², lengths in m); `longest` bounds texts.
    `of` names the service of an earlier case for FieldKind.CASE. `personal` marks personal data. `needed_for` are the
    answers of its step with which it must have a value. `anew` is what belongs to the one time its step is done (who won
    this auction, what this complaint led to): when the step comes again it is asked again.
    """

    name: str
    kind: FieldKind
    title: str
    hint: str | None = None
    required: str = "False"
    shown: str = "True"
    personal: bool = False
    choices: tuple[Choice, ...] = ()
    low: Decimal | None = None
    high: Decimal | None = None
    longest: int = 1000
    of: str | None = None
    doubt: str | None = None
    needed_for: tuple[str, ...] = ()
    anew: bool = False


@dataclass(frozen=True)
class Paper:
    """A paper to attach. `services.paper.<name>` is its title; `required` and `shown` are conditions.

    `source` says who brings it: the applicant, a register that the office asks itself, or an earlier case.
    """

    name: str
    title: str
    required: str = "False"
    shown: str = "True"
    source: Source = Source.APPLICANT
    copies: int = 1
    laws: tuple[Law, ...] = ()
    doubt: str | None = None


@dataclass(frozen=True)
class Form:
    """What an applicant fills in and attaches."""

    fields: tuple[Field, ...] = ()
    papers: tuple[Paper, ...] = ()


@dataclass(frozen=True)
class Fee:
    """A fee rule. `services.fee.<name>` is its title; the first rule whose `when` holds is taken.

    `amount` is an expression over the fields, in `currency`; a town may set its own rate, `rate`, no higher than
    `ceiling` (per unit; the name `rate` in `amount`). `before` is the step that must not be finished unpaid. `repaid`
    are the outcomes with which what was paid is given back; "withdrawn" and "broken_off" among them.
    """

    name: str
    title: str
    amount: str
    currency: str
    when: str = "True"
    rate: Decimal | None = None
    ceiling: Decimal | None = None
    before: str | None = None
    repaid: tuple[str, ...] = ()
    laws: tuple[Law, ...] = ()
    doubt: str | None = None
