"""How each person is told of what: on the desk always; by mail at once or once a day where she chose so, kind by kind."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from sqlalchemy.orm import Session

from edms.access.actor import Actor
from edms.errors import Invalid
from edms.notices.models import Rhythm
from edms.staff.models import Official
from edms.staff.officials import change_own
from edms.terms import Cause

PREFERENCE = "notices"
DESK = "desk"  # on the desk alone


class NoticeKind(StrEnum):
    """What a line is about, as somebody chooses who wants to be told by mail."""

    WORK = "work"  # something waits for her
    TERMS = "terms"  # reminders, longer and refused terms
    RESULTS = "results"  # what became of what she asked, wrote or sent
    FOLLOWED = "followed"  # letters that she follows, and comments
    SERVICE = "service"  # her questions about the service; for an administrator those of others


_OF = {
    NoticeKind.WORK: (
        "acquaint_asked", "arrival_joined", "assignment_opened", "case_opened_yearly", "case_step_handed", "case_step_opened", "case_step_returned", "assignment_returned", "conflict_declared", "disposal_proposed", "document_registered",
        "document_submitted", "draft_handed_to_you", "draft_refused", "draft_sent_to_sign", "draft_sent_to_visas",
        "extension_asked", "handed_to_you", "opinion_asked", "paper_handed", "resolution_changed", "resolution_issued",
        "signature_asked", "signature_left_to_you", "submission_given_back", "visa_remarked", "work_given_back",
    ),
    NoticeKind.TERMS: (
        "assignment_reminded", "case_lapsed", "case_limit_near", "case_reminded", "control_late", "control_near", *(f"control_stands.{cause}" for cause in Cause), "extension_granted", "extension_refused", "given_back_near",
        "legal_term_extended", "term_resumed", "term_suspended", "opinion_late", "opinion_near", "opinion_missing", "staff_late", "work_late", "work_near", "work_stands",
    ),
    NoticeKind.RESULTS: (
        "assignment_accepted", "assignment_reported", "closing_proposed", "control_removed", "dispatch_failed",
        "dispatch_returned", "disposal_approved", "disposal_case_kept", "disposal_cools_anew", "disposal_done", "disposal_withdrawn", "document_signed", "dispatch_registered_there", "draft_handed_on", "draft_mark_raised", "draft_not_printed", "draft_taken_back", "draft_withdrawn", "hand_printed", "hand_unsigned", "handed_from_you", "handed_on", "journal_failed", "journal_ready", "mailing_made", "opinion_given",
        "opinion_withdrawn", "own_resolution_cancelled", "own_resolution_changed", "paper_received", "paper_refused",
        "resolution_cancelled", "resolution_entered", "signature_delegated", "signature_expired", "signature_failed",
        "signature_made", "signing_called_off", "table_failed", "table_ready", "transfer_packed", "transfer_stuck", "visa_agreed", "work_released",
    ),
    NoticeKind.FOLLOWED: ("comment_written", "followed", "search_answered"),
    NoticeKind.SERVICE: ("question_answered", "question_asked"),
}  # fmt: skip
KIND_OF: Mapping[str, NoticeKind] = {f"notices.{name}": kind for kind, names in _OF.items() for name in names}
"""Message id to its kind. One that is not here yet is told as a result."""

# Nobody who chose nothing gets more than one mail a day, and that of terms alone: what is late must reach her.
USUAL: Mapping[NoticeKind, Rhythm | None] = {NoticeKind.TERMS: Rhythm.DAILY}


def kind_of(message: str) -> NoticeKind:
    """What a line is about."""
    return KIND_OF.get(message, NoticeKind.RESULTS)


def rhythm_of(official: Official, message: str) -> Rhythm | None:
    """Whether this line also goes by mail; None: it stays on the desk, as for everybody without an address."""
    return chosen(official)[kind_of(message)] if official.email else None


def chosen(official: Official) -> dict[NoticeKind, Rhythm | None]:
    """Her choice for each kind, or what is usual."""
    kept = official.preferences.get(PREFERENCE) or {}
    return {kind: _rhythm(kept[kind.value]) if kind.value in kept else USUAL.get(kind) for kind in NoticeKind}


def choose(session: Session, actor: Actor, official: Official, choices: Mapping[str, str]) -> None:
    """Her own choice, kind to "desk", "now" or "daily"; what is not named stays. Errors: Forbidden, Invalid."""
    allowed = {DESK, *(rhythm.value for rhythm in Rhythm)}
    wrong = {kind: "field.not_a_choice" for kind, choice in choices.items() if choice not in allowed}
    if wrong or set(choices) - {kind.value for kind in NoticeKind}:
        raise Invalid(fields=wrong)
    kept = {**(official.preferences.get(PREFERENCE) or {}), **choices}
    change_own(session, actor, official, preferences={**official.preferences, PREFERENCE: kept})


def _rhythm(choice: object) -> Rhythm | None:
    return Rhythm(str(choice)) if choice in set(Rhythm) else None
