"""Papers of an arrival that ends otherwise: the slip, the covering letters, the act of a defective parcel."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

from edms.drafting.paper.office import Office
from edms.drafting.paper.press import Pressed, press

COPIES = 3
"""The act of a defective parcel is made in three copies (D414 art. 33)."""


@dataclass(frozen=True)
class Covering:
    """What goes with a paper, or to its applicant: texts already in the paper's language.

    `facts` are (what, which); `post` and `hand` are who signs it.
    """

    office: Office
    language: str
    title: str
    day: date
    text: list[str]
    addressee: str = ""
    address: str = ""
    facts: list[tuple[str, str]] = field(default_factory=list)
    hand: str = ""
    post: str = ""


@dataclass(frozen=True)
class DefectAct:
    """What was found when a parcel was opened, and who was present; `faults` and `facts` are in words."""

    office: Office
    language: str
    day: date
    faults: list[str]
    description: str
    members: list[str]
    facts: list[tuple[str, str]] = field(default_factory=list)
    hand: str = ""
    post: str = ""


def covering(values: Covering) -> Pressed:
    """Print it on A4."""
    return press("covering", values.language, values.title, paper=values, office=values.office)


def defect_act(values: DefectAct) -> Pressed:
    """Print it on A4, each of the three copies with its destination on a sheet of its own."""
    return press("defect_act", values.language, values.office.name, act=values, office=values.office, copies=COPIES)
