"""The usual registers of a municipality (D414 art. 17-20, 36), opened with a new organisation and changed afterwards."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from edms import words
from edms.access.actor import Actor
from edms.registry.models import Register
from edms.registry.registers import open_register
from edms.registry.words import RegisterKind
from edms.staff.models import Organisation

CASE_THEN_SERIAL: list[dict[str, Any]] = [{"part": "case"}, {"part": "text", "text": "/"}, {"part": "serial"}]
SERIAL: list[dict[str, Any]] = [{"part": "serial"}]

# kind: code, pattern, restarts each year, named term by country
USUAL: dict[RegisterKind, tuple[str, list[dict[str, Any]], bool, dict[str, str]]] = {
    RegisterKind.INCOMING: ("in", CASE_THEN_SERIAL, True, {"GE": "ge.letter", "AM": "am.letter"}),
    RegisterKind.OUTGOING: ("out", CASE_THEN_SERIAL, True, {}),
    RegisterKind.INTERNAL: ("int", CASE_THEN_SERIAL, True, {}),
    RegisterKind.APPLICATIONS: (
        "app",
        [{"part": "text", "text": "A-"}, *SERIAL],
        True,
        {"GE": "ge.letter", "AM": "am.letter"},
    ),
    RegisterKind.ORDERS: ("ord", SERIAL, True, {}),
    RegisterKind.COUNCIL_ACTS: ("cnc", SERIAL, True, {}),
    RegisterKind.MINUTES: ("min", SERIAL, True, {}),
    RegisterKind.ACTS: ("act", SERIAL, True, {}),
    RegisterKind.CONTRACTS: ("con", SERIAL, False, {}),
    RegisterKind.PERMITS: ("prm", SERIAL, True, {}),
    RegisterKind.PROTOCOLS: ("prt", SERIAL, True, {}),
    RegisterKind.INFORMATION_REQUESTS: (
        "inf",
        [{"part": "text", "text": "I-"}, *SERIAL],
        True,
        {"GE": "ge.information", "AM": "am.information"},
    ),
}


def usual_registers(session: Session, organisation: Organisation, *, first_serial: int = 1) -> list[Register]:
    """Open them all, each beginning at `first_serial`."""
    actor = Actor.system(organisation.organisation_id)
    return [
        open_register(
            session,
            actor,
            organisation,
            kind=kind,
            code=code,
            names={language: words.say(language, f"registry.register_kind.{kind.value}") for language in words.LANGS},
            pattern=pattern,
            yearly=yearly,
            first_serial=first_serial,
            term=terms.get(organisation.country),
        )
        for kind, (code, pattern, yearly, terms) in USUAL.items()
    ]
