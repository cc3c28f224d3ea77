"""What holds for a case as a whole: how it begins, until when it can be decided at all, what counts as a repetition,
what may be had sooner for more money. Parts of a route's definition."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from edms.registry.words import RegisterKind
from edms.services.kinds import Opening
from edms.terms.term import Law, Term


@dataclass(frozen=True)
class OpensBy:
    """What begins a case, and the register of the application. One that the office begins itself has an internal document.

    `yearly` is the day of the year on which a case begins by itself, as month * 100 + day; `for_year` the field that
    then takes the year after.
    """

    ways: tuple[Opening, ...]
    register: RegisterKind
    yearly: int | None = None
    for_year: str | None = None


@dataclass(frozen=True)
class Limit:
    """Until when a case can be decided at all: a term that runs from a day that a field names, and that nothing stops.

    `services.limit.<name>` is its title. Of several the first whose `when` holds is that of the case. Once it has
    passed with nothing decided (no step marked Start.DECIDED), all else in the case stops and it goes to `to`; so many
    days before its last day as `warns` says, those who have the case and the head are told.
    """

    name: str
    field: str
    term: Term
    to: str
    when: str = "True"
    warns: tuple[int, ...] = ()
    doubt: str | None = None


@dataclass(frozen=True)
class Repeats:
    """What is a repetition: an earlier case of the service with the same value in the field `same`, that ended with one
    of `outcomes`, or was decided and is being carried out, and whose decision is no older than `term` on the day in the
    field `day`; without one, on the day of the letter."""

    same: str
    day: str | None
    term: Term
    outcomes: tuple[str, ...]
    doubt: str | None = None


@dataclass(frozen=True)
class Tariff:
    """So many days instead of the usual ones, for so much more (in the country's currency).

    `services.choice.pace.<name>` is its title.
    """

    name: str
    days: int
    fee: Decimal


@dataclass(frozen=True)
class Express:
    """Which term may be shortened for money; `tariffs` are the town's own, none where its council has set none.

    `before` is the step that must not be finished unpaid, where the route knows no other fee.
    """

    term: str
    tariffs: tuple[Tariff, ...] = ()
    before: str | None = None
    laws: tuple[Law, ...] = ()
