"""The usual registers of an office (D414 art. 17-20, 36), opened with a new organisation and changed afterwards.

Those that its kind does not keep are left out: a kindergarten issues no building permits.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from sqlalchemy.orm import Session

from edms import words
from edms.access.actor import Actor
from edms.errors import Invalid
from edms.registry.models import Register
from edms.registry.registers import open_register
from edms.registry.words import RegisterKind
from edms.staff.models import Organisation, OrganisationKind

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


NOT_KEPT: dict[OrganisationKind, frozenset[RegisterKind]] = {
    OrganisationKind.COUNCIL: frozenset({RegisterKind.PERMITS, RegisterKind.PROTOCOLS}),
    OrganisationKind.REGION: frozenset({RegisterKind.COUNCIL_ACTS, RegisterKind.PERMITS}),
    OrganisationKind.BODY: frozenset({RegisterKind.COUNCIL_ACTS, RegisterKind.PERMITS, RegisterKind.PROTOCOLS}),
}


def usual_of(kind: OrganisationKind) -> dict[str, RegisterKind]:
    """The registers that such an office usually keeps, by their codes."""
    return {code: book for book, (code, *_) in USUAL.items() if book not in NOT_KEPT.get(kind, ())}


def usual_registers(
    session: Session, organisation: Organisation, *, first_serial: int = 1, first_serials: Mapping[str, int] = MappingProxyType({})
) -> list[Register]:  # fmt: skip
    """Open those of its kind, each beginning at `first_serial`, or where `first_serials` says another by its code.

    Errors: Invalid for a code that is none of them.
    """
    actor = Actor.system(organisation.organisation_id)
    kept = usual_of(organisation.kind)
    if unknown := set(first_serials) - set(kept):
        raise Invalid(fields={"first_serial": "registry.no_such_usual_register"}, codes=", ".join(sorted(unknown)))
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
            first_serial=first_serials.get(code, first_serial),
            term=terms.get(organisation.country),
        )
        for kind, (code, pattern, yearly, terms) in USUAL.items()
        if code in kept
    ]
