"""A draft's page: its newest version printed on letterhead, kept as a content, shown to visas and signer as it will be."""

from __future__ import annotations

import io
from dataclasses import replace
from typing import Any

from sqlalchemy.orm import Session

from edms import clock, words
from edms.access.actor import Actor
from edms.drafting.addressing import recipients
from edms.drafting.joining import joined
from edms.drafting.models import Draft, DraftKind, DraftSource, DraftVersion, WordTemplate
from edms.drafting.paper import word
from edms.drafting.paper.letter import Cosigner, Letter, letter, signature_sheet
from edms.drafting.paper.office import Office
from edms.drafting.paper.press import Pressed
from edms.drafting.word_templates import values_for
from edms.errors import RuleBroken
from edms.jobs import Kind, defer
from edms.registry import contents
from edms.registry.models import Content, Document
from edms.signing import plainness
from edms.staff.models import Official, Organisation
from edms.storage.port import ContentStore, Stored

LIMIT = 200 * 1024 * 1024
AFTER_SCANS = -10_000


def office_of(organisation: Organisation, language: str) -> Office:
    """The organisation as it stands on papers in `language`; read while its row is at hand."""

    def text(values: dict[str, Any]) -> str:
        return str(values.get(language) or values.get(organisation.language) or "")

    head = organisation.letterhead
    second = head.second_language if head is not None and head.second_language != language else None
    return Office(
        name=organisation.name(language),
        above=text(head.above) if head is not None else "",
        second_name=organisation.name(second) if second else "",
        arms=head.picture if head is not None else None,
        address=text(organisation.address),
        telephone=organisation.telephone or "",
        email=organisation.email or "",
        counter=text(organisation.counter),
        identification=organisation.identification or "",
    )


def values_of(session: Session, draft: Draft) -> Letter:
    """What is printed of a draft."""
    organisation = session.get_one(Organisation, draft.organisation_id)
    signer, author = session.get_one(Official, draft.signer_id), session.get_one(Official, draft.author_id)
    answered = session.get(Document, draft.in_reply_to_id) if draft.in_reply_to_id else None
    language = draft.language
    return Letter(
        office=office_of(organisation, language),
        language=language,
        subject=draft.subject,
        text=draft.versions[-1].text,
        signatory=signer.name(language),
        signatory_post=signer.post(language),
        cosigners=_cosigners(session, draft),
        kind="letter" if draft.kind is DraftKind.REPLY else draft.kind.value,
        addressee=draft.addressee or "",
        addressee_address=draft.address or "",
        recipients=recipients(session, draft),
        their_number=(answered.their_number or "") if answered else "",
        their_date=answered.their_date if answered else None,
        our_number=answered.number if answered else "",
        executor=author.name(language) if author.official_id != signer.official_id else "",
        executor_telephone=author.telephone or "",
    )


def _cosigners(session: Session, draft: Draft) -> list[Cosigner]:
    beside = [session.get_one(Official, each.named_id) for each in draft.signatories[1:]]
    return [Cosigner(one.name(draft.language), one.post(draft.language)) for one in beside]


def make(session: Session, actor: Actor, draft: Draft, *, store: ContentStore) -> DraftVersion:
    """Print the newest version, unless it has its page; a version is printed once. Errors: RuleBroken without a text."""
    version = draft.versions[-1]
    if version.content_id is not None:
        return version
    if not version.text.strip():
        raise RuleBroken("drafting.text_missing")
    if draft.source is DraftSource.WORD:
        word_page, pressed = _of_word(session, draft, store)
        pressed = _with_sheet(session, draft, pressed)
        kept = store.put(io.BytesIO(word_page), limit=LIMIT)
        version.word_content_id = contents.enter(
            session, actor, organisation_id=draft.organisation_id, stored=kept, name=f"{draft.subject[:80]}.docx"
        ).content_id
    else:
        pressed = letter(values_of(session, draft))
    stored = store.put(io.BytesIO(pressed.pdf), limit=LIMIT)
    places = {name: place.as_json() for name, place in pressed.places.items()}
    return keep(session, actor, draft, stored, {**places, "pages": pressed.pages})


def _of_word(session: Session, draft: Draft, store: ContentStore) -> tuple[bytes, Pressed]:
    """The draft's template filled, and the same as paper. Errors: Unavailable without LibreOffice."""
    template = session.get_one(WordTemplate, draft.word_template_id)
    organisation = session.get_one(Organisation, draft.organisation_id)
    with store.open(session.get_one(Content, template.content_id).store_key) as stream:
        written = stream.read()
    today = words.date(draft.language, clock.today(organisation.time_zone))
    filled = word.filled(written, values_for(values_of(session, draft), today))
    return filled, word.printed(filled)


def _with_sheet(session: Session, draft: Draft, pressed: Pressed) -> Pressed:
    """Plain as it must be for signing, and with a page for the signatures where several sign: a Word file keeps no places.

    What its forms and notes show becomes part of the page, before anybody is shown it.
    """
    pdf = pressed.pdf if not plainness.problems(pressed.pdf) else plainness.flattened(pressed.pdf)
    plainness.require_plain(pdf)  # now, while the author can mend her file, rather than at the signer's act
    if len(draft.signatories) < 2:
        return replace(pressed, pdf=pdf)
    sheet = signature_sheet(values_of(session, draft))
    places = {name: replace(place, page=place.page + pressed.pages) for name, place in sheet.places.items()}
    return Pressed(joined(pdf, sheet.pdf), pressed.pages + sheet.pages, {**pressed.places, **places})


def keep(session: Session, actor: Actor, draft: Draft, stored: Stored, places: dict[str, Any]) -> DraftVersion:
    """Keep a printed page with the places of its marks as the newest version's."""
    version = draft.versions[-1]
    content = contents.enter(
        session,
        actor,
        organisation_id=draft.organisation_id,
        stored=stored,
        name=f"{draft.subject[:80]}.pdf",
        media_type="application/pdf",
    )
    version.content_id, version.place = content.content_id, places
    # Its pictures: after every scan that waits, and without standing in the office's own line.
    defer(session, Kind.LOOK_INSIDE, content.content_id, priority=AFTER_SCANS)
    return version


def content_of(session: Session, version: DraftVersion) -> Content | None:
    """The page's content, once made."""
    return session.get(Content, version.content_id) if version.content_id else None


def say_kind(language: str, draft: Draft) -> str:
    """What is being written, in words."""
    return words.say(language, f"drafting.kind.{draft.kind.value}")
