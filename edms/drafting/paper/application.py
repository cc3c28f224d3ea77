"""An application that was filled in online, printed as it was sent."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from edms.drafting.paper.office import Office
from edms.drafting.paper.press import Pressed, press


@dataclass(frozen=True)
class Application:
    """What it says: the service, each question with its answer, and the names of the files that came with it."""

    office: Office
    language: str
    title: str
    day: date
    rows: Sequence[tuple[str, str]]
    files: Sequence[str]


def application(values: Application) -> Pressed:
    """Print it on A4."""
    return press("application", values.language, values.title, application=values, office=values.office)
