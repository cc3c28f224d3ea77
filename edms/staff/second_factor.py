"""The second factor: a code of a telephone app (TOTP, RFC 6238), set up by its owner, each code good once.

The secret is sealed with a key outside the database and bound to its owner. While it is being set up it stands in the
form, sealed, and in no table. A code of recovery, printed beforehand, does in its place (`recovery`). An administrator
can take a lost factor away, never set one for somebody.
"""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass

import pyotp
import segno
from sqlalchemy import select
from sqlalchemy.orm import Session

from edms import clock
from edms.access.actor import Actor
from edms.access.keys import Keys
from edms.access.permissions import Permission
from edms.access.policy import require
from edms.errors import Corrupt, Forbidden, Invalid, RuleBroken
from edms.events import Event, Subject, record
from edms.staff import recovery
from edms.staff.credentials import credential_of, require_step_up, revoke_all
from edms.staff.models import Credential, Official, SignIn
from edms.staff.officials import not_herself

STEP_SECONDS = 30
LATE_STEPS = 1  # a code of the step before or after is taken too: telephones' clocks differ
ISSUER = "EDMS"


@dataclass(frozen=True)
class Enrolment:
    """What the page of setting up shows, and the sealed secret that its form sends back."""

    secret: str  # typed by hand where no camera is
    address: str  # otpauth://…
    qr: str  # the address as a picture, a data: URI of SVG
    sealed: str


def begin(actor: Actor, official: Official, *, keys: Keys) -> Enrolment:
    """A new secret to be confirmed with its first code. Errors: Forbidden for others, or without step-up."""
    _own(actor, official)
    secret = pyotp.random_base32()
    sealed = base64.urlsafe_b64encode(keys.seal(secret.encode(), about=_about_enrolment(official))).decode()
    return _enrolment(official, secret, sealed)


def resume(actor: Actor, official: Official, sealed: str, *, keys: Keys) -> Enrolment:
    """The same secret again, after a code that was mistyped: the telephone has it already.

    Errors: Forbidden for others, or without step-up; RuleBroken when the form is not one of hers.
    """
    _own(actor, official)
    return _enrolment(official, _unsealed(official, sealed, keys).decode(), sealed)


def confirm(
    session: Session, actor: Actor, official: Official, sign_in: SignIn, *, sealed: str, code: str, keys: Keys
) -> None:
    """Take the secret once its code proves that the telephone has it; her other sessions end.

    Errors: Forbidden, Invalid on "code", RuleBroken when the form is too old or another's.
    """
    _own(actor, official)
    secret = _unsealed(official, sealed, keys)
    credential = credential_of(session, official)
    if credential is None:
        raise Forbidden
    step = _step_of(secret.decode(), code, after=None)
    if step is None:
        raise Invalid(fields={"code": "staff.code_wrong"})
    credential.totp_sealed = keys.seal(secret, about=_about(official))
    credential.totp_last_step, credential.recovery_used = step, 0
    sign_in.second_factor_at = clock.now()
    revoke_all(session, official, but=sign_in.sign_in_id)
    _record(session, actor, official, "set")


def take_away(session: Session, actor: Actor, official: Official) -> None:
    """Go back to the password alone: one's own factor, or by an administrator the lost one of somebody else.

    Errors: Forbidden, also without step-up; RuleBroken when there is none.
    """
    if actor.official_id != official.official_id:
        require(actor, Permission.PEOPLE_MANAGE, official.organisation)
        not_herself(actor, official)
    require_step_up(actor)
    credential = credential_of(session, official)
    if credential is None or credential.totp_sealed is None:
        raise RuleBroken("staff.second_factor_none")
    credential.totp_sealed = credential.totp_last_step = None
    _record(session, actor, official, "taken away")


def is_set(session: Session, official: Official) -> bool:
    """Does she enter a code when she signs in?"""
    credential = credential_of(session, official)
    return credential is not None and credential.totp_sealed is not None


def recovery_codes(session: Session, actor: Actor, official: Official, *, keys: Keys) -> list[recovery.Code]:
    """Her codes for the day on which the telephone is lost. Errors: Forbidden for others, or without step-up; RuleBroken."""
    _own(actor, official)
    credential = credential_of(session, official)
    if credential is None or credential.totp_sealed is None:
        raise RuleBroken("staff.second_factor_none")
    secret = keys.unseal(credential.totp_sealed, about=_about(official))
    return recovery.codes(secret, credential.recovery_used)


def accepts(session: Session, official: Official, code: str, *, keys: Keys) -> bool:
    """Is it her code of this half minute, or one of recovery, not used before? A code that is accepted is used up."""
    # Locked: of two requests with the same code one is accepted (RFC 6238, 5.2).
    credential = session.scalar(
        select(Credential)
        .where(Credential.official_id == official.official_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if credential is None or credential.totp_sealed is None:
        return False
    secret = keys.unseal(credential.totp_sealed, about=_about(official))
    step = _step_of(secret.decode(), code, after=credential.totp_last_step)
    if step is not None:
        credential.totp_last_step = step
        return True
    place = recovery.place_of(secret, credential.recovery_used, code)
    if place is None:
        return False
    credential.recovery_used |= 1 << place
    _record(session, Actor.system(official.organisation_id), official, "recovery code used")
    return True


def _step_of(secret: str, code: str, *, after: int | None) -> int | None:
    """The half minute whose code this is, later than `after`; None for a wrong or used one."""
    digits = "".join(code.split())
    if not (digits.isascii() and digits.isdigit()):
        return None
    present = int(clock.now().timestamp()) // STEP_SECONDS
    totp = pyotp.TOTP(secret)
    for step in range(present - LATE_STEPS, present + LATE_STEPS + 1):
        if (after is None or step > after) and pyotp.utils.strings_equal(totp.generate_otp(step), digits):
            return step
    return None


def _enrolment(official: Official, secret: str, sealed: str) -> Enrolment:
    issuer = official.organisation.name("en") or ISSUER
    address = pyotp.TOTP(secret).provisioning_uri(name=official.login, issuer_name=issuer)
    # Dark on light with its quiet zone, whatever the page's look: cameras read nothing else surely.
    picture = segno.make(address, error="m").svg_data_uri(scale=4, light="white")
    return Enrolment(secret, address, picture, sealed)


def _unsealed(official: Official, sealed: str, keys: Keys) -> bytes:
    try:
        return keys.unseal(base64.urlsafe_b64decode(sealed), about=_about_enrolment(official))
    except (Corrupt, binascii.Error, ValueError):
        raise RuleBroken("staff.second_factor_begin_again") from None


def _own(actor: Actor, official: Official) -> None:
    if actor.official_id != official.official_id:
        raise Forbidden
    require_step_up(actor)


def _about(official: Official) -> str:
    return f"second factor of {official.official_id}"


def _about_enrolment(official: Official) -> str:
    return f"enrolment of {official.official_id}"


def _record(session: Session, actor: Actor, official: Official, what: str) -> None:
    subject = Subject("official", official.official_id)
    record(
        session,
        actor,
        Event.SECOND_FACTOR_CHANGED,
        subject,
        organisation_id=official.organisation_id,
        detail={"what": what},
    )
