"""A lost tracking code is issued anew at the counter, to whoever shows an identity document. The one before is dead.

Of the document shown only its kind and last characters are kept: enough to find who asked, too little to misuse.
"""

from __future__ import annotations

from sqlalchemy.orm import Session

from edms.access.actor import Actor
from edms.access.permissions import Permission
from edms.access.policy import require
from edms.errors import Invalid, RuleBroken
from edms.events import Event, Subject, record
from edms.registry.card import clean
from edms.registry.models import Document
from edms.registry.words import IdentityPaper

FEWEST, MOST = 2, 4  # characters of the shown document's number that are kept


def reissue(session: Session, actor: Actor, document: Document, *, shown: IdentityPaper, last: str) -> None:
    """Issue the letter's next tracking code against an identity document; `last` are that document's last characters.

    Errors: RuleBroken for a letter that nobody follows from outside, Invalid for too few characters or too many.
    """
    require(actor, Permission.DOCUMENT_CORRECT, document)
    if not document.kind.comes_in:
        raise RuleBroken("registry.has_no_code", number=document.number)
    last = clean(last) or ""
    if not (last.isalnum() and FEWEST <= len(last) <= MOST):
        raise Invalid(fields={"last": "registry.last_characters"})
    document.tracking_issue += 1
    record(
        session,
        actor,
        Event.CODE_REISSUED,
        Subject("document", document.document_id, document_id=document.document_id),
        organisation_id=document.organisation_id,
        detail={"issue": document.tracking_issue, "shown": shown.value, "last": last},
        facts={"number": document.number, "issue": document.tracking_issue, "shown": shown.value},
    )
