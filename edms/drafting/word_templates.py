"""Word templates of an organisation: brought by a registrar or administrator, their places checked before they count.

What a template may name is what a draft knows; a place of any other name would be an empty line on a letter.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from edms import clock, words
from edms.access.actor import Actor
from edms.access.permissions import Permission
from edms.access.policy import require
from edms.access.scope import own_organisation
from edms.drafting.models import DraftKind, WordTemplate
from edms.drafting.paper import word
from edms.drafting.paper.letter import Letter
from edms.errors import Invalid, NotFound
from edms.registry.card import clean
from edms.registry.models import Content
from edms.staff.models import Organisation

PLACES = (
    "subject", "text", "addressee", "addressee_address", "their_number", "their_date", "our_number", "tracking_code",
    "signatory", "signatory_post", "executor", "executor_telephone", "annexes", "grade", "office", "office_address", "today",
)  # fmt: skip
LONGEST_NAME = 200


def add_template(
    session: Session,
    actor: Actor,
    organisation: Organisation,
    content: Content,
    written: bytes,
    *,
    kind: DraftKind,
    names: Mapping[str, str],
    language: str,
) -> WordTemplate:
    """Take in a template whose bytes are `written` and lie in the store as `content`.

    Errors: Invalid: no name; no Word file; a place that no draft knows, named; no place for the text.
    """
    require(actor, Permission.TEMPLATE_MANAGE, organisation)
    kept = {lang: text for lang, name in names.items() if (text := clean(name))}
    if not kept:
        raise Invalid(fields={"name": "drafting.template_needs_name"})
    if any(len(text) > LONGEST_NAME for text in kept.values()):
        raise Invalid(fields={"name": "registry.text_too_long"})
    check(written)
    template = WordTemplate(
        organisation_id=organisation.organisation_id,
        names=kept,
        kind=kind,
        language=language,
        content_id=content.content_id,
        added_at=clock.now(),
    )
    session.add(template)
    session.flush()  # its id goes into addresses
    return template


def check(written: bytes) -> None:
    """Refuse a file that could not become a letter. Errors: Invalid (file), naming the places that are wrong."""
    named = word.places(written)
    if unknown := sorted(named - set(PLACES)):
        raise Invalid(
            "drafting.template_places", fields={"file": "drafting.template_places"},
            unknown=", ".join(unknown), known=", ".join(PLACES),
        )  # fmt: skip
    if "text" not in named:
        raise Invalid(fields={"file": "drafting.template_without_text"})


def withdraw(session: Session, actor: Actor, template: WordTemplate) -> None:
    """No new draft begins with it; drafts that did keep it."""
    require(actor, Permission.TEMPLATE_MANAGE, template)
    template.withdrawn_at = template.withdrawn_at or clock.now()


def word_templates(session: Session, actor: Actor, *, kind: DraftKind | None = None) -> list[WordTemplate]:
    """The templates of the actor's organisation that can be chosen, by kind and age."""
    found = select(WordTemplate).where(
        own_organisation(actor, WordTemplate.organisation_id), WordTemplate.withdrawn_at.is_(None)
    )
    if kind is not None:
        found = found.where(WordTemplate.kind == kind)
    return list(session.scalars(found.order_by(WordTemplate.kind, WordTemplate.word_template_id)))


def word_template_of(session: Session, actor: Actor, word_template_id: int) -> WordTemplate:
    """One template of the actor's organisation. Errors: NotFound."""
    found = select(WordTemplate).where(
        own_organisation(actor, WordTemplate.organisation_id), WordTemplate.word_template_id == word_template_id
    )
    template = session.scalar(found)
    if template is None:
        raise NotFound
    return template


def values_for(letter: Letter, today: str) -> dict[str, Any]:
    """What a template's places are filled with."""
    their_date = words.date(letter.language, letter.their_date) if letter.their_date else ""
    plain = {name: getattr(letter, name) for name in PLACES if hasattr(letter, name)}
    if letter.recipients:  # several are named without their addresses, each on a line of its own
        plain |= {"addressee": "\n".join(one.name for one in letter.recipients), "addressee_address": ""}
    return {
        **plain, "annexes": "\n".join(letter.annexes), "their_date": their_date, "office": letter.office.name, "office_address": letter.office.address,
        "today": today,
    }  # fmt: skip
