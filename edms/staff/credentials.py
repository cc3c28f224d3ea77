"""Passwords set: by their owner, by an administrator for somebody who forgot, and the first administrator's.

A password that anybody else has seen must be changed at the first sign-in. Every change ends the other sessions.
There is no default password.
"""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from edms import clock
from edms.access.actor import Actor
from edms.access.keys import Keys
from edms.access.permissions import Permission
from edms.access.policy import require
from edms.access.roles import Role
from edms.errors import Forbidden, RuleBroken
from edms.events import Event, Subject, record
from edms.staff import passwords, throttle
from edms.staff.granting import grant_role
from edms.staff.models import Credential, Official, Organisation, SignIn
from edms.staff.officials import enter_official, not_herself


def first_administrator(
    session: Session,
    organisation: Organisation,
    *,
    login: str,
    names: Mapping[str, str],
    password: str | None = None,
) -> tuple[Official, str | None]:
    """Enter the first administrator of an organisation, from the server's own command line.

    Without `password` one is generated, returned to be shown once, and must be changed at the first sign-in.
    Errors: Invalid, Conflict on a used login.
    """
    actor = Actor.system(organisation.organisation_id)
    official = enter_official(session, actor, organisation, login=login, names=names, posts={})
    grant_role(session, actor, official, role=Role.ADMINISTRATOR)
    chosen = password or passwords.generated()
    _set(session, actor, official, chosen, must_change=password is None)
    return official, None if password else chosen


def give_password(session: Session, actor: Actor, official: Official, password: str) -> None:
    """Set a chosen password for somebody: the service itself only (the demo, a restored system). Errors: Forbidden."""
    if not actor.is_system:
        raise Forbidden
    _set(session, actor, official, password, must_change=False)


def reset_password(session: Session, actor: Actor, official: Official, *, keys: Keys) -> str:
    """Give somebody who forgot it a password that is shown once and must be changed; her sessions end.

    Errors: Forbidden for oneself, without rights, or when the own password was not asked again.
    """
    require(actor, Permission.PEOPLE_MANAGE, official.organisation)
    not_herself(actor, official)
    require_step_up(actor)
    chosen = passwords.generated()
    _set(session, actor, official, chosen, must_change=True)
    revoke_all(session, official)
    throttle.forgive(session, "sign-in", {"login": official.login}, keys=keys)
    return chosen


def first_passwords(
    session: Session, actor: Actor, organisation: Organisation, *, keys: Keys, most: int = 50
) -> list[tuple[Official, str]]:
    """A password for everybody who has none yet, at most `most` at once: shown once, to be changed at the first sign-in.

    Errors: Forbidden without rights, or when the own password was not asked again.
    """
    require(actor, Permission.PEOPLE_MANAGE, organisation)
    require_step_up(actor)
    waiting = without_password(session, actor, organisation)[:most]
    return [(official, reset_password(session, actor, official, keys=keys)) for official in waiting]


def without_password(session: Session, actor: Actor, organisation: Organisation) -> list[Official]:
    """Who works here and cannot sign in yet, by login."""
    require(actor, Permission.PEOPLE_MANAGE, organisation)
    known = select(Credential.official_id)
    found = select(Official).where(
        Official.organisation_id == organisation.organisation_id,
        Official.left_on.is_(None),
        Official.official_id.not_in(known),
    )
    return list(session.scalars(found.order_by(Official.login)))


def set_own_password(session: Session, actor: Actor, official: Official, password: str) -> None:
    """Her own choice, once she has proved the present one (`sign_in.change_password` does). Errors: Invalid."""
    if actor.official_id != official.official_id:
        raise Forbidden
    _set(session, actor, official, password, must_change=False)


def credential_of(session: Session, official: Official) -> Credential | None:
    """Her password's hash and second factor; None before any password was set."""
    return session.get(Credential, official.official_id)


def require_step_up(actor: Actor) -> None:
    """Demand that the password was asked again minutes ago. Errors: Forbidden, saying so."""
    if not (actor.stepped_up or actor.is_system):
        raise Forbidden("staff.step_up_first")


def revoke_all(session: Session, official: Official, *, but: int | None = None) -> int:
    """End her sessions, except the one of `but`; how many were ended."""
    ended = (
        update(SignIn)
        .where(SignIn.official_id == official.official_id, SignIn.revoked_at.is_(None))
        .values(revoked_at=clock.now())
        .returning(SignIn.sign_in_id)
    )
    if but is not None:
        ended = ended.where(SignIn.sign_in_id != but)
    return len(session.scalars(ended).all())


def _set(session: Session, actor: Actor, official: Official, password: str, *, must_change: bool) -> None:
    passwords.check(password, about=_about(official))
    credential = session.scalar(
        select(Credential).where(Credential.official_id == official.official_id).with_for_update()
    )
    if credential is not None and passwords.matches(credential.password_hash, password):
        raise RuleBroken("staff.password_same")
    if credential is None:
        credential = Credential(official_id=official.official_id)
        session.add(credential)
    credential.password_hash = passwords.hashed(password)
    credential.password_set_at = clock.now()
    credential.must_change = must_change
    subject = Subject("official", official.official_id)
    record(
        session,
        actor,
        Event.PASSWORD_CHANGED,
        subject,
        organisation_id=official.organisation_id,
        detail={"must_change": must_change},
    )


def _about(official: Official) -> list[str]:
    office = official.organisation
    return [official.login, office.code, *map(str, official.names.values()), *map(str, office.names.values())]
