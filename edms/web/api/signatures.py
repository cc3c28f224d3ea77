"""What checks said about the signatures of letters and arrivals, with the evidence and the revision that was signed."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from edms.access.actor import Actor
from edms.overview import reading
from edms.registry import arrivals, contents, documents
from edms.registry.models import Content, Document
from edms.signing import proofs, verdict_lines
from edms.signing.models import VerdictLine
from edms.signing.proof_models import SignatureProof
from edms.signing.verdicts import Bottom, Form, Level, Over
from edms.web.api.layer import read
from edms.web.api.shapes import Page, Shown
from edms.web.desk import containers, verdicts
from edms.web.kit import t
from edms.web.kit.house import house


class ChangeShown(Shown):
    """Something that came after a signature, in words; `page` from 1 where it has one."""

    what: str
    text: str
    page: int | None


class StampShown(Shown):
    """One time stamp over a signature: what it lies over, when and by whom it was given, up to which root, does it hold."""

    over: Over
    bottom: Bottom
    sub_indication: str | None
    text: str
    at: datetime | None
    who: str | None
    issuers: list[str]
    valid_until: datetime | None


class SignatureShown(Shown):
    """One signature of a file: who, whether it holds (with the sub-indication of EN 319 102-1), since when it is proven."""

    bottom: Bottom
    sub_indication: str | None
    reason: str
    text: str
    form: Form
    level: Level | None
    who: str | None
    organisation: str | None
    issuer: str | None
    serial: str | None
    seal: bool
    proven_at: datetime | None
    claimed_at: datetime | None
    changed_after: bool
    changes: list[ChangeShown]
    covers: list[str]
    revision_length: int | None
    stamps: list[StampShown]


class FileVerdictShown(Shown):
    """The verdict on a file: the worst of its signatures, and each of them. The file is a paper, or came out of one."""

    content_id: int
    name: str
    bottom: Bottom
    sub_indication: str | None
    reason: str
    text: str
    level: Level | None
    who: list[str]
    proven_at: datetime | None
    changed_after: bool
    revision_length: int | None
    checked_at: datetime
    proven_until: datetime | None  # how long it proves itself; none: it does not, or nothing ends it
    renewed_by_id: int | None  # the content that carries its proof on
    signatures: list[SignatureShown]


@read("/documents/{document_id}/signatures")
def of_letter(session: Session, who: Actor, document_id: int) -> Page[FileVerdictShown]:
    """The verdicts on all that is signed among the papers of a letter, and in them."""
    document = documents.document_of(session, who, document_id)
    held = [place.content_id for place in contents.papers(session, document)]
    return _page(session, held)


@read("/arrivals/{arrival_id}/signatures")
def of_arrival(session: Session, who: Actor, arrival_id: int) -> Page[FileVerdictShown]:
    """The verdicts on all that is signed in what arrived."""
    content_id = arrivals.arrival_of(session, who, arrival_id).content_id
    return _page(session, [content_id] if content_id else [])


@read("/documents/{document_id}/contents/{content_id}/signed", media="application/octet-stream")
def signed(session: Session, who: Actor, document_id: int, content_id: int) -> Response:
    """The revision that was signed, where something came after it; 404 where nothing did."""
    content = _inside(session, reading.read(session, who, document_id), content_id)
    return verdicts.signed_part(house().store, content, verdict_lines.newest(session, content_id))


@read("/documents/{document_id}/contents/{content_id}/evidence")
def evidence(session: Session, who: Actor, document_id: int, content_id: int) -> Response:
    """All that the verdict rests on: certificates up to the trusted root, and the answers about revocation."""
    content = _inside(session, documents.document_of(session, who, document_id), content_id)
    return verdicts.evidence(content, verdict_lines.newest(session, content_id))


@read("/documents/{document_id}/contents/{content_id}/validation-report", media="application/xml")
def report(session: Session, who: Actor, document_id: int, content_id: int) -> Response:
    """The report of the check as other systems read it (ETSI TS 119 102-2)."""
    content = _inside(session, documents.document_of(session, who, document_id), content_id)
    return verdicts.report(content, verdict_lines.newest(session, content_id))


@read("/documents/{document_id}/contents/{content_id}/carried-on", media="application/octet-stream")
def carried_on(session: Session, who: Actor, document_id: int, content_id: int) -> Response:
    """A file that carries the proof of a signed paper on, as `proof.renewed_by_id` names it."""
    return verdicts.whole(house().store, _inside(session, reading.read(session, who, document_id), content_id))


@read("/documents/{document_id}/container", media="application/vnd.etsi.asic-e+zip", fails=(422,))
def container(who: Actor, document_id: int) -> Response:
    """The letter's papers and card as one container (ASiC-E) under a time stamp. Signing one asks for a person's PIN."""
    with house().transaction() as session:
        document, parts = containers.parts_of(session, reading.read(session, who, document_id), house().store)
    return containers.as_file(document, containers.stamp(parts))


def _inside(session: Session, document: Document, content_id: int) -> Content:
    held = [place.content_id for place in contents.papers(session, document, withdrawn=True)]
    return contents.inside(session, held, content_id)


def _page(session: Session, held: list[int]) -> Page[FileVerdictShown]:
    found = verdict_lines.within(session, held)
    lasting = proofs.of(session, [content.content_id for content, _ in found])
    return Page(items=[_shown(content, line, lasting.get(content.content_id)) for content, line in found])


def _shown(content: Content, line: VerdictLine, proof: SignatureProof | None) -> FileVerdictShown:
    return FileVerdictShown(
        content_id=content.content_id,
        name=content.name,
        bottom=line.bottom,
        sub_indication=line.sub_indication,
        reason=line.reason,
        text=t(line.reason),
        level=line.level,
        who=line.who,
        proven_at=line.proven_at,
        changed_after=line.changed_after,
        revision_length=line.revision_length,
        checked_at=line.checked_at,
        proven_until=proof.proven_until if proof is not None and proof.bottom is Bottom.PASSED else None,
        renewed_by_id=proof.renewed_by_id if proof is not None else None,
        signatures=[shown_signature(finding) for finding in line.findings],
    )


def shown_signature(finding: dict[str, Any]) -> SignatureShown:
    """One signature of a kept verdict."""
    own = {
        name: finding.get(name)
        for name in SignatureShown.model_fields
        if name not in ("text", "changes", "form", "stamps")
    }
    changes = [ChangeShown(what=w, text=t(w, page=page), page=page) for w, page in finding.get("changes", ())]
    form = Form(finding.get("form", Form.PADES))
    own["covers"], own["changed_after"] = list(finding.get("covers", ())), bool(finding.get("changed_after"))
    own["seal"] = bool(finding.get("seal"))
    return SignatureShown(
        text=t(finding["reason"]), changes=changes, form=form,
        stamps=[_stamp(each) for each in finding.get("stamps", ())], **own,
    )  # fmt: skip


def _stamp(told: dict[str, Any]) -> StampShown:
    named = {name: told.get(name) for name in StampShown.model_fields if name != "text"}
    return StampShown(text=t(told["reason"]), **named)
