"""From which level a signed paper may leave the house: a rule of the register, else of the organisation, else B-LTA.

While a time-stamp authority or those who answer for certificates are silent a letter waits; an organisation may decide
that its letters need not. Below B-T nothing leaves: a signature without a proven time is worth its certificate's days.
"""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from edms import clock
from edms.access.actor import Actor
from edms.access.permissions import Permission
from edms.access.policy import require
from edms.errors import Invalid
from edms.events import Event, Subject, record
from edms.registry.models import Register
from edms.signing.models import SigningRule
from edms.signing.verdicts import Level
from edms.staff.models import Organisation

LEVELS = tuple(Level)
CHOICES = (Level.T, Level.LT, Level.LTA)


def least(session: Session, organisation_id: int, register_id: int | None) -> Level:
    """The level from which a paper of this register may leave."""
    found = select(SigningRule).where(SigningRule.organisation_id == organisation_id)
    rules = {rule.register_id: rule.least for rule in session.scalars(found)}
    return rules.get(register_id) or rules.get(None) or Level.LTA


def may_leave(session: Session, organisation_id: int, register_id: int | None, level: Level) -> bool:
    """May a paper of this register leave at this level?"""
    return LEVELS.index(level) >= LEVELS.index(least(session, organisation_id, register_id))


def rules_of(session: Session, actor: Actor, organisation: Organisation) -> dict[int | None, Level]:
    """The rules of an organisation by register; None: of all that have none of their own."""
    require(actor, Permission.SIGNING_RULE_SET, organisation)
    found = select(SigningRule).where(SigningRule.organisation_id == organisation.organisation_id)
    return {rule.register_id: rule.least for rule in session.scalars(found)}


def set_least(
    session: Session, actor: Actor, organisation: Organisation, level: Level | None, *, register: Register | None = None
) -> None:
    """Set it for a register, or for all without their own; None takes the rule away. Errors: Invalid (least)."""
    require(actor, Permission.SIGNING_RULE_SET, organisation)
    if level is not None and level not in CHOICES:
        raise Invalid(fields={"least": "field.not_a_choice"})
    if register is not None and register.organisation_id != organisation.organisation_id:
        raise Invalid(fields={"register": "field.not_a_choice"})
    of = register.register_id if register is not None else None
    rule = session.scalar(
        select(SigningRule).where(
            SigningRule.organisation_id == organisation.organisation_id,
            SigningRule.register_id.is_not_distinct_from(of),
        )
    )
    if level is None:
        if rule is not None:
            session.delete(rule)
    else:
        if rule is None:
            rule = SigningRule(organisation_id=organisation.organisation_id, register_id=of)
            session.add(rule)
        rule.least, rule.changed_at, rule.changed_by_id = level, clock.now(), actor.official_id
    record(
        session,
        actor,
        Event.SIGNING_RULE_CHANGED,
        Subject("organisation", organisation.organisation_id),
        organisation_id=organisation.organisation_id,
        detail={"register": of, "least": level.value if level is not None else None},
    )
