"""The Monday sheet on paper: the figures of a period beside those of the period before."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from edms.drafting.paper.office import Office
from edms.drafting.paper.press import Pressed, press


@dataclass(frozen=True)
class FigureRow:
    """A name and its figures: (number, number of the period before or None where there is none)."""

    name: str
    figures: list[tuple[int, int | None]]


@dataclass(frozen=True)
class FigureSheet:
    """Tables under their headings; `heads` are the words over the figures."""

    office: Office
    language: str
    title: str
    first_on: date
    last_on: date
    before_first_on: date
    before_last_on: date
    heads: list[str]
    tables: list[tuple[str, list[FigureRow]]]
    notes: list[str]
    made_on: date


def figure_sheet(values: FigureSheet) -> Pressed:
    """Print it on A4."""
    return press("figures", values.language, values.title, sheet=values, office=values.office)
