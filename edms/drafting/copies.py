"""Certified copies: of documents of our own only (D414 art. 30), made of the signed paper without touching it."""

from __future__ import annotations

import io
import tempfile
from dataclasses import replace
from pathlib import Path
from urllib.parse import quote

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from edms import clock
from edms.access.actor import Actor
from edms.access.permissions import Permission
from edms.access.policy import require
from edms.drafting import joining
from edms.drafting.act import CheckPage
from edms.drafting.by_hand.signing import by_hand
from edms.drafting.pages import office_of
from edms.drafting.paper.copy import CopyPage, copy_mark, copy_page
from edms.errors import Invalid, RuleBroken
from edms.events import Event, Subject, record
from edms.registry import contents, issued, tracking
from edms.registry.card import clean
from edms.registry.going_out.models import CertifiedCopy
from edms.registry.models import Content, Document
from edms.registry.words import ContentRole
from edms.sandbox.run import Child
from edms.staff.models import Official, Organisation
from edms.storage.port import ContentStore

LIMIT = 400 * 1024 * 1024
LONGEST_NAME = 300


def certify(
    session: Session, actor: Actor, document: Document, *, issued_to: str | None, store: ContentStore,
    check_page: CheckPage | None = None,
) -> CertifiedCopy:  # fmt: skip
    """Make a copy on which the actor certifies that it is right.

    Errors: RuleBroken for a document that is not our own, not signed, or kept as a picture; Invalid.
    """
    require(actor, Permission.COPY_CERTIFY, document)
    if document.kind.comes_in or actor.official_id is None:
        raise RuleBroken("copies.only_own", number=document.number)
    original = issued.signed_bytes(session, document)
    if original is None:
        raise RuleBroken("registry.dispatch_needs_signature", number=document.number)
    to = clean(issued_to)
    if len(to or "") > LONGEST_NAME:
        raise Invalid(fields={"issued_to": "registry.text_too_long"})
    official = session.get_one(Official, actor.official_id)
    organisation = session.get_one(Organisation, document.organisation_id)
    last = select(func.max(CertifiedCopy.ordinal)).where(CertifiedCopy.document_id == document.document_id)
    ordinal = (session.scalar(last) or 0) + 1
    with store.open(original.store_key) as stream:
        signed = stream.read()
    speaks = document.language
    values = CopyPage(
        office=office_of(organisation, speaks),
        language=speaks,
        number=document.number,
        day=document.registered_on,
        subject=document.summary,
        sheets=0,
        ordinal=ordinal,
        name=official.name(speaks),
        post=official.post(speaks),
        certified_on=clock.today(organisation.time_zone),
        sha256=original.sha256.hex(),
        issued_to=to or "",
        proof=_proof(document, check_page),
        by_hand=bool(by_hand(session, [document.document_id])),
    )
    mark = copy_mark(speaks, joining.MARK_MM)
    _, sheets = _joined(signed, mark, mark, document)  # how many there are is printed on the last
    values = replace(values, sheets=sheets)
    made, _ = _joined(signed, mark, copy_page(values).pdf, document)
    content = contents.enter(
        session,
        actor,
        organisation_id=document.organisation_id,
        stored=store.put(io.BytesIO(made), limit=LIMIT),
        name=f"{document.number.replace('/', '-')} · {ordinal}.pdf",
        media_type="application/pdf",
        parent_id=original.content_id,
    )
    contents.attach(session, actor, document, content, ContentRole.COPY, dated_on=values.certified_on)
    return _kept(session, actor, document, values, content, original)


def copies_of(session: Session, document: Document) -> list[CertifiedCopy]:
    """The certified copies of a document that the caller may see."""
    found = select(CertifiedCopy).where(CertifiedCopy.document_id == document.document_id)
    return list(session.scalars(found.order_by(CertifiedCopy.ordinal)))


def _kept(
    session: Session, actor: Actor, document: Document, values: CopyPage, content: Content, original: Content
) -> CertifiedCopy:  # fmt: skip
    copy = CertifiedCopy(
        organisation_id=document.organisation_id,
        document_id=document.document_id,
        ordinal=values.ordinal,
        content_id=content.content_id,
        original_sha256=original.sha256,
        sheets=values.sheets,
        issued_to=values.issued_to or None,
        certified_on=values.certified_on,
        certified_at=clock.now(),
        certified_by_id=actor.official_id,
    )
    session.add(copy)
    session.flush()  # the event carries its id
    facts = {"number": document.number, "ordinal": values.ordinal, "sheets": values.sheets}
    record(
        session,
        actor,
        Event.COPY_CERTIFIED,
        Subject("copy", copy.certified_copy_id, document_id=document.document_id, content_id=content.content_id),
        organisation_id=document.organisation_id,
        detail={**facts, "issued_to": copy.issued_to},
        facts={**facts, "sha256": content.sha256.hex(), "original_sha256": original.sha256.hex()},
    )
    return copy


def _proof(document: Document, check_page: CheckPage | None) -> str:
    if check_page is None:
        return ""
    code = tracking.paper_code(check_page.key, document.register_id, document.year, document.serial)
    return f"{check_page.address}?n={quote(document.number)}&c={code}"


def _joined(signed: bytes, mark: bytes, last: bytes, document: Document) -> tuple[bytes, int]:
    """The copy and how many pages of it are the original's. A scan is anybody's file: it is opened in the sandbox only."""
    with tempfile.TemporaryDirectory(prefix="edms-copy-") as place:
        Path(place).chmod(0o755)
        paths = [Path(place) / name for name in ("original.pdf", "mark.pdf", "last.pdf")]
        for path, raw in zip(paths, (signed, mark, last), strict=True):
            path.write_bytes(raw)
            path.chmod(0o644)
        with Child("edms.drafting.joining:copied", paths) as child:
            said = list(child)
            if child.outcome.reason is not None or not said:
                raise RuleBroken("copies.not_a_pdf", number=document.number)
            with child.open(joining.MADE) as made:
                return made.read(), int(said[-1]["pages"])
