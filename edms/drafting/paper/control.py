"""The controller's papers: the list for the weekly meeting, and the summary of a month."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from edms.drafting.paper.office import Office
from edms.drafting.paper.press import Pressed, press


@dataclass(frozen=True)
class ControlledLine:
    """A letter under control; `late` days since it was due. While its legal term stands it has no day."""

    number: str
    day: date
    correspondent: str
    summary: str
    executor: str
    due_on: date | None
    late: int
    state: str


@dataclass(frozen=True)
class ControlList:
    """What stands under control on a day, in groups: a heading, whether they are late, their letters."""

    office: Office
    language: str
    title: str
    day: date
    made_by: str
    groups: list[tuple[str, bool, list[ControlledLine]]]
    cut: str = ""  # said where there are more than fit


@dataclass(frozen=True)
class MonthTable:
    """A month of control: a row a unit, the total last."""

    office: Office
    language: str
    title: str
    month: str
    made_on: date
    made_by: str
    heads: list[str]
    rows: list[tuple[str, list[int]]]


def control_list(values: ControlList) -> Pressed:
    """Print it on A4 lying, with room to write what was decided."""
    return press("control_list", values.language, values.title, list=values, office=values.office)


def month_table(values: MonthTable) -> Pressed:
    """Print it on A4."""
    return press("control_month", values.language, values.title, month=values, office=values.office)
