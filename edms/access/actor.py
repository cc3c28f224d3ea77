"""The actor: who acts, for whom, with which roles. Made once per request or job, then only read."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

from edms.access.roles import Role


@dataclass(frozen=True)
class Sight:
    """To which letters a grant is limited: those of these registers, registered in these days. None: no limit."""

    register_ids: frozenset[int] | None = None
    first: date | None = None
    last: date | None = None

    def holds(self, register_id: int, registered_on: date) -> bool:
        """Is a letter of this register and day within it?"""
        return (
            (self.register_ids is None or register_id in self.register_ids)
            and (self.first is None or registered_on >= self.first)
            and (self.last is None or registered_on <= self.last)
        )


@dataclass(frozen=True)
class Grant:
    """A role that holds today, in an organisation, or only in one unit of it and those below."""

    role: Role
    organisation_id: int
    unit_ids: frozenset[int] | None = None  # None: the whole organisation
    sight: Sight | None = None  # None: whatever the role reads


@dataclass(frozen=True)
class Actor:
    """Who acts. `acting_for` is the absent official whose rights are added and whose name stands beside in the history."""

    official_id: int | None  # None: a machine of ours
    organisation_id: int | None
    unit_id: int | None = None
    grants: tuple[Grant, ...] = ()
    acting_for: int | None = None  # official_id of the absent
    language: str = "en"
    time_zone: str = "Asia/Tbilisi"
    is_system: bool = False
    request_id: str | None = None
    stepped_up: bool = False  # the password was asked again minutes ago
    extra_tokens: frozenset[str] = field(default=frozenset())

    @staticmethod
    def system(organisation_id: int | None = None) -> Actor:
        """The service itself, as worker: has its own row in the policy table."""
        return Actor(official_id=None, organisation_id=organisation_id, is_system=True)

    def has(self, role: Role, organisation_id: int | None = None, unit_id: int | None = None) -> bool:
        """Does a grant of `role` hold for the organisation (default: the actor's own) and unit?"""
        wanted = organisation_id if organisation_id is not None else self.organisation_id
        return any(
            grant.role is role
            and grant.organisation_id == wanted
            and (grant.unit_ids is None or (unit_id is not None and unit_id in grant.unit_ids))
            for grant in self.grants
        )

    @property
    def looks_on(self) -> bool:
        """Is she here to audit? Then she reads and changes nothing, whatever else she is."""
        return any(grant.role is Role.AUDITOR for grant in self.grants)

    @property
    def sights(self) -> tuple[Sight, ...]:
        """The limits of an auditor in her own organisation; none where her sight is not limited."""
        own = [
            grant
            for grant in self.grants
            if grant.role is Role.AUDITOR and grant.organisation_id == self.organisation_id
        ]
        limits = [grant.sight for grant in own]
        return () if None in limits else tuple(sight for sight in limits if sight is not None)

    @property
    def people(self) -> frozenset[int]:
        """The officials in whose name this actor may act: herself and the one she stands in for."""
        return frozenset(x for x in (self.official_id, self.acting_for) if x is not None)
