"""Before work is given to somebody who is away: said once, with her substitute one touch from it."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date

from flask import request
from sqlalchemy.orm import Session

from edms import clock, words
from edms.access.actor import Actor
from edms.errors import Invalid
from edms.routing import people
from edms.staff.models import Substitution
from edms.web.kit import language, t

INSTEAD, ANYWAY = "instead", "anyway"


class SomebodyAway(Invalid):
    """Somebody named is away and it was not said what to do about it; `warnings` are the sentences."""

    def __init__(self, field: str, warnings: list[tuple[str, str]]) -> None:
        super().__init__("error.invalid", fields={field: "resolve.somebody_away"})
        self.warnings = warnings


def swaps(
    session: Session, who: Actor, ids: Collection[int], *, field: str, until: date | None = None
) -> dict[int, int]:
    """Who is to be named instead of whom: those who stand in, if that was chosen; nobody where nobody is away.

    `until` is the day by which the work is due: one who is away on it counts too. Errors: SomebodyAway until it is said
    what to do about them.
    """
    chosen = request.form.get("away", "")
    if chosen == ANYWAY:
        return {}
    found = people.away(session, ids, clock.today(who.time_zone), until)
    if found and chosen != INSTEAD:
        raise SomebodyAway(field, [(str(ident), _said(row)) for ident, row in found.items()])
    return {ident: row.substitute_id for ident, row in found.items()}


def _said(row: Substitution) -> str:
    speaks = language()
    return t(
        "resolve.warn_away",
        name=row.absent.name(speaks),
        begin=words.date(speaks, row.from_on),
        until=words.date(speaks, row.until_on),
        substitute=row.substitute.name(speaks),
    )
