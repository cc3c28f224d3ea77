"""A draft's page: its newest version printed, kept as a content, shown to visas and signer as it will be.

Printing is between two short transactions: what is wanted is read in one, the page is kept in another.
"""

from __future__ import annotations

import io
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy.orm import Session

from edms import clock, words
from edms.access.actor import Actor
from edms.db import locking
from edms.drafting import grades
from edms.drafting.addressing import recipients
from edms.drafting.brought import papers
from edms.drafting.following import Issue, TrackPage, first_answer_to, with_code
from edms.drafting.joining import joined
from edms.drafting.models import Draft, DraftKind, DraftSource, DraftVersion, WordTemplate
from edms.drafting.paper import word
from edms.drafting.paper.letter import Cosigner, Letter, letter, signature_sheet
from edms.drafting.paper.office import Office
from edms.drafting.paper.press import Pressed
from edms.drafting.word_templates import values_for
from edms.errors import Conflict, EdmsError, RuleBroken
from edms.jobs import Kind, defer
from edms.registry import contents
from edms.registry.models import Content, Document
from edms.registry.words import Grade
from edms.signing import flattening, plainness
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
        addressee_address=_place(draft.address),
        recipients=recipients(session, draft),
        their_number=(answered.their_number or "") if answered else "",
        their_date=answered.their_date if answered else None,
        our_number=answered.number if answered else "",
        annexes=[line for line in (draft.annexes or "").splitlines() if line.strip()],
        grade=_mark(draft, grades.grade_of(draft, answered)),
        executor=author.name(language) if author.official_id != signer.official_id else "",
        executor_telephone=author.telephone or "",
    )


def _mark(draft: Draft, grade: Grade) -> str:
    """The mark of who may read it; an open letter has none."""
    return "" if grade is Grade.OPEN else words.say(draft.language, f"registry.grade.{grade.value}")


def _grade(session: Session, draft: Draft) -> Grade:
    answered = session.get(Document, draft.in_reply_to_id) if draft.in_reply_to_id else None
    return grades.grade_of(draft, answered)


def _place(address: str | None) -> str:
    """The address as paper has it: an e-mail address is the way, known to whoever sends it, and stands on no paper."""
    return address if address and "@" not in address else ""


def _cosigners(session: Session, draft: Draft) -> list[Cosigner]:
    beside = [session.get_one(Official, each.named_id) for each in draft.signatories[1:]]
    return [Cosigner(one.name(draft.language), one.post(draft.language)) for one in beside]


@dataclass(frozen=True)
class Wanted:
    """What is to be printed of a draft, read in one transaction and printed when that is over."""

    draft_id: int
    ordinal: int
    values: Letter
    template: str | None  # where the Word template lies in the store
    today: str  # as the letter writes it
    brought: tuple[str, int] | None = None  # where a PDF that was brought lies in the store, and its pages
    follows: Issue | None = None  # the letter whose tracking code it bears


@dataclass(frozen=True)
class Printed:
    """A page that lies in the store and belongs to nobody yet."""

    of: Wanted
    page: Stored
    place: dict[str, Any]
    word: Stored | None


def wanted(session: Session, draft: Draft) -> Wanted | None:
    """What is to be printed of the newest version; None when it has its page, for a version is printed once.

    Errors: RuleBroken without a text.
    """
    version = draft.versions[-1]
    if version.content_id is not None:
        return None
    if not version.text.strip() and draft.source is not DraftSource.PDF:
        raise RuleBroken("drafting.text_missing")
    organisation = session.get_one(Organisation, draft.organisation_id)
    template = brought = None
    if draft.source is DraftSource.WORD:
        row = session.get_one(WordTemplate, draft.word_template_id)
        template = session.get_one(Content, row.content_id).store_key
    if draft.source is DraftSource.PDF:
        paper = papers.paper_of(session, draft)
        brought = session.get_one(Content, paper.plain_content_id).store_key, paper.pages
    today = words.date(draft.language, clock.today(organisation.time_zone))
    answered = session.get(Document, draft.in_reply_to_id) if draft.in_reply_to_id else None
    follows = first_answer_to(session, draft, answered)
    return Wanted(draft.draft_id, version.ordinal, values_of(session, draft), template, today, brought, follows)


def _with_sheet(values: Letter, pressed: Pressed) -> Pressed:
    """Plain as it must be for signing, and with a page for the signatures where several sign: a Word file keeps no places.

    What its forms and notes show becomes part of the page, before anybody is shown it.
    """
    pdf = pressed.pdf if not plainness.problems(pressed.pdf) else flattening.flattened(pressed.pdf)
    plainness.require_plain(pdf)  # now, while the author can mend her file, rather than at the signer's act
    if not values.cosigners:
        return replace(pressed, pdf=pdf)
    sheet = signature_sheet(values)
    places = {name: replace(place, page=place.page + pressed.pages) for name, place in sheet.places.items()}
    return Pressed(joined(pdf, sheet.pdf), pressed.pages + sheet.pages, {**pressed.places, **places})


def _brought(values: Letter, store: ContentStore, key: str, pages: int) -> Pressed:
    """A PDF that was brought: nothing is laid over its pages, number and signatures have a sheet of their own."""
    with store.open(key) as stream:
        plain = stream.read()
    sheet = signature_sheet(values, numbered=True)
    places = {name: replace(place, page=place.page + pages) for name, place in sheet.places.items()}
    return Pressed(papers.with_sheet(plain, sheet.pdf), pages + sheet.pages, places)


def printed(of: Wanted, store: ContentStore, *, track_page: TrackPage | None = None) -> Printed:
    """Print it into the store. LibreOffice takes seconds, so no transaction is open meanwhile.

    `track_page` is where a letter can be followed: our first answer says so, with its code.

    Errors: Unavailable without LibreOffice, or when it is too slow or busy; Invalid for a template it cannot read.
    """
    kept, values = None, with_code(of.values, of.follows, track_page)
    if of.brought is not None:
        pressed = _brought(values, store, *of.brought)
    elif of.template is None:
        pressed = letter(values)
    else:
        with store.open(of.template) as stream:
            written = stream.read()
        filled = word.filled(written, values_for(values, of.today))
        pressed = _with_sheet(values, word.printed(filled))
        kept = store.put(io.BytesIO(filled), limit=LIMIT)
    place = {**{name: where.as_json() for name, where in pressed.places.items()}, "pages": pressed.pages}
    return Printed(of, store.put(io.BytesIO(pressed.pdf), limit=LIMIT), place, kept)


def keep(session: Session, actor: Actor, draft: Draft, made: Printed) -> DraftVersion:
    """Keep a printed page as the newest version's. Where another hand was quicker, its page stays.

    Errors: Conflict when the draft says something else by now.
    """
    version = draft.versions[-1]
    if version.content_id is not None and version.ordinal == made.of.ordinal:
        return version
    if draft.in_reply_to_id is not None:
        # Its grade, and so the mark, stays what it is until the page is kept; whoever raises it then finds the page.
        locking.locked(session, Document, draft.in_reply_to_id, read=True)
    if version.ordinal != made.of.ordinal or values_of(session, draft) != made.of.values:
        raise Conflict("error.stale")
    if made.word is not None:
        version.word_content_id = contents.enter(
            session, actor, organisation_id=draft.organisation_id, stored=made.word, name=f"{draft.subject[:80]}.docx"
        ).content_id
    content = contents.enter(
        session,
        actor,
        organisation_id=draft.organisation_id,
        stored=made.page,
        name=f"{draft.subject[:80]}.pdf",
        media_type="application/pdf",
    )
    version.content_id, version.place = content.content_id, made.place
    version.grade = None if draft.source is DraftSource.PDF else _grade(session, draft)
    version.trouble, version.trouble_values = None, {}
    # Its pictures: after every scan that waits, and without standing in the office's own line.
    defer(session, Kind.LOOK_INSIDE, content.content_id, priority=AFTER_SCANS)
    return version


def failed(draft: Draft, of: Wanted, error: EdmsError) -> None:
    """Note on the version why its page could not be made. The text stays, and printing can be tried again."""
    version = draft.versions[-1]
    if version.ordinal == of.ordinal and version.content_id is None:
        troubled(version, error)


def troubled(version: DraftVersion, error: EdmsError) -> None:
    """Say of a version why it has no page."""
    version.trouble = error.message
    version.trouble_values = {name: str(value) for name, value in error.values.items()}


def make(
    session: Session, actor: Actor, draft: Draft, *, store: ContentStore, track_page: TrackPage | None = None
) -> DraftVersion:
    """Print a draft of text alone within the transaction, for machines on whose row nobody waits.

    Errors: RuleBroken without a text, or for one that LibreOffice must print.
    """
    what = wanted(session, draft)
    if what is None:
        return draft.versions[-1]
    if what.template is not None or what.brought is not None:
        raise RuleBroken("drafting.page_not_made")
    return keep(session, actor, draft, printed(what, store, track_page=track_page))


def content_of(session: Session, version: DraftVersion) -> Content | None:
    """The page's content, once made."""
    return session.get(Content, version.content_id) if version.content_id else None
