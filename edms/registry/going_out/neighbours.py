"""The other organisations of this system as addressees: each has a correspondent's card here, made when it is first needed."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from edms.access.actor import Actor
from edms.access.permissions import Permission
from edms.access.policy import require
from edms.access.scope import own_organisation
from edms.errors import Invalid
from edms.registry import correspondents
from edms.registry.going_out import answering
from edms.registry.models import Arrival, Correspondent
from edms.registry.words import CorrespondentKind
from edms.staff.models import Organisation


def neighbours(session: Session, actor: Actor) -> list[Organisation]:
    """The organisations that letters reach without leaving this system: their names are no secret, nothing else is told."""
    require(actor, Permission.CORRESPONDENT_READ)
    found = select(Organisation).where(Organisation.organisation_id != actor.organisation_id)
    return list(session.scalars(found.order_by(Organisation.organisation_id)))


def card_of(session: Session, actor: Actor, organisation_id: int, language: str) -> Correspondent:
    """The neighbour's card in the actor's office. Errors: Invalid (office) if there is no such neighbour."""
    there = next((o for o in neighbours(session, actor) if o.organisation_id == organisation_id), None)
    if there is None:
        raise Invalid(fields={"office": "registry.exchange_needs_organisation"})
    known = known_as(session, actor, organisation_id)
    if known is not None:
        return known
    card = correspondents.CorrespondentCard(
        name=there.name(language),
        kind=CorrespondentKind.BODY,
        address=str(there.address.get(language) or there.address.get(there.language) or "") or None,
        email=there.email,
        own_organisation_id=organisation_id,
    )
    return correspondents.enter(session, actor, card, organisation_id=actor.organisation_id or 0)


def known_as(session: Session, actor: Actor, organisation_id: int) -> Correspondent | None:
    """The neighbour's card here, if it was needed before."""
    found = select(Correspondent).where(
        own_organisation(actor, Correspondent.organisation_id),
        Correspondent.own_organisation_id == organisation_id,
        Correspondent.merged_into_id.is_(None),
    )
    return session.scalars(found.order_by(Correspondent.correspondent_id).limit(1)).first()


def sent_us(session: Session, actor: Actor, arrival: Arrival | None, language: str) -> dict[str, object]:
    """What a neighbour's letter in our tray says of itself, for the card: no guesses, it stands on their own card."""
    found = answering.came_from(session, arrival) if arrival is not None else None
    if found is None:
        return {}
    letter, office = found
    known = known_as(session, actor, office.organisation_id)
    return {
        "correspondent": known.correspondent_id if known is not None else None,
        "correspondent_text": known.name if known is not None else office.name(language),
        "their_number": letter.number,
        "their_date": letter.registered_on,
        "summary": letter.summary,
        "sheets": letter.sheets,
        "annex_sheets": letter.annex_sheets,
        "grade": letter.grade.value,  # what few may read there is not for everybody here
        "language": letter.language,
    }
