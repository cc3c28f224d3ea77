"""The policy table: deny is the default, rights are of an organisation or of one unit, nobody grows by another's."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import product

import pytest

from edms.access.actor import Actor, Grant
from edms.access.permissions import Permission
from edms.access.policy import POLICY, permits, require
from edms.access.roles import Role
from edms.errors import Forbidden

HERE, THERE = 1, 2


@dataclass(frozen=True)
class Thing:
    organisation_id: int = HERE
    unit_id: int | None = None
    readers: list[str] = field(default_factory=list)
    author_id: int | None = None
    official_id: int | None = None
    responsible_id: int | None = None
    seated_id: int | None = None
    signer_id: int | None = None
    opens_id: int | None = None
    absent_id: int | None = None


def actor(*roles: Role, organisation: int = HERE, units: frozenset[int] | None = None, **more: object) -> Actor:
    grants = tuple(Grant(role, organisation, units) for role in roles)
    return Actor(official_id=17, organisation_id=organisation, grants=grants, **more)  # type: ignore[arg-type]


def test_every_permission_has_its_row() -> None:
    assert set(POLICY) == set(Permission)


def test_every_row_can_be_met_by_somebody() -> None:
    assert all(any_of and all(any_of) for any_of in POLICY.values())


@pytest.mark.parametrize("permission", Permission)
def test_nobody_may_do_nothing(permission: Permission) -> None:
    nobody = Actor(official_id=None, organisation_id=None)
    thing = Thing(readers=["org:1:open", "official:17"])
    assert not permits(nobody, permission, thing)


@pytest.mark.parametrize(("permission", "role"), list(product(Permission, Role)))
def test_a_role_there_opens_nothing_here(permission: Permission, role: Role) -> None:
    foreign = actor(role, organisation=THERE, stepped_up=True)
    assert not permits(foreign, permission, Thing(HERE, readers=["org:1:open", "unit:4"]))


READ_BY_ADMINISTRATOR = {
    Permission.ARRIVAL_READ,
    Permission.ARRIVAL_TAKE_IN,
    Permission.DOCUMENT_READ,
    Permission.DOCUMENT_REGISTER,
    Permission.DOCUMENT_CORRECT,
    Permission.HISTORY_READ,
    Permission.RESOLUTION_ISSUE,
    Permission.DOCUMENT_SIGN,
}


@pytest.mark.parametrize("permission", sorted(READ_BY_ADMINISTRATOR))
def test_the_administrator_reads_no_letters_by_that_role(permission: Permission) -> None:
    thing = Thing(readers=["org:1:open", "org:1:official_use", "unit:4", "official:5"])
    assert not permits(actor(Role.ADMINISTRATOR, stepped_up=True), permission, thing)


CHANGING = {p for p in Permission if not p.value.endswith(":read")} - {Permission.DOCUMENT_LINK}


@pytest.mark.parametrize("permission", sorted(CHANGING))
def test_the_auditor_changes_nothing(permission: Permission) -> None:
    thing = Thing(readers=["org:1:open", "org:1:personal"])
    assert not permits(actor(Role.AUDITOR, stepped_up=True), permission, thing)


def test_a_role_of_one_unit_counts_for_that_unit_only() -> None:
    head = actor(Role.HEAD, units=frozenset({4, 5}))
    mine, other, none = (Thing(unit_id=unit, readers=[f"unit:{unit}", "unit:5"]) for unit in (4, 6, None))
    assert permits(head, Permission.CONTROL_PUT, mine)
    for thing in (other, none):
        assert not head.has(Role.HEAD, HERE, thing.unit_id)


def test_signing_asks_the_signer_for_her_password_again() -> None:
    own = Thing(signer_id=17)
    assert not permits(actor(Role.HEAD), Permission.DOCUMENT_SIGN, own)
    assert permits(actor(Role.HEAD, stepped_up=True), Permission.DOCUMENT_SIGN, own)
    assert not permits(actor(Role.HEAD, stepped_up=True), Permission.DOCUMENT_SIGN, Thing(signer_id=3))


def test_a_substitute_signs_what_waits_for_the_absent() -> None:
    substitute = actor(Role.DEPUTY, acting_for=3, stepped_up=True)
    assert permits(substitute, Permission.DOCUMENT_SIGN, Thing(signer_id=3))


def test_a_refusal_names_the_permission() -> None:
    with pytest.raises(Forbidden) as refused:
        require(actor(Role.OFFICIAL), Permission.PEOPLE_MANAGE, Thing())
    assert refused.value.values == {"permission": "people:manage"}


def test_a_thing_without_the_attribute_asked_about_is_an_error_not_a_no() -> None:
    with pytest.raises(AttributeError):
        permits(actor(Role.OFFICIAL), Permission.DRAFT_VISA, object())
