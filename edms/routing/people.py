"""Who may task whom: the head of a unit her own staff, the head of the house anybody, a superior over all levels.

Also who is absent on a day, so that giving her work warns before it lies (D414 art. 28, 33; domain rules of office).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import date

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from edms.access.roles import Role
from edms.errors import Invalid
from edms.staff.actors import employed, grants_today
from edms.staff.models import Official, Substitution
from edms.staff.standing_in import in_force

LEADERS = (Role.HEAD, Role.DEPUTY, Role.COUNCIL_CHAIR)
_DEEPEST = 50  # a tree of people deeper than this is a circle entered by mistake


def officials(
    session: Session, organisation_id: int, ids: Collection[int], on: date, *, field: str
) -> dict[int, Official]:
    """The officials of these ids who work in the organisation on that day. Errors: Invalid at `field` for any other."""
    found = session.scalars(select(Official).where(Official.official_id.in_(ids)))
    here = {o.official_id: o for o in found if o.organisation_id == organisation_id}
    if set(ids) - set(here):
        raise Invalid(fields={field: "routing.official_unknown"})
    if gone := [o for o in here.values() if not employed(o, on)]:
        raise Invalid(fields={field: "routing.official_left"}, official_id=gone[0].official_id)
    return here


def above(session: Session, official_id: int) -> list[int]:
    """The superiors of an official, the nearest first."""
    chain: list[int] = []
    current = session.get(Official, official_id)
    while current is not None and current.superior_id is not None and len(chain) < _DEEPEST:
        if current.superior_id in chain:
            break
        chain.append(current.superior_id)
        current = session.get(Official, current.superior_id)
    return chain


def standing_for(session: Session, people: Iterable[int], author_id: int) -> int:
    """In whose name one of `people` acts on the author's word: the author, or a superior of hers; else the author."""
    mine = set(people)
    if author_id in mine:
        return author_id
    return next((person for person in above(session, author_id) if person in mine), author_id)


def require_may_task(session: Session, author_id: int, executors: Mapping[int, Official], on: date) -> None:
    """Refuse executors whom the author cannot task. Errors: Invalid at "executors"."""
    author = session.get_one(Official, author_id)
    led = led_units(session, author, on)
    for official in executors.values():
        if official.official_id == author_id or led is None:
            continue
        if official.unit_id is not None and official.unit_id in led:
            continue
        if author_id in above(session, official.official_id):
            continue
        raise Invalid(
            "routing.not_your_staff", fields={"executors": "routing.not_your_staff"}, official_id=official.official_id
        )


def led_units(session: Session, author: Official, on: date) -> frozenset[int] | None:
    """The units that the author leads on that day, with those below them; None when she leads the whole house."""
    led = [g for g in grants_today(session, author, on) if g.role in LEADERS]
    here = [g.unit_ids for g in led if g.organisation_id == author.organisation_id]
    if None in here:
        return None
    return frozenset(unit for units in here for unit in units or ())


def is_leader(session: Session, official: Official, on: date) -> bool:
    """Does the official lead on that day, be it only a unit?"""
    return any(g.role in LEADERS for g in grants_today(session, official, on))


def absent(session: Session, ids: Collection[int], on: date) -> dict[int, Substitution]:
    """Who of these is absent on that day, with her substitution."""
    found = session.scalars(select(Substitution).where(Substitution.absent_id.in_(ids), in_force(on)))
    return {row.absent_id: row for row in found}


def away(session: Session, ids: Collection[int], on: date, until: date | None = None) -> dict[int, Substitution]:
    """Who of these is away on that day, or on the day `until` when the work is due, with her first substitution."""
    days = in_force(on) if until is None else or_(in_force(on), in_force(until))
    found = session.scalars(
        select(Substitution).where(Substitution.absent_id.in_(ids), days).order_by(Substitution.substitution_id.desc())
    )
    return {row.absent_id: row for row in found}
