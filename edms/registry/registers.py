"""Registers: opened, changed, closed by the administrator; listed for those who work with them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from edms import clock, terms
from edms.access.actor import Actor
from edms.access.permissions import Permission
from edms.access.policy import require
from edms.access.scope import in_sight, is_own, knows, own_organisation
from edms.errors import Conflict, Invalid, NotFound, RuleBroken
from edms.events import Event, Subject, record
from edms.registry import counters, numbers
from edms.registry.card import clean
from edms.registry.models import Register
from edms.registry.words import RegisterKind
from edms.staff.models import Organisation

LONGEST_CLASS = 12  # characters: it stands in every number

# Built once: every registration begins with it.
_ONE = select(Register).where(Register.register_id == bindparam("register_id"))


def open_register(
    session: Session,
    actor: Actor,
    organisation: Organisation,
    *,
    kind: RegisterKind,
    code: str,
    names: Mapping[str, str],
    pattern: numbers.Pattern,
    yearly: bool = True,
    first_serial: int = 1,
    term: str | None = None,
    default_class: str | None = None,
) -> Register:
    """Open a register whose first number will carry `first_serial`. Errors: Invalid, Conflict on a used code."""
    require(actor, Permission.REGISTER_MANAGE, organisation)
    numbers.check(pattern)
    if term:
        terms.named(term)
    if first_serial < 1:
        raise Invalid(fields={"first_serial": "registry.first_serial_below_one"})
    code = clean(code) or ""
    names = {language: text for language, name in names.items() if (text := clean(name))}
    if not code or not names:
        raise Invalid(fields={"code": "registry.register_needs_name"})
    taken = select(Register).where(Register.organisation_id == organisation.organisation_id, Register.code == code)
    if session.scalar(taken) is not None:
        raise Conflict("registry.register_code_taken", fields={"code": "registry.register_code_taken"}, code=code)
    register = Register(
        organisation_id=organisation.organisation_id,
        kind=kind,
        code=code,
        names=dict(names),
        pattern=[dict(part) for part in pattern],
        yearly=yearly,
        term=term,
        default_class=_class(default_class),
    )
    session.add(register)
    session.flush()  # the counter and the event need its id
    counters.begin_at(session, register, year=clock.today(organisation.time_zone).year, first_serial=first_serial)
    _record(session, actor, Event.REGISTER_OPENED, register, {"first_serial": first_serial})
    return register


def change_register(
    session: Session,
    actor: Actor,
    register: Register,
    *,
    version: int,
    names: Mapping[str, str] | None = None,
    pattern: numbers.Pattern | None = None,
    pattern_from: date | None = None,
    term: str | None = None,
    default_class: str | None = None,
) -> Register:
    """Change a register's name, pattern (of numbers to come) or term. Errors: Invalid, Conflict on a stale edit.

    From `pattern_from` on numbers get the new pattern, at once without it; a change that still waits gives way to it.
    """
    require(actor, Permission.REGISTER_MANAGE, register)
    if register.version != version:
        raise Conflict("error.stale")
    before = _facts(register)
    if names is not None:
        register.names = {language: text for language, name in names.items() if (text := clean(name))}
        if not register.names:
            raise Invalid(fields={"names": "registry.register_needs_name"})
    if pattern is not None:
        _pattern(register, pattern, pattern_from, today_of(session, register))
    if term is not None:
        if term:
            terms.named(term)
        register.term = term or None
    if default_class is not None:
        register.default_class = _class(default_class)
    _record(session, actor, Event.REGISTER_CHANGED, register, {"before": before})
    return register


def begin_at(session: Session, actor: Actor, register: Register, *, first_serial: int) -> None:
    """Let its first number carry `first_serial`, as long as none was drawn: a town switches over in mid-year.

    Errors: Invalid below one; Conflict once a number was drawn.
    """
    require(actor, Permission.REGISTER_MANAGE, register)
    if first_serial < 1:
        raise Invalid(fields={"first_serial": "registry.first_serial_below_one"})
    if not counters.untouched(session, register.register_id):
        raise Conflict("registry.series_begun", code=register.code)
    year = today_of(session, register).year
    if counters.last_of(session, register.register_id, year if register.yearly else 0) == first_serial - 1:
        return
    counters.begin_at(session, register, year=year, first_serial=first_serial)
    _record(session, actor, Event.REGISTER_CHANGED, register, {"first_serial": first_serial})


def close_register(
    session: Session, actor: Actor, register: Register, *, version: int, on: date | None = None
) -> Register:
    """Close a register from a day (default: today): it draws no more numbers, its letters stay where they are.

    Errors: Invalid for a day gone by, Conflict on a stale edit.
    """
    require(actor, Permission.REGISTER_MANAGE, register)
    today = today_of(session, register)
    day = on or today
    if day < today:
        raise Invalid(fields={"on": "registry.closing_backdated"})
    return _closing(session, actor, register, day, version)


def open_again(session: Session, actor: Actor, register: Register, *, version: int) -> Register:
    """It goes on after all, with the next number. Errors: Conflict on a stale edit."""
    require(actor, Permission.REGISTER_MANAGE, register)
    return _closing(session, actor, register, None, version)


def registers(session: Session, actor: Actor, *, kinds: Sequence[RegisterKind] = ()) -> list[Register]:
    """The registers of the actor's organisation, open ones first, by code."""
    require(actor, Permission.REGISTER_READ)
    found = select(Register).where(
        own_organisation(actor, Register.organisation_id), in_sight(actor, Register.register_id)
    )
    if kinds:
        found = found.where(Register.kind.in_(kinds))
    return list(session.scalars(found.order_by(Register.closed_on.is_not(None), Register.code)))


def registers_of(session: Session, actor: Actor, organisation_id: int) -> list[Register]:
    """The registers of an organisation whose people the actor manages, by code. Errors: Forbidden."""
    require(actor, Permission.PEOPLE_MANAGE, session.get_one(Organisation, organisation_id))
    found = select(Register).where(Register.organisation_id == organisation_id)
    return list(session.scalars(found.order_by(Register.code)))


def names_of(session: Session, register_ids: Sequence[int], language: str) -> list[str]:
    """The names of registers that the caller knows of."""
    found = select(Register).where(Register.register_id.in_(register_ids)).order_by(Register.code)
    return [register.name(language) for register in session.scalars(found)]


def register_of(session: Session, actor: Actor, register_id: int) -> Register:
    """One register of the actor's organisation. Errors: NotFound."""
    register = session.scalar(_ONE, {"register_id": register_id})
    if register is None or not is_own(actor, register.organisation_id) or not knows(actor, register.register_id):
        raise NotFound
    require(actor, Permission.REGISTER_READ, register)
    return register


def register_by_code(session: Session, actor: Actor, code: str) -> Register:
    """The register with this code in the actor's organisation. Errors: NotFound."""
    found = select(Register).where(own_organisation(actor, Register.organisation_id), Register.code == code)
    register = session.scalar(found)
    if register is None or not knows(actor, register.register_id):
        raise NotFound
    return register


def today_of(session: Session, register: Register) -> date:
    """The civil day where the register is kept."""
    return clock.today(session.get_one(Organisation, register.organisation_id).time_zone)


def zone_of(session: Session, actor: Actor, register: Register) -> str:
    """The time zone where the register is kept: the actor's own, or asked for."""
    if actor.official_id is not None and actor.organisation_id == register.organisation_id:
        return actor.time_zone
    return session.get_one(Organisation, register.organisation_id).time_zone


def pattern_on(register: Register, day: date) -> numbers.Pattern:
    """The pattern of numbers drawn on that day."""
    if register.next_pattern is not None and register.next_pattern_from and register.next_pattern_from <= day:
        return register.next_pattern
    return register.pattern


def printed(register: Register, drawn: counters.Drawn, *, unit: str = "", case: str = "") -> str:
    """The number, as printed, of a letter of this unit and case whose serial was drawn."""
    made_of = numbers.NumberFacts(
        drawn.serial, drawn.on.year, unit=unit, case=case, correspondent_class=register.default_class or ""
    )
    return numbers.render(pattern_on(register, drawn.on), made_of)


def is_open(register: Register, day: date) -> bool:
    """Does it draw numbers on that day?"""
    return register.closed_on is None or day < register.closed_on


def require_open(register: Register, today: date) -> None:
    """Refuse a closed register. Errors: RuleBroken."""
    if not is_open(register, today):
        raise RuleBroken("registry.register_closed", code=register.code)


def _pattern(register: Register, given: numbers.Pattern, day: date | None, today: date) -> None:
    numbers.check(given)
    if day is not None and day < today:
        raise Invalid(fields={"pattern_from": "registry.pattern_backdated"})
    parts = [dict(part) for part in given]
    register.pattern = [dict(part) for part in pattern_on(register, today)]
    register.next_pattern = register.next_pattern_from = None
    if day is not None and day > today:
        if parts != register.pattern:
            register.next_pattern, register.next_pattern_from = parts, day
    else:
        register.pattern = parts


def _class(given: str | None) -> str | None:
    kept = clean(given)
    if kept is not None and len(kept) > LONGEST_CLASS:
        raise Invalid(fields={"default_class": "registry.text_too_long"})
    return kept or None


def _closing(session: Session, actor: Actor, register: Register, day: date | None, version: int) -> Register:
    if register.version != version:
        raise Conflict("error.stale")
    if register.closed_on != day:
        before, register.closed_on = _facts(register), day
        _record(session, actor, Event.REGISTER_CHANGED, register, {"before": before})
    return register


def _facts(register: Register) -> dict[str, Any]:
    return {
        "code": register.code,
        "kind": register.kind.value,
        "names": register.names,
        "pattern": register.pattern,
        "next_pattern": register.next_pattern,
        "next_pattern_from": register.next_pattern_from.isoformat() if register.next_pattern_from else None,
        "yearly": register.yearly,
        "term": register.term,
        "class": register.default_class,
        "closed_on": register.closed_on.isoformat() if register.closed_on else None,
    }


def _record(session: Session, actor: Actor, event: Event, register: Register, detail: Mapping[str, Any]) -> None:
    facts = _facts(register)
    record(
        session,
        actor,
        event,
        Subject("register", register.register_id),
        organisation_id=register.organisation_id,
        detail={**facts, **detail},
        facts=facts,
    )
