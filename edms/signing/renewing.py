"""Carrying a proof on: one more time stamp over a signed file, before the last one's certificate or algorithm ends.

The signed file stays as it is; what comes of it is a content of its own, made from it, with its verdict. In three parts
like every step: read, work with no transaction open, write. Doing it twice, or dying in it, changes nothing.
"""

from __future__ import annotations

import asyncio
import io
from dataclasses import dataclass
from io import BytesIO

from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.signers.pdf_signer import PdfTimeStamper
from sqlalchemy import select
from sqlalchemy.orm import Session

from edms import clock
from edms.access.actor import Actor
from edms.errors import Corrupt, EdmsError
from edms.events import Event, Subject, record
from edms.registry import contents
from edms.registry.models import Content, Document
from edms.signing import asic_archiving, cades, checking, cms_archiving, raising, verdict_lines
from edms.signing.algorithms import Algorithms
from edms.signing.examination import examine
from edms.signing.outside import Outside
from edms.signing.proof_models import Renewal, SignatureProof
from edms.signing.trust import Roots
from edms.signing.verdicts import Bottom, Form, Level, Verdict
from edms.storage.port import ContentStore, Stored

LIMIT = 512 * 1024 * 1024
PDF = "application/pdf"


@dataclass(frozen=True)
class Work:
    """A file whose proof is to be carried on, free of the database."""

    content_id: int
    key: str
    signatures: int
    name: str = ""
    beside: tuple[tuple[str, str], ...] = ()  # name and key of what a signature without its file may be over


@dataclass(frozen=True)
class Renewed:
    """The same file with a further time stamp, stored, and our own verdict on it."""

    stored: Stored
    verdict: Verdict


def to_renew(session: Session, content_id: int) -> Work | None:
    """What there is to do, or None: gone, done already, or not on a letter."""
    row = session.get(SignatureProof, content_id)
    if row is None or row.renewal is Renewal.DONE or row.document_id is None:
        return None
    line = verdict_lines.newest(session, content_id)
    content = session.get_one(Content, content_id)
    beside = tuple((other.name, other.store_key) for other in checking.beside(session, content))
    return Work(
        content_id, content.store_key, len(line.findings) if line is not None else 0, content.name,
        beside if row.form is Form.CADES else (),
    )  # fmt: skip


def renew(
    work: Work, *, store: ContentStore, outside: Outside, roots: Roots, algorithms: Algorithms | None = None
) -> Renewed:
    """A further time stamp, and the look that anybody else would give it.

    Errors: Unavailable while the time-stamp authority or who answers for it is silent; Corrupt, RuleBroken when the
    file no longer holds, so that a further time stamp would prove nothing.
    """
    with store.open(work.key) as stream:
        before = stream.read()
    beside = _beside(work, before, store)
    if _stamps_itself(before):
        after = cms_archiving.carried_on(before, beside, name=work.name, outside=outside, roots=roots)
    else:
        further = asic_archiving.carried_on if before.startswith(b"PK") else further_stamp
        after = further(before, outside=outside, roots=roots)
    verdict = examine(after, roots, at=clock.now(), beside=beside, name=work.name, algorithms=algorithms)
    held = len(verdict.findings) == work.signatures or not work.signatures
    if verdict.bottom is not Bottom.PASSED or verdict.level is not Level.LTA or not held:
        raise Corrupt("signing.renewal_not_passed", reason=verdict.sub_indication or verdict.reason)
    return Renewed(store.put(io.BytesIO(after), limit=LIMIT), verdict)


def _stamps_itself(signed: bytes) -> bool:
    """Is it a CMS, alone or in a container of one file? Then the stamp becomes part of it."""
    if signed.startswith(b"PK"):
        return cms_archiving.lies_inside(signed)
    return b"%PDF-" not in signed[:1024] and cades.read(signed) is not None


def _beside(work: Work, signed: bytes, store: ContentStore) -> dict[str, bytes]:
    """The files that a CMS without its own may be over."""
    message = cades.read(signed) if work.beside and not signed.startswith(b"PK") else None
    found: dict[str, bytes] = {}
    if message is not None and cades.enveloped(message) is None:
        for name, key in work.beside:
            with store.open(key) as stream:
                found[name] = stream.read()
    return found


def further_stamp(before: bytes, *, outside: Outside, roots: Roots) -> bytes:
    """The same PDF with the answers about its last time stamp, and a new one over all. Its bytes go on, none changes."""
    context = raising.context(outside, roots)
    output = BytesIO(before)

    async def stamped() -> bytes:
        await PdfTimeStamper(outside.timestamper()).async_update_archival_timestamp_chain(
            PdfFileReader(output), context
        )
        return output.getvalue()

    after = asyncio.run(raising.run(stamped(), context))
    if not after.startswith(before):
        raise Corrupt("signing.bytes_changed")
    return after


def renewed(session: Session, content_id: int, made: Renewed, algorithms: Algorithms | None = None) -> None:
    """Keep it beside the old one, with its line in the history and in the ledger."""
    row = session.get(SignatureProof, content_id, with_for_update=True)
    if row is None or row.renewal is Renewal.DONE:
        return
    old, document = session.get_one(Content, content_id), session.get_one(Document, row.document_id)
    system = Actor.system(row.organisation_id)
    content = contents.enter(
        session, system, organisation_id=row.organisation_id, stored=made.stored, name=old.name,
        media_type=old.media_type, parent_id=_signed_file(session, old),
    )  # fmt: skip
    verdict_lines.keep(session, content, made.verdict, algorithms=algorithms)
    session.flush()
    fresh = session.get_one(SignatureProof, content.content_id)
    fresh.document_id, fresh.root_id = row.document_id, row.root_id
    row.renewal, row.renewed_by_id, row.trouble = Renewal.DONE, content.content_id, None
    row.tried_at = clock.now()
    record(
        session,
        system,
        Event.PROOF_RENEWED,
        Subject("content", content.content_id, document_id=document.document_id, content_id=content.content_id),
        organisation_id=row.organisation_id,
        detail={
            "name": old.name,
            "of": content_id,
            "until": fresh.proven_until.isoformat() if fresh.proven_until else None,
        },
        facts={"number": document.number, "of_sha256": old.sha256.hex(), "sha256": content.sha256.hex()},
    )


def _signed_file(session: Session, content: Content) -> int:
    """The file that was signed: what a content was made from that itself only carries a proof on."""
    made = select(SignatureProof.content_id).where(SignatureProof.renewed_by_id == content.content_id)
    return content.parent_id or content.content_id if session.scalar(made) is not None else content.content_id


def held_up(session: Session, content_id: int, error: EdmsError) -> None:
    """Note why it has to wait; the job comes again."""
    _trouble(session, content_id, Renewal.WAITING, error)


def failed(session: Session, content_id: int, error: EdmsError) -> None:
    """Note why it cannot be. The old file stays what it is."""
    _trouble(session, content_id, Renewal.FAILED, error)


def _trouble(session: Session, content_id: int, state: Renewal, error: EdmsError) -> None:
    row = session.get(SignatureProof, content_id, with_for_update=True)
    if row is not None and row.renewal is not Renewal.DONE:
        row.renewal, row.trouble, row.tried_at = state, error.message, clock.now()
        row.trouble_values = {name: str(value) for name, value in error.values.items()}
