"""Corrects what was noted of a letter at the counter, with a reason; the old values stay in the history.

What was said and whether there is an envelope stay as they were taken down; who opens it may be named anew while it is
closed (the person left, or another was meant).
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import flag_modified

from edms import clock
from edms.access.actor import Actor
from edms.access.permissions import Permission
from edms.access.policy import require
from edms.errors import Conflict, Invalid, RuleBroken
from edms.events import Event, Subject, record
from edms.registry import corrections, facts, readers
from edms.registry.card import check, clean
from edms.registry.intake import keeping
from edms.registry.intake.card import Intake, cleaned, wrong
from edms.registry.models import Document, Register
from edms.registry.words import Authorship, DocumentState
from edms.staff.models import Organisation


def correct(
    session: Session, actor: Actor, document: Document, *, authorship: Authorship, intake: Intake, reason: str,
    version: int,
) -> None:  # fmt: skip
    """Put `intake` and `authorship` in the place of what stands there. Nothing changed is no event.

    Errors: Invalid (fields, reason), Conflict on a stale edit, RuleBroken once the document is in its case file.
    """
    require(actor, Permission.DOCUMENT_CORRECT, document)
    if document.version != version:
        raise Conflict("error.stale")
    if document.state is DocumentState.FILED:
        raise RuleBroken("registry.filed_is_closed", number=document.number)
    if not (reason := clean(reason) or ""):
        raise Invalid(fields={"reason": "registry.reason_missing"})
    stands = keeping.as_intake(keeping.kept(session, document))
    opens = intake.opens_id if document.closed and intake.opens_id is not None else stands.opens_id
    intake = replace(cleaned(intake), envelope=stands.envelope, spoken=stands.spoken, opens_id=opens)
    book = session.get_one(Register, document.register_id)
    today = clock.today(session.get_one(Organisation, document.organisation_id).time_zone)
    card = replace(corrections.card_of(document), authorship=authorship)
    check(session, book, card, today, besides=wrong(session, book, card, intake, None, today))
    before, after = _told(document.authorship, stands), _told(authorship, intake)
    if before == after:
        return
    keeping.replace_all(session, document, intake)
    document.authorship = authorship
    flag_modified(document, "authorship")  # the letter is another one for whoever looked before, and is indexed anew
    if opens is not None and document.closed:
        readers.grant(document, [opens])
    changed = [name for name in before if before[name] != after[name]]
    record(
        session,
        actor,
        Event.DOCUMENT_CORRECTED,
        Subject("document", document.document_id, document_id=document.document_id),
        organisation_id=document.organisation_id,
        detail={
            "reason": reason,
            "before": {name: before[name] for name in changed},
            "after": {name: after[name] for name in changed},
        },
        facts={**facts.of(document), **keeping.facts(intake), "reason": reason},
    )


def _told(authorship: Authorship, intake: Intake) -> dict[str, Any]:
    """What stands there, as the history tells it."""
    plain = {name: facts.plain(getattr(intake, name)) for name in keeping.NOTED if name != "envelope"}
    return {
        "authorship": authorship.value,
        **plain,
        "parties": "; ".join(", ".join(filter(None, (each.name, each.address))) for each in intake.parties),
        "valuables": "; ".join(_line(each) for each in intake.valuables),
        "handed_to": [each.handed_to_id for each in intake.valuables if each.handed_to_id is not None],
    }


def _line(each: Any) -> str:
    money = f" {each.amount:.2f} {each.currency}" if each.amount is not None else ""
    return f"{each.what} × {each.count}{money}"
