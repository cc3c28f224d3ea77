"""The two trees of the office: organisations under a region, units under an organisation. Read only, by recursion."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from edms.staff.models import Organisation, Unit


def organisations_below(session: Session, organisation_id: int) -> frozenset[int]:
    """The organisation and all below it."""
    top = (
        select(Organisation.organisation_id).where(Organisation.organisation_id == organisation_id).cte(recursive=True)
    )
    # UNION, not UNION ALL: a circle that someone made by hand ends the walk instead of never ending it.
    below = top.union(select(Organisation.organisation_id).where(Organisation.parent_id == top.c.organisation_id))
    return frozenset(session.scalars(select(below.c.organisation_id)))


def units_below(session: Session, unit_id: int) -> frozenset[int]:
    """The unit and all below it, closed ones too: their papers are still there."""
    top = select(Unit.unit_id).where(Unit.unit_id == unit_id).cte(recursive=True)
    below = top.union(select(Unit.unit_id).where(Unit.parent_id == top.c.unit_id))
    return frozenset(session.scalars(select(below.c.unit_id)))
