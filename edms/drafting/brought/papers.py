"""A PDF that somebody brings to be signed here: kept as it came, made plain in the sandbox, both laid side by side.

What acts, hides or can be filled in is never signed. The plain copy shows what the first showed; where it does not,
dot by dot, its author must have seen the places and agreed before anybody is asked to sign.
"""

from __future__ import annotations

import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from edms import clock
from edms.access.actor import Actor
from edms.access.permissions import Permission
from edms.access.policy import require
from edms.drafting import texts
from edms.drafting.brought import making
from edms.drafting.brought.models import BroughtPaper
from edms.drafting.models import Draft, DraftSource, DraftState
from edms.errors import Invalid, NotFound, RuleBroken
from edms.events import Event, Subject, record
from edms.jobs import Kind, defer
from edms.registry import contents
from edms.registry.models import Content
from edms.sandbox.limits import Limits
from edms.sandbox.run import Child
from edms.storage.port import ContentStore, Stored

LIMIT = 256 * 1024 * 1024
AFTER_SCANS = -10_000
_LIMITS = Limits(cpu_seconds=120, wall_seconds=240.0)
MEDIA = "application/pdf"


@dataclass(frozen=True)
class Brought:
    """A PDF and its plain copy in the store, belonging to nobody yet."""

    name: str
    original: Stored
    plain: Stored | None  # None: it was plain
    pages: int
    found: list[str]
    places: list[dict[str, Any]]
    unseen: list[dict[str, Any]]


def looked_over(store: ContentStore, original: Stored, name: str) -> Brought:
    """Make the plain copy and compare, with no transaction open.

    Errors: Invalid (file) for what is no PDF, is signed or locked, or cannot be made plain; it says which.
    """
    with tempfile.TemporaryDirectory(prefix="edms-brought-") as place:
        Path(place).chmod(0o755)
        path = Path(place, "brought.pdf")
        with store.open(original.key) as source, path.open("wb") as target:
            shutil.copyfileobj(source, target)
        path.chmod(0o644)
        with Child("edms.drafting.brought.making:made", [path], limits=_LIMITS) as child:
            said = list(child)
            reason = child.outcome.reason
            if reason is not None or not said:
                reason = reason or "signing.not_a_pdf"
                raise Invalid(reason, fields={"file": reason}, **child.outcome.values)
            told = said[-1]
            plain = None
            if told["found"]:
                with child.open(making.MADE) as made:
                    plain = store.put(made, limit=LIMIT)
    return Brought(name, original, plain, told["pages"], told["found"], told["places"], told["unseen"])


def with_sheet(plain: bytes, sheet: bytes) -> bytes:
    """The plain copy with the sheet for the signatures after its pages. Errors: RuleBroken."""
    with tempfile.TemporaryDirectory(prefix="edms-brought-") as place:
        Path(place).chmod(0o755)
        paths = [Path(place, name) for name in ("plain.pdf", "sheet.pdf")]
        for path, raw in zip(paths, (plain, sheet), strict=True):
            path.write_bytes(raw)
            path.chmod(0o644)
        with Child("edms.drafting.brought.making:with_sheet", paths, limits=_LIMITS) as child:
            said = list(child)
            if child.outcome.reason is not None or not said:
                raise RuleBroken("brought.not_joined")
            with child.open(making.MADE) as made:
                return made.read()


def bring(session: Session, actor: Actor, draft: Draft, brought: Brought) -> BroughtPaper:
    """Let the draft's paper be this file, in place of what was written or brought before; older versions keep theirs.

    Errors: RuleBroken once it lies with visas or the signer, or where its paper is made of a Word template.
    """
    _require_writing(actor, draft)
    if draft.source is DraftSource.WORD:
        raise RuleBroken("brought.made_of_word")
    draft.source = DraftSource.PDF
    last = draft.versions[-1]
    if last.text or last.content_id is not None:
        draft.versions.append(texts.version(draft, actor, last.ordinal + 1, ""))
    last.trouble, last.trouble_values = None, {}
    return _keep(session, actor, draft, brought)


def agree(session: Session, actor: Actor, draft: Draft, paper: BroughtPaper) -> None:
    """Its author saw both beside each other and takes the plain one for what is to be signed."""
    _require_writing(actor, draft)
    if not paper.waits:
        return
    paper.agreed_at, paper.agreed_by_id = clock.now(), actor.official_id
    _note(session, actor, Event.PDF_AGREED, draft, paper, {"places": len(paper.places), "unseen": len(paper.unseen)})


def of_draft(session: Session, draft: Draft) -> BroughtPaper | None:
    """The paper that counts: the newest that was brought. The caller has seen that the draft may be read."""
    found = select(BroughtPaper).where(BroughtPaper.draft_id == draft.draft_id)
    return session.scalar(found.order_by(BroughtPaper.brought_paper_id.desc()).limit(1))


def paper_of(session: Session, draft: Draft) -> BroughtPaper:
    """The same. Errors: NotFound for a draft that was written here."""
    paper = of_draft(session, draft)
    if paper is None:
        raise NotFound
    return paper


def require_agreed(session: Session, draft: Draft) -> None:
    """Refuse to ask anybody for a signature on what looks otherwise and was not agreed to. Errors: RuleBroken."""
    if waits(session, draft):
        raise RuleBroken("brought.not_agreed")


def waits(session: Session, draft: Draft) -> bool:
    """Must its author look at two papers beside each other first?"""
    paper = of_draft(session, draft) if draft.source is DraftSource.PDF else None
    return paper is not None and paper.waits


def _require_writing(actor: Actor, draft: Draft) -> None:
    require(actor, Permission.DRAFT_WRITE, draft)
    if draft.state is not DraftState.WRITING:
        raise RuleBroken("drafting.not_in_writing")


def _keep(session: Session, actor: Actor, draft: Draft, brought: Brought) -> BroughtPaper:
    where = draft.organisation_id
    original = contents.enter(
        session, actor, organisation_id=where, stored=brought.original, name=brought.name, media_type=MEDIA
    )
    plain = original
    if brought.plain is not None:
        plain = contents.enter(
            session, actor, organisation_id=where, stored=brought.plain, name=brought.name, media_type=MEDIA,
            parent_id=original.content_id,
        )  # fmt: skip
    paper = BroughtPaper(
        organisation_id=where,
        draft_id=draft.draft_id,
        original_content_id=original.content_id,
        plain_content_id=plain.content_id,
        pages=brought.pages,
        found=brought.found,
        places=brought.places,
        unseen=brought.unseen,
        brought_at=clock.now(),
        brought_by_id=actor.official_id or draft.author_id,
    )
    session.add(paper)
    session.flush()  # the event carries its id
    for content in dict.fromkeys((original, plain)):
        defer(session, Kind.LOOK_INSIDE, content.content_id, priority=AFTER_SCANS)
    _note(session, actor, Event.PDF_BROUGHT, draft, paper, {"name": brought.name, "found": brought.found})
    return paper


def _note(
    session: Session, actor: Actor, event: Event, draft: Draft, paper: BroughtPaper, detail: dict[str, Any]
) -> None:  # fmt: skip
    original, plain = (session.get_one(Content, one) for one in (paper.original_content_id, paper.plain_content_id))
    record(
        session,
        actor,
        event,
        Subject("draft", draft.draft_id, document_id=draft.in_reply_to_id, content_id=plain.content_id),
        organisation_id=draft.organisation_id,
        detail={"subject": draft.subject, **detail},
        facts={
            "original_sha256": original.sha256.hex(),
            "sha256": plain.sha256.hex(),
            "pages": paper.pages,
            "places": len(paper.places),
            "unseen": len(paper.unseen),
        },
    )
