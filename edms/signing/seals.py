"""The organisation's seal: a certificate of its own beside the personal signatures (EDL art. 4: a body's qualified seal).

It is chosen like an official's key and kept like one. Who may set it stands in the policy table; its PIN is given by
her in the same act and kept nowhere. A file is sealed to B-LTA in one go or not at all: where the time authority is
silent there is no sealed file, and nothing waits half done.
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from edms import clock
from edms.access.actor import Actor
from edms.access.keys import Keys
from edms.access.permissions import Permission
from edms.access.policy import require
from edms.errors import Conflict, Corrupt, EdmsError, RuleBroken
from edms.events import Event, Subject, record
from edms.registry import contents
from edms.registry.models import Content
from edms.signing import container, pins, verdict_lines
from edms.signing.algorithms import Algorithms
from edms.signing.examination import examine
from edms.signing.key_folder import Held, KeyFolder
from edms.signing.keys import Card, Signer
from edms.signing.models import VerdictLine
from edms.signing.outside import Outside
from edms.signing.pins import Transaction
from edms.signing.raising import raise_to_lta
from edms.signing.tokens import Token
from edms.signing.trust import Roots
from edms.signing.verdicts import Bottom, Form, Level, Verdict
from edms.staff.credentials import require_step_up
from edms.staff.models import Organisation
from edms.storage.port import ContentStore

LIMIT = 400 * 1024 * 1024


@dataclass(frozen=True)
class Signed:
    """A page whose container holds the seal's signature at B-B: nothing that anybody outside sees."""

    pdf: bytes
    start: int
    end: int
    signature: bytes
    field: str


@dataclass(frozen=True)
class Sealed:
    """A sealed file at B-LTA and our own verdict on it."""

    pdf: bytes
    verdict: Verdict


def may_manage(actor: Actor, organisation: Organisation) -> None:
    """Refuse who may not choose the seal, or was not asked for her password. Errors: Forbidden."""
    require(actor, Permission.SEAL_MANAGE, organisation)
    require_step_up(actor)


def install(session: Session, actor: Actor, organisation: Organisation, held: Held, *, folder: KeyFolder) -> Card:
    """Take the key that was looked at (`edms.signing.choosing`, with no transaction open) as the seal.

    Errors: Forbidden; RuleBroken when the certificate is a person's.
    """
    may_manage(actor, organisation)
    if not held.card.seal:
        raise RuleBroken("seal.of_a_person", name=held.card.name)
    _changed(session, actor, organisation, "installed", held.card)
    session.flush()
    return folder.put(organisation.organisation_id, held)


def take_away(session: Session, actor: Actor, organisation: Organisation, *, folder: KeyFolder) -> None:
    """Take the seal out of the house. What it sealed stays sealed. Errors: Forbidden, RuleBroken when there is none."""
    may_manage(actor, organisation)
    card = folder.card(organisation.organisation_id)
    if card is None:
        raise RuleBroken("seal.none")
    _changed(session, actor, organisation, "taken away", card)
    session.flush()
    folder.remove(organisation.organisation_id)


def may_set(actor: Actor, organisation: Organisation) -> None:
    """Refuse who may not seal for the organisation, or was not asked for her password. Errors: Forbidden."""
    require(actor, Permission.SEAL_SET, organisation)
    require_step_up(actor)


def signed(
    transaction: Transaction, actor: Actor, organisation_id: int, pdf: bytes, *, pin: str, signer: Signer, keys: Keys
) -> Signed:
    """The seal's signature over the page, made with no transaction open.

    Errors: Forbidden; Invalid for a wrong PIN, which is counted, and when the bytes are no PDF; RuleBroken, Unavailable
    of the key; TooManyAttempts.
    """
    with transaction() as session:
        organisation = session.get_one(Organisation, organisation_id)
        may_set(actor, organisation)
        name = organisation.name(organisation.language)
    fields = container.signature_fields(pdf)
    (field,) = container.free_fields(fields)
    # The first signature on a paper certifies that nothing but time stamps and validation data may follow.
    later: dict[str, container.Box | None] | None = None if any(fields.values()) else {}
    reserved = container.reserve(pdf, field=field, at=clock.now(), name=name, later=later)
    made = _made(transaction, organisation_id, reserved.digest, pin, signer, keys, Form.PADES)
    return Signed(reserved.pdf, reserved.start, reserved.end, made, field)


def beside(
    transaction: Transaction, actor: Actor, organisation_id: int, digest: bytes, *, pin: str, signer: Signer, keys: Keys
) -> bytes:
    """The seal's signature beside a file (CAdES B-B), by the file's hash; errors as of `signed`."""
    with transaction() as session:
        may_set(actor, session.get_one(Organisation, organisation_id))
    return _made(transaction, organisation_id, digest, pin, signer, keys, Form.CADES)


def _made(
    transaction: Transaction, organisation_id: int, digest: bytes, pin: str, signer: Signer, keys: Keys, form: Form
) -> bytes:
    def one() -> bytes:
        (made,) = signer.sign([digest], pin=pin, at=clock.now(), form=form)
        if isinstance(made, EdmsError):
            raise made
        return made

    return pins.counted(transaction, pin_of(organisation_id), one, keys=keys, token=isinstance(signer, Token))


def finished(
    made: Signed, *, outside: Outside, roots: Roots, at: datetime, algorithms: Algorithms | None = None
) -> Sealed:
    """Raised to B-LTA and judged as anybody else would; no transaction is needed. Errors: Unavailable, RuleBroken, Corrupt."""
    raised = raise_to_lta(
        made.pdf, made.start, made.end, made.signature, field=made.field, outside=outside, roots=roots
    )
    verdict = examine(raised.pdf, roots, at=at, algorithms=algorithms)
    if verdict.bottom is not Bottom.PASSED or verdict.level is not Level.LTA:
        raise Corrupt("signing.own_signature_not_passed", reason=verdict.sub_indication or verdict.reason)
    return Sealed(raised.pdf, verdict)


def keep(
    session: Session, actor: Actor, organisation: Organisation, content: Content, made: Sealed, *, store: ContentStore,
    name: str, document_id: int | None = None, algorithms: Algorithms | None = None,
) -> Content:  # fmt: skip
    """The sealed file as a content of its own beside the one that was sealed, with its verdict and its line in the history.

    Errors: Forbidden; Conflict when it was sealed meanwhile.
    """
    may_set(actor, organisation)
    session.get_one(Content, content.content_id, with_for_update=True)
    if sealed_of(session, content) is not None:
        raise Conflict("seal.sealed_already")
    stored = store.put(io.BytesIO(made.pdf), limit=LIMIT)
    kept = contents.enter(
        session, actor, organisation_id=organisation.organisation_id, stored=stored, name=name,
        media_type="application/pdf", parent_id=content.content_id,
    )  # fmt: skip
    verdict_lines.keep(session, kept, made.verdict, algorithms=algorithms)
    record(
        session,
        actor,
        Event.CONTENT_SEALED,
        Subject("content", kept.content_id, document_id=document_id, content_id=kept.content_id),
        organisation_id=organisation.organisation_id,
        detail={"who": list(made.verdict.who), "level": Level.LTA.value, "of": content.content_id},
    )
    return kept


def sealed_of(session: Session, content: Content) -> Content | None:
    """The sealed file that was made of a content; the caller has seen that it may be read."""
    found = (
        select(Content)
        .join(VerdictLine, VerdictLine.content_id == Content.content_id)
        .where(Content.parent_id == content.content_id, VerdictLine.findings.contains([{"seal": True}]))
    )
    return session.scalar(found.limit(1))


def pin_of(organisation_id: int) -> str:
    """For whom tries of the seal's PIN are counted (`pins`)."""
    return f"seal {organisation_id}"


def _changed(session: Session, actor: Actor, organisation: Organisation, what: str, card: Card) -> None:
    record(
        session,
        actor,
        Event.SEAL_CHANGED,
        Subject("organisation", organisation.organisation_id),
        organisation_id=organisation.organisation_id,
        detail={"what": what, "issuer": card.issuer, "serial": card.serial, "fingerprint": card.fingerprint},
    )
