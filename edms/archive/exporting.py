"""One letter with all that proves it, for a court or for the citizen whose letter it is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import IO
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from edms import clock, words
from edms.access.actor import Actor
from edms.access.permissions import Permission
from edms.access.policy import require
from edms.archive import explaining, gathering
from edms.archive.package import writing
from edms.archive.package.parts import Letter, Made, Whole
from edms.errors import Invalid
from edms.events import Event, Subject, record
from edms.ledger import Verifier
from edms.registry import contents
from edms.registry.models import Content, Document
from edms.staff.models import Organisation
from edms.storage.port import ContentStore

LARGEST_AT_ONCE = 512 << 20
"""Bytes of papers that a page packs while its reader waits."""


@dataclass(frozen=True)
class Export:
    """A letter ready to be packed, free of the database."""

    whole: Whole
    letter: Letter


def of_letter(
    session: Session, actor: Actor, document: Document, store: ContentStore,
    *, verifier: Verifier, until: datetime, published: str | None = None, most: int | None = None,
) -> Export:  # fmt: skip
    """Collect a letter that the actor reads, and write into its history that it was taken away with its evidence.

    The ledger was sealed after `until`. Errors: Forbidden; Invalid where its papers are more than `most` bytes;
    Unavailable while the last acts are not sealed.
    """
    require(actor, Permission.DOCUMENT_READ, document)
    if most is not None and _bytes(session, document) > most:
        raise Invalid("archive.letter_too_large", number=document.number)
    office = session.get_one(Organisation, document.organisation_id)
    speaks = office.language
    found = gathering.letter(session, actor, document, store, place=1, until=until)
    day = words.date(speaks, document.registered_on)
    title = words.say(speaks, "archive.readme.letter", number=document.number, day=day)
    text = explaining.readme(
        speaks, title=title, office=office.name(speaks), made_on=made_on(office, until),
        key=verifier.text, published=published, letter=found,
    )  # fmt: skip
    whole = Whole(
        ident=f"{office.code}_letter_{document.document_id}",
        title=title,
        language=speaks,
        office=gathering.office_of(office),
        made_at=there(office, until),
        software=gathering.SOFTWARE,
        documents=explaining.documents(verifier, until),
        readme=text,
        bag_info=bag_info(office, title, until),
    )
    record(
        session, actor, Event.PACKAGE_TAKEN, Subject("document", document.document_id, document_id=document.document_id),
        organisation_id=document.organisation_id,
    )  # fmt: skip
    return Export(whole, found)


def pack(target: IO[bytes], export: Export) -> Made:
    """Write it, with no transaction open. Errors: Corrupt, Unavailable from the store."""
    return writing.write(target, export.whole, [export.letter])


def made_on(office: Organisation, at: datetime) -> str:
    """Day and hour in the office's civil time, to be read in years to come."""
    day = words.date(office.language, clock.day_of(at, office.time_zone))
    return f"{day} {words.clock_time(at, office.time_zone)}"


def there(office: Organisation, at: datetime) -> datetime:
    """The instant in the office's civil time: the day that a package bears is a day of the office's."""
    return at.astimezone(ZoneInfo(office.time_zone))


def bag_info(office: Organisation, title: str, made_at: datetime) -> list[tuple[str, str]]:
    """What the bag says of itself."""
    return [
        ("Source-Organization", office.name(office.language)),
        ("External-Description", title),
        ("Bagging-Date", there(office, made_at).date().isoformat()),
        ("Bag-Software-Agent", gathering.SOFTWARE),
    ]


def _bytes(session: Session, document: Document) -> int:
    held = [place.content_id for place in contents.papers(session, document)]
    return sum(session.scalars(select(Content.size).where(Content.content_id.in_(held))))
