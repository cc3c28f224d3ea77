"""What can be asked of an actor and a thing. Predicates see attributes, never rooms; one that fails raises.

A thing may have: organisation_id, unit_id, readers, grade, author_id, official_id, responsible_id, addressee_id,
signer_id, opens_id, tray. An attribute a predicate needs and the thing lacks is a programming error, not a "no".
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from edms.access.actor import Actor, Grant, Sight
from edms.access.roles import Role

Predicate = Callable[[Actor, Any], bool]

# Which grades a role reads throughout its organisation. Administrators read no letters by that role.
READ_ALL: dict[Role, tuple[str, ...]] = {
    Role.REGISTRAR: ("open", "official_use"),
    Role.HEAD: ("open", "official_use", "personal"),
    Role.DEPUTY: ("open",),
    Role.HEAD_SECRETARY: ("open", "official_use"),
    Role.CONTROLLER: ("open", "official_use"),
    Role.ARCHIVIST: ("open", "official_use"),
    Role.AUDITOR: ("open", "official_use", "personal"),
    Role.COUNCIL_CHAIR: ("open",),
    Role.COUNCIL_SECRETARY: ("open",),
}


def role(*roles: Role) -> Predicate:
    """The actor has one of `roles` in the thing's organisation (a grant for a unit counts for that unit's things)."""

    def holds(actor: Actor, thing: Any) -> bool:
        organisation = thing.organisation_id if thing is not None else actor.organisation_id
        unit = getattr(thing, "unit_id", None)
        return any(actor.has(r, organisation, unit) for r in roles)

    return holds


def any_role(*roles: Role) -> Predicate:
    """The actor has one of `roles` in the thing's organisation, be it only for one unit."""

    def holds(actor: Actor, thing: Any) -> bool:
        organisation = thing.organisation_id if thing is not None else actor.organisation_id
        return any(grant.role in roles and grant.organisation_id == organisation for grant in actor.grants)

    return holds


def without(*roles: Role) -> Predicate:
    """The actor has none of `roles` in the thing's organisation, not even for one unit."""
    has = any_role(*roles)
    return lambda actor, thing: not has(actor, thing)


def system(actor: Actor, thing: Any) -> bool:
    """A machine of ours."""
    return actor.is_system


def signed_in(actor: Actor, thing: Any) -> bool:
    """A person of the thing's organisation."""
    return actor.official_id is not None and (thing is None or thing.organisation_id == actor.organisation_id)


def reads(actor: Actor, thing: Any) -> bool:
    """One of the thing's reader tokens is the actor's, and the thing is within what that token is limited to."""
    return any(
        not tokens.isdisjoint(thing.readers) and (sight is None or sight.holds(thing.register_id, thing.registered_on))
        for tokens, sight in token_groups(actor)
    )


def unlimited(holds: Predicate) -> Predicate:
    """The same, but not for an auditor whose sight is limited: it is about what no register and day limits."""
    return lambda actor, thing: not actor.sights and holds(actor, thing)


def named(*attributes: str) -> Predicate:
    """The actor, or the one she stands in for, is named by one of the thing's `attributes`."""

    def holds(actor: Actor, thing: Any) -> bool:
        return any(getattr(thing, attribute) in actor.people for attribute in attributes)

    return holds


def stepped_up(actor: Actor, thing: Any) -> bool:
    """The password was asked again within the last minutes."""
    return actor.stepped_up


def actor_tokens(actor: Actor) -> frozenset[str]:
    """The reader tokens an actor holds, limited or not; what may be seen by them `token_groups` says."""
    return frozenset().union(*(tokens for tokens, _ in token_groups(actor)))


def token_groups(actor: Actor) -> list[tuple[frozenset[str], Sight | None]]:
    """The reader tokens an actor holds, with what they are limited to: first those without limit, perhaps none."""
    free = {f"{named}:{person}" for person in actor.people for named in ("official", "addressee")} | actor.extra_tokens
    limited: list[tuple[frozenset[str], Sight | None]] = []
    for grant in actor.grants:
        if grant.sight is not None:
            limited.append((_tokens(grant), grant.sight))
        else:
            free |= _tokens(grant)
    return [(frozenset(free), None), *limited]


def _tokens(grant: Grant) -> frozenset[str]:
    if grant.role not in READ_ALL:
        return frozenset()
    if grant.unit_ids is None:
        return frozenset(f"org:{grant.organisation_id}:{grade}" for grade in READ_ALL[grant.role])
    return frozenset(f"unit:{unit}" for unit in grant.unit_ids)
