"""All that one person holds: for whoever leads her, or for herself, before it goes to others."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from sqlalchemy import Select, exists, or_, select
from sqlalchemy.orm import Session

from edms import clock
from edms.access.actor import Actor
from edms.access.scope import visible
from edms.drafting import handing_over as of_drafts
from edms.drafting.models import Draft, DraftState, Signatory, Visa, VisaState
from edms.errors import NotFound
from edms.overview.line import LetterLine, lines_of, of_work, with_inner
from edms.registry.intake.keeping import waits_for
from edms.registry.intake.models import DocumentIntake
from edms.registry.models import Document
from edms.routing import handing_over as of_letters
from edms.routing.handing_over import Change
from edms.routing.models import (
    Assignment,
    Control,
    Resolution,
    ResolutionState,
    Submission,
    SubmissionState,
    judged_by,
)
from edms.routing.originals import handing as of_papers
from edms.routing.originals.models import PaperOriginal
from edms.routing.turns import UNFINISHED
from edms.staff.models import Official

MOST = 500


class Kind(StrEnum):
    """The kinds of things that somebody holds, in the order in which they are shown."""

    SUBMISSION = "submission"
    ASSIGNMENT = "assignment"
    RESOLUTION = "resolution"  # her word, under which others work
    VISA = "visa"
    SIGNATURE = "signature"
    DRAFT = "draft"
    CONTROL = "control"
    PAPER = "paper"
    ENVELOPE = "envelope"  # closed, and hers to open


@dataclass(frozen=True)
class Held:
    """One thing: a letter's line, or a draft."""

    kind: Kind
    ident: int
    line: LetterLine | None = None
    draft: Draft | None = None


def holding(session: Session, actor: Actor, official: Official) -> dict[Kind, list[Held]]:
    """What lies with her, by kind; of letters and drafts about letters only what the actor may see.

    Errors: Forbidden to who neither leads her nor is she.
    """
    of_letters.require_may(session, actor, official)
    held = {kind: _letters(session, actor, kind, official.official_id) for kind in _LETTERS}
    held |= {kind: _drafts(session, actor, kind, official.official_id) for kind in _DRAFTS}
    return {kind: held[kind] for kind in Kind if held[kind]}


def move(session: Session, actor: Actor, kind: Kind, ident: int, change: Change) -> None:
    """Hand over one thing. Errors: NotFound for what the actor may not see; as each room's own act for the rest."""
    thing = _thing(session, actor, kind, ident)
    _ACTS[kind](session, actor, thing, change)


def _thing(session: Session, actor: Actor, kind: Kind, ident: int) -> Any:
    if kind in _LETTERS:
        table, key = _KEYS[kind]
        letter = select(table).join(Document, Document.document_id == table.document_id)
        thing = session.scalar(letter.where(key == ident, visible(actor, Document.readers)))
    elif kind is Kind.VISA:
        visa = select(Visa).join(Draft, Draft.draft_id == Visa.draft_id).where(Visa.visa_id == ident)
        thing = session.scalar(_seen(visa, actor).with_for_update(of=(Visa, Draft)))
    else:
        draft = select(Draft).where(Draft.draft_id == ident)
        thing = session.scalar(_seen(draft, actor).with_for_update(of=Draft))
    if thing is None:
        raise NotFound
    return thing


def _letters(session: Session, actor: Actor, kind: Kind, official_id: int) -> list[Held]:
    table, key = _KEYS[kind]
    found = (
        select(table, Document)
        .join(Document, Document.document_id == table.document_id)
        .where(_LETTERS[kind](official_id), visible(actor, Document.readers))
        .order_by(key)
        .limit(MOST)
    )
    rows = session.execute(found).all()
    today = clock.today(actor.time_zone)
    lines = lines_of(session, [document for _, document in rows], today)
    return [
        Held(kind, getattr(thing, key.key), _line(line, thing, today))
        for (thing, _), line in zip(rows, lines, strict=True)
    ]


def _line(line: LetterLine, thing: Any, today: date) -> LetterLine:
    if isinstance(thing, Assignment):
        return of_work(line, thing, today)
    return with_inner(line, getattr(thing, "due_on", None), today)


def _drafts(session: Session, actor: Actor, kind: Kind, official_id: int) -> list[Held]:
    if kind is Kind.VISA:
        visas = select(Visa).join(Draft, Draft.draft_id == Visa.draft_id).where(_DRAFTS[kind](official_id))
        found = session.scalars(_seen(visas, actor).order_by(Visa.visa_id).limit(MOST))
        return [Held(kind, visa.visa_id, draft=visa.draft) for visa in found]
    drafts = _seen(select(Draft).where(_DRAFTS[kind](official_id)), actor)
    return [Held(kind, d.draft_id, draft=d) for d in session.scalars(drafts.order_by(Draft.draft_id).limit(MOST))]


def _seen(found: Select[Any], actor: Actor) -> Select[Any]:
    """Drafts of the actor's office, but none about a letter that she may not see."""
    return found.outerjoin(Document, Document.document_id == Draft.in_reply_to_id).where(
        Draft.organisation_id == actor.organisation_id,
        or_(Draft.in_reply_to_id.is_(None), visible(actor, Document.readers)),
    )


_KEYS: dict[Kind, tuple[Any, Any]] = {
    Kind.SUBMISSION: (Submission, Submission.submission_id),
    Kind.ASSIGNMENT: (Assignment, Assignment.assignment_id),
    Kind.RESOLUTION: (Resolution, Resolution.resolution_id),
    Kind.CONTROL: (Control, Control.control_id),
    Kind.PAPER: (PaperOriginal, PaperOriginal.document_id),
    Kind.ENVELOPE: (DocumentIntake, DocumentIntake.document_id),
}
_LETTERS: dict[Kind, Callable[[int], Any]] = {
    Kind.SUBMISSION: lambda one: (Submission.official_id == one) & (Submission.state == SubmissionState.WAITING),
    Kind.ASSIGNMENT: lambda one: (Assignment.official_id == one) & Assignment.state.in_(UNFINISHED),
    Kind.RESOLUTION: lambda one: judged_by([one]) & (Resolution.state == ResolutionState.OPEN),
    Kind.CONTROL: lambda one: (Control.put_by_id == one) & Control.removed_at.is_(None),
    Kind.PAPER: lambda one: PaperOriginal.holder_id == one,
    Kind.ENVELOPE: lambda one: waits_for([one]),
}
_DRAFTS: dict[Kind, Callable[[int], Any]] = {
    Kind.VISA: lambda one: (
        (Visa.official_id == one)
        & Visa.state.in_((VisaState.ASKED, VisaState.WAITING))
        & (Draft.state == DraftState.VISAS)
    ),
    Kind.SIGNATURE: lambda one: (
        exists().where(
            Signatory.draft_id == Draft.draft_id,
            Signatory.official_id == one,
            Signatory.state.in_(of_drafts.LIES_WITH),
        )
        & Draft.state.in_(of_drafts.UNFINISHED)
    ),
    Kind.DRAFT: lambda one: (Draft.author_id == one) & (Draft.state.in_(of_drafts.UNFINISHED)),
}
_ACTS: dict[Kind, Callable[[Session, Actor, Any, Change], None]] = {
    Kind.SUBMISSION: of_letters.submission,
    Kind.ASSIGNMENT: of_letters.assignment,
    Kind.RESOLUTION: of_letters.resolution,
    Kind.CONTROL: of_letters.control,
    Kind.PAPER: of_papers.hand_over,
    Kind.ENVELOPE: of_letters.envelope,
    Kind.VISA: of_drafts.visa,
    Kind.SIGNATURE: of_drafts.signature,
    Kind.DRAFT: of_drafts.draft,
}
