"""The text of a draft and its versions."""

from __future__ import annotations

from edms import clock
from edms.access.actor import Actor
from edms.drafting.models import Draft, DraftVersion
from edms.errors import Invalid
from edms.registry.card import clean

LONGEST_TEXT = 200_000


def checked(text: str) -> str:
    """What was written, without what no paper holds. Errors: Invalid (text)."""
    text = clean(text) or ""
    if len(text) > LONGEST_TEXT:
        raise Invalid(fields={"text": "registry.text_too_long"})
    return text


def write(draft: Draft, actor: Actor, text: str) -> None:
    """Replace what nobody was shown; what was shown stays, and the next version begins."""
    last = draft.versions[-1]
    if last.content_id is None:
        last.text, last.saved_at, last.saved_by_id = text, clock.now(), actor.official_id or last.saved_by_id
        last.trouble, last.trouble_values = None, {}
        return
    draft.versions.append(version(draft, actor, last.ordinal + 1, text))


def version(draft: Draft, actor: Actor, ordinal: int, text: str) -> DraftVersion:
    """One more state of the text."""
    return DraftVersion(
        draft_id=draft.draft_id,
        ordinal=ordinal,
        text=text,
        saved_at=clock.now(),
        saved_by_id=actor.official_id or draft.author_id,
    )
