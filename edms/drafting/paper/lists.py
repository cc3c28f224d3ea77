"""Lists on paper: an extract of a register, and the dispatch list that goes to the post with the letters."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

from edms.drafting.paper.office import Office
from edms.drafting.paper.press import Pressed, press


@dataclass(frozen=True)
class CardLine:
    """A letter as every paper of a register tells it: the columns of the journal (D414 art. 38)."""

    number: str
    day: date | None
    correspondent: str = ""
    their_number: str = ""
    their_date: date | None = None
    summary: str = ""
    sheets: int = 0
    executor: str = ""
    due_on: date | None = None
    execution: str = ""


@dataclass(frozen=True)
class RegisterLine(CardLine):
    """A letter in a register's extract. A void number has `void` and nothing else."""

    void: str = ""
    by_hand: date | None = None  # the day on the paper of a letter numbered by hand during a downtime


@dataclass(frozen=True)
class RegisterExtract:
    """A register from one day to another."""

    office: Office
    language: str
    register: str
    first_on: date
    last_on: date
    lines: list[RegisterLine]
    made_on: date
    made_by: str = ""
    cut: str = ""  # said where the list is longer than the paper


@dataclass(frozen=True)
class DispatchLine:
    """A letter on its way: to whom, where, and the post's own number once there is one."""

    addressee: str
    address: str
    number: str
    day: date
    sheets: int
    post_number: str = ""


@dataclass(frozen=True)
class DispatchList:
    """What is handed to the post on a day (D414 art. 34), or to the courier: then each line is signed for."""

    office: Office
    language: str
    day: date
    lines: list[DispatchLine] = field(default_factory=list)
    list_number: str = ""
    handed_by: str = ""
    courier: bool = False


@dataclass(frozen=True)
class InventoryLine:
    """A letter in its case: its place, and the sheets it takes ("12-14"); nothing but its place where it may not be read."""

    place: int
    number: str
    day: date | None
    summary: str
    sheets: str


@dataclass(frozen=True)
class Inventory:
    """What lies in a volume, in the order of filing; `kept` says until when, in words."""

    office: Office
    language: str
    index: str
    title: str
    year: int
    volume: int
    lines: list[InventoryLine]
    sheets: int
    kept: str
    made_on: date
    made_by: str = ""


def inventory(values: Inventory) -> Pressed:
    """Print it on A4."""
    return press("inventory", values.language, values.index, inventory=values, office=values.office)


def register_extract(values: RegisterExtract) -> Pressed:
    """Print it on A4 lying."""
    return press("register_extract", values.language, values.register, extract=values, office=values.office)


def dispatch_list(values: DispatchList) -> Pressed:
    """Print it on A4 with the lines for those who hand over and receive."""
    return press(
        "dispatch_list",
        values.language,
        values.list_number or values.office.name,
        dispatch=values,
        office=values.office,
    )


@dataclass(frozen=True)
class HandingSlip:
    """The slip on which somebody confirms that a letter was handed to her."""

    office: Office
    language: str
    number: str
    day: date
    summary: str
    sheets: int
    addressee: str
    handed_on: date
    handed_by: str = ""


def handing_slip(values: HandingSlip) -> Pressed:
    """Print it on A5 lying."""
    return press("handing_slip", values.language, values.number, slip=values, office=values.office)
