"""What reached the counter beside one sender with one scan: shown, the envelope opened, the spoken record confirmed or not."""

from __future__ import annotations

from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from edms.access.actor import Actor
from edms.overview import reading
from edms.registry import documents
from edms.registry.intake import acts, correcting, keeping
from edms.registry.models import Document
from edms.web.api.documents import DocumentShown
from edms.web.api.intake_given import IntakeCorrected, IntakeShown, PartyShown, SpokenShown, ValuableShown
from edms.web.api.layer import Match, change, read
from edms.web.api.shapes import Reason, shown
from edms.web.desk import intake_papers


@read("/documents/{document_id}/intake")
def show(session: Session, who: Actor, document_id: int) -> IntakeShown:
    """What was noted of a letter beside its card."""
    document = reading.read(session, who, document_id)
    kept = keeping.kept(session, document)
    given = ("document_id", "parties", "valuables", "spoken")
    noted = {
        name: getattr(kept.intake, name)
        for name in IntakeShown.model_fields
        if kept.intake is not None and name not in given
    }
    return IntakeShown(
        document_id=document.document_id,
        parties=[PartyShown.model_validate(each) for each in kept.parties],
        valuables=[ValuableShown.model_validate(each) for each in kept.valuables],
        spoken=_spoken(session, document, kept),
        **noted,
    )


@change("/documents/{document_id}/intake", "PUT")
def correct(session: Session, who: Actor, document_id: int, body: IntakeCorrected, match: Match) -> DocumentShown:
    """Correct what was noted beside the card, with a reason. Envelope and spoken record stay as they were taken down;
    who opens a closed envelope may be named anew."""
    document = documents.document_of(session, who, document_id, lock=True)
    match.check(session, document)
    correcting.correct(
        session, who, document, authorship=body.authorship, intake=body.intake.intake(), reason=body.reason,
        version=document.version,
    )  # fmt: skip
    return shown(session, DocumentShown, document)


@change("/documents/{document_id}/open-envelope")
def open_envelope(session: Session, who: Actor, document_id: int, match: Match) -> DocumentShown:
    """Open a closed envelope: only whom its card names. From then on a scan may join."""
    document = documents.document_of(session, who, document_id, lock=True)
    match.check(session, document)
    acts.open_envelope(session, who, document)
    return shown(session, DocumentShown, document)


@change("/documents/{document_id}/not-signed")
def not_signed(session: Session, who: Actor, document_id: int, body: Reason, match: Match) -> DocumentShown:
    """Note that the citizen did not sign the record of what was said, and why."""
    document = documents.document_of(session, who, document_id, lock=True)
    match.check(session, document)
    acts.refuse(session, who, document, reason=body.reason)
    return shown(session, DocumentShown, document)


@read("/documents/{document_id}/record", media="application/pdf")
def record(document_id: int) -> Response:
    """The record of what was said as PDF, for the citizen's signature."""
    return intake_papers.record(document_id)


def _spoken(session: Session, document: Document, kept: keeping.Kept) -> SpokenShown | None:
    if kept.spoken is None:
        return None
    own = {name: getattr(kept.spoken, name) for name in SpokenShown.model_fields if name != "signed"}
    return SpokenShown(signed=acts.is_signed(session, document), **own)
