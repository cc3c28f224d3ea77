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
from edms.registry import corrected, corrections, facts, readers
from edms.registry.card import check
from edms.registry.intake import keeping
from edms.registry.intake.card import Intake, cleaned, wrong
from edms.registry.models import Document, Register
from edms.registry.words import Authorship
from edms.staff.models import Organisation


def correct(
    session: Session, actor: Actor, document: Document, *, authorship: Authorship, intake: Intake, reason: str,
    version: int,
) -> None:  # fmt: skip
    """Put `intake` and `authorship` in the place of what stands there. Nothing changed is no event.

    Errors: Invalid (fields, reason), Conflict on a stale edit, RuleBroken once the document is in its case file.
    """
    corrections.require_open(actor, document, version)
    reason = corrections.required(reason)
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
    corrected.write(
        session, actor, document, reason, {name: before[name] for name in changed},
        {name: after[name] for name in changed}, keeping.facts(intake),
    )  # fmt: skip


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
