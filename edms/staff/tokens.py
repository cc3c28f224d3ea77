"""API tokens: a program acts as an official, with that official's rights at that moment and never more.

A token is shown once and kept as a hash. It cannot step up, so it cannot do what asks for the password again.
"""

from __future__ import annotations

import hashlib
import re
import secrets
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import select, text, update
from sqlalchemy.orm import Session

from edms import clock
from edms.access.actor import Actor
from edms.access.permissions import Permission
from edms.access.policy import require
from edms.access.roles import Role
from edms.db.locking import lock
from edms.errors import Conflict, Forbidden, Invalid, NotFound, RuleBroken
from edms.events import Event, Subject, record
from edms.staff.actors import actor_for, employed, widened
from edms.staff.credentials import require_step_up
from edms.staff.entry import clean
from edms.staff.models import ApiToken, Official, TokenState
from edms.staff.organisations import administered

PREFIX = "edms_"  # so that scanners for leaked secrets know one when they see it
LONGEST_LABEL = 100
USED_EVERY = timedelta(minutes=1)


# Every request of a program begins with it: token, official, office and roles in one look, a row a role.
_WHOSE = text(
    "SELECT api_token_id, state, expires_at, last_used_at, official.official_id, official.organisation_id,"
    " official.unit_id, official.language, hired_on, left_on, time_zone, role, role_grant.organisation_id AS granted_in,"
    " role_grant.unit_id AS granted_unit, from_on, until_on, register_ids, letters_from, letters_until"
    " FROM api_token JOIN official USING (official_id)"
    " JOIN organisation ON organisation.organisation_id = official.organisation_id"
    " LEFT JOIN role_grant ON role_grant.official_id = official.official_id"
    " WHERE secret_hash = :secret_hash ORDER BY role_grant_id"
)


@dataclass(frozen=True)
class _Held:
    role: Role
    organisation_id: int
    unit_id: int | None
    register_ids: list[int] | None
    letters_from: date | None
    letters_until: date | None


def create_token(
    session: Session, actor: Actor, official: Official, *, label: str, expires_at: datetime | None = None
) -> tuple[ApiToken, str]:
    """A token for a program that acts as `official`, and its secret, shown once.

    Errors: Forbidden, also without step-up; Invalid; Conflict on a used label.
    """
    require(actor, Permission.TOKEN_MANAGE, official.organisation)
    require_step_up(actor)
    name = clean(label)
    if name is None or len(name) > LONGEST_LABEL:
        raise Invalid(fields={"label": "staff.name_missing" if name is None else "staff.text_too_long"})
    if expires_at is not None and expires_at <= clock.now():
        raise Invalid(fields={"expires_at": "staff.token_expires_in_past"})
    same = select(ApiToken).where(ApiToken.official_id == official.official_id, ApiToken.label == name)
    if session.scalar(same) is not None:
        raise Conflict("staff.label_taken", fields={"label": "staff.label_taken"}, label=name)
    secret = PREFIX + secrets.token_urlsafe(32)
    token = ApiToken(
        secret_hash=_hash(secret),
        official_id=official.official_id,
        label=name,
        created_at=clock.now(),
        expires_at=expires_at,
    )
    session.add(token)
    session.flush()  # the event carries its id
    _record(session, actor, Event.TOKEN_CREATED, official, token)
    return token, secret


def revoke_token(session: Session, actor: Actor, token: ApiToken) -> ApiToken:
    """From now on it opens nothing. Errors: Forbidden, RuleBroken when it is revoked already."""
    official = session.get_one(Official, token.official_id)
    require(actor, Permission.TOKEN_MANAGE, official.organisation)
    lock(session, token)
    if token.state is TokenState.REVOKED:
        raise RuleBroken("staff.token_revoked_already", label=token.label)
    token.state = TokenState.REVOKED
    _record(session, actor, Event.TOKEN_REVOKED, official, token)
    return token


def tokens(session: Session, actor: Actor) -> list[ApiToken]:
    """The tokens of the organisations that the actor administers, the newest first. Errors: Forbidden."""
    require(actor, Permission.TOKEN_MANAGE)
    found = select(ApiToken).join(Official, Official.official_id == ApiToken.official_id)
    found = found.where(administered(actor, Official.organisation_id))
    return list(session.scalars(found.order_by(ApiToken.api_token_id.desc())))


def token_of(session: Session, actor: Actor, api_token_id: int) -> ApiToken:
    """One of them. Errors: Forbidden, NotFound."""
    require(actor, Permission.TOKEN_MANAGE)
    found = (
        select(ApiToken)
        .join(Official, Official.official_id == ApiToken.official_id)
        .where(administered(actor, Official.organisation_id), ApiToken.api_token_id == api_token_id)
    )
    token = session.scalar(found)
    if token is None:
        raise NotFound
    return token


def authenticate(
    session: Session, secret: str, *, request_id: str | None = None, acting_for: str | None = None
) -> Actor | None:
    """Who a token's secret is: None for a wrong, revoked or expired one, and when its official left.

    `acting_for` is the id of the absent in whose place she acts today. Errors: Forbidden when she does not.
    """
    rows = session.execute(_WHOSE, {"secret_hash": _hash(secret)}).all()
    now = clock.now()
    if not rows or rows[0].state != TokenState.ACTIVE or (rows[0].expires_at is not None and rows[0].expires_at <= now):
        return None
    own = rows[0]
    today = clock.day_of(now, own.time_zone)
    if not employed(own, today):
        return None
    if own.last_used_at is None or now - own.last_used_at >= USED_EVERY:
        _note_use(session, own.api_token_id, now)
    if acting_for is not None:
        absent = session.get(Official, int(acting_for)) if re.fullmatch(r"[0-9]{1,18}", acting_for) else None
        if absent is None:
            raise Forbidden("staff.not_her_substitute")
        official = session.get_one(Official, own.official_id)
        return actor_for(session, official, acting_for=absent, request_id=request_id)
    held = [
        _Held(Role(row.role), row.granted_in, row.granted_unit, row.register_ids, row.letters_from, row.letters_until)
        for row in rows
        if row.role is not None and row.from_on <= today and (row.until_on is None or today <= row.until_on)
    ]
    return Actor(
        official_id=own.official_id,
        organisation_id=own.organisation_id,
        unit_id=own.unit_id,
        grants=widened(session, held),
        language=own.language,
        time_zone=own.time_zone,
        request_id=request_id,
    )


def _note_use(session: Session, api_token_id: int, now: datetime) -> None:
    """Remember the use, unless another request of the same program is just doing so: nobody waits for that."""
    free = select(ApiToken.api_token_id).where(ApiToken.api_token_id == api_token_id).with_for_update(skip_locked=True)
    used = update(ApiToken).where(ApiToken.api_token_id.in_(free)).values(last_used_at=now)
    session.execute(used.execution_options(synchronize_session=False))


def _hash(secret: str) -> bytes:
    return hashlib.sha256(secret.encode()).digest()


def _record(session: Session, actor: Actor, event: Event, official: Official, token: ApiToken) -> None:
    record(
        session,
        actor,
        event,
        Subject("token", token.api_token_id),
        organisation_id=official.organisation_id,
        detail={"label": token.label, "official_id": official.official_id},
    )
