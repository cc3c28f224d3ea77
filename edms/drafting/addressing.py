"""A draft's further addressees, and how its paper names them: up to four by name, more by a distribution list."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy.orm import Session

from edms.access.actor import Actor
from edms.access.permissions import Permission
from edms.access.policy import require
from edms.drafting import drafts
from edms.drafting.models import Draft, DraftKind, DraftState
from edms.drafting.paper.letter import Recipient
from edms.errors import RuleBroken
from edms.events import Event
from edms.registry.going_out import addressees
from edms.registry.going_out.models import Addressee

GO_OUT = (DraftKind.REPLY, DraftKind.LETTER)


def name_others(
    session: Session, actor: Actor, draft: Draft, named: Sequence[addressees.Named]
) -> list[Addressee]:  # fmt: skip
    """Let these be the further addressees. A page that was shown is of the past then: the next version begins.

    Errors: RuleBroken for a draft that is not being written, or that goes to nobody outside; Invalid.
    """
    require(actor, Permission.DRAFT_WRITE, draft)
    if draft.kind not in GO_OUT:
        raise RuleBroken("outgoing.stays_inside")
    if draft.state is not DraftState.WRITING:
        raise RuleBroken("drafting.not_in_writing")
    made = addressees.put(
        session, actor, named, organisation_id=draft.organisation_id, draft_ref=draft.draft_id
    )  # fmt: skip
    drafts.save(session, actor, draft, version=draft.version, text=draft.versions[-1].text)
    drafts.note(session, actor, Event.DRAFT_SAVED, draft)
    return made


def recipients(session: Session, draft: Draft) -> list[Recipient]:
    """Whom the paper names when there is more than one; empty where the one addressee stands with her address."""
    others = addressees.of_draft(session, draft.draft_id)
    if not others:
        return []
    first = [Recipient(draft.addressee)] if draft.addressee else []
    return [*first, *(Recipient(row.name, row.copy) for row in others)]
