"""Sessions on the server: opened at sign-in, found again by the cookie's secret, listed, switched, ended.

The cookie holds 256 random bits, the table only their SHA-256. The secret changes whenever the rights do: at the second
factor, at a step-up, when she begins or ceases to act for somebody. A session ends by idleness, by age, by sign-out,
by revocation, and with her last day of work.
"""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from edms import clock
from edms.access.actor import Actor
from edms.access.permissions import Permission
from edms.access.policy import require
from edms.config import Settings
from edms.errors import Forbidden, NotFound
from edms.events import Event, Subject, record
from edms.staff.actors import actor_for, employed
from edms.staff.credentials import credential_of, revoke_all
from edms.staff.entry import clean
from edms.staff.models import Credential, Official, SignIn
from edms.staff.standing_in import stands_in

STEP_UP = timedelta(minutes=5)
LOST = timedelta(minutes=2)  # how long a form whose answer was lost is sent again
TO_ENTER_CODE = timedelta(minutes=10)
# How stale `seen_at` may be: not every page writes.
SEEN_EVERY = timedelta(minutes=1)
LONGEST_AGENT = 300


@dataclass(frozen=True)
class Limits:
    """When a session ends by itself."""

    idle: timedelta
    longest: timedelta

    @staticmethod
    def of(settings: Settings) -> Limits:
        """The limits that the operator set."""
        return Limits(timedelta(minutes=settings.session_idle_minutes), timedelta(hours=settings.session_hours))


@dataclass(frozen=True)
class Entered:
    """A session and the secret for its cookie, which nobody can tell again."""

    sign_in: SignIn
    secret: str


class Want(StrEnum):
    """What a session still lacks before its owner may do anything else."""

    CODE = "code"  # the second factor
    PASSWORD = "password"


def begin(session: Session, official: Official, *, limits: Limits, address: str | None, agent: str | None) -> Entered:
    """Open a session for somebody who proved who she is. One that still waits for its code lives ten minutes."""
    now = clock.now()
    secret = secrets.token_urlsafe(32)
    credential = credential_of(session, official)
    waits = credential is not None and credential.totp_sealed is not None
    sign_in = SignIn(
        secret_hash=_hash(secret),
        official_id=official.official_id,
        started_at=now,
        seen_at=now,
        ends_at=now + (min(TO_ENTER_CODE, limits.longest) if waits else limits.longest),
        address=clean(address),
        agent=(clean(agent) or "")[:LONGEST_AGENT] or None,
    )
    session.add(sign_in)
    session.flush()  # callers and events want its id
    return Entered(sign_in, secret)


def resume(session: Session, secret: str, *, limits: Limits) -> SignIn | None:
    """The live session of a cookie's secret; None for any other secret, and for a session that ended in whatever way."""
    now = clock.now()
    # Every page asks this: whose it is, where she works and what is still wanted of her come with it.
    found = (
        select(SignIn, Credential)
        .outerjoin(Credential, Credential.official_id == SignIn.official_id)
        .options(joinedload(SignIn.official).options(joinedload(Official.organisation), joinedload(Official.unit)))
    )
    sign_in: SignIn | None = session.scalar(found.where(SignIn.secret_hash == _hash(secret)))
    if sign_in is None:
        former = (SignIn.former_hash == _hash(secret)) & (SignIn.former_until > now)
        sign_in = session.scalar(found.where(former))
        if sign_in is not None:
            sign_in.by_former = True  # type: ignore[misc]  # of this one, for as long as it is at hand
    if sign_in is None or sign_in.revoked_at is not None:
        return None
    if now >= sign_in.ends_at or now - sign_in.seen_at >= limits.idle:
        return None
    official = sign_in.official
    if not employed(official, clock.today(official.organisation.time_zone)):
        return None
    if now - sign_in.seen_at >= SEEN_EVERY:
        sign_in.seen_at = now
    return sign_in


def wants(session: Session, sign_in: SignIn) -> Want | None:
    """What is still to be done before the session counts; None when nothing is."""
    credential = credential_of(session, sign_in.official)
    if credential is None:
        return None
    if credential.totp_sealed is not None and sign_in.second_factor_at is None:
        return Want.CODE
    return Want.PASSWORD if credential.must_change else None


def actor_of(session: Session, sign_in: SignIn, *, request_id: str | None = None) -> Actor:
    """The actor of a session, with today's rights. A substitution that is over is left without a word."""
    official = sign_in.official
    absent = session.get(Official, sign_in.acting_for_id) if sign_in.acting_for_id is not None else None
    today = clock.today(official.organisation.time_zone)
    if absent is not None and not stands_in(session, substitute=official, absent=absent, today=today):
        sign_in.acting_for_id, absent = None, None
    return actor_for(session, official, acting_for=absent, request_id=request_id, stepped_up=is_stepped_up(sign_in))


def is_stepped_up(sign_in: SignIn) -> bool:
    """Was the password asked again within the last five minutes? A clock set back does not prolong them."""
    if sign_in.stepped_up_at is None or sign_in.by_former:
        return False
    return timedelta(0) <= clock.now() - sign_in.stepped_up_at < STEP_UP


def act_for(session: Session, sign_in: SignIn, absent: Official | None) -> Entered:
    """Begin to act in somebody's place, or, with None, as oneself again. The secret changes, a step-up is over.

    Errors: Forbidden when no substitution in force today says so.
    """
    official = session.get_one(Official, sign_in.official_id)
    today = clock.today(official.organisation.time_zone)
    if absent is not None and not stands_in(session, substitute=official, absent=absent, today=today):
        raise Forbidden("staff.not_her_substitute")
    sign_in.acting_for_id = absent.official_id if absent is not None else None
    sign_in.stepped_up_at = None
    return renewed(sign_in)


def stepped_up(sign_in: SignIn) -> Entered:
    """The password was asked again: the same session under a new secret.

    The answer may be lost on its way, so the cookie that asked still resumes the session for two minutes, without what
    the password opened. Sent once more, the same form gets the same answer.
    """
    now = clock.now()
    former, until = sign_in.former_hash, sign_in.former_until
    if former is None or until is None or until <= now:
        former = sign_in.secret_hash
    sign_in.stepped_up_at, sign_in.by_former = now, False  # type: ignore[misc]
    entered = renewed(sign_in)
    sign_in.former_hash, sign_in.former_until = former, now + LOST
    return entered


def renewed(sign_in: SignIn) -> Entered:
    """The same session under a new secret: whoever had the old one has nothing."""
    secret = secrets.token_urlsafe(32)
    sign_in.former_hash = sign_in.former_until = None
    sign_in.secret_hash = _hash(secret)
    return Entered(sign_in, secret)


def sign_out(session: Session, actor: Actor, sign_in: SignIn) -> None:
    """End this session. Errors: NotFound for anybody else's."""
    if sign_in.official_id != actor.official_id:
        raise NotFound
    sign_in.revoked_at = clock.now()
    _record_end(session, actor, session.get_one(Official, sign_in.official_id), 1)


def own_sessions(session: Session, actor: Actor, *, limits: Limits) -> list[SignIn]:
    """The actor's own live sessions, the last seen first."""
    now = clock.now()
    live = select(SignIn).where(
        SignIn.official_id == actor.official_id,
        SignIn.revoked_at.is_(None),
        SignIn.ends_at > now,
        SignIn.seen_at > now - limits.idle,
    )
    return list(session.scalars(live.order_by(SignIn.seen_at.desc(), SignIn.sign_in_id.desc())))


def revoke_own(session: Session, actor: Actor, sign_in_id: int) -> None:
    """End one of the actor's own sessions, on another machine perhaps. Errors: NotFound for anybody else's."""
    sign_in = session.get(SignIn, sign_in_id)
    if sign_in is None or sign_in.official_id != actor.official_id:
        raise NotFound
    if sign_in.revoked_at is None:
        sign_out(session, actor, sign_in)


def revoke_others(session: Session, actor: Actor, present: SignIn) -> int:
    """End all of the actor's own sessions but this one; how many there were. Errors: NotFound for anybody else's."""
    if present.official_id != actor.official_id:
        raise NotFound
    official = session.get_one(Official, present.official_id)
    ended = revoke_all(session, official, but=present.sign_in_id)
    if ended:
        _record_end(session, actor, official, ended)
    return ended


def revoke_sessions(session: Session, actor: Actor, official: Official) -> int:
    """End all sessions of an official, by an administrator; how many there were. Errors: Forbidden."""
    require(actor, Permission.PEOPLE_MANAGE, official.organisation)
    ended = revoke_all(session, official)
    if ended:
        _record_end(session, actor, official, ended)
    return ended


def _record_end(session: Session, actor: Actor, official: Official, sessions: int) -> None:
    subject = Subject("official", official.official_id)
    record(
        session,
        actor,
        Event.SIGNED_OUT,
        subject,
        organisation_id=official.organisation_id,
        detail={"sessions": sessions},
    )


def _hash(secret: str) -> bytes:
    return hashlib.sha256(secret.encode()).digest()
