"""Signing in: a login and its proof, then the second factor; the password asked again; the password changed.

A mistake is an answer (`Refused`), not an error, so that the count of mistakes is committed with it. Nothing tells an
unknown login from a wrong password: not the words, not the time, not the waits.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from sqlalchemy import select
from sqlalchemy.orm import Session

from edms import clock
from edms.access.actor import Actor
from edms.access.keys import Keys
from edms.errors import Forbidden
from edms.events import Event, Subject, record
from edms.staff import devices, passwords, second_factor, throttle
from edms.staff.actors import actor_for, employed
from edms.staff.credentials import credential_of, revoke_all, set_own_password
from edms.staff.models import Credential, Official, SignIn
from edms.staff.sessions import Entered, Limits, Want, begin, renewed, stepped_up, wants

KIND = "sign-in"
CODE = "code"
LONGEST_LOGIN = 200


@dataclass(frozen=True)
class Refused:
    """Not let in; the message says what to do. Commit: the mistake was counted."""

    message: str


class SignInMethod(Protocol):
    """A way to prove who one is. It answers with the official, or with nothing in the same time, and writes nothing."""

    def prove(self, session: Session, login: str, proof: str) -> Official | None:
        """The official whose login and proof (password, ticket, signed answer) these are; None otherwise."""


class ByPassword:
    """The passwords kept here, as argon2id hashes."""

    def prove(self, session: Session, login: str, proof: str) -> Official | None:
        """The official with this login and password. Errors: Unavailable when too many sign in at this moment."""
        official = session.scalar(select(Official).where(Official.login == login.casefold()))
        credential = credential_of(session, official) if official is not None else None
        right = passwords.matches(credential.password_hash if credential is not None else None, proof)
        if not right or official is None or credential is None:
            return None
        if passwords.outdated(credential.password_hash):
            credential.password_hash = passwords.hashed(proof)
        return official


BY_PASSWORD = ByPassword()


def sign_in(
    session: Session,
    *,
    login: str,
    proof: str,
    keys: Keys,
    limits: Limits,
    address: str,
    agent: str | None = None,
    marks: str = "",
    method: SignInMethod = BY_PASSWORD,
) -> Entered | Refused:
    """Let somebody in who proves who she is. `wants()` then tells whether a code or a new password is still due.

    `marks` are those of the device she comes with (`devices`). Errors: TooManyAttempts, Unavailable.
    """
    login = plain(login)
    subjects = _counted(session, login, address, devices.known(keys, marks, login))
    throttle.check(session, KIND, subjects, keys=keys)
    official = method.prove(session, login, proof)
    if official is None or not employed(official, clock.today(official.organisation.time_zone)):
        throttle.note_failure(session, KIND, subjects, keys=keys)
        _record_refusal(session, session.scalar(select(Official).where(Official.login == login.casefold())), "password")
        return Refused("staff.login_or_password_wrong")
    throttle.forgive(session, KIND, {name: who for name, who in subjects.items() if name != "address"}, keys=keys)
    entered = begin(session, official, limits=limits, address=address, agent=agent)
    if wants(session, entered.sign_in) is not Want.CODE:
        _record_entry(session, official, entered.sign_in)
    return entered


def enter_code(session: Session, sign_in: SignIn, code: str, *, keys: Keys, limits: Limits) -> Entered | Refused:
    """The second factor of a session that waits for it. Errors: TooManyAttempts."""
    official = session.get_one(Official, sign_in.official_id)
    subjects = {"login": official.login}
    throttle.check(session, CODE, subjects, keys=keys)
    if not second_factor.accepts(session, official, code, keys=keys):
        throttle.note_failure(session, CODE, subjects, keys=keys)
        _record_refusal(session, official, "code")
        return Refused("staff.code_wrong")
    throttle.forgive(session, CODE, subjects, keys=keys)
    sign_in.second_factor_at = clock.now()
    sign_in.ends_at = sign_in.started_at + limits.longest
    _record_entry(session, official, sign_in)
    return renewed(sign_in)


def step_up(session: Session, sign_in: SignIn, password: str, *, keys: Keys) -> Entered | Refused:
    """Ask the password again before signing and before what cannot be undone; it counts for five minutes.

    Errors: TooManyAttempts; Forbidden while the code is still due.
    """
    official = session.get_one(Official, sign_in.official_id)
    if not _knows_password(session, official, sign_in, password, keys):
        return Refused("staff.password_wrong")
    return stepped_up(sign_in)


def change_password(session: Session, sign_in: SignIn, *, present: str, new: str, keys: Keys) -> Entered | Refused:
    """Her own new password, for the present one. All her other sessions end.

    Errors: TooManyAttempts, Invalid; Forbidden while the code is still due.
    """
    official = session.get_one(Official, sign_in.official_id)
    if not _knows_password(session, official, sign_in, present, keys):
        return Refused("staff.password_wrong")
    set_own_password(session, actor_for(session, official), official, new)
    revoke_all(session, official, but=sign_in.sign_in_id)
    return renewed(sign_in)


def _knows_password(session: Session, official: Official, sign_in: SignIn, password: str, keys: Keys) -> bool:
    if wants(session, sign_in) is Want.CODE:  # whoever has the password alone changes nothing and ends no session
        raise Forbidden
    subjects = {"session": str(sign_in.sign_in_id)}
    throttle.check(session, KIND, subjects, keys=keys)
    if BY_PASSWORD.prove(session, official.login, password) is None:
        throttle.note_failure(session, KIND, subjects, keys=keys)
        _record_refusal(session, official, "password")
        return False
    throttle.forgive(session, KIND, subjects, keys=keys)
    return True


def plain(login: str) -> str:
    """A login as it is looked for and counted."""
    return " ".join(login.split())[:LONGEST_LOGIN].replace("\0", "")


def _counted(session: Session, login: str, address: str, device: str | None) -> dict[str, str]:
    """At what a mistake is counted. On a device of hers a new password is a new beginning, as it is elsewhere."""
    if device is None:
        return {"login": login, "address": address}
    found = select(Credential.password_set_at).join(Official, Official.official_id == Credential.official_id)
    since = session.scalar(found.where(Official.login == login.casefold()))
    return {"device": f"{device} {since.isoformat() if since is not None else ''}"}


def _record_entry(session: Session, official: Official, sign_in: SignIn) -> None:
    actor = actor_for(session, official)
    subject = Subject("official", official.official_id)
    detail = {"address": sign_in.address, "second_factor": sign_in.second_factor_at is not None}
    record(session, actor, Event.SIGNED_IN, subject, organisation_id=official.organisation_id, detail=detail)


def _record_refusal(session: Session, official: Official | None, what: str) -> None:
    # What was typed is not kept: it may be a password in the wrong field.
    subject = Subject("official", official.official_id if official is not None else None)
    organisation_id = official.organisation_id if official is not None else None
    record(
        session,
        Actor.system(organisation_id),
        Event.SIGN_IN_REFUSED,
        subject,
        organisation_id=organisation_id,
        detail={"what": what},
    )
